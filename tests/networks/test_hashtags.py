"""The campaign's hashtags come to the texts that lack them, and only to those."""

import pytest

from bot.model.account import Account
from bot.model.message import Level, Message
from bot.model.wording import Wording
from bot.networks import network_type
from bot.networks.hashtags import missing, with_hashtags

from .accounts import NETWORKS, post


def compose(name: str, body: str, *hashtags: str, **fields: object) -> Message:
    account = Account(f"fice-{name}", name, "@fice")
    return network_type(name).compose(post(body, **fields), account, Wording(hashtags=hashtags))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_hashtag_that_a_text_lacks_ends_it(name: str) -> None:
    message = compose(name, "Read on", "SSWWeek", "Care4All")
    assert message.parts[0].text == "Read on #SSWWeek #Care4All"
    assert not message.faults


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("text", ["Our #SSWWeek", "our #sswweek!", "(#SSWWEEK)", "＃SSWWeek"])
def test_a_hashtag_that_is_there_in_whatever_letters_is_not_added(name: str, text: str) -> None:
    assert "SSWWeek #" not in compose(name, text, "SSWWeek").parts[0].text
    assert missing([text], ["SSWWeek"]) == ()


@pytest.mark.parametrize("text", ["#SSWWeekend", "SSWWeek", "https://example.org/#SSWWeek", "a#SSWWeek"])
def test_what_only_looks_like_it_is_no_hashtag(text: str) -> None:
    assert missing([text], ["SSWWeek"]) == ("SSWWeek",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One\n\nTwo", "One\n\nTwo\n\n#A #B"),
        ("One\n\n#C #D", "One\n\n#C #D #A #B"),
        ("One #C", "One #C #A #B"),
        ("", "#A #B"),
    ],
)
def test_hashtags_stand_where_a_person_would_put_them(text: str, expected: str) -> None:
    assert with_hashtags(text, ["A", "B"]) == expected


@pytest.mark.parametrize("name", NETWORKS)
def test_a_post_without_a_text_does_not_become_one_of_hashtags(name: str) -> None:
    assert any(fault.level is Level.ERROR for fault in compose(name, "", "SSWWeek").faults)
    part = compose(name, "", "SSWWeek", link="https://example.org/").parts[0]
    assert "#" not in part.text


def test_on_x_the_link_stays_the_end() -> None:
    message = compose("twitter", "Read on", "SSWWeek", link="https://example.org/a")
    assert message.parts[0].text == "Read on #SSWWeek https://example.org/a"


def test_on_x_what_does_not_fit_is_left_out_and_said() -> None:
    message = compose("twitter", "a" * 271, "SSWWeek", "Care4All")
    assert message.parts[0].text == "a" * 271 + " #SSWWeek"
    [fault] = message.faults
    assert (fault.level, fault.check, fault.part) == (Level.WARNING, "hashtags", 1)
    assert "#Care4All is left out" in fault.text


def test_a_text_too_long_for_x_is_told_that_and_nothing_of_hashtags() -> None:
    [fault] = compose("twitter", "a" * 281, "SSWWeek").faults
    assert fault.level is Level.ERROR


def test_in_a_thread_one_message_with_the_hashtag_is_enough_and_the_first_gets_it() -> None:
    texts = {"twitter": ("One", "Two #sswweek")}
    assert [part.text for part in compose("twitter", "", "SSWWeek", text=texts).parts] == [
        "One",
        "Two #sswweek",
    ]
    texts = {"twitter": ("One", "Two")}
    assert [part.text for part in compose("twitter", "", "SSWWeek", text=texts).parts] == [
        "One #SSWWeek",
        "Two",
    ]


def test_on_linkedin_an_added_hashtag_is_an_element() -> None:
    assert compose("linkedin", "Read (on)", "SSWWeek").parts[0].text == r"Read \(on\) #SSWWeek"
