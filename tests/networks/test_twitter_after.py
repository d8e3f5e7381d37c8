"""After publishing on X: posts are deleted and counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

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
from bot.networks import Network, connect
from bot.sandbox import Sandbox
from bot.settings import Settings

from .accounts import HELLO, NOW, network
from .servers import answer, reset, serving


@dataclass
class World:
    """An account on X in a sandbox, whose clock is set by hand."""

    sandbox: Sandbox
    clock: FixedClock
    x: Network
    other: Network

    def out(self, text: str) -> RemotePost:
        outcome = self.x.publish(Sending(Part(1, Role.POST, text)))
        assert isinstance(outcome, Published), outcome
        return outcome.post

    def figures(self, *posts: RemotePost) -> dict[str, Figures]:
        found = self.x.figures(posts)
        assert not isinstance(found, CannotLook), found
        return dict(found)


@pytest.fixture
def world() -> Iterator[World]:
    clock = FixedClock(NOW)
    with Sandbox(port=0, now=clock.now) as sandbox:
        accounts = [Account("fice-x", "twitter", "@fice"), Account("other-x", "twitter", "@other")]
        environment = sandbox.environment()
        for one in accounts:
            environment |= sandbox.register("twitter", one.name, one.handle)
        settings = Settings(Path("config"), Path("posts"), "sqlite://", 8000, environment=environment)
        yield World(sandbox, clock, *(connect(one, settings, clock) for one in accounts))


def test_a_post_is_deleted_and_that_again_is_no_failure(world: World) -> None:
    one, two = world.out("One"), world.out("Two")
    assert world.x.delete(one) == Done("it is not on X any more")
    assert [shown.text for shown in world.sandbox.feed()] == ["Two"]
    assert isinstance(world.x.delete(one), Done)
    assert isinstance(world.x.delete(two), Done)


def test_the_post_of_another_account_stays(world: World) -> None:
    change = world.other.delete(world.out("One"))
    assert isinstance(change, Rejected)
    assert "not authorized to delete" in change.reason
    assert len(world.sandbox.feed()) == 1


def test_a_post_without_an_id_is_not_asked_for(world: World) -> None:
    change = world.x.delete(RemotePost("https://x.com/fice", "https://x.com/fice"))
    assert isinstance(change, Rejected)
    assert world.sandbox.calls() == []


@pytest.mark.parametrize(
    ("behaviour", "kind", "words"),
    [
        (answer(404, {"type": "https://api.x.com/2/problems/resource-not-found", "title": "x"}), Done, ""),
        (answer(404, {"title": "Not Found", "type": "about:blank"}), Rejected, "TWITTER_API_URL"),
        (answer(429, {"title": "Too Many Requests"}), NotPublished, "goes on by itself"),
        (answer(500, ""), Unknown, "see, and else do it again"),
        (answer(200, {}), Unknown, "see, and else do it again"),
        (reset(), Unknown, "see, and else do it again"),
    ],
)
def test_what_x_answers_to_a_deletion_is_not_taken_for_more(
    behaviour: object, kind: type, words: str
) -> None:
    with serving(behaviour) as server:  # type: ignore[arg-type]
        change = network("twitter", server.url).delete(RemotePost("1", None))
    assert isinstance(change, kind)
    assert words in getattr(change, "reason", "")
    assert "bot looks" not in getattr(change, "reason", "")


def test_x_changes_no_post(world: World) -> None:
    assert isinstance(world.x.edit(world.out("One"), Sending(HELLO)), Rejected)


# Figures.


def test_posts_have_their_figures_and_those_that_are_gone_none(world: World) -> None:
    one, two, gone = world.out("One"), world.out("Two https://example.org/a"), world.out("Gone")
    reply = Part(2, Role.REPLY, "More")
    assert isinstance(world.x.publish(Sending(reply, previous=one)), Published)
    world.x.delete(gone)
    world.clock.instant += timedelta(days=3)
    found = world.figures(one, two, gone)
    assert set(found) == {one.remote_id, two.remote_id}
    first, second = found[one.remote_id], found[two.remote_id]
    assert (first.comments, second.comments) == (1, 0)
    assert first.impressions
    assert first.impressions >= 300
    assert (first.clicks, bool(second.clicks)) == (0, True)
    assert None not in (first.reactions, first.shares)


def test_clicks_are_told_for_thirty_days_and_the_rest_for_ever(world: World) -> None:
    old = world.out("Old https://example.org/a")
    world.clock.instant += timedelta(days=29, hours=23)
    young = world.out("Young https://example.org/a")
    world.clock.instant += timedelta(days=3)
    found = world.figures(old, young)
    assert found[old.remote_id].clicks is None
    assert found[old.remote_id].impressions
    assert found[young.remote_id].clicks


def test_a_hundred_are_asked_for_at_once() -> None:
    posts = [RemotePost(str(number), None) for number in range(1, 251)]
    with serving(answer(200, {"data": []})) as server:
        assert network("twitter", server.url).figures(posts) == {}
        sizes = [one.line.count("%2C") + 1 for one in server.requests]
    assert sizes == [100, 100, 50]


def young(number: int) -> RemotePost:
    """A post of an hour before NOW, whose id tells that."""
    ms = int((NOW - timedelta(hours=1)).timestamp() * 1000) - 1_288_834_974_657
    return RemotePost(str((ms << 22) + number), None)


def metrics(post: RemotePost, **more: object) -> dict[str, object]:
    public = {"retweet_count": 2, "quote_count": 1, "like_count": 4, "reply_count": 3, "impression_count": 99}
    return {"id": post.remote_id, "public_metrics": public, **more}


def test_the_names_that_old_answers_have_are_understood() -> None:
    one = young(1)
    private = {"non_public_metrics": {"url_link_clicks": 7}}
    with serving(answer(200, {"data": [metrics(one, **private)]})) as server:
        found = network("twitter", server.url).figures([one])
        assert "non_public_metrics" in server.requests[0].line
    assert found == {one.remote_id: Figures(impressions=99, reactions=4, comments=3, shares=3, clicks=7)}


@pytest.mark.parametrize("status", [400, 403])
def test_an_app_that_may_see_only_what_is_public_asks_for_that(status: int) -> None:
    one = young(1)
    with serving(answer(status, {"title": "Forbidden"}), answer(200, {"data": [metrics(one)]})) as server:
        found = network("twitter", server.url).figures([one])
        assert "non_public" not in server.requests[1].line
    assert found == {one.remote_id: Figures(impressions=99, reactions=4, comments=3, shares=3)}


def test_what_x_leaves_out_for_a_field_is_asked_for_again_and_what_is_gone_is_not() -> None:
    hidden, gone = young(1), young(2)
    problems = [
        {"resource_id": hidden.remote_id, "type": "https://api.x.com/2/problems/not-authorized-for-field"},
        {"resource_id": gone.remote_id, "type": "https://api.x.com/2/problems/resource-not-found"},
    ]
    with serving(answer(200, {"errors": problems}), answer(200, {"data": [metrics(hidden)]})) as server:
        found = network("twitter", server.url).figures([hidden, gone])
        assert (len(server.requests), gone.remote_id in server.requests[1].line) == (2, False)
    assert set(found) == {hidden.remote_id}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "behaviour", [answer(401, ""), answer(429, ""), answer(500, ""), answer(200, {}), reset()]
)
def test_figures_that_can_not_be_had_now_are_no_failure(behaviour: object) -> None:
    with serving(behaviour) as server:  # type: ignore[arg-type]
        found = network("twitter", server.url).figures([RemotePost("1", None)])
    assert isinstance(found, CannotLook)
    assert not found.for_good


def test_without_posts_nothing_is_asked() -> None:
    assert network("twitter", "http://127.0.0.1:1").figures([RemotePost("https://x.com/a", None)]) == {}
