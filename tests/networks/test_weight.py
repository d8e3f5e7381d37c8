"""The weight of a text on X and the links in it: X's own cases, another implementation, and any length."""

import json
import warnings
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.networks.twitter.links import links_in
from bot.networks.twitter.weight import weigh

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns of its own age
    from twitter_text import parse_tweet
    from twitter_text.extract_urls import extract_urls_with_indices

CASES = json.loads((Path(__file__).parent / "fixtures" / "twitter_text.json").read_text())


def links(text: str) -> list[str]:
    return [text[one.start : one.end] for one in links_in(text)]


@pytest.mark.parametrize(("text", "weight"), CASES["weights"])
def test_xs_own_cases_of_weights(text: str, weight: int) -> None:
    assert weigh(text) == weight


@pytest.mark.parametrize(("text", "expected"), CASES["links"])
def test_xs_own_cases_of_links(text: str, expected: list[str]) -> None:
    assert links(text) == expected


def test_its_cases_are_all_there() -> None:
    assert (len(CASES["weights"]), len(CASES["links"])) == (24, 108)


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("e\u0301", 1),  # composed before it is counted
        ("日本語", 6),
        ("👩\u200d👩\u200d👧", 2),
        ("🫠", 2),  # newer than what twitter-text knows, and one character
        ("line\r\nline", 9),
        ("https://example.org/" + "a" * 5_000, 5_020),  # longer than X takes as a link
        ("https://example.org/" + "a" * 4_000, 23),
        ("Read example.org/a_(b) now", 5 + 23 + 4),
        ("me@example.org", 14),
        ("https://example.org/?utm_source=x&utm_campaign=a_b#c", 23),
    ],
)
def test_what_a_text_weighs(text: str, weight: int) -> None:
    assert weigh(text) == weight


PIECES = [
    "http://", "https://", "HTTP://", "a", "b.com", "example", ".", "com", ".co", ".jp", "-", "_", "/", "?",
    "x=1", "&", "(", ")", "日本", "中国語", ".みんな", ".中国", "é", "ü", "@", "#", "$", "！", "。",
    ":8080", ":", " ", "\n", "\r", "t.co/", "abc", "xn--p1ai", ".xn--p1ai", "😷", "👩\u200d👩\u200d👧",
    "1\ufe0f\u20e3", "❤\ufe0f", "©", "～", "–", "\u200e", "\ufeff", "＠", '"', "'", "!", ",", ".рф",
    "пример", ".vermögensberatung", "%20", "~", "|", "[", "*", ";", "=", "+", "..", "uk", "www.", "e\u0301",
    "\u00ad", "🏽", "🇰🇪",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=2), max_size=14).map("".join)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
@example("a.com.http://b.com/x")
@example("日.a.みんな/x")
def test_another_implementation_of_the_same_rules_agrees(text: str) -> None:
    assert weigh(text) == parse_tweet(text).weightedLength
    theirs = [tuple(one["indices"]) for one in extract_urls_with_indices(text)]
    assert [(one.start, one.end) for one in links_in(text)] == theirs


# By the square of the length each of these would take minutes.
LONG = [
    "a." * 50_000, "a.com." * 20_000, "é" * 100_000 + ".com", "a.co/(" * 20_000, "-é" * 50_000 + ".com",
    "a.みんな" * 20_000, "a.b。みんな.みんな" * 10_000, "a.co?!" * 20_000, "a.co/" + "(" * 100_000,
    "a..com" * 20_000, "http://" * 20_000, "a.xn--" + "-" * 100_000, "é_é." * 20_000 + "com", "😷" * 100_000,
    "#" * 100_000, "a.co/" + "!" * 100_000, "日本." * 30_000 + "みんな", "https://a.com/" * 20_000,
]  # fmt: skip


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:12])
def test_no_text_takes_more_time_than_its_length(text: str) -> None:
    assert weigh(text) > 0
