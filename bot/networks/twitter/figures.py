"""Figures: how an account's posts have done on X.

https://docs.x.com/x-api/fundamentals/metrics and GET /2/tweets of X's published description, version 2.167
(both read 2026-11-25): up to 100 posts are asked for at once. What is not public, such as the clicks on a
link, is given to the account itself for 30 days, and a post for which it is asked later may be left out.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.model.outcome import Figures
from bot.networks.answer import Answer, RefusedError, member, objects, unreadable
from bot.networks.judge import instant

MOST = 100  # posts in a request
_PRIVATE = timedelta(days=29)  # a day less than 30: clocks differ
_EPOCH_MS = 1_288_834_974_657  # ids count the milliseconds since then, above their lowest 22 bits


def figures(call: Callable[..., Answer], ids: Collection[str], clock: Clock) -> Mapping[str, Figures]:
    """The figures by the ids of the posts. Raises CallError."""
    since = clock.now() - _PRIVATE
    found: dict[str, Figures] = {}
    young = [one for one in ids if (at := _posted_at(one)) is not None and at > since]
    gone: set[str] = set()
    for some in _portions(young):
        try:
            answer = _ask(call, some, "public_metrics,non_public_metrics")
        except RefusedError as error:
            if error.answer.status not in (400, 403):
                raise
            continue  # this app may see only what everybody sees
        found |= _read(answer)
        gone |= {
            str(one.get("resource_id") or one.get("value"))
            for one in objects(answer.fields.get("errors"))
            if str(one.get("type")).endswith("resource-not-found")
        }
    for some in _portions([one for one in ids if one not in found and one not in gone]):
        found |= _read(_ask(call, some, "public_metrics"))
    return {one: found[one] for one in ids if one in found}


def _ask(call: Callable[..., Answer], ids: Iterable[str], fields: str) -> Answer:
    return call("GET", "tweets", params={"ids": ",".join(ids), "tweet.fields": fields})


def _read(answer: Answer) -> dict[str, Figures]:
    posts = answer.fields.get("data", [] if answer.fields.get("errors") else None)
    if not isinstance(posts, list):
        raise unreadable(answer, "list of posts")
    return {
        str(one.get("id")): _figures(one)
        for one in objects(posts)
        if isinstance(one.get("public_metrics"), dict)
    }


def _figures(post: Mapping[str, Any]) -> Figures:
    def number(*names: str) -> int | None:
        value = member(post, *names)
        return value if type(value) is int else None

    # "repost" in the published description, "retweet" in the documents and in old answers.
    reposts = number("public_metrics", "repost_count")
    if reposts is None:
        reposts = number("public_metrics", "retweet_count")
    quotes = number("public_metrics", "quote_count")
    return Figures(
        impressions=number("public_metrics", "impression_count"),
        reactions=number("public_metrics", "like_count"),
        comments=number("public_metrics", "reply_count"),
        shares=None if reposts is None else reposts + (quotes or 0),
        clicks=number("non_public_metrics", "url_link_clicks"),
    )


def _posted_at(remote_id: str) -> datetime | None:
    return instant(((int(remote_id) >> 22) + _EPOCH_MS) / 1000)


def _portions(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), MOST):
        yield ids[start : start + MOST]
