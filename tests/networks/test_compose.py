"""What each network would be sent for a post, and the problems found in it."""

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.account import Account
from bot.model.format import Format
from bot.model.message import Level, Message, Part, Role
from bot.model.post import Card, Media, Post
from bot.model.sending import Sending
from bot.networks import network_type

from .accounts import NETWORKS, network, part_after, post


def compose(name: str, one: Post) -> Message:
    return network_type(name).compose(one, Account(f"fice-{name}", name, "@fice"))


def errors(message: Message) -> list[str]:
    return [fault.text for fault in message.faults if fault.level is Level.ERROR]


def warnings(message: Message) -> list[str]:
    return [fault.text for fault in message.faults if fault.level is Level.WARNING]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_plain_post_is_one_part_without_faults(name: str) -> None:
    message = compose(name, post("Children belong in families."))
    assert [part.role for part in message.parts] == [Role.POST]
    assert message.faults == ()
    assert message.counts[0].startswith("28 of ")


@pytest.mark.parametrize("name", NETWORKS)
def test_a_networks_own_text_goes_before_the_body(name: str) -> None:
    assert compose(name, post("body", text={name: ("own",)})).parts[0].text == "own"


@pytest.mark.parametrize("name", NETWORKS)
def test_a_post_without_text_is_an_error(name: str) -> None:
    assert errors(compose(name, post(" \n")))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_picture_goes_with_the_post(name: str) -> None:
    picture = Media("a.jpg", "A child", Format.JPEG, 1_000, "0123")
    message = compose(name, post(media=(picture,)))
    assert not message.faults
    assert message.parts[0].media == (picture,)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_picture_for_another_network_stays_away(name: str) -> None:
    message = compose(name, post(media=(Media("a.jpg", "A child", Format.JPEG, only=("elsewhere",)),)))
    assert message.parts[0].media == ()


@pytest.mark.parametrize("name", NETWORKS)
def test_more_pictures_than_a_network_shows_are_an_error(name: str) -> None:
    pictures = tuple(Media(f"{number}.jpg", "A child", Format.JPEG) for number in range(21))
    assert "21" in errors(compose(name, post(media=pictures)))[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_picture_and_a_film_do_not_stand_in_one_post(name: str) -> None:
    both = (Media("a.jpg", "A child", Format.JPEG), Media("a.mp4", "A class", Format.MP4))
    assert "in one post" in errors(compose(name, post(media=both)))[0]


@pytest.mark.parametrize("name", ["facebook", "linkedin"])
def test_a_first_comment_is_a_part_of_its_own(name: str) -> None:
    message = compose(name, post(first_comment="Read on (here): https://example.org/a_b#c"))
    assert [(part.number, part.role) for part in message.parts] == [(1, Role.POST), (2, Role.COMMENT)]
    assert message.parts[1].text == "Read on (here): https://example.org/a_b#c"
    assert len(message.counts) == 2


@pytest.mark.parametrize("name", ["facebook", "linkedin"])
def test_a_list_is_one_post_where_there_are_no_threads(name: str) -> None:
    message = compose(name, post(text={name: ("one", "two")}))
    assert [part.text for part in message.parts] == ["one\n\ntwo"]
    assert "no threads" in warnings(message)[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_shown_is_a_pure_function_of_the_post(name: str) -> None:
    one = post("Same (text) #Hashtag", link="https://example.org/", first_comment="More")
    assert compose(name, one) == compose(name, one)
    assert compose(name, one).fingerprint == compose(name, one).fingerprint


# X.


def test_a_list_is_a_thread_on_x() -> None:
    message = compose("twitter", post(text={"twitter": ("1/2 one", "2/2 two")}))
    assert [(part.number, part.role) for part in message.parts] == [(1, Role.POST), (2, Role.REPLY)]


def test_the_link_ends_the_first_message_of_a_thread() -> None:
    message = compose("twitter", post(text={"twitter": ("one\n", "two")}, link="https://example.org/a"))
    assert [part.text for part in message.parts] == ["one https://example.org/a", "two"]
    assert message.parts[0].link is None


def test_a_link_that_stands_in_the_text_is_not_added() -> None:
    text = "See https://example.org/a now"
    assert compose("twitter", post(text, link="https://example.org/a")).parts[0].text == text


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("See https://example.org/a now", True),
        ("See https://example.org/a.", True),
        ("(https://example.org/a)", True),
        ("https://example.org/a/", True),
        ("See https://example.org/ab now", False),
        ("See https://example.org/a/b now", False),
        ("See https://example.org/a?b=1 now", False),
        ("See https://example.org/a.html now", False),
        ("See example.org/a", False),
    ],
)
def test_a_longer_link_is_not_taken_for_the_posts_own(text: str, holds: bool) -> None:
    link = "https://example.org/a"
    for name in ("twitter", "facebook"):
        media = (Media("a.jpg", "A child", Format.JPEG),) if name == "facebook" else ()
        part = compose(name, post(text, link=link, media=media)).parts[0]
        assert part.text.endswith(link) is (not holds or text.endswith(link)), name


def test_x_counts_links_emoji_and_scripts_in_its_own_way() -> None:
    link = "https://example.org/" + "a" * 300
    message = compose("twitter", post("日本語 😷 e\u0301", link=link))
    assert message.counts == (f"{6 + 1 + 2 + 1 + 1 + 1 + 23} of 280",)
    assert not errors(message)


def test_a_part_that_is_too_long_for_x_is_an_error_that_names_it() -> None:
    message = compose("twitter", post(text={"twitter": ("fine", "x" * 291)}))
    assert errors(message) == ["part 2 has 291 characters of 280 as X counts them"]
    assert [fault.part for fault in message.faults] == [2]


def test_a_text_that_would_take_minutes_to_count_is_counted_all_the_same() -> None:
    message = compose("twitter", post("a." * 50_000))
    assert errors(message) == ["part 1 has 100,000 characters of 280 as X counts them"]


def test_a_link_of_thousands_of_characters_counts_23_on_x() -> None:
    message = compose("twitter", post("Read", link="https://example.org/" + "a.b/" * 900))
    assert (message.counts, message.faults) == (("28 of 280",), ())


def test_x_has_no_first_comment() -> None:
    message = compose("twitter", post(first_comment="More"))
    assert len(message.parts) == 1
    assert not message.faults


# Facebook and LinkedIn.


def test_the_link_is_a_card_on_facebook() -> None:
    part = compose("facebook", post("Text", link="https://example.org/a")).parts[0]
    assert (part.text, part.link) == ("Text", "https://example.org/a")


def test_facebook_takes_a_link_alone() -> None:
    assert not errors(compose("facebook", post("", link="https://example.org/a")))


@pytest.mark.parametrize(("name", "limit"), [("facebook", 63_206), ("linkedin", 3_000)])
def test_a_text_up_to_the_limit_is_fine_and_one_more_is_not(name: str, limit: int) -> None:
    assert not compose(name, post("x" * limit)).faults
    assert f"{limit + 1:,} of {limit:,}" in errors(compose(name, post("x" * (limit + 1))))[0]


def test_linkedin_counts_what_is_sent_and_says_both() -> None:
    message = compose("linkedin", post("(" * 1_600))
    assert message.counts == ("1,600 of 3,000 (3,200 with 1,600 escapes)",)
    assert errors(message)


def test_punctuation_is_escaped_for_linkedin_and_hashtags_are_not() -> None:
    part = compose("linkedin", post("A (small) step_by_step #WorldDay")).parts[0]
    assert part.text == r"A \(small\) step\_by\_step #WorldDay"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("#WorldDay\nA case study (1) #Moldova\nmore", "A case study (1)"),
        ("#OnlyHashtags", "example.org"),
        ("", "example.org"),
        ("word " * 60, "word " * 38 + "word…"),
        ("x" * 300, "x" * 199 + "…"),
        ("Read https://example.org/a now", "Read now"),
    ],
)
def test_the_card_on_linkedin_says_the_first_words(text: str, title: str) -> None:
    part = compose("linkedin", post(text, link="https://example.org/a")).parts[0]
    assert (part.link, part.link_title) == ("https://example.org/a", title)
    assert len(part.link_title or "") <= 200


PICTURE = Media("a.jpg", "A child", Format.JPEG, 1_000, "0123")


def test_beside_files_the_link_stands_in_linkedins_text_and_it_is_said_so() -> None:
    message = compose("linkedin", post("Read (this)", link="https://example.org/a_b", media=(PICTURE,)))
    part = message.parts[0]
    assert part.text == "Read \\(this\\)\n\nhttps://example.org/a\\_b"
    assert (part.link, part.link_title, part.media) == (None, None, (PICTURE,))
    assert "no card" in warnings(message)[0]
    assert message.counts[0].startswith("36 of 3,000")


def test_a_link_that_stands_in_linkedins_text_is_not_added() -> None:
    text = "See https://example.org/a now"
    message = compose("linkedin", post(text, link="https://example.org/a", media=(PICTURE,)))
    assert message.parts[0].text == text
    assert "stands in the text" in warnings(message)[0]


def test_linkedin_takes_files_without_words() -> None:
    assert not compose("linkedin", post("", media=(PICTURE,))).faults


def test_an_alt_text_is_no_longer_than_linkedin_takes() -> None:
    assert not compose("linkedin", post(media=(Media("a.jpg", "x" * 4_086, Format.JPEG),))).faults
    long = Media("a.jpg", "x" * 4_087, Format.JPEG)
    assert "alt text of a.jpg has 4,087 of 4,086" in errors(compose("linkedin", post(media=(long,))))[0]


def test_a_card_on_linkedin_says_what_the_post_says_of_it() -> None:
    card = Card("Title", "Words", replace(PICTURE, only=("linkedin",)))
    part = compose("linkedin", post("Text", link="https://example.org/a", card=card)).parts[0]
    assert (part.link_title, part.link_description, part.thumbnail) == ("Title", "Words", PICTURE)
    assert part.files == (PICTURE,)


@pytest.mark.parametrize(
    ("card", "words"),
    [
        (Card("x" * 201), "201 of 200"),
        (Card(image=Media("a.pdf", "", Format.PDF)), "a.pdf is a PDF"),
        (Card(image=Media("a.gif", "", Format.GIF)), "a.gif is a GIF"),
    ],
)
def test_a_card_that_linkedin_would_not_show_is_said_to_be_so(card: Card, words: str) -> None:
    message = compose("linkedin", post("Text", link="https://example.org/a", card=card))
    assert words in message.faults[0].text


@pytest.mark.parametrize(
    ("media", "content"),
    [
        ((PICTURE,), {"media": {"id": "1", "altText": "A child"}}),
        ((replace(PICTURE, alt=""),), {"media": {"id": "1"}}),
        (
            (PICTURE, replace(PICTURE, alt="")),
            {"multiImage": {"images": [{"id": "1", "altText": "A child"}, {"id": "2"}]}},
        ),
        ((Media("x/my film.mp4", "", Format.MP4),), {"media": {"id": "1", "title": "my film"}}),
        ((Media("a.pdf", "Our\n guide", Format.PDF),), {"media": {"id": "1", "title": "Our guide"}}),
    ],
)
def test_files_are_named_as_linkedin_wants_each_kind(media: tuple[Media, ...], content: object) -> None:
    part = Part(1, Role.POST, "Hello", media=media)
    adapter = network("linkedin", "http://127.0.0.1:1")
    payload = adapter.payload(Sending(part, uploads=("1", "2")))
    assert payload["content"] == content
    preview = str(adapter.payload(Sending(part))["content"])
    assert f"<{media[0].file}>" in preview


def test_a_comment_on_linkedin_mentions_beside_its_text() -> None:
    mentions = (("FICE", "urn:li:organization:5"), ("Ann", "urn:li:person:a"), ("Nobody", "urn:li:person:b"))
    part = Part(2, Role.COMMENT, "😷 FICE (and) Ann", mentions=mentions)
    adapter = network("linkedin", "http://127.0.0.1:1")
    message = adapter.payload(Sending(part, part_after("linkedin")[1]))["message"]
    assert message == {
        "text": "😷 FICE (and) Ann",
        "attributes": [
            {"start": 3, "length": 4, "value": {"organization": {"organization": "urn:li:organization:5"}}},
            {"start": 14, "length": 3, "value": {"person": {"person": "urn:li:person:a"}}},
        ],
    }


# Payloads.


@pytest.mark.parametrize("name", NETWORKS)
def test_a_second_part_needs_the_first(name: str) -> None:
    part, previous = part_after(name)
    adapter = network(name, "http://127.0.0.1:1")
    assert previous.remote_id in str(adapter.payload(Sending(part, previous))) or name == "facebook"
    with pytest.raises(ValueError, match="part 2"):
        adapter.payload(Sending(part))
    with pytest.raises(ValueError, match="part 2"):
        adapter.publish(Sending(part))


@pytest.mark.parametrize("name", NETWORKS)
def test_composing_loads_no_sdk(name: str) -> None:
    code = (
        "import sys; from bot.networks import network_type; from bot.model.account import Account; "
        "from bot.model.post import Kind, Post; "
        f"message = network_type('{name}').compose("
        "Post('p', 'c', Kind.CHAT, 'Hello #World', day=1, link='https://e.org'), Account('a', 'n', '@a')); "
        "assert message.parts; "
        "sdks = ('tweepy', 'facebook', 'linkedin_api', 'mastodon', 'requests'); "
        "print([one for one in sdks if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", NETWORKS)
@settings(deadline=None)
@given(st.text(st.characters(), max_size=80), st.none() | st.text(st.characters(), max_size=40))
def test_no_text_whatever_breaks_composing(name: str, text: str, comment: str | None) -> None:
    message = compose(name, post(text, first_comment=comment, link="https://example.org/"))
    assert len(message.counts) == len(message.parts)
    broken = any("\ud800" <= character <= "\udfff" for part in message.parts for character in part.text)
    assert broken == any("half a character" in words for words in errors(message))
