"""Figures: how posts on LinkedIn have done.

Of a page: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics
(needs rw_organization_admin; what nobody has seen is left out of the answer and counts zero). Of a member:
…/members/post-statistics (needs r_member_postAnalytics, one request a figure). Reactions and comments of
both: …/shares/social-metadata-api (needs r_organization_social or r_member_social), which also says what is
gone. All read 2026-11-25.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.model.outcome import CannotLook, Figures, RemotePost
from bot.networks.answer import CallError, RefusedError, member, objects
from bot.networks.judge import Judge
from bot.networks.linkedin.restli import Restli

_AT_ONCE = 20  # URNs in one request
_OF_A_MEMBER = {
    "IMPRESSION": "impressions",
    "REACTION": "reactions",
    "COMMENT": "comments",
    "RESHARE": "shares",
}
_OF_A_PAGE = {
    "impressionCount": "impressions",
    "likeCount": "reactions",
    "commentCount": "comments",
    "shareCount": "shares",
    "clickCount": "clicks",
}
_POST = re.compile(r"urn:li:(?P<kind>share|ugcPost):\d+", re.ASCII)


class FigureReader:
    """One author's figures."""

    def __init__(self, author: str, restli: Restli, judge: Judge) -> None:
        self._author = author
        self._restli = restli
        self._judge = judge

    def read(self, posts: Collection[RemotePost]) -> Mapping[str, Figures] | CannotLook:
        """See `Network.figures`: what one of the three ways says, the more precise one first."""
        urns = [post.remote_id for post in posts]
        found: dict[str, Figures] = {}
        gone: set[str] = set()
        refusals: list[CallError] = []
        for some in (urns[start : start + _AT_ONCE] for start in range(0, len(urns), _AT_ONCE)):
            for way in (self._social, self._statistics):
                try:
                    told, missing = way(some)
                except CallError as error:
                    if not _is_a_missing_right(error):
                        return self._judge.cannot_look(error)
                    refusals.append(error)
                else:
                    gone |= missing
                    for urn, figures in told.items():
                        found[urn] = _joined(found.get(urn), figures)
        if refusals and not found and not gone:
            return self._judge.cannot_look(refusals[-1])
        return {urn: figures for urn, figures in found.items() if urn not in gone}

    def _social(self, urns: Iterable[str]) -> tuple[Mapping[str, Figures], set[str]]:
        """Reactions and comments, and the posts that are gone."""
        answer = self._restli.call("batch_get", resource_path="/socialMetadata", ids=list(urns))
        results, errors = member(answer.value, "results"), member(answer.value, "errors")
        told: dict[str, Figures] = {}
        for urn, one in results.items() if isinstance(results, dict) else ():
            kinds = member(one, "reactionSummaries")
            counts = [member(kind, "count") for kind in kinds.values()] if isinstance(kinds, dict) else []
            reactions = sum(count for count in counts if isinstance(count, int))
            told[urn] = Figures(reactions=reactions, comments=_count(member(one, "commentSummary", "count")))
        gone = {
            urn
            for urn, one in (errors.items() if isinstance(errors, dict) else ())
            if member(one, "status") == 404
        }
        return told, gone

    def _statistics(self, urns: Iterable[str]) -> tuple[Mapping[str, Figures], set[str]]:
        posts = [(urn, found["kind"]) for urn in urns if (found := _POST.fullmatch(urn))]
        if not posts:
            return {}, set()
        if self._author.startswith("urn:li:organization:"):
            return dict(self._of_a_page(posts)), set()
        return {urn: self._of_a_member(urn, kind) for urn, kind in posts}, set()

    def _of_a_page(self, posts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Figures]]:
        lists: dict[str, list[str]] = {"shares": [], "ugcPosts": []}
        for urn, kind in posts:
            lists["shares" if kind == "share" else "ugcPosts"].append(urn)
        query: dict[str, Any] = {"organizationalEntity": self._author}
        answer = self._restli.call(
            "finder",
            resource_path="/organizationalEntityShareStatistics",
            finder_name="organizationalEntity",
            query_params={**query, **{name: listed for name, listed in lists.items() if listed}},
        )
        told = {
            str(one.get("share") or one.get("ugcPost")): member(one, "totalShareStatistics")
            for one in objects(member(answer.value, "elements"))
        }
        for urn in (*lists["shares"], *lists["ugcPosts"]):
            counts = told.get(urn, dict.fromkeys(_OF_A_PAGE, 0))
            yield urn, Figures(**{name: _count(member(counts, key)) for key, name in _OF_A_PAGE.items()})

    def _of_a_member(self, urn: str, kind: str) -> Figures:
        counts: dict[str, int | None] = {}
        for asked, name in _OF_A_MEMBER.items():
            answer = self._restli.call(
                "finder",
                resource_path="/memberCreatorPostAnalytics",
                finder_name="entity",
                query_params={
                    "entity": {"share" if kind == "share" else "ugc": urn},
                    "queryType": asked,
                    "aggregation": "TOTAL",
                },
            )
            totals = objects(member(answer.value, "elements"))
            counts[name] = _count(totals[0].get("count")) if totals else None
        return Figures(**counts)


def _count(value: Any) -> int | None:
    """A number of times; those that LinkedIn takes back after the fact can make it negative for a while."""
    return max(value, 0) if isinstance(value, int) and not isinstance(value, bool) else None


def _joined(first: Figures | None, second: Figures) -> Figures:
    """The second figures, and the first where it says nothing."""
    if first is None:
        return second
    names = ("impressions", "reactions", "comments", "shares", "clicks")
    gaps = {name: getattr(first, name) for name in names if getattr(second, name) is None}
    return replace(second, **gaps)


def _is_a_missing_right(error: CallError) -> bool:
    return isinstance(error, RefusedError) and error.answer.status == 403
