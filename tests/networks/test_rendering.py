"""Texts as the networks give them back: each is known again, and never taken for another one."""

import html
import json
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from bot.model.account import Account
from bot.model.message import Part, Role
from bot.model.outcome import CannotLook, RemotePost
from bot.model.sending import Sending
from bot.networks import Network, network_type
from bot.sandbox.mastodon.text import content

from .accounts import CREDENTIALS, MATCHING, NOW, network, post
from .servers import Server, answer, raw, response, serving

SINCE = NOW - timedelta(minutes=10)
WORDS = st.sampled_from(
    [
        "Q&A", "5 < 6 > 4", "&amp; written out", "(small)", "[square]", "@fice", "#SSWWeek", "_a_", "*",
        "café", "cafe\u0301", "naïve – “quoted”…", "❤\ufe0f", "👩\u200d👩\u200d👧", "한국어", "работа",
        "https://example.org/a?b=1&c=2", "https://example.org/a_(b)/", "http://example.org", "C#", "#1",
        "~|{}", "\u200bzero",
    ]
)  # fmt: skip
TEXTS = st.lists(WORDS, min_size=1, max_size=6).flatmap(
    lambda words: st.sampled_from([" ", "\n", "  \n\n"]).map(lambda gap: gap.join(words))
)


class Feed:
    """A network that lists what it is told to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.items: list[dict[str, Any]] = []
        self.asked: Callable[[], str] = str  # the first line of the last request

    def answer(self, sock: Any) -> None:
        body: Any
        if self.name == "mastodon":
            asked = self.asked()
            body = [] if "max_id=" in asked else self.items if "/statuses" in asked else {"id": "7"}
        else:
            key = {"twitter": "data", "facebook": "data", "linkedin": "elements"}[self.name]
            body = {key: self.items, "meta": {"result_count": len(self.items)}}
        sock.sendall(response(200, body))

    def show(self, number: int, part: Part, change: str) -> None:
        """Add a part as the network would give it back."""
        text = _changed(part.text, change)
        at = NOW.isoformat().replace("+00:00", "Z")
        if self.name == "twitter":
            short, links = text, []
            words = text.split()
            for place, word in enumerate(dict.fromkeys(words)):
                if word.startswith("http"):
                    tco = f"https://t.co/{number:04}{place:04}"
                    # An entity for each place where it stands.
                    one = {"url": tco, "expanded_url": word, "display_url": word[:20]}
                    links += [one] * words.count(word)
                    short = short.replace(word, tco)
            text = short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            item = {"id": str(number), "text": text, "created_at": at, "entities": {"urls": links}}
        elif self.name == "facebook":
            item = {"id": f"99_{number}", "message": text, "created_time": at}
        elif self.name == "mastodon":
            item = {"id": str(number), "content": content(text), "created_at": at}
        else:
            item = {
                "id": f"urn:li:share:{number}",
                "commentary": text,
                "createdAt": int(NOW.timestamp() * 1000),
            }
        self.items.insert(0, item)


def _changed(text: str, change: str) -> str:
    match change:
        case "composed":
            return unicodedata.normalize("NFC", text)
        case "decomposed":
            return unicodedata.normalize("NFD", text)
        case "trimmed":
            return "\n".join(line.strip() for line in text.strip().splitlines())
        case "one line":
            return " ".join(text.split())
        case "no variation selectors":
            return text.replace("\ufe0f", "").replace("\u200b", "")
        case "escaped":
            return html.escape(text)
    return text


CHANGES = st.sampled_from(
    ["none", "composed", "decomposed", "trimmed", "one line", "no variation selectors", "escaped"]
)


@contextmanager
def feeding(name: str) -> Iterator[tuple[Feed, Network, Server]]:
    feed = Feed(name)
    with serving(feed.answer) as server:
        feed.asked = lambda: server.requests[-1].line
        yield feed, network(name, server.url), server


def part_of(name: str, text: str) -> Part:
    return network_type(name).compose(post(text), Account(f"fice-{name}", name, "@fice")).parts[0]


@pytest.mark.parametrize("name", MATCHING)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS, change=CHANGES)
@example(text=" ".join(["https://example.org/a?b=1&c=2"] * 3), change="none")
def test_what_a_network_gives_back_is_known_again(name: str, text: str, change: str) -> None:
    with feeding(name) as (feed, adapter, _):
        part = part_of(name, text)
        feed.show(7, part, change)
        found = adapter.find(Sending(part), SINCE, ())
    assert isinstance(found, RemotePost), (part, feed.items)
    assert found.remote_id.endswith("7")


DAY = "Day {} of Social Service Workforce Week: {} workers tell what they do for children {}"
PAIRS = [
    (DAY.format(1, "five", "👧"), DAY.format(2, "five", "👧")),
    (DAY.format(1, "five", "👧"), DAY.format(1, "five", "👦")),
    (DAY.format(1, "five", "👧"), DAY.format(1, "nine", "👧")),
    (DAY.format(1, "five", "https://example.org/1"), DAY.format(1, "five", "https://example.org/2")),
    ("Q1: What works?", "Q2: What works?"),
    ("A1: It works. #SSWWeek", "A1: It works."),
    ("café", "cafe"),
    ("Kenya: 47 counties", "Kenya: 74 counties"),
]


@pytest.mark.parametrize("name", MATCHING)
@pytest.mark.parametrize(("ours", "other"), [*PAIRS, *((b, a) for a, b in PAIRS)])
def test_of_two_that_are_nearly_the_same_the_wrong_one_is_never_taken(
    name: str, ours: str, other: str
) -> None:
    with feeding(name) as (feed, adapter, _):
        part = part_of(name, ours)
        feed.show(1, part_of(name, other), "none")
        alone = adapter.find(Sending(part), SINCE, ())
        # Where nobody knows the other one yet, a person is asked rather than one of them sent again.
        assert alone is None or isinstance(alone, CannotLook)
        assert adapter.find(Sending(part), SINCE, [feed.items[0]["id"]]) is None
        feed.show(2, part, "trimmed")
        feed.items.reverse()
        found = adapter.find(Sending(part), SINCE, ())
    assert isinstance(found, RemotePost)
    assert found.remote_id.endswith("2")


@pytest.mark.parametrize("name", MATCHING)
@settings(max_examples=40, deadline=None)
@given(texts=st.lists(TEXTS, min_size=2, max_size=2), change=CHANGES)
@example(texts=["Hello one", "Hello two"], change="none")
def test_one_text_of_a_campaign_is_never_taken_for_another(name: str, texts: list[str], change: str) -> None:
    def bare(text: str) -> str:
        return "".join(
            one
            for one in unicodedata.normalize("NFC", html.unescape(text))
            if one.isalnum() or one in "&<>#?=/_@"
        )

    assume(bare(html.unescape(texts[0])) != bare(html.unescape(texts[1])))
    with feeding(name) as (feed, adapter, _):
        feed.show(1, part_of(name, texts[1]), change)
        found = adapter.find(Sending(part_of(name, texts[0])), SINCE, ())
    assert not isinstance(found, RemotePost), (texts, feed.items)


@pytest.mark.parametrize("name", MATCHING)
def test_what_is_nearly_the_same_is_named_with_its_link(name: str) -> None:
    with feeding(name) as (feed, adapter, _):
        for number in range(5):
            feed.show(number, part_of(name, DAY.format(number, "five", "👧")), "none")
        found = adapter.find(Sending(part_of(name, DAY.format(9, "five", "👧"))), SINCE, ())
    assert isinstance(found, CannotLook)
    assert not found.for_good
    assert unquote(found.reason).count("https://") == 3
    assert found.reason.endswith("and 2 more")


@pytest.mark.parametrize("ending", ["…", "... See more", "… Read more"])
@pytest.mark.parametrize("name", MATCHING)
def test_a_text_of_which_only_the_beginning_is_shown_may_be_ours(name: str, ending: str) -> None:
    text = DAY.format(1, "five", "and much more than anybody wants to read on a small screen")
    with feeding(name) as (feed, adapter, _):
        feed.show(1, Part(1, Role.POST, text[:60] + ending), "none")
        found = adapter.find(Sending(part_of(name, text)), SINCE, ())
        assert isinstance(found, CannotLook)
        feed.items[0] |= {"text": "Another beginning" + ending, "message": "Another", "commentary": "Another"}
        feed.items[0]["content"] = "Another"
        assert adapter.find(Sending(part_of(name, text)), SINCE, ()) is None


def test_the_whole_of_a_long_post_on_x_stands_in_its_note() -> None:
    text = "Long " * 30 + "https://example.org/long"
    note = {
        "text": "Long " * 30 + "https://t.co/12",
        "entities": {"urls": [{"url": "https://t.co/12", "expanded_url": "https://example.org/long"}]},
    }
    with feeding("twitter") as (feed, adapter, server):
        feed.show(1, Part(1, Role.POST, "Long Long Long…"), "none")
        feed.items[0]["note_tweet"] = note
        assert isinstance(adapter.find(Sending(Part(1, Role.POST, text)), SINCE, ()), RemotePost)
    assert "note_tweet" in server.requests[0].line


def test_a_short_link_that_begins_like_another_is_not_mistaken_for_it() -> None:
    urls = [
        {"url": "https://t.co/1", "expanded_url": "https://example.org/one"},
        {"url": "https://t.co/12", "expanded_url": "https://example.org/two"},
    ]
    item = {"id": "1", "text": "https://t.co/12 https://t.co/1", "entities": {"urls": urls}}
    item["created_at"] = NOW.isoformat()
    part = Part(1, Role.POST, "https://example.org/two https://example.org/one")
    with serving(answer(200, {"data": [item], "meta": {"result_count": 1}})) as server:
        assert isinstance(network("twitter", server.url).find(Sending(part), SINCE, ()), RemotePost)


# Any answer at all.


BODIES = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=100).map(str.encode),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(
                    ["id", "data", "error", "errors", "code", "message", "status", "type", "title"]
                ),
                inner,
                max_size=4,
            ),
        ),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
)
STATUSES = st.sampled_from(
    [200, 201, 202, 204, 206, 299, 400, 401, 402, 403, 404, 409, 422, 426, 429, 500, 502, 503]
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Content-Type",
            "Retry-After",
            "x-rate-limit-reset",
            "x-app-usage",
            "x-business-use-case-usage",
            "x-ratelimit-reset",
        ]
    ),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20),
    max_size=3,
)


@pytest.mark.parametrize("name", MATCHING)
@settings(max_examples=60, deadline=None)
@given(status=STATUSES, body=BODIES, headers=HEADERS)
def test_no_answer_breaks_us_and_only_a_no_proves_that_nothing_is_out(
    name: str, status: int, body: bytes, headers: dict[str, str]
) -> None:
    sent = b"" if status == 204 else body
    with serving(raw(response(status, sent, headers))) as server:
        adapter = network(name, server.url)
        outcome = adapter.publish(Sending(part_of(name, "Hello")))
        adapter.verify()
        adapter.find(Sending(part_of(name, "Hello")), SINCE, ())
    proves = type(outcome).__name__
    if status < 300:
        assert proves in ("Published", "Unknown")
    elif status >= 500:
        assert proves == "Unknown"
    else:
        assert proves in ("NotPublished", "Rejected", "Unknown")
    tokens = [value for field, value in CREDENTIALS[name].items() if "TOKEN" in field]
    assert not [token for token in tokens if token in repr(outcome)]
