"""Looking for an uncertain post: found, provably absent, or not to be known."""

import html
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.model.message import Part, Role
from bot.model.outcome import CannotLook, RemotePost
from bot.model.sending import Sending

from .accounts import HELLO, MATCHING, NETWORKS, NOW, POSTED, network, part_after
from .servers import Behaviour, Server, answer, serving

SINCE = NOW - timedelta(minutes=10)
Found = RemotePost | CannotLook | None


def listed(name: str, text: str, number: int = 1, at: datetime = NOW, **more: Any) -> dict[str, Any]:
    """A post as the network lists it."""
    milliseconds = int(at.timestamp() * 1000)
    seconds = at.strftime("%Y-%m-%dT%H:%M:%S+0000")
    base: dict[str, dict[str, Any]] = {
        "twitter": {"id": str(number), "text": text, "created_at": at.isoformat().replace("+00:00", "Z")},
        "facebook": {"id": f"99_{number}", "message": text, "created_time": seconds},
        "linkedin": {"id": f"urn:li:share:{number}", "commentary": text, "createdAt": milliseconds},
        "mastodon": {"id": str(number), "content": f"<p>{html.escape(text)}</p>", "created_at": seconds},
    }
    return {**base[name], **more}


@dataclass(frozen=True)
class LastPage:
    """A page of Mastodon after which an empty one comes."""

    behaviour: Behaviour

    def __call__(self, sock: socket.socket) -> None:
        self.behaviour(sock)


def page(name: str, *items: Any, following: bool = False) -> Behaviour:
    """One page of the list, perhaps with another after it."""
    if name == "mastodon":
        one = answer(200, list(items))
        return one if following else LastPage(one)
    more = {
        "twitter": {"next_token": "abc"} if following else {},
        "facebook": {"next": "https://graph.facebook.com/v25.0/99/feed?access_token=x&after=abc&limit=100"},
        "linkedin": {"links": [{"rel": "next", "href": "/x"}] if following else []},
    }[name]
    if name == "twitter":
        meta = {"result_count": len(items), **more}
        return answer(200, {"data": list(items), "meta": meta} if items else {"meta": meta})
    if name == "facebook":
        return answer(200, {"data": list(items), "paging": more if following else {}})
    return answer(200, {"elements": list(items), "paging": more})


def find(
    name: str,
    *behaviours: Behaviour,
    part: Part = HELLO,
    previous: RemotePost | None = None,
    known: Sequence[str] = (),
    timeout: float = 5,
) -> tuple[Found, Server]:
    wanted = list(behaviours)
    if name == "mastodon":  # is first asked who the account is, and its list ends with an empty page
        ends = [answer(200, [])] if isinstance(wanted[-1], LastPage) else []
        wanted = [answer(200, {"id": "7"}), *wanted, *ends]
    with serving(*wanted) as server:
        found = network(name, server.url, timeout=timeout).find(Sending(part, previous), SINCE, known)
        del server.requests[: name == "mastodon"]
        return found, server


@pytest.mark.parametrize("name", MATCHING)
def test_a_post_that_is_out_is_found_with_its_permalink(name: str) -> None:
    found, _ = find(name, page(name, listed(name, "Other", 2), listed(name, "Hello")))
    assert found == RemotePost(POSTED[name].remote_id, POSTED[name].url)


@pytest.mark.parametrize("name", MATCHING)
@pytest.mark.parametrize("items", [[], ["Goodbye"], ["Hello again", "hello"]])
def test_a_list_without_it_proves_that_it_is_not_out(name: str, items: list[str]) -> None:
    found, server = find(name, page(name, *(listed(name, text, n) for n, text in enumerate(items))))
    assert found is None
    assert {request.line.split()[0] for request in server.requests} == {"GET"}


@pytest.mark.parametrize("name", MATCHING)
def test_posts_that_are_other_deliveries_are_passed_over(name: str) -> None:
    assert find(name, page(name, listed(name, "Hello")), known=[POSTED[name].remote_id])[0] is None


@pytest.mark.parametrize("name", MATCHING)
def test_a_post_from_before_the_attempt_is_another_one(name: str) -> None:
    assert find(name, page(name, listed(name, "Hello", at=SINCE - timedelta(minutes=6))))[0] is None


@pytest.mark.parametrize("name", MATCHING)
def test_a_network_whose_clock_is_behind_hides_nothing(name: str) -> None:
    assert isinstance(
        find(name, page(name, listed(name, "Hello", at=SINCE - timedelta(minutes=4))))[0], RemotePost
    )


@pytest.mark.parametrize("name", MATCHING)
def test_it_reads_on_to_the_last_page(name: str) -> None:
    pages = [page(name, listed(name, "One", 5), following=True), page(name, listed(name, "Hello"))]
    found, server = find(name, *pages)
    assert isinstance(found, RemotePost)
    assert len(server.requests) == 2
    assert "secret" not in server.requests[1].line
    assert "access_token" not in server.requests[1].line


@pytest.mark.parametrize("name", MATCHING)
def test_it_stops_where_the_posts_are_too_old(name: str) -> None:
    old = page(name, listed(name, "Old", 5, at=SINCE - timedelta(days=1)), following=True)
    found, server = find(name, old, page(name, listed(name, "Hello")))
    assert found is None
    assert len(server.requests) == 1


@pytest.mark.parametrize("name", MATCHING)
def test_a_list_that_repeats_itself_proves_nothing(name: str) -> None:
    found, _ = find(name, page(name, listed(name, "One"), following=True))
    assert isinstance(found, CannotLook)
    assert not found.for_good


@pytest.mark.parametrize("name", MATCHING)
def test_an_endless_list_is_not_read_for_ever(name: str) -> None:
    pages = [page(name, listed(name, "One", n), following=True) for n in range(30)]
    found, server = find(name, *pages)
    assert isinstance(found, CannotLook)
    assert len(server.requests) == 20


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(
    "body", ["", "{", "[1]", "{}", '{"data": 1, "elements": 1}', '{"data": [1], "elements": [1]}', "<html>"]
)
def test_a_list_that_can_not_be_read_proves_nothing(name: str, body: str) -> None:
    assert isinstance(find(name, answer(200, body))[0], CannotLook)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("status", [302, 401, 404, 429, 500])
def test_a_refused_look_may_be_tried_again(name: str, status: int) -> None:
    found, _ = find(name, answer(status, "no"))
    assert isinstance(found, CannotLook)
    assert not found.for_good


@pytest.mark.parametrize(
    ("name", "status", "body"),
    [
        ("twitter", 403, {"title": "Client Forbidden", "detail": "your client is not enrolled"}),
        ("facebook", 400, {"error": {"code": 10, "message": "needs pages_read_engagement"}}),
        ("linkedin", 403, {"message": "Not enough permissions to access: posts.FINDER-author"}),
        ("mastodon", 403, {"error": "This action is outside the authorized scopes"}),
    ],
)
def test_an_account_without_the_permission_may_never_look(name: str, status: int, body: Any) -> None:
    found, _ = find(name, answer(status, body))
    assert isinstance(found, CannotLook)
    assert found.for_good


@pytest.mark.parametrize("name", NETWORKS)
def test_a_look_that_the_wire_ends_may_be_tried_again(name: str) -> None:
    found = network(name, "http://nowhere.invalid").find(Sending(HELLO), SINCE, ())
    assert isinstance(found, CannotLook)
    assert not found.for_good


@pytest.mark.parametrize("name", MATCHING)
@pytest.mark.parametrize(
    "shown",
    ["Q&amp;A  –\n\ncafe\u0301 &lt;b&gt; http://Example.org/a/", "Q&A – café <b> https://Example.org/a"],
)
def test_what_networks_change_on_the_way_does_not_matter(name: str, shown: str) -> None:
    part = Part(1, Role.POST, "Q&A – café <b>\nhttps://Example.org/a")
    assert isinstance(find(name, page(name, listed(name, shown)), part=part)[0], RemotePost)


# Threads and comments.


def test_a_reply_is_only_one_that_answers_the_part_before() -> None:
    part, previous = part_after("twitter")
    answers = [listed("twitter", part.text, 7, referenced_tweets=[{"type": "replied_to", "id": "666"}])]
    assert find("twitter", page("twitter", *answers), part=part, previous=previous)[0] is None
    answers.append(listed("twitter", part.text, 8, referenced_tweets=[{"type": "replied_to", "id": "1"}]))
    found, _ = find("twitter", page("twitter", *answers), part=part, previous=previous)
    assert isinstance(found, RemotePost)
    assert found.remote_id == "8"


@pytest.mark.parametrize("kind", ["replied_to", "retweeted"])
def test_a_first_message_is_no_reply_and_no_repost(kind: str) -> None:
    one = listed("twitter", "Hello", referenced_tweets=[{"type": kind, "id": "3"}])
    assert find("twitter", page("twitter", one))[0] is None


@pytest.mark.parametrize(
    ("name", "item", "place"),
    [
        (
            "facebook",
            {"id": "1_5", "message": "And more", "from": {"id": "99"}, "created_time": f"{NOW:%FT%TZ}"},
            "/v25.0/99_1/comments",
        ),
        (
            "linkedin",
            {
                "id": "5",
                "$URN": "urn:li:comment:(urn:li:share:1,5)",
                "actor": "urn:li:organization:77",
                "message": {"text": "And more"},
                "created": {"time": int(NOW.timestamp() * 1000)},
            },
            "/rest/socialActions/urn%3Ali%3Ashare%3A1/comments",
        ),
    ],
)
def test_a_first_comment_is_looked_for_under_its_post(name: str, item: dict[str, Any], place: str) -> None:
    part, previous = part_after(name)
    found, server = find(name, page(name, item), part=part, previous=previous)
    assert isinstance(found, RemotePost)
    assert server.requests[0].line.split()[1].startswith(place)
    assert str(found.url).startswith(str(previous.url))
    stranger = {**item, "from": {"id": "5"}, "actor": "urn:li:person:x"}
    assert find(name, page(name, stranger), part=part, previous=previous)[0] is None


# Links.


def test_the_short_links_of_x_are_followed_through_its_entities() -> None:
    part = Part(1, Role.POST, "New: https://example.org/a?b=1&c=2 and example.org")
    urls = [
        {"url": "https://t.co/1", "expanded_url": "https://example.org/a?b=1&c=2"},
        {"url": "https://t.co/2", "expanded_url": "http://example.org"},
    ]
    one = listed("twitter", "New: https://t.co/1 and https://t.co/2", entities={"urls": urls})
    assert isinstance(find("twitter", page("twitter", one), part=part)[0], RemotePost)
    urls[0]["expanded_url"] = "https://example.org/other"
    assert find("twitter", page("twitter", one), part=part)[0] is None


def test_a_short_link_that_x_does_not_explain_leaves_it_open() -> None:
    part = Part(1, Role.POST, "New: https://example.org/a")
    found, _ = find("twitter", page("twitter", listed("twitter", "New: https://t.co/1")), part=part)
    assert isinstance(found, CannotLook)
    assert find("twitter", page("twitter", listed("twitter", "Old: https://t.co/1")), part=part)[0] is None


CARDS = {
    "facebook": lambda link: {"attachments": {"data": [{"unshimmed_url": link}]}},
    "linkedin": lambda link: {"content": {"article": {"source": link, "title": "x"}}},
}


@pytest.mark.parametrize("name", CARDS)
def test_the_card_tells_posts_with_the_same_text_apart(name: str) -> None:
    part = Part(1, Role.POST, "Hello", "https://example.org/a", "Hello")
    same = listed(name, "Hello", 1, **CARDS[name]("https://example.org/a/"))
    other = listed(name, "Hello", 2, **CARDS[name]("https://example.org/b"))
    found, _ = find(name, page(name, other, same), part=part)
    assert isinstance(found, RemotePost)
    assert found.remote_id == POSTED[name].remote_id
    # A network may rewrite a link, so another one is no proof of absence.
    assert isinstance(find(name, page(name, other), part=part)[0], CannotLook)
    assert find(name, page(name, other), part=part, known=[other["id"]])[0] is None


def test_an_escaped_commentary_matches_however_linkedin_lists_it() -> None:
    part = Part(1, Role.POST, r"A \(small\) \#1 #WorldDay")
    for commentary in (part.text, r"A \(small\) \#1 {hashtag|\#|WorldDay}", "A (small) #1 #WorldDay"):
        found, _ = find("linkedin", page("linkedin", listed("linkedin", commentary)), part=part)
        assert isinstance(found, RemotePost), commentary


def test_a_draft_on_linkedin_is_not_out() -> None:
    one = listed("linkedin", "Hello", lifecycleState="DRAFT")
    assert find("linkedin", page("linkedin", one))[0] is None


def test_a_visitors_post_on_the_page_is_not_ours() -> None:
    one = listed("facebook", "Hello", **{"from": {"id": "5"}})
    assert find("facebook", page("facebook", one))[0] is None


def test_x_is_asked_for_the_posts_of_the_tokens_user() -> None:
    _, server = find("twitter", page("twitter"))
    method, target, _ = server.requests[0].line.split()
    assert (method, target.split("?")[0]) == ("GET", "/2/users/4711/tweets")
    assert "start_time=2026-09-21T08%3A45%3A00Z" in target


def test_a_token_that_does_not_name_its_user_costs_one_question_more() -> None:
    secrets = {"API_KEY": "a", "API_SECRET": "b", "ACCESS_TOKEN": "opaque", "ACCESS_TOKEN_SECRET": "d"}
    with serving(answer(200, {"data": {"id": "12"}}), page("twitter", listed("twitter", "Hello"))) as server:
        found = network("twitter", server.url, credentials=secrets).find(Sending(HELLO), SINCE, ())
    assert isinstance(found, RemotePost)
    assert server.requests[1].line.startswith("GET /2/users/12/tweets?")
