"""Reading from a Mastodon server: statuses, accounts and lists as its API gives them.

https://docs.joinmastodon.org/entities/Status/ and …/entities/Account/ (read 2026-11-25), with the fields of
recorded answers that a scheduler may look at.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from werkzeug.wrappers import Request

from bot.sandbox.books import Books
from bot.sandbox.mastodon import text
from bot.sandbox.records import Account, Stored

_USUAL, _MOST = 20, 40


def account(of: Account) -> dict[str, Any]:
    """An account."""
    page = f"https://{text.HOST}/@{of.username}"
    return {
        "id": of.id,
        "username": of.username,
        "acct": of.username,
        "display_name": of.title,
        "locked": False,
        "bot": False,
        "url": page,
        "uri": f"https://{text.HOST}/ap/users/{of.id}",
        "note": "",
        "fields": [],
        "emojis": [],
    }


def status(books: Books, stored: Stored) -> dict[str, Any]:
    """A status; what it answers is not told any more where that is gone."""
    one = stored.published
    author = books.account("mastodon", one.account)
    parent = books.post("mastodon", one.parent_id) if one.parent_id else None
    return {
        "id": one.id,
        "created_at": _time(one.created_at),
        "in_reply_to_id": one.parent_id if parent else None,
        "in_reply_to_account_id": author.id if parent else None,
        "sensitive": False,
        "spoiler_text": stored.extra.get("warning", ""),
        "visibility": stored.extra["visibility"],
        "language": "en",
        "uri": f"https://{text.HOST}/ap/users/{author.id}/statuses/{one.id}",
        "url": one.url,
        "replies_count": len(books.posts(author, one.id)),
        "reblogs_count": stored.number // 65_536 % 7,
        "favourites_count": stored.number // 65_536 % 23,
        "edited_at": stored.extra.get("edited_at"),
        "content": text.content(one.text) if one.text else "",
        "reblog": None,
        "account": account(author),
        "media_attachments": stored.extra["media"],
        "mentions": [
            {"id": "1", "username": name, "acct": f"{name}@{server}", "url": text.profile(name, server)}
            for name, server in text.mentions(one.text)
        ],
        "tags": [],
        "emojis": [],
        "card": {"url": one.link, "title": text.host(one.link), "type": "link"} if one.link else None,
        "poll": None,
    }


def listing(books: Books, of: Account, request: Request) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """An account's statuses, the newest first, and the header that leads to the page after."""
    asked = request.args
    limit = min(_number(asked.get("limit"), _USUAL), _MOST)
    older_than = _number(asked.get("max_id"), 1 << 63)
    newer_than = max(_number(asked.get("since_id"), 0), _number(asked.get("min_id"), 0))
    found = [
        one
        for one in books.posts(of)
        if books.is_readable(one)
        and newer_than < one.number < older_than
        and not (one.published.parent_id and asked.get("exclude_replies") in ("1", "true"))
        and (one.published.media or asked.get("only_media") not in ("1", "true"))
        and asked.get("pinned") not in ("1", "true")
    ][:limit]
    headers = {}
    if found:
        where = f"https://{text.HOST}/api/v1/accounts/{of.id}/statuses"
        older = urlencode({"limit": limit, "max_id": found[-1].number})
        newer = urlencode({"limit": limit, "min_id": found[0].number})
        headers["link"] = f'<{where}?{older}>; rel="next", <{where}?{newer}>; rel="prev"'
    return [status(books, one) for one in found], headers


def _number(value: str | None, otherwise: int) -> int:
    return int(value) if value and value.isdecimal() else otherwise


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
