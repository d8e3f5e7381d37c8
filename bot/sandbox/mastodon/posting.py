"""Posting on a Mastodon server: the rules a status must keep, and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from werkzeug.wrappers import Request

from bot.sandbox.books import Books
from bot.sandbox.mastodon import text
from bot.sandbox.mastodon.errors import NOT_FOUND, invalid, refuse
from bot.sandbox.mastodon.media import File, MediaBox
from bot.sandbox.network import json_object
from bot.sandbox.records import Account, Published, Stored

KEY_KEPT = timedelta(hours=1)
_VISIBILITIES = ("public", "unlisted", "private", "direct")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks a status to be."""

    status: str
    media: list[str]
    reply_to: str | None
    visibility: str
    warning: str

    @classmethod
    def of(cls, request: Request) -> "Asked":
        """From a form, or from JSON. Raises RefusedError."""
        fields: Mapping[str, Any] = request.form
        if request.mimetype == "application/json":
            body = json_object(request)
            if body is None:
                raise refuse(400, "There was an error parsing the request body")
            fields, media = body, [str(one) for one in body.get("media_ids") or ()]
        else:
            media = request.form.getlist("media_ids[]")
        visibility = str(fields.get("visibility") or "public")
        if visibility not in _VISIBILITIES:
            raise invalid("Validation failed: Visibility is not included in the list")
        reply_to = fields.get("in_reply_to_id")
        words = str(fields.get("status") or "").replace("\r\n", "\n").strip()
        warning = str(fields.get("spoiler_text") or "")
        return cls(words, media, str(reply_to) if reply_to else None, visibility, warning)


def create(books: Books, box: MediaBox, account: Account, asked: Asked, key: str | None) -> Stored:
    """Publish a status, or give the one that was published with the same key. Raises RefusedError."""
    with books.alone():
        if key and (known := _with_key(books, account, key)):
            return known
        if asked.reply_to is not None and books.post("mastodon", asked.reply_to) is None:
            raise refuse(404, "The post you are trying to reply to does not appear to exist.")
        _check(asked)
        files = box.take(account, asked.media)
        now = books.now()
        number = books.next_number("mastodon", int(now.timestamp() * 1000) << 16)
        published = Published(
            network="mastodon",
            account=account.name,
            id=str(number),
            parent_id=asked.reply_to,
            kind="reply" if asked.reply_to else "post",
            text=asked.status,
            link=_card(asked),
            media=tuple(one.id for one in files),
            url=f"https://{text.HOST}/@{account.username}/{number}",
            created_at=now,
            alts=tuple(one.description or "" for one in files),
            digests=tuple(one.digest for one in files),
        )
        extra = {"visibility": asked.visibility, "warning": asked.warning, "media": _kept(books, files)}
        stored = Stored(published, number, asked.status, now, {**extra, "key": key} if key else extra)
        books.add(stored)
    return stored


def edit(books: Books, box: MediaBox, account: Account, number: str, asked: Asked) -> Stored:
    """Give a status another text; files that are not named again are taken away. Raises RefusedError."""
    with books.alone():
        before = own(books, account, number)
        _check(asked)
        files = box.take(account, asked.media, before.published.media)
        published = replace(
            before.published,
            text=asked.status,
            link=_card(asked),
            media=tuple(one.id for one in files),
            alts=tuple(one.description or "" for one in files),
            digests=tuple(one.digest for one in files),
        )
        edited = {"warning": asked.warning, "edited_at": books.now().isoformat()}
        extra = {**before.extra, **edited, "media": _kept(books, files)}
        stored = replace(before, published=published, raw=asked.status, extra=extra)
        books.add(stored)
    return stored


def own(books: Books, account: Account, number: str) -> Stored:
    """A status of the account's own. Raises RefusedError: there is none."""
    stored = books.post("mastodon", number)
    if stored is None or stored.published.account != account.name:
        raise refuse(404, NOT_FOUND)
    return stored


def _with_key(books: Books, account: Account, key: str) -> Stored | None:
    since = books.now() - KEY_KEPT
    for stored in books.posts(account):
        if stored.extra.get("key") == key and stored.published.created_at > since:
            return stored
    return None


def _check(asked: Asked) -> None:
    if not asked.status and not asked.media:
        raise invalid("Validation failed: Text can't be blank")
    if text.length(asked.warning + asked.status) > text.LIMIT:
        raise invalid(f"Validation failed: Text character limit of {text.LIMIT} exceeded", "too long")


def _card(asked: Asked) -> str | None:
    """The address whose page is shown under the text: the first, where there are no files."""
    links = text.links(asked.status)
    return links[0] if links and not asked.media else None


def _kept(books: Books, files: list[File]) -> list[dict[str, Any]]:
    return [one.as_json(books.now()) for one in files]
