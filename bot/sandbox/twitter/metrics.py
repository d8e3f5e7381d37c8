"""Metrics: how a made-up audience takes to a post; the same numbers for the same post at the same age.

https://docs.x.com/x-api/fundamentals/metrics (read 2026-11-25): what is not public is told to the post's own
account, for 30 days.
"""

from datetime import timedelta

from bot.sandbox.books import Books
from bot.sandbox.records import Account, Stored

_GROWS = timedelta(days=2)  # until nobody new sees a post
_TOLD = timedelta(days=30)


def public(books: Books, post: Stored) -> dict[str, int]:
    """What everybody sees."""
    seen = _impressions(books, post)
    account = books.account("twitter", post.published.account)
    return {
        "repost_count": seen // 90,
        "reply_count": len(books.posts(account, post.published.id)),
        "like_count": seen // 30,
        "quote_count": seen // 400,
        "bookmark_count": seen // 300,
        "impression_count": seen,
    }


def private(books: Books, post: Stored) -> dict[str, int]:
    """What only the account sees."""
    seen = _impressions(books, post)
    return {
        "impression_count": seen,
        "url_link_clicks": seen // 50 if post.published.link else 0,
        "user_profile_clicks": seen // 200,
        "engagements": seen // 20,
    }


def are_shown(books: Books, post: Stored, reader: Account) -> bool:
    """Whether an account is told what is not public of a post."""
    return post.published.account == reader.name and books.now() < post.published.created_at + _TOLD


def _impressions(books: Books, post: Stored) -> int:
    age = books.now() - post.published.created_at
    share = min(1.0, max(0.0, age / _GROWS))
    return int(share * (300 + post.number // 7 % 900))
