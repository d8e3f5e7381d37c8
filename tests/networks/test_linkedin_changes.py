"""What becomes of a post on LinkedIn later: another text, none at all, and how it has done."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.message import Part, Role
from bot.model.outcome import (
    CannotLook,
    Done,
    Figures,
    NotPublished,
    Published,
    Rejected,
    RemotePost,
    Unknown,
)
from bot.model.sending import Sending
from bot.networks import Network, network_type
from bot.networks.base import Connection
from bot.sandbox import Sandbox

from .accounts import network, post
from .servers import Behaviour, answer, reset, serving

ACCOUNT = Account("fice-linkedin", "linkedin", "FICE")
PAGE = {"AUTHOR": "urn:li:organization:77", "ACCESS_TOKEN": "token/of+page"}
MEMBER = {"AUTHOR": "urn:li:person:m77", "ACCESS_TOKEN": "token/of+member"}
SHARE, UGC = RemotePost("urn:li:share:1", None), RemotePost("urn:li:ugcPost:2", None)
NO = answer(403, {"message": "Not enough permissions", "code": "ACCESS_DENIED", "serviceErrorCode": 100})


@dataclass
class World:
    """A page in a sandbox whose clock is set by hand."""

    sandbox: Sandbox
    clock: FixedClock
    adapter: Network

    def published(self, text: str, **fields: Any) -> list[RemotePost]:
        """A post and its first comment, which are out."""
        out: list[RemotePost] = []
        for part in network_type("linkedin").compose(post(text, **fields), ACCOUNT).parts:
            outcome = self.adapter.publish(Sending(part, out[0] if out else None))
            assert isinstance(outcome, Published), outcome
            out.append(outcome.post)
        return out

    def shown(self) -> list[str]:
        return [one.text for one in self.sandbox.feed()]


@pytest.fixture
def world() -> Iterator[World]:
    clock = FixedClock(datetime(2026, 9, 21, 9, 0, tzinfo=UTC))
    with Sandbox(now=clock.now) as sandbox:
        made = sandbox.register("linkedin", ACCOUNT.name, "FICE")
        keys = {name.removeprefix("FICE_LINKEDIN_"): value for name, value in made.items()}
        kind, url = network_type("linkedin"), sandbox.environment()["LINKEDIN_API_URL"]
        connection = Connection(ACCOUNT, keys, url, kind.api_version, timedelta(seconds=5), clock)
        yield World(sandbox, clock, kind.connect(connection))


def to(text: str, **fields: Any) -> Sending:
    return Sending(network_type("linkedin").compose(post(text, **fields), ACCOUNT).parts[0])


def test_a_post_says_something_else_and_is_the_same_post(world: World) -> None:
    [out] = world.published("With a (small) mistaek", link="https://example.org/a")
    assert isinstance(world.adapter.edit(out, to("With a (small) mistake #Care")), Done)
    [shown] = world.sandbox.feed()
    assert (shown.id, shown.text) == (out.remote_id, "With a (small) mistake #Care")
    assert shown.link == "https://example.org/a"


def test_a_comment_says_something_else(world: World) -> None:
    out = world.published("Hello", first_comment="Raed on (here)")
    change = Sending(Part(2, Role.COMMENT, "Read on (here) _now_"), out[0])
    assert isinstance(world.adapter.edit(out[1], change), Done)
    assert world.shown() == ["Hello", "Read on (here) _now_"]


def test_a_change_that_linkedin_refuses_is_refused(world: World) -> None:
    [out] = world.published("Hello")
    found = world.adapter.edit(out, Sending(Part(1, Role.POST, "x" * 3_001)))
    assert isinstance(found, Rejected)
    gone = RemotePost("urn:li:share:1", None)
    assert isinstance(world.adapter.edit(gone, to("Hello")), Rejected)
    assert world.shown() == ["Hello"]


def test_a_post_is_taken_away_with_what_stands_under_it_and_twice_is_fine(world: World) -> None:
    out = world.published("Hello", first_comment="More")
    assert isinstance(world.adapter.delete(out[0]), Done)
    assert world.shown() == []
    assert isinstance(world.adapter.delete(out[0]), Done)
    assert isinstance(world.adapter.delete(out[1]), Done)


def test_a_comment_is_taken_away_alone(world: World) -> None:
    out = world.published("Hello", first_comment="More")
    assert isinstance(world.adapter.delete(out[1]), Done)
    assert world.shown() == ["Hello"]
    found = world.adapter.delete(out[1])
    assert isinstance(found, Done)
    assert "already" in found.words


@pytest.mark.parametrize("name", ["https://www.linkedin.com/posts/x", "urn:li:activity:1", "7"])
def test_what_the_api_does_not_know_by_its_name_is_left_to_a_person(world: World, name: str) -> None:
    post = RemotePost(name, None)
    for found in (world.adapter.delete(post), world.adapter.edit(post, to("Hello"))):
        assert isinstance(found, Rejected)
        assert "on its page" in found.reason


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (reset(), Unknown),
        (answer(500), Unknown),
        (answer(429, {"message": "throttle"}), NotPublished),
        (NO, Rejected),
    ],
)
def test_a_change_of_which_nobody_knows_says_so(behaviour: Behaviour, kind: type) -> None:
    for change in ("delete", "edit"):
        with serving(behaviour) as server:
            adapter = network("linkedin", server.url)
            found = adapter.delete(SHARE) if change == "delete" else adapter.edit(SHARE, to("Hello"))
            assert server.connections == 1
        assert isinstance(found, kind)
        if isinstance(found, Unknown):
            assert "do it again" in found.reason
            assert "looks for it" not in found.reason


def test_a_change_is_asked_for_in_the_words_of_the_documents() -> None:
    comment = RemotePost("urn:li:comment:(urn:li:activity:12,34)", None)
    with serving(answer(204)) as server:
        adapter = network("linkedin", server.url)
        adapter.edit(SHARE, to("Hi (all)"))
        adapter.edit(comment, Sending(Part(2, Role.COMMENT, "Hi (all)")))
        adapter.delete(comment)
    first, second, third = server.requests
    assert first.line == "POST /rest/posts/urn%3Ali%3Ashare%3A1 HTTP/1.1"
    assert first.headers["x-restli-method"].upper() == "PARTIAL_UPDATE"
    assert first.json == {"patch": {"$set": {"commentary": r"Hi \(all\)"}}}
    where = "/rest/socialActions/urn%3Ali%3Aactivity%3A12/comments/34?actor=urn%3Ali%3Aorganization%3A77"
    assert second.line == f"POST {where} HTTP/1.1"
    assert second.headers["x-restli-method"].upper() == "PARTIAL_UPDATE"
    assert second.json == {"patch": {"message": {"$set": {"text": "Hi (all)"}}}}
    assert third.line == f"DELETE {where} HTTP/1.1"


# Figures.


def test_the_figures_of_a_page(world: World) -> None:
    out = world.published("Hello", first_comment="More")
    world.clock.advance(timedelta(hours=1))
    found = world.adapter.figures(out)
    assert isinstance(found, Mapping)
    figures, of_the_comment = found[out[0].remote_id], found[out[1].remote_id]
    assert figures.impressions is not None
    assert 100 <= figures.impressions < 1_000
    assert figures.comments == 1
    assert figures.clicks == figures.impressions // 10
    assert (of_the_comment.comments, of_the_comment.impressions) == (0, None)


def test_what_nobody_has_seen_yet_counts_zero(world: World) -> None:
    [out] = world.published("Hello")
    assert world.adapter.figures([out]) == {out.remote_id: Figures(0, 0, 0, 0, 0)}


def test_what_is_gone_is_left_out(world: World) -> None:
    [one] = world.published("One")
    [two] = world.published("Two")
    world.adapter.delete(one)
    found = world.adapter.figures([one, two])
    assert isinstance(found, Mapping)
    assert set(found) == {two.remote_id}
    assert world.adapter.figures([one]) == {}


def test_without_any_right_to_read_nobody_can_tell_for_good() -> None:
    with serving(NO) as server:
        found = network("linkedin", server.url, credentials=PAGE).figures([SHARE])
    assert isinstance(found, CannotLook)
    assert found.for_good


def test_an_answer_that_does_not_come_is_asked_for_again_later() -> None:
    with serving(answer(503)) as server:
        found = network("linkedin", server.url, credentials=PAGE).figures([SHARE])
    assert isinstance(found, CannotLook)
    assert not found.for_good


def test_a_page_is_asked_for_both_kinds_of_posts_at_once() -> None:
    social = {
        "results": {
            SHARE.remote_id: {
                "reactionSummaries": {"LIKE": {"count": 3}, "PRAISE": {"count": 2}},
                "commentSummary": {"count": 4},
            }
        },
        "errors": {},
    }
    counts = {"impressionCount": 50, "likeCount": -1, "commentCount": 4, "shareCount": 2, "clickCount": 7}
    told = {"elements": [{"share": SHARE.remote_id, "totalShareStatistics": counts}]}
    with serving(answer(200, social), answer(200, told)) as server:
        found = network("linkedin", server.url, credentials=PAGE).figures([SHARE, UGC])
        line = unquote(server.requests[1].line)
    assert "shares=List(urn:li:share:1)" in line
    assert "ugcPosts=List(urn:li:ugcPost:2)" in line
    assert "organizationalEntity=urn:li:organization:77" in line
    assert found == {
        SHARE.remote_id: Figures(50, 0, 4, 2, 7),
        UGC.remote_id: Figures(0, 0, 0, 0, 0),
    }


def test_without_the_right_to_the_statistics_reactions_and_comments_are_told() -> None:
    social = {
        "results": {
            SHARE.remote_id: {"reactionSummaries": {"LIKE": {"count": 3}}, "commentSummary": {"count": 4}}
        }
    }
    with serving(answer(200, social), NO) as server:
        found = network("linkedin", server.url, credentials=PAGE).figures([SHARE])
    assert found == {SHARE.remote_id: Figures(reactions=3, comments=4)}


def test_a_member_is_told_one_figure_at_a_time() -> None:
    told = [answer(200, {"elements": [{"count": count}]}) for count in (100, 9, 2, 1)]
    with serving(NO, *told) as server:
        found = network("linkedin", server.url, credentials=MEMBER).figures([UGC])
        lines = [unquote(one.line) for one in server.requests[1:]]
    assert found == {UGC.remote_id: Figures(impressions=100, reactions=9, comments=2, shares=1)}
    assert all("entity=(ugc:urn:li:ugcPost:2)" in line and "aggregation=TOTAL" in line for line in lines)


def test_no_answer_whatever_breaks_the_figures() -> None:
    for strange in ({"results": 1}, {"results": {"urn:li:share:1": 7}}, {"elements": [1]}, [], "x", None):
        with serving(answer(200, strange)) as server:
            for keys in (PAGE, MEMBER):
                assert isinstance(network("linkedin", server.url, credentials=keys).figures([SHARE]), Mapping)


def test_many_posts_are_asked_for_twenty_at_a_time(world: World) -> None:
    out = [world.published(f"Number {number}")[0] for number in range(25)]
    found = world.adapter.figures(out)
    assert isinstance(found, Mapping)
    assert len(found) == 25
    assert sum(call.operation.startswith("organizationalEntityShare") for call in world.sandbox.calls()) == 2
