"""Posting on a Facebook page: the rules of a post and of a comment, and what becomes of them.

https://developers.facebook.com/docs/graph-api/reference/page/feed (read 2026-11-24).
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.books import Books
from bot.sandbox.facebook import errors
from bot.sandbox.records import Account, Published, Stored

LIMIT = 63_206  # characters of a message
# Assumption, Facebook publishes neither rule nor time: only the same message and link twice in a row, and
# within 10 minutes, is a duplicate; comments never are.
_DUPLICATE_WINDOW = timedelta(minutes=10)
_SOONEST, _LATEST = timedelta(minutes=10), timedelta(days=30)
_YES, _NO = ("", "true", "1"), ("false", "0")


def post(books: Books, page: Account, form: Mapping[str, object]) -> Stored:
    """Publish a post on a page. Raises RefusedError."""
    message, link = _text(form, "message"), _text(form, "link")
    media = _media(books, page, form)
    if not message and not link and not media:
        raise errors.parameter("Missing message or attachment")
    if link and (urlsplit(link).scheme not in ("http", "https") or not urlsplit(link).hostname):
        raise errors.refuse(400, 100, "(#100) link URL is not properly formatted", 1_609_005)
    with books.alone():
        if books.behaviour.refuse_duplicates and _is_duplicate(books, page, message, link, media):
            title = "Duplicate Status Update"
            # Message and subcode from memory; code 506 is in the official table.
            raise errors.refuse(
                400,
                506,
                "(#506) Duplicate status message",
                1_455_006,
                is_transient=False,
                error_user_title=title,
            )
        stored = _post(books, page, message, link, media, _visible_at(books.now(), form))
        books.add(stored)
    return stored


def comment(books: Books, page: Account, parent: Stored, form: Mapping[str, object]) -> Stored:
    """Comment on a post as its page. Raises RefusedError."""
    message = _text(form, "message")
    if not message:
        raise errors.parameter("Missing message or attachment")
    now = books.now()
    number = _number(books, now)
    under = parent.published
    root = under.id if under.kind == "post" else str(under.parent_id)
    published = Published(
        network="facebook",
        account=page.name,
        id=f"{root.partition('_')[2]}_{number}",
        parent_id=under.id,
        kind="comment",
        text=message,
        link=None,
        media=(),
        url=f"{_permalink(root)}?comment_id={number}",
        created_at=now,
    )
    stored = Stored(published, number, message, now)
    books.add(stored)
    return stored


def _post(
    books: Books,
    page: Account,
    message: str,
    link: str | None,
    media: tuple[str, ...],
    visible_at: datetime | None,
) -> Stored:
    now = books.now()
    number = _number(books, now)
    remote_id = f"{page.id}_{number}"
    published = Published(
        network="facebook",
        account=page.name,
        id=remote_id,
        parent_id=None,
        kind="post",
        text=message,
        link=link or None,
        media=media,
        url=_permalink(remote_id),
        created_at=now,
    )
    return Stored(published, number, message, visible_at)


def _permalink(remote_id: str) -> str:
    page, _, post_number = remote_id.partition("_")
    return f"https://www.facebook.com/{page}/posts/{post_number}"


def _number(books: Books, now: datetime) -> int:
    return books.next_number("facebook", 10**17 + int(now.timestamp() * 1000) * 1000)


def _text(form: Mapping[str, object], name: str) -> str:
    value = form.get(name, "")
    if not isinstance(value, str):
        raise errors.parameter(f"Param {name} must be a string")
    if len(value) > LIMIT:
        raise errors.parameter(f"Param {name} must be no longer than {LIMIT} characters")
    return value.strip()


def _media(books: Books, page: Account, form: Mapping[str, object]) -> tuple[str, ...]:
    value: Any = form.get("attached_media", [])
    try:
        items = json.loads(value) if isinstance(value, str) else value
        found = tuple(str(item["media_fbid"]) for item in items)
    except (ValueError, TypeError, KeyError):
        words = 'Param attached_media must be a JSON array of objects such as {"media_fbid": "1"}'
        raise errors.parameter(words) from None
    for one in found:
        if not books.has_media(page, one):
            raise errors.parameter(f"Param attached_media: there is no photo {one} to attach")
    return found


def _visible_at(now: datetime, form: Mapping[str, object]) -> datetime | None:
    """When followers see it: at once, at a later time, or never."""
    published = str(form.get("published", "")).lower()
    if published not in (*_YES, *_NO):
        raise errors.parameter("Param published must be a boolean")
    later = form.get("scheduled_publish_time")
    if later is None:
        return now if published in _YES else None
    if published in _YES:
        raise errors.parameter("You can not specify a scheduled publish time on a published post")
    if not re.fullmatch(r"\d{1,11}", str(later)):
        raise errors.parameter("Param scheduled_publish_time must be seconds since 1970")
    instant = datetime.fromtimestamp(int(str(later)), UTC)
    if not _SOONEST <= instant - now <= _LATEST:
        words = "The specified scheduled publish time is invalid: it is 10 minutes to 30 days ahead"
        raise errors.parameter(words)
    return instant


def _is_duplicate(
    books: Books, page: Account, message: str, link: str | None, media: tuple[str, ...]
) -> bool:
    last = next((one.published for one in books.posts(page) if one.published.kind == "post"), None)
    if last is None or books.now() - last.created_at > _DUPLICATE_WINDOW:
        return False
    return (last.text, last.link, last.media) == (message, link or None, media)
