"""Figures: how posts have done, as the rest of the network counts it.

https://docs.bsky.app/docs/api/app-bsky-feed-get-posts (read 2026-11-25).
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from bot.model.outcome import Figures, RemotePost
from bot.networks.answer import Answer, member, objects, unreadable
from bot.networks.bluesky.naming import key_in

_AT_ONCE = 25  # posts that may be asked for in one request


def figures(posts: Collection[RemotePost], ask: Callable[[list[str]], Answer]) -> Mapping[str, Figures]:
    """Likes, replies, and reposts together with quotes, by the ids of the posts that are there.

    `ask` is given the keys of some posts. Raises what it raises, and CallError.
    """
    wanted = {key: post.remote_id for post in posts if (key := key_in(post.remote_id))}
    found: dict[str, Figures] = {}
    keys = list(wanted)
    for start in range(0, len(keys), _AT_ONCE):
        answer = ask(keys[start : start + _AT_ONCE])
        for key, value in _listed(answer):
            if key in wanted:
                found[wanted[key]] = _figures(value)
    return found


def _listed(answer: Answer) -> Iterator[tuple[str, Mapping[str, Any]]]:
    posts = member(answer.value, "posts")
    if not isinstance(posts, list):
        raise unreadable(answer, "list of posts")
    for one in objects(posts):
        if key := key_in(str(one.get("uri"))):
            yield key, one


def _figures(post: Mapping[str, Any]) -> Figures:
    reposts, quotes = _number(post, "repostCount"), _number(post, "quoteCount")
    return Figures(
        reactions=_number(post, "likeCount"),
        comments=_number(post, "replyCount"),
        shares=None if reposts is None and quotes is None else (reposts or 0) + (quotes or 0),
    )


def _number(post: Mapping[str, Any], name: str) -> int | None:
    value = post.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
