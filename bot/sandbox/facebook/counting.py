"""Counting: how posts are doing, made up but the same at every look; and which metrics there are.

https://developers.facebook.com/documentation/pages-api/platforminsights/page/deprecated-metrics (read
2026-11-25): `post_impressions` and its kind are gone since 15 November 2025, for every version.
"""

import hashlib
import re
from typing import Any

from bot.sandbox.facebook import errors
from bot.sandbox.records import Stored

_METRICS = {
    "post_media_view": (120, 900),
    "post_total_media_view_unique": (100, 700),
    "post_clicks": (3, 60),
    "post_reactions_like_total": (1, 40),
}


def check(asked: str | None) -> None:
    """Whether the fields of a query name only metrics that there are. Raises RefusedError."""
    for found in re.finditer(r"insights\.metric\(([^)]*)\)", asked or ""):
        for metric in found[1].split(","):
            if metric.strip() not in _METRICS:
                raise errors.parameter("The value must be a valid insights metric")


def insights(post: Stored, asked: str | None) -> dict[str, Any]:
    """What the metrics of a query have come to."""
    found = re.search(r"insights\.metric\(([^)]*)\)", asked or "")
    names = [one.strip() for one in found[1].split(",")] if found else []
    return {
        "data": [
            {
                "name": name,
                "period": "lifetime",
                "values": [{"value": tally(post, name, *_METRICS[name])}],
                "id": f"{post.extra.get('post', post.published.id)}/insights/{name}/lifetime",
            }
            for name in names
        ]
    }


def tally(post: Stored, what: str, least: int, most: int) -> int:
    """A number that belongs to a post."""
    digest = hashlib.sha256(f"{post.published.id}/{what}".encode()).digest()
    return least + int.from_bytes(digest[:4], "big") % (most - least)
