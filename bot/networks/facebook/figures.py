"""Figures: how the page's posts have done, 50 at a time.

https://developers.facebook.com/documentation/pages-api/platforminsights/page/deprecated-metrics (read
2026-11-25): `post_impressions` and its kind ended on 15 November 2025 for every version of the API, those of
unique people by June 2026; `post_media_view` stands in their place. A metric that is gone, or a right that is
missing, lets the whole request fail, so less is asked for then.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from bot.model.outcome import CannotLook, Figures, RemotePost
from bot.networks.answer import CallError, RefusedError, member, objects
from bot.networks.facebook.answers import GONE, complaint
from bot.networks.facebook.graph import Page
from bot.networks.facebook.places import is_comment, is_known, is_video

MOST_AT_ONCE = 50  # ids: https://developers.facebook.com/docs/graph-api/batch-requests (read 2026-11-25)
_INSIGHTS = "insights.metric(post_media_view,post_clicks).period(lifetime){name,values}"
_COUNTS = "reactions.limit(0).summary(total_count),comments.limit(0).summary(total_count)"
# The fullest first: insights want read_insights, the counts pages_read_user_content.
_OF_POSTS = (f"shares,{_COUNTS},{_INSIGHTS}", f"shares,{_COUNTS}", f"shares,{_INSIGHTS}", "shares")
_OF_COMMENTS = ("reactions.limit(0).summary(total_count),comment_count", "comment_count")

Nodes = dict[str, Mapping[str, Any]]


def read(page: Page, posts: Collection[RemotePost]) -> Mapping[str, Figures] | CannotLook:
    """The figures by the ids that were given; those that are gone are left out."""
    nameless = {one.remote_id: Figures() for one in posts if not is_known(one)}
    posts = [one for one in posts if is_known(one)]
    comments = [one.remote_id for one in posts if is_comment(one)]
    videos = [one.remote_id for one in posts if is_video(one) and not is_comment(one)]
    rest = [one.remote_id for one in posts if not is_video(one) and not is_comment(one)]
    try:
        found = {id_: _figures(node) for id_, node in _nodes(page, comments, _OF_COMMENTS).items()}
        found |= nameless
        names = _posts_of(page, videos)
        nodes = _nodes(page, [*rest, *(name for name in names.values() if name)], _OF_POSTS)
    except CallError as error:
        return page.judge.cannot_look(error)
    found |= {id_: _figures(nodes[id_]) for id_ in rest if id_ in nodes}
    # A video that Facebook still works on has no post yet, and nothing to be counted.
    return found | {video: _figures(nodes.get(name or "", {})) for video, name in names.items()}


def _posts_of(page: Page, videos: Sequence[str]) -> dict[str, str | None]:
    """By video, the id of its post."""
    found = {}
    for video, node in _nodes(page, videos, ("post_id",)).items():
        post = node.get("post_id")
        full = str(post) if "_" in str(post) else f"{page.id}_{post}"
        found[video] = full if post else None
    return found


def _nodes(page: Page, ids: Sequence[str], wanted: Sequence[str]) -> Nodes:
    """What stands at each id, as much of it as may be asked for; those that are gone are left out."""
    found: Nodes = {}
    for start in range(0, len(ids), MOST_AT_ONCE):
        some = ids[start : start + MOST_AT_ONCE]
        for number, fields in enumerate(wanted, start=1):
            try:
                found |= _existing(page, some, fields)
                break
            except RefusedError as error:
                if number == len(wanted) or not _may_be_less(error):
                    raise
    return found


def _existing(page: Page, ids: Sequence[str], fields: str) -> Nodes:
    """One id that is gone lets the request fail for all: then each half is asked for by itself."""
    try:
        answer = page.get("", ids=",".join(ids), fields=fields)
    except RefusedError as error:
        if not _has(error, GONE):
            raise
        if len(ids) == 1:
            return {}
        middle = len(ids) // 2
        return _existing(page, ids[:middle], fields) | _existing(page, ids[middle:], fields)
    return {id_: node for id_, node in answer.fields.items() if isinstance(node, dict)}


def _may_be_less(error: RefusedError) -> bool:
    """Whether it is what was asked for, and not the token, the limits or the network, that failed."""
    return _has(error, frozenset({"3", "10", "100", "3001", *map(str, range(200, 300))}))


def _has(error: RefusedError, codes: frozenset[str]) -> bool:
    told = complaint(error.answer)
    return told is not None and bool(told.codes & codes)


def _figures(node: Mapping[str, Any]) -> Figures:
    insights = dict(_insights(node))
    comments = member(node, "comments", "summary", "total_count")
    shares = member(node, "shares", "count")
    if shares is None and "reactions" in node and "comment_count" not in node:
        shares = 0  # a post that nobody has shared has no such field
    return Figures(
        impressions=_number(insights.get("post_media_view")),
        reactions=_number(member(node, "reactions", "summary", "total_count")),
        comments=_number(node.get("comment_count") if comments is None else comments),
        shares=_number(shares),
        clicks=_number(insights.get("post_clicks")),
    )


def _insights(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for metric in objects(member(node, "insights", "data")):
        values = objects(metric.get("values"))
        if values:
            yield str(metric.get("name")), values[0].get("value")


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
