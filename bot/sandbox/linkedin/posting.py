"""Posting on LinkedIn: the rules of a post and of a comment, and what becomes of them.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api (read 2026-08-22)
and …/comments-api (view li-lms-2026-05, read 2026-11-25).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from bot.sandbox.books import Books
from bot.sandbox.linkedin import errors, little_text
from bot.sandbox.linkedin.access import authors
from bot.sandbox.linkedin.media import Shelf
from bot.sandbox.linkedin.showing import Shown, shown
from bot.sandbox.records import Account, Published, Stored

LIMIT = 3_000  # characters of a commentary
_COMMENT_LIMIT = 1_250
# Assumption, LinkedIn does not publish it: a post is a duplicate of one of its author's within a day.
_DUPLICATE_WINDOW = timedelta(hours=24)
_REQUIRED = ("author", "commentary", "visibility", "distribution", "lifecycleState")
_KNOWN = (
    *_REQUIRED,
    "content",
    "isReshareDisabledByAuthor",
    "contentLandingPage",
    "contentCallToActionLabel",
)
_VISIBILITIES = ("PUBLIC", "CONNECTIONS", "LOGGED_IN")
_STATES = ("PUBLISHED", "DRAFT")


def post(books: Books, shelf: Shelf, account: Account, body: dict[str, Any] | None) -> Stored:
    """Publish a post. Raises RefusedError."""
    if body is None:
        raise errors.refuse(400, "Cannot parse request entity", "CANNOT_PARSE")
    _check(account, body)
    seen = shown(body.get("content", {}), body["author"], shelf)
    with books.alone():
        if books.behaviour.refuse_duplicates and (twin := _twin(books, account, body, seen)):
            raise errors.duplicate(twin.published.id)
        stored = _post(books, account, body, seen)
        books.add(stored)
    return stored


def change_post(books: Books, stored: Stored, body: dict[str, Any] | None) -> None:
    """PARTIAL_UPDATE of a post: of all that is here only its commentary can change. Raises RefusedError."""
    fields = _set((body or {}).get("patch"))
    if unknown := sorted(set(fields) - {"commentary"}):
        raise errors.field(f"patch/$set/{unknown[0]}", "can not be changed", "FIELD_NOT_EDITABLE", 400)
    commentary = _checked(fields.get("commentary"))
    if not commentary.strip() and not stored.extra.get("content"):
        raise errors.field("commentary", "is empty, and there is no content", "MISSING_FIELD")
    _change(books, stored, commentary, little_text.shown(commentary).strip(), {})


def change_comment(books: Books, stored: Stored, body: dict[str, Any] | None) -> None:
    """PARTIAL_UPDATE of a comment. Raises RefusedError."""
    patch = (body or {}).get("patch")
    message = _set(patch.get("message") if isinstance(patch, dict) else None)
    words, attributes = _said(message)
    _change(books, stored, words, words, {"attributes": attributes})


def _set(patch: Any) -> dict[str, Any]:
    fields = patch.get("$set") if isinstance(patch, dict) else None
    if not isinstance(fields, dict) or not fields:
        raise errors.field("patch", "sets nothing", "INVALID_VALUE_FOR_FIELD", 400)
    return fields


def _change(books: Books, stored: Stored, raw: str, text: str, more: dict[str, Any]) -> None:
    extra = {**stored.extra, **more, "edited_at": int(books.now().timestamp() * 1000)}
    books.add(replace(stored, published=replace(stored.published, text=text), raw=raw, extra=extra))


def _said(message: Any) -> tuple[str, list[Any]]:
    """The text of a comment, and whom it mentions where. Raises RefusedError."""
    words = message.get("text") if isinstance(message, dict) else None
    if not isinstance(words, str) or not words.strip():
        raise errors.field("message/text", "field is required but not found", "MISSING_FIELD", 400)
    if len(words) > _COMMENT_LIMIT:
        raise errors.field(
            "message/text", f"is longer than {_COMMENT_LIMIT} characters", "FIELD_LENGTH_TOO_LONG"
        )
    attributes = message.get("attributes", [])
    units = len(words.encode("utf-16-le")) // 2
    for one in attributes if isinstance(attributes, list) else [None]:
        if not _is_mention(one, units):
            raise errors.field("message/attributes", "is no mention in the text", status=400)
    return words, attributes


def _is_mention(attribute: Any, units: int) -> bool:
    """Whether an attribute stands in a text of so many UTF-16 units, and names a page or a member."""
    if not isinstance(attribute, dict) or not isinstance(attribute.get("value"), dict):
        return False
    start, length = attribute.get("start"), attribute.get("length")
    if type(start) is not int or type(length) is not int or start < 0 or length < 1 or start + length > units:
        return False
    [(kind, named)] = attribute["value"].items() if len(attribute["value"]) == 1 else [("", None)]
    urn = named.get(kind) if isinstance(named, dict) else None
    return kind in ("person", "organization") and str(urn).startswith(f"urn:li:{kind}:")


def comment(
    books: Books, account: Account, parent: Stored, target: str, body: dict[str, Any] | None
) -> Stored:
    """Comment on a post; `target` is the URN in the path. Raises RefusedError."""
    if body is None:
        raise errors.refuse(400, "Cannot parse request entity", "CANNOT_PARSE")
    actor, message = body.get("actor"), body.get("message")
    if not isinstance(actor, str):
        raise errors.field("actor", "field is required but not found", "MISSING_FIELD", 400)
    if actor not in authors(account):
        raise _forbidden(actor)
    if body.get("object", target) != target:
        raise errors.field("object", f"is not {target}", status=400)
    words, attributes = _said(message)
    now = books.now()
    number = books.next_number("linkedin", _number(now))
    urn = f"urn:li:comment:(urn:li:activity:{parent.number},{number})"
    published = Published(
        network="linkedin",
        account=account.name,
        id=urn,
        parent_id=parent.published.id,
        kind="comment",
        text=words,
        link=None,
        media=(),
        url=f"{parent.published.url}?commentUrn={quote(urn, safe='')}",
        created_at=now,
    )
    extra = {"actor": actor, "object": target, "attributes": attributes}
    stored = Stored(published, number, words, now, extra)
    books.add(stored)
    return stored


def _check(account: Account, body: dict[str, Any]) -> None:
    for name in _REQUIRED:
        if name not in body:
            raise errors.field(name, "field is required but not found and has no default", "MISSING_FIELD")
    for name in body:
        if name not in _KNOWN:
            raise errors.field(name, "unrecognized field found but not allowed", "UNKNOWN_FIELD", 400)
    if body["author"] not in authors(account):
        raise _forbidden(str(body["author"]))
    _checked(body["commentary"])
    if not body["commentary"].strip() and "content" not in body:
        raise errors.field("commentary", "is empty, and there is no content", "MISSING_FIELD")
    if body["visibility"] not in _VISIBILITIES:
        raise errors.field("visibility", f"is not one of {', '.join(_VISIBILITIES)}", status=400)
    if body["lifecycleState"] not in _STATES:
        raise errors.field("lifecycleState", f"is not one of {', '.join(_STATES)}", status=400)
    distribution = body["distribution"]
    feed = distribution.get("feedDistribution") if isinstance(distribution, dict) else None
    if feed not in ("MAIN_FEED", "NONE"):
        raise errors.field("distribution/feedDistribution", "is not one of MAIN_FEED, NONE", status=400)


def _checked(commentary: Any) -> str:
    if not isinstance(commentary, str):
        raise errors.field("commentary", "is not a text", status=400)
    if little_text.length(commentary) > LIMIT:
        why = f"The number of characters is greater than the {LIMIT} allowed"
        raise errors.field("commentary", why, "FIELD_LENGTH_TOO_LONG")
    return commentary


def _twin(books: Books, account: Account, body: dict[str, Any], seen: Shown) -> Stored | None:
    """What is the same for followers; assumption: the same files uploaded once more are the same."""
    since = books.now() - _DUPLICATE_WINDOW
    key = (body["author"], body["commentary"], _card(seen.article), seen.media)
    for one in books.posts(account):
        if one.published.kind != "post" or one.published.created_at < since:
            continue
        if (one.extra["author"], one.raw, _card(one.extra["article"]), one.published.media) == key:
            return one
    return None


def _card(article: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in article.items() if name != "thumbnail"}


def _post(books: Books, account: Account, body: dict[str, Any], seen: Shown) -> Stored:
    now = books.now()
    number = books.next_number("linkedin", _number(now))
    urn = f"urn:li:share:{number}"
    published = Published(
        network="linkedin",
        account=account.name,
        id=urn,
        parent_id=None,
        kind="post",
        text=little_text.shown(body["commentary"]).strip(),
        link=seen.article.get("source"),
        media=seen.media,
        alts=seen.alts,
        digests=seen.digests,
        url=f"https://www.linkedin.com/feed/update/{urn}/",
        created_at=now,
    )
    is_out = body["lifecycleState"] == "PUBLISHED"
    extra = {
        "author": body["author"],
        "content": body.get("content", {}),
        "article": seen.article,
        "visibility": body["visibility"],
        "distribution": body["distribution"],
        "lifecycleState": body["lifecycleState"],
    }
    return Stored(published, number, body["commentary"], now if is_out else None, extra)


def _number(now: datetime) -> int:
    # Like LinkedIn's own: milliseconds since 1970, then 22 bits, which makes 19 digits.
    return int(now.timestamp() * 1000) << 22


def _forbidden(author: str) -> Exception:
    words = f"User does not have permission to create posts as {author}"
    return errors.refuse(403, words, "ACCESS_DENIED", 100)
