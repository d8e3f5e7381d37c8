"""What is out on a page: changed, taken away, and counted."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.model.outcome import (
    CannotLook,
    Cause,
    Change,
    Done,
    Figures,
    NotPublished,
    Published,
    Rejected,
    RemotePost,
    Unknown,
)
from bot.model.sending import Sending

from .accounts import HELLO, network
from .facebook_page import ACCOUNT, PageWorld, photo, video
from .servers import Behaviour, Server, answer, serving

POST = RemotePost("99_1", "https://www.facebook.com/99/posts/1")


def out(page: PageWorld, kind: str) -> RemotePost:
    """One post, comment or video that is out."""
    if kind == "video":
        return page.published("Helo", page.file("a.mp4", video(2_000)))
    if kind == "photos":
        return page.published("Helo", page.file("a.jpg", photo(), "A child"))
    post = page.published("Helo")
    if kind == "post":
        return post
    comment = page.compose("Helo", first_comment="Helo").parts[1]
    outcome = page.network.publish(Sending(comment, post))
    assert isinstance(outcome, Published)
    return outcome.post


def to(page: PageWorld, text: str) -> Sending:
    return Sending(page.compose(text).parts[0])


KINDS = ["post", "photos", "comment", "video"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_out_can_say_something_else_and_stays_the_same_post(page: PageWorld, kind: str) -> None:
    post = out(page, kind)
    before = page.sandbox.feed()[-1]
    assert isinstance(page.network.edit(post, to(page, "Hello (all) & more")), Done)
    after = page.sandbox.feed()[-1]
    assert after.text == "Hello (all) & more"
    assert (after.id, after.media, after.alts, after.created_at) == (
        before.id,
        before.media,
        before.alts,
        before.created_at,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_out_can_be_taken_away_and_twice_is_as_good_as_once(page: PageWorld, kind: str) -> None:
    post = out(page, kind)
    assert page.network.delete(post) == Done("deleted on Facebook")
    assert all(one.id != post.remote_id for one in page.sandbox.feed())
    assert page.network.delete(post) == Done("it was not on Facebook any more")
    assert isinstance(page.network.edit(post, to(page, "Hello")), Rejected)


def test_another_pages_post_can_not_be_changed(page: PageWorld) -> None:
    page.sandbox.register("facebook", "other", "Other")
    mine = out(page, "post")
    page.environment = {
        name.replace("OTHER_", "FICE_FACEBOOK_"): value
        for name, value in page.sandbox.register("facebook", "other", "Other").items()
    } | page.sandbox.environment()
    for change in (page.network.edit(mine, to(page, "Mine")), page.network.delete(mine)):
        assert isinstance(change, Rejected)
        assert change.cause is Cause.PERMISSION
    assert [one.text for one in page.sandbox.feed()] == ["Helo"]


def test_a_post_of_which_only_a_link_is_known_is_not_said_to_be_gone() -> None:
    link = "https://www.facebook.com/fice/posts/pfbid0abc"
    post = RemotePost(link, link)
    with serving(answer(400, {"error": {"code": 100, "error_subcode": 33}})) as server:
        adapter = network("facebook", server.url)
        assert isinstance(adapter.delete(post), Rejected)
        assert isinstance(adapter.edit(post, Sending(HELLO)), Rejected)
        assert adapter.figures([post]) == {link: Figures()}
        assert server.requests == []


def test_a_change_whose_answer_is_lost_is_left_to_a_person(page: PageWorld) -> None:
    post = out(page, "post")
    page.sandbox.add_fault("facebook", "drop_after", on="edit")
    page.sandbox.add_fault("facebook", "status", on="delete", status=500)
    changes: list[Change] = [page.network.edit(post, to(page, "Hello")), page.network.delete(post)]
    for change in changes:
        assert isinstance(change, Unknown)
        assert change.reason.endswith("Look at it on Facebook.")
        assert "the bot looks for it" not in change.reason


def test_a_limit_lets_a_change_be_tried_again(page: PageWorld) -> None:
    post = out(page, "post")
    page.sandbox.add_fault("facebook", "status", on="delete", status=429)
    change = page.network.delete(post)
    assert isinstance(change, NotPublished)
    assert change.cause is Cause.RATE_LIMIT


def test_an_answer_that_does_not_say_that_it_was_done_is_no_proof() -> None:
    with serving(answer(200, {})) as server:
        assert isinstance(network("facebook", server.url).delete(POST), Unknown)


def test_no_token_stands_in_the_address_of_a_change() -> None:
    with serving(answer(200, {"success": True})) as server:
        network("facebook", server.url).delete(POST)
        assert [request.line for request in server.requests] == ["DELETE /v25.0/99_1 HTTP/1.1"]


# Figures.


def test_everything_that_is_out_is_counted(page: PageWorld) -> None:
    posts = {kind: out(page, kind) for kind in ("comment", "photos", "video")}
    found = page.network.figures(list(posts.values()))
    assert not isinstance(found, CannotLook), found
    assert set(found) == {post.remote_id for post in posts.values()}
    for kind in ("photos", "video"):
        one = found[posts[kind].remote_id]
        assert None not in (one.impressions, one.reactions, one.comments, one.shares, one.clicks), one
        assert one.comments == 0
    of_comment = found[posts["comment"].remote_id]
    assert of_comment.reactions is not None
    assert of_comment.impressions is None


def test_comments_are_counted_with_their_post(page: PageWorld) -> None:
    out(page, "comment")
    post = page.sandbox.feed()[0]
    found = page.network.figures([RemotePost(post.id, post.url)])
    assert not isinstance(found, CannotLook)
    assert found[post.id].comments == 1


def test_many_posts_are_asked_about_fifty_at_a_time(page: PageWorld) -> None:
    page.sandbox.set_refuse_duplicates(False)
    posts = [page.published(f"Post {number}") for number in range(52)]
    found = page.network.figures(posts)
    assert not isinstance(found, CannotLook)
    assert set(found) == {post.remote_id for post in posts}
    assert page.calls("get_several") == 2


def test_posts_that_are_gone_are_left_out(page: PageWorld) -> None:
    page.sandbox.set_refuse_duplicates(False)
    posts = [page.published(f"Post {number}") for number in range(5)]
    gone = page.published("Bye", page.file("a.mp4", video(2_000)))
    for post in (posts[3], gone):
        page.network.delete(post)
    found = page.network.figures([*posts, gone])
    assert set(found) == {post.remote_id for post in (*posts[:3], posts[4])}  # type: ignore[arg-type]


def test_a_video_that_facebook_still_works_on_has_nothing_to_be_counted(page: PageWorld) -> None:
    page.sandbox.set_read_lag(60)
    post = page.published("Hello", page.file("a.mp4", video(2_000)))
    assert page.network.figures([post]) == {post.remote_id: Figures()}


def counted(*behaviours: Behaviour, posts: tuple[RemotePost, ...] = (POST,)) -> tuple[Any, Server]:
    with serving(*behaviours) as server:
        return network("facebook", server.url).figures(posts), server


def refusal(code: int, words: str, status: int = 400) -> Behaviour:
    return answer(status, {"error": {"code": code, "message": words, "type": "OAuthException"}})


NODE = {"id": "99_1", "reactions": {"data": [], "summary": {"total_count": 4}}}
COUNTED = answer(200, {"99_1": {**NODE, "comments": {"data": [], "summary": {"total_count": 2}}}})
NO_RIGHT = refusal(10, "(#10) This endpoint requires the 'read_insights' permission", 403)
NO_METRIC = refusal(100, "(#100) The value must be a valid insights metric")


@pytest.mark.parametrize("first", [NO_RIGHT, NO_METRIC])
def test_without_the_right_or_the_metric_less_is_asked_for(first: Behaviour) -> None:
    found, server = counted(first, COUNTED)
    assert found == {"99_1": Figures(reactions=4, comments=2, shares=0)}
    asked = [parse_qs(urlsplit(request.line.split()[1]).query)["fields"][0] for request in server.requests]
    assert ["insights" in one for one in asked] == [True, False]


def test_views_and_clicks_are_had_where_the_counts_are_forbidden() -> None:
    metrics = [
        {"name": "post_media_view", "values": [{"value": 70}]},
        {"name": "post_clicks", "values": [{"value": 3}]},
    ]
    shown = answer(200, {"99_1": {"id": "99_1", "shares": {"count": 5}, "insights": {"data": metrics}}})
    found, _ = counted(NO_RIGHT, NO_RIGHT, shown)
    assert found == {"99_1": Figures(impressions=70, shares=5, clicks=3)}


def test_who_may_see_nothing_can_not_look_for_good() -> None:
    found, server = counted(NO_RIGHT)
    assert isinstance(found, CannotLook)
    assert found.for_good
    assert len(server.requests) == 4


@pytest.mark.parametrize("trouble", [refusal(190, "Revoked", 401), refusal(32, "(#32) limit"), answer(500)])
def test_other_trouble_is_not_asked_about_with_less(trouble: Behaviour) -> None:
    found, server = counted(trouble)
    assert isinstance(found, CannotLook)
    assert not found.for_good
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body", [{"99_1": []}, {"99_1": {"reactions": 3}}, {"99_1": {"insights": {"data": [{"values": []}]}}}, []]
)
def test_an_answer_of_another_shape_counts_nothing(body: Any) -> None:
    found, _ = counted(answer(200, body))
    assert found in ({}, {"99_1": Figures()}, {"99_1": Figures(shares=0)})


def test_nothing_asked_is_nothing_sent(page: PageWorld) -> None:
    assert page.network.figures([]) == {}
    assert page.sandbox.calls() == []


def test_the_token_that_is_revoked_says_so(page: PageWorld) -> None:
    post = out(page, "post")
    page.sandbox.set_credentials(ACCOUNT.name, "revoked")
    assert isinstance(page.network.figures([post]), CannotLook)
    change = page.network.delete(post)
    assert isinstance(change, Rejected)
    assert change.cause is Cause.CREDENTIALS


@pytest.mark.parametrize(
    "post",
    [
        RemotePost("98_1", "https://www.facebook.com/98/posts/1"),
        RemotePost("1_5", "https://www.facebook.com/98/posts/1?comment_id=5"),
        RemotePost("7", "https://www.facebook.com/98/videos/7"),
    ],
)
def test_what_is_on_another_page_is_not_said_to_be_gone(page: PageWorld, post: RemotePost) -> None:
    """As after another page was connected under the same name: its token sees nothing of it."""
    outcome = page.network.delete(post)
    assert isinstance(outcome, Rejected), outcome
