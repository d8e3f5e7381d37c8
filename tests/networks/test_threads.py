"""Threads: nothing of a text is lost, sentences stay whole, and every message fits."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.account import Account
from bot.model.message import Level, Message, Role
from bot.model.wording import Person, Wording
from bot.networks import network_type
from bot.networks.threads import split
from bot.networks.twitter.weight import LIMIT, weigh

from .accounts import post

WHOLE = ("#SSWWeek", "@SSWAlliance", "https://example.org/a/b?c=d", "x" * 40)
WORDS = st.sampled_from(
    [
        "a",
        "of",
        "child,",
        "workers.",
        "Dr.",
        "e.g.",
        "What?",
        "日本語。子ども",
        "👩🏽‍🏫",
        "example.org",
        *WHOLE,
    ]
) | st.sampled_from(["(yes)", "“so.”", "é", "e\u0301", "3.", "–"])
GAPS = st.sampled_from([" ", " ", " ", "\n", "\n\n", "  ", "\u3000"])
TEXTS = st.lists(st.tuples(WORDS, GAPS), min_size=1, max_size=150).map(
    lambda pieces: "".join(map("".join, pieces))
)


def bare(messages: list[str]) -> list[str]:
    """The messages without their numbers."""
    if len(messages) == 1:
        return messages
    for number, message in enumerate(messages, start=1):
        assert message.startswith(f"{number}/{len(messages)} ")
    return [message.partition(" ")[2] for message in messages]


def compose(body: str, **fields: object) -> Message:
    people = {"Zoë Ng": Person("Zoë Ng", {"twitter": "zoe"})}
    account = Account("fice-x", "twitter", "@fice")
    one = post(body, auto_thread=True, **fields)
    return network_type("twitter").compose(one, account, Wording(people, ("SSWWeek",)))


@settings(deadline=None)  # the first count loads a library
@given(TEXTS, st.integers(0, 60))
def test_no_word_is_lost_their_order_stays_and_every_message_fits_as_x_counts(text: str, less: int) -> None:
    messages = split(text, LIMIT, weigh, less)
    said = "".join("".join(message.split()) for message in bare(messages))
    assert said == "".join(text.split())
    for number, message in enumerate(messages):
        assert weigh(message) <= LIMIT - (0 if number else less)


@given(TEXTS)
def test_a_link_a_mention_and_a_hashtag_are_never_cut(text: str) -> None:
    pieces = " ".join(bare(split(text, 60, len))).replace("。", "。 ").split()
    assert [word for word in pieces if word in WHOLE] == [word for word in text.split() if word in WHOLE]


def test_a_text_that_fits_is_no_thread() -> None:
    assert split("Short. And fine.", 280, len) == ["Short. And fine."]


def test_sentences_stay_whole_and_messages_are_about_equally_long() -> None:
    sentences = [f"Sentence {number} tells what workers do for children." for number in range(7)]
    messages = split(" ".join(sentences), 200, len)
    assert len(messages) == 2
    assert all(message.endswith(".") for message in messages)
    assert max(map(len, messages)) - min(map(len, messages)) <= 50


@pytest.mark.parametrize(
    "sentence",
    [
        "We met Dr. Smith, J. Doe and Prof. Lee, e.g. at 9 a.m. on 3. May in the U.S. approx. ten times.",
        "Wir trafen Dr. Meier u.a. am 3. Mai, d.h. vgl. Abs. 4 des Plans, bzw. am Morgen danach im Rathaus.",
        "It cost 3.50 and then... it went on for a while … and on, in example.org and version 2.0 of it all.",
    ],
)
def test_an_abbreviation_ends_no_sentence(sentence: str) -> None:
    messages = bare(split(f"{sentence} {sentence} {sentence}", 120, len))
    assert messages == [sentence] * 3


def test_a_bracket_that_stands_alone_ends_no_sentence() -> None:
    text = "We met them ( all of them ) in the morning. They told us what they do."
    pieces = ["We met them ( all", "of them ) in the morning.", "They told us what they do."]
    assert bare(split(text, 30, len)) == pieces


def test_a_wide_space_counts_as_x_counts_it() -> None:
    messages = split("a\u3000" * 200, LIMIT, weigh)
    assert max(map(weigh, messages)) <= LIMIT
    assert len(messages) == 3


def test_a_sentence_without_spaces_ends_as_well() -> None:
    assert bare(split("子どもは人に守られている。" * 6, 30, len)) == ["子どもは人に守られている。" * 2] * 3
    assert bare(split("بدأ الأسبوع؟ " * 4, 30, len)) == [("بدأ الأسبوع؟ " * 2).strip()] * 2


def test_a_sentence_longer_than_a_message_is_cut_where_it_pauses() -> None:
    text = (
        "When a child is heard, when a family finds help in time, a worker is close by, trained and patient."
    )
    assert [piece[-1] for piece in bare(split(text, 60, len))][:-1] == [","]


def test_a_line_is_a_unit_like_a_sentence() -> None:
    text = "Five days:\n– Monday, the call\n– Tuesday, mapping\n– Wednesday, a strategy"
    assert bare(split(text, 50, len)) == [
        "Five days:\n– Monday, the call",
        "– Tuesday, mapping\n– Wednesday, a strategy",
    ]


def test_ten_messages_and_more_leave_room_for_their_numbers() -> None:
    messages = split("word " * 200, 60, len)
    assert len(messages) > 9
    assert max(map(len, messages)) <= 60


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", ["word ", "a. ", "x", "A long sentence, which goes on ", "。", "@{", "\n"])
def test_no_text_makes_it_slow(text: str) -> None:
    assert split(text * 20_000, 280, len)


def test_a_long_text_becomes_a_thread_on_x_with_link_and_hashtag_in_the_first_message() -> None:
    link = "https://example.org/" + "a" * 80
    message = compose("Children are protected by @{Zoë Ng} and others. " * 12, link=link)
    first, *others = message.parts
    assert message.faults == ()
    assert first.text.startswith("1/3 Children are protected by @zoe and")
    assert first.text.endswith(f" #SSWWeek {link}")
    assert [part.role for part in others] == [Role.REPLY] * 2
    assert all("@{" not in part.text for part in message.parts)
    assert [part.number for part in message.parts] == [1, 2, 3]


def test_a_link_that_stands_in_a_later_message_is_not_added_to_the_first() -> None:
    link = "https://example.org/a"
    message = compose("Children are protected by people. " * 12 + link, link=link)
    assert [part.text.count("https://") for part in message.parts] == [0, 1]


def test_the_whole_text_goes_to_networks_without_threads() -> None:
    text = "Children are protected by people. " * 20
    one = post(text, auto_thread=True)
    parts = network_type("facebook").compose(one, Account("f", "facebook", "F")).parts
    assert [part.text for part in parts] == [text.strip()]


def test_a_thread_that_is_written_by_hand_stays_as_it_is() -> None:
    message = compose("", text={"twitter": ("1/2 One #SSWWeek", "2/2 " + "two " * 80)})
    assert len(message.parts) == 2
    assert [fault.part for fault in message.faults if fault.level is Level.ERROR] == [2]


def test_a_word_longer_than_a_message_is_an_error_and_not_cut() -> None:
    message = compose("Read " + "x" * 300)
    assert "x" * 300 in message.parts[1].text
    assert [fault.part for fault in message.faults] == [2]
    [fault] = compose("x" * 300).faults
    assert fault.level is Level.ERROR


def test_a_whole_page_becomes_a_thread_and_that_is_said() -> None:
    message = compose("Children are protected by people. " * 250)
    [fault] = message.faults
    assert len(message.parts) > 25
    assert f"a thread of {len(message.parts)} messages" in fault.text
