"""Posting on LinkedIn: the rules of a post and of a comment, and what becomes of them.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api (read 2026-08-22).
"""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from bot.sandbox.books import Books
from bot.sandbox.linkedin import errors, little_text
from bot.sandbox.linkedin.access import authors
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


def post(books: Books, account: Account, body: dict[str, Any] | None) -> Stored:
    """Publish a post. Raises RefusedError."""
    if body is None:
        raise errors.refuse(400, "Cannot parse request entity", "CANNOT_PARSE")
    _check(account, body)
    article = _article(body)
    with books.alone():
        if books.behaviour.refuse_duplicates and (twin := _twin(books, account, body, article)):
            raise errors.duplicate(twin.published.id)
        stored = _post(books, account, body, article)
        books.add(stored)
    return stored


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
    words = message.get("text") if isinstance(message, dict) else None
    if not isinstance(words, str) or not words.strip():
        raise errors.field("message/text", "field is required but not found", "MISSING_FIELD", 400)
    if len(words) > _COMMENT_LIMIT:
        raise errors.field(
            "message/text", f"is longer than {_COMMENT_LIMIT} characters", "FIELD_LENGTH_TOO_LONG"
        )
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
    stored = Stored(published, number, words, now, {"actor": actor, "object": target})
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
    if not isinstance(body["commentary"], str):
        raise errors.field("commentary", "is not a text", status=400)
    if little_text.length(body["commentary"]) > LIMIT:
        why = f"The number of characters is greater than the {LIMIT} allowed"
        raise errors.field("commentary", why, "FIELD_LENGTH_TOO_LONG")
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


def _article(body: dict[str, Any]) -> dict[str, Any]:
    """The article of a post, or nothing. Raises RefusedError."""
    content = body.get("content", {})
    if not isinstance(content, dict) or set(content) - {"article"}:
        # Nothing can be uploaded to the sandbox, so nothing else can be attached.
        raise errors.field("content", "names media that does not exist", "INVALID_CONTENT")
    if not content:
        return {}
    article = content["article"]
    if not isinstance(article, dict):
        raise errors.field("content/article", "is not an object", status=400)
    for name in ("source", "title"):
        if not isinstance(article.get(name), str) or not article[name].strip():
            raise errors.field(f"content/article/{name}", "field is required but not found", "MISSING_FIELD")
    if urlsplit(article["source"]).scheme not in ("http", "https"):
        raise errors.field("content/article/source", "is not an address", "INVALID_URL")
    if "thumbnail" in article:
        raise errors.field("content/article/thumbnail", "does not exist", "INVALID_CONTENT")
    return article


def _twin(books: Books, account: Account, body: dict[str, Any], article: dict[str, Any]) -> Stored | None:
    since = books.now() - _DUPLICATE_WINDOW
    key = (body["author"], body["commentary"], article)
    for one in books.posts(account):
        if one.published.kind != "post" or one.published.created_at < since:
            continue
        if (one.extra["author"], one.raw, one.extra["article"]) == key:
            return one
    return None


def _post(books: Books, account: Account, body: dict[str, Any], article: dict[str, Any]) -> Stored:
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
        link=article.get("source"),
        media=(),
        url=f"https://www.linkedin.com/feed/update/{urn}/",
        created_at=now,
    )
    is_out = body["lifecycleState"] == "PUBLISHED"
    extra = {
        "author": body["author"],
        "article": article,
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
