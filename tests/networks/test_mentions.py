"""Mentions: `@{Name}` becomes each network's own form, and nothing else of a text changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.account import Account
from bot.model.message import Level, Message
from bot.model.wording import Person, Wording
from bot.networks import network_type
from bot.networks.linkedin.little_text import escape, shown
from bot.networks.mentions import handle_on, name_on, resolve

from .accounts import NETWORKS, post

URN = "urn:li:organization:2414183"
ALLIANCE = Person("Alliance (Global)", {"twitter": "SSWAlliance", "linkedin": URN})
WORDING = Wording({"Alliance": ALLIANCE, "Zoë Ng": Person("Zoë Ng")})


def compose(name: str, body: str, **fields: str) -> Message:
    account = Account(f"fice-{name}", name, "@fice")
    return network_type(name).compose(post(body, **fields), account, WORDING)


def test_a_mention_on_x_is_the_handle() -> None:
    message = compose("twitter", "With @{Alliance}, today")
    assert message.parts[0].text == "With @SSWAlliance, today"
    assert message.counts == ("24 of 280",)
    assert not message.faults


def test_a_mention_on_facebook_is_the_name() -> None:
    message = compose("facebook", "With @{Alliance}, today", first_comment="And @{Zoë Ng}")
    assert [part.text for part in message.parts] == ["With Alliance (Global), today", "And Zoë Ng"]
    assert not message.faults


def test_a_mention_on_linkedin_is_a_real_one_and_all_around_it_is_escaped() -> None:
    message = compose("linkedin", "(With @{Alliance}) #SSWWeek", link="https://example.org/a")
    [part] = message.parts
    assert part.text == rf"\(With @[Alliance \(Global\)]({URN})\) #SSWWeek"
    assert shown(part.text) == "(With Alliance (Global)) #SSWWeek"
    assert part.link_title == "(With Alliance (Global))"
    assert not message.faults


def test_a_mention_in_a_comment_on_linkedin_is_the_name_with_its_urn() -> None:
    comment = compose("linkedin", "Text", first_comment="Ask @{Alliance} or @{Alliance}").parts[1]
    assert comment.text == "Ask Alliance (Global) or Alliance (Global)"
    assert comment.mentions == (("Alliance (Global)", URN),)


@pytest.mark.parametrize("name", ["twitter", "linkedin"])
def test_somebody_without_a_handle_there_stands_with_the_name_and_a_warning(name: str) -> None:
    message = compose(name, "With @{Zoë Ng}")
    assert message.parts[0].text == "With Zoë Ng"
    [fault] = message.faults
    assert (fault.level, fault.check, fault.words) == (Level.WARNING, "mentions", "@{Zoë Ng}")


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(
    ("text", "said"),
    [("With @{Aliance}", "did you mean 'Alliance'?"), ("An open @{ here", r"\@{"), ("@{}", r"\@{")],
)
def test_a_name_that_is_in_no_address_book_is_an_error(name: str, text: str, said: str) -> None:
    [fault] = compose(name, text).faults
    assert fault.level is Level.ERROR
    assert said in fault.text


@pytest.mark.parametrize("name", NETWORKS)
def test_a_backslash_makes_plain_signs_of_a_mention(name: str) -> None:
    message = compose(name, r"Write \@{Alliance}")
    assert shown(message.parts[0].text) == "Write @{Alliance}"
    assert not message.faults


def test_a_name_is_the_same_however_its_accents_are_written() -> None:
    assert resolve("@{Zoe\u0308 Ng}", WORDING, name_on("x")).text == "Zoë Ng"


@given(st.lists(st.sampled_from(["@{", "}", "Alliance", "@{Alliance}", "\\", "@", "{", "a", " ", "#b", "("])))
def test_what_is_no_mention_stays_as_it_was_written(pieces: list[str]) -> None:
    text = "".join(pieces)
    plain = resolve(text, WORDING, handle_on("twitter"))
    expected = text.replace("\\@{", "\0").replace("@{Alliance}", "@SSWAlliance").replace("\0", "@{")
    assert plain.text == expected
    for_linkedin = resolve(text, WORDING, lambda person: None, plain=escape).text
    assert shown(for_linkedin) == expected.replace("@SSWAlliance", "Alliance (Global)")


@pytest.mark.timeout(5)
@pytest.mark.parametrize("text", ["@{", "@{Alliance}", "@{a", "\\@{", "@{b}"])
def test_no_text_makes_it_slow(text: str) -> None:
    assert len(resolve(text * 50_000, WORDING, handle_on("twitter")).text) >= 50_000


def test_a_mention_counts_as_it_is_sent() -> None:
    assert not compose("twitter", "a" * 267 + " @{Alliance}").faults
    [fault] = compose("twitter", "a" * 268 + " @{Alliance}").faults
    assert "281" in fault.text
