"""Statistics: how posts have done, as LinkedIn tells pages and members.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics,
…/members/post-statistics and …/shares/social-metadata-api (read 2026-11-25). The comments are counted; the
other numbers are made up, from the post alone, once a post is a minute old.
"""

import hashlib
from datetime import timedelta
from typing import Any

from werkzeug.wrappers import Request

from bot.sandbox.books import Books
from bot.sandbox.linkedin import errors, reading
from bot.sandbox.records import Stored

_UNSEEN = timedelta(minutes=1)
_OF_A_MEMBER = {
    "IMPRESSION": "impressionCount",
    "REACTION": "likeCount",
    "COMMENT": "commentCount",
    "RESHARE": "shareCount",
}


def counts(books: Books, stored: Stored) -> dict[str, int]:
    """The figures of a post, or of a comment."""
    published = stored.published
    account = books.account("linkedin", published.account)
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


def of_a_page(books: Books, organization: str, request: Request) -> dict[str, Any]:
    """The finder organizationalEntity of organizationalEntityShareStatistics, for single posts."""
    elements = []
    for name, field in (("shares", "share"), ("ugcPosts", "ugcPost")):
        for urn in reading.listed(request, name):
            if not urn.startswith(f"urn:li:{field}:"):
                raise errors.refuse(
                    400, f"Invalid query parameters passed to request: {name}", "ILLEGAL_ARGUMENT"
                )
            stored = books.post("linkedin", urn)
            if stored is None or stored.extra.get("author") != organization:
                continue
            told = counts(books, stored)
            if any(told.values()):  # what nobody has seen is left out, say the documents
                entry = {field: urn, "organizationalEntity": organization, "totalShareStatistics": told}
                elements.append(entry)
    paging = {"start": 0, "count": 10, "links": []}
    return {"paging": paging, "elements": elements}


def of_a_member(books: Books, stored: Stored, asked: str) -> dict[str, Any]:
    """The finder entity of memberCreatorPostAnalytics, aggregated as TOTAL."""
    if asked not in _OF_A_MEMBER:
        raise errors.refuse(400, "Invalid query parameters passed to request: queryType", "ILLEGAL_ARGUMENT")
    total = {"count": counts(books, stored)[_OF_A_MEMBER[asked]], "metricType": asked}
    return {"paging": {"start": 0, "count": 10, "links": []}, "elements": [total]}


def metadata(books: Books, stored: Stored, urn: str) -> dict[str, Any]:
    """A social metadata: reactions by kind, and comments."""
    told = counts(books, stored)
    likes = told["likeCount"]
    praise = likes // 4
    kinds = {"LIKE": likes - praise, "PRAISE": praise}
    return {
        "entity": urn,
        "commentsState": "OPEN",
        "reactionSummaries": {
            kind: {"reactionType": kind, "count": count} for kind, count in kinds.items() if count
        },
        "commentSummary": {"count": told["commentCount"], "topLevelCount": told["commentCount"]},
    }
