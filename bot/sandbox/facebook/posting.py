"""Posting on a Facebook page: the rules of a post and of a comment, and what becomes of them.

https://developers.facebook.com/docs/graph-api/reference/page/feed (read 2026-11-24).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.books import Books
from bot.sandbox.facebook import errors
from bot.sandbox.facebook.media import MediaStore
from bot.sandbox.records import Account, Published, Stored

LIMIT = 63_206  # characters of a message
# Assumption, Facebook publishes neither rule nor time: only the same message and link twice in a row, and
# within 10 minutes, is a duplicate; comments never are.
_DUPLICATE_WINDOW = timedelta(minutes=10)
_SOONEST, _LATEST = timedelta(minutes=10), timedelta(days=30)
_YES, _NO = ("", "true", "1"), ("false", "0")


def post(books: Books, uploads: MediaStore, page: Account, form: Mapping[str, object]) -> Stored:
    """Publish a post on a page. Raises RefusedError."""
    message, link = _text(form, "message"), _text(form, "link")
    photos = uploads.photos(page, _attached(form))
    media = tuple(one.id for one in photos)
    if media:
        link = ""  # beside photos Facebook shows no card
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
        number = _number(books, books.now())
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
            created_at=books.now(),
            alts=tuple(one.alt for one in photos),
            digests=tuple(one.digest for one in photos),
        )
        stored = Stored(published, number, message, _visible_at(books.now(), form))
        uploads.use(photos)
        books.add(stored)
    return stored


def video(books: Books, uploads: MediaStore, page: Account, form: Mapping[str, object]) -> Stored:
    """Publish a video whose upload is whole; its post in the feed has another id. Raises RefusedError."""
    description = _text(form, "description")
    visible_at = _visible_at(books.now(), form)
    session = uploads.finish(page, form)
    number = _number(books, books.now())
    published = Published(
        network="facebook",
        account=page.name,
        id=session.video,
        parent_id=None,
        kind="post",
        text=description,
        link=None,
        media=(session.video,),
        url=f"https://www.facebook.com/{page.id}/videos/{session.video}",
        created_at=books.now(),
        alts=("",),
        digests=(session.digest.hexdigest(),),
    )
    stored = Stored(published, number, description, visible_at, {"post": f"{page.id}_{number}"})
    books.add(stored)
    return stored


def edit(books: Books, old: Stored, form: Mapping[str, object]) -> None:
    """Let a post, a video or a comment say something else. Raises RefusedError."""
    published = old.published
    text = _text(form, "description" if "post" in old.extra else "message")
    if not text and not published.media:
        raise errors.parameter("Missing message or attachment")
    books.add(replace(old, published=replace(published, text=text), raw=text))


def comment(books: Books, page: Account, parent: Stored, form: Mapping[str, object]) -> Stored:
    """Comment on a post as its page. Raises RefusedError."""
    message = _text(form, "message")
    if not message:
        raise errors.parameter("Missing message or attachment")
    now = books.now()
    number = _number(books, now)
    under = parent.published
    root = under if under.kind == "post" else _parent(books, under)
    published = Published(
        network="facebook",
        account=page.name,
        id=f"{root.id.rpartition('_')[2]}_{number}",
        parent_id=under.id,
        kind="comment",
        text=message,
        link=None,
        media=(),
        url=f"{root.url}?comment_id={number}",
        created_at=now,
    )
    stored = Stored(published, number, message, now)
    books.add(stored)
    return stored


def _parent(books: Books, comment: Published) -> Published:
    stored = books.post("facebook", str(comment.parent_id))
    assert stored is not None  # noqa: S101 - a comment goes with its post
    return stored.published


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


def _attached(form: Mapping[str, object]) -> list[str]:
    value: Any = form.get("attached_media", [])
    try:
        items = json.loads(value) if isinstance(value, str) else value
        return [str(item["media_fbid"]) for item in items]
    except (ValueError, TypeError, KeyError):
        words = 'Param attached_media must be a JSON array of objects such as {"media_fbid": "1"}'
        raise errors.parameter(words) from None


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
