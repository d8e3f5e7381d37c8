"""Statistics: how posts have done, as LinkedIn tells pages and members.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics,
…/members/post-statistics and …/shares/social-metadata-api (read 2026-11-25). The comments are counted; the
other numbers are made up, from the post alone, once a post is a minute old.
"""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from werkzeug.wrappers import Request

from bot.sandbox.answer import Answer, RefusedError
from bot.sandbox.books import Books
from bot.sandbox.linkedin import access, errors, reading
from bot.sandbox.linkedin.gate import NAME, Gate, no_right
from bot.sandbox.network import READ, Route
from bot.sandbox.records import Account, Stored

_SHARES, _POSTS = "organizationalEntityShareStatistics", "memberCreatorPostAnalytics"
_PAGING = {"start": 0, "count": 10, "links": []}
_UNSEEN = timedelta(minutes=1)
_OF_A_MEMBER = {
    "IMPRESSION": "impressionCount",
    "REACTION": "likeCount",
    "COMMENT": "commentCount",
    "RESHARE": "shareCount",
}


class Statistics:
    """The three ways to figures."""

    def __init__(self, books: Books, gate: Gate) -> None:
        self._books = books
        self._gate = gate

    def routes(self) -> Iterable[Route]:
        """All operations."""
        for path, operation, handle in (
            ("/rest/socialMetadata", "socialMetadata.BATCH_GET", self._metadata),
            (f"/rest/{_SHARES}", f"{_SHARES}.FINDER-organizationalEntity", self._of_a_page),
            (f"/rest/{_POSTS}", f"{_POSTS}.FINDER-entity", self._of_a_member),
        ):
            yield Route("GET", path, operation, READ, self._gate.guarded(handle))

    def _metadata(self, account: Account, request: Request) -> Answer:
        self._gate.check_reading(request, "BATCH_GET-socialMetadata")
        results, failed = {}, {}
        for urn in reading.listed(request, "ids"):
            stored = self._books.post(NAME, urn.replace(":ugcPost:", ":share:"))
            if stored is None:
                failed[urn] = {"status": 404, "message": f"Could not find entity {urn}"}
            else:
                results[urn] = _social(counts(self._books, stored), urn)
        statuses = dict.fromkeys(failed, 404) | dict.fromkeys(results, 200)
        return Answer(200, {"results": results, "errors": failed, "statuses": statuses})

    def _of_a_page(self, account: Account, request: Request) -> Answer:
        asked = reading.query(request)
        self._gate.check_scope(request, "rw_organization_admin", operation=f"{_SHARES}.FINDER")
        organization = asked.get("organizationalEntity", "")
        if asked.get("q") != "organizationalEntity" or organization != access.authors(account)[0]:
            raise no_right(_SHARES)
        elements = []
        for name, field in (("shares", "share"), ("ugcPosts", "ugcPost")):
            for urn in reading.listed(request, name):
                if not urn.startswith(f"urn:li:{field}:"):
                    raise _wrong(name)
                stored = self._books.post(NAME, urn)
                if stored is None or stored.extra.get("author") != organization:
                    continue
                told = counts(self._books, stored)
                if any(told.values()):  # what nobody has seen is left out, say the documents
                    of_whom = {field: urn, "organizationalEntity": organization}
                    elements.append({**of_whom, "totalShareStatistics": told})
        return Answer(200, {"paging": _PAGING, "elements": elements})

    def _of_a_member(self, account: Account, request: Request) -> Answer:
        asked = reading.query(request)
        self._gate.check_scope(request, "r_member_postAnalytics", operation=f"{_POSTS}.FINDER")
        if asked.get("q") != "entity" or asked.get("aggregation") != "TOTAL":
            raise _wrong("aggregation")
        what = asked.get("queryType", "")
        if what not in _OF_A_MEMBER:
            raise _wrong("queryType")
        stored = self._gate.post(reading.union(request, "entity")[1])
        if stored.extra["author"] != access.authors(account)[1]:
            raise no_right(_POSTS)
        total = {"count": counts(self._books, stored)[_OF_A_MEMBER[what]], "metricType": what}
        return Answer(200, {"paging": _PAGING, "elements": [total]})


def counts(books: Books, stored: Stored) -> dict[str, int]:
    """The figures of a post, or of a comment."""
    published = stored.published
    account = books.account(NAME, published.account)
    comments = len(books.posts(account, published.id))
    seen = 0
    if books.now() - published.created_at >= _UNSEEN:
        seen = 100 + int.from_bytes(hashlib.sha256(published.id.encode()).digest()[:2]) % 900
    return {
        "impressionCount": seen,
        "uniqueImpressionsCount": seen * 3 // 4,
        "clickCount": seen // 10,
        "likeCount": seen // 20,
        "commentCount": comments,
        "shareCount": seen // 100,
    }


def _social(told: dict[str, int], urn: str) -> dict[str, Any]:
    """A social metadata: reactions by kind, and comments."""
    likes, comments = told["likeCount"], told["commentCount"]
    kinds = {"LIKE": likes - likes // 4, "PRAISE": likes // 4}
    return {
        "entity": urn,
        "commentsState": "OPEN",
        "reactionSummaries": {
            kind: {"reactionType": kind, "count": count} for kind, count in kinds.items() if count
        },
        "commentSummary": {"count": comments, "topLevelCount": comments},
    }


def _wrong(name: str) -> RefusedError:
    return errors.refuse(400, f"Invalid query parameters passed to request: {name}", "ILLEGAL_ARGUMENT")
