"""What is hard to read in a text, and what only looks like it."""

import pytest

from bot.model.checks import Check
from bot.planning.legibility import hard_to_read, joined_words

NAMES = joined_words(["Social Service Workforce Week", "We talk of child protection and ending violence."])


def found(text: str) -> list[tuple[Check, int]]:
    return [(one.check, one.offset) for one in hard_to_read(text, ["SSWWeek", "Care4All"], NAMES)]


def words(text: str) -> str:
    [one] = hard_to_read(text, ["SSWWeek"], NAMES)
    return one.words


@pytest.mark.parametrize(
    "text",
    [
        "#sswweek",
        "#SSWWEEK",
        "#childprotection",
        "#Childprotection",
        "#CHILDPROTECTION",
        "#endingviolence",
        "#strengtheningthesocialworkforce",
    ],
)
def test_a_hashtag_whose_words_run_together(text: str) -> None:
    assert found(f"Read {text}, {text}") == [(Check.HASHTAG_CASE, 5)]


@pytest.mark.parametrize(
    "text",
    [
        "#SSWWeek #Care4All",
        "#ChildProtection",
        "#UNICEF #INSPIRE",
        "#children #accountability #representatives",
        "#child_protection_in_all_countries",
        "#子どもを守る人たちの一週間の始まりに当たって考えたこと",
        "https://example.org/#childprotection",
        "#2018",
    ],
)
def test_a_hashtag_that_can_be_read(text: str) -> None:
    assert found(text) == []


def test_the_campaigns_own_letters_are_proposed() -> None:
    assert words("see #sswWeek") == "#sswWeek: the campaign writes #SSWWeek"


@pytest.mark.parametrize("text", ["🎉🎉🎉", "🎉 🎉 🎉", "👩🏽‍🏫👩🏽‍🏫👩🏽‍🏫", "🇰🇪🇬🇪🇵🇭", "1️⃣2️⃣3️⃣", "❤️❤️❤️❤️❤️❤️❤️"])
def test_more_than_two_emoji_in_a_row(text: str) -> None:
    assert found(f"Yes {text} and") == [(Check.EMOJI_RUNS, 4)]


@pytest.mark.parametrize("text", ["🎉🎉", "🎉 a 🎉 b 🎉", "👩🏽‍🏫👨‍👩‍👧‍👦", "1 2 3", "🇰🇪🇬🇪", "🎉\n\n🎉 🎉"])
def test_a_few_emoji_are_fine(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("𝐁𝐨𝐥𝐝 𝐧𝐞𝐰𝐬", "Bold news"),
        ("𝓈𝒸𝓇𝒾𝓅𝓉", "script"),
        ("Ⓝⓔⓦⓢ", "News"),
        ("𝟙𝟚", "12"),
    ],
)
def test_letters_that_can_not_be_read_out(text: str, plain: str) -> None:
    assert found(f"Read {text} now") == [(Check.FANCY_LETTERS, 5)]
    assert words(f"Read {text} now").endswith(plain)


@pytest.mark.parametrize("text", ["Zoë Müller naïve", "20 ℃", "日本語ＡＢＣ", "Дети", "a ² b", "🅿️", "x ∈ ℝ"])
def test_letters_of_any_language_are_fine(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("text", ["READ THIS NOW PLEASE", "WE ARE HERE TODAY", "ЧИТАЙТЕ ЭТО СЕЙЧАС"])
def test_three_words_and_more_in_capitals(text: str) -> None:
    assert found(f"So {text}!") == [(Check.ALL_CAPS, 3)]


@pytest.mark.parametrize(
    "text",
    [
        "UNICEF, WHO, ILO, UNHCR and UNESCO",
        "A B C D",
        "REPSSI UNICEF",
        "#THIS #IS #FINE #TOO",
        "https://EXAMPLE.ORG/A-B-C/LONG/PATH",
        "FICE International",
        "@{NAME OF SOMEBODY HERE}",
    ],
)
def test_abbreviations_are_no_shouting(text: str) -> None:
    assert found(text) == []


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "text", ["A", "AA ", "🏽", "🎉", "🎉\u200d", "𝐁", "𝐁 ", "#a", "#", "1/", "@{", "https://", "\u20e3"]
)
def test_no_text_makes_it_slow(text: str) -> None:
    list(hard_to_read(text * 60_000, ["SSWWeek"], NAMES))
