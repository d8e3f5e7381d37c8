"""Posting on X: the rules a new post must keep, and what becomes of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.sandbox import shape
from bot.sandbox.books import Books
from bot.sandbox.records import Account, Published, Stored
from bot.sandbox.twitter import errors, text
from bot.sandbox.twitter.library import Library
from bot.sandbox.twitter.request import CREATE

# Assumption, X publishes neither: a text is a duplicate of one of the account's last 200 within a day.
_DUPLICATE_WINDOW = timedelta(hours=24)
_DUPLICATE_POSTS = 200

# Snowflake ids: milliseconds since 2010-11-04, then 22 bits; those of 19 digits begin in 2018.
_EPOCH_MS = 1_288_834_974_657
_SMALLEST = 10**18


def create(books: Books, library: Library, account: Account, body: dict[str, Any] | None) -> Stored:
    """Publish what a request asks for. Raises RefusedError."""
    if body is None:
        raise errors.invalid("body", "", "Invalid JSON")
    for path, words in shape.problems(body, CREATE):
        raise errors.invalid(path, _at(body, path), words)
    words = text.normal(body.get("text", ""))
    media = tuple(body.get("media", {}).get("media_ids", ()))
    _check_text(words, bool(media))
    alts, digests = library.shown(account, media)
    reply_to = body.get("reply", {}).get("in_reply_to_tweet_id")
    with books.alone():
        if reply_to is not None and books.post("twitter", reply_to) is None:
            message = "You attempted to reply to a Tweet that is deleted or not visible to you."
            raise errors.invalid("reply.in_reply_to_tweet_id", reply_to, message)
        if books.behaviour.refuse_duplicates and _is_duplicate(books, account, words, media):
            raise errors.refuse(
                403, "You are not allowed to create a Tweet with duplicate content.", "duplicate"
            )
        post = _post(books, account, words, media, reply_to)
        is_video = any(library.is_video(one) for one in media)
        published = replace(post.published, alts=alts, digests=digests)
        post = replace(post, published=published, extra={"video": True} if is_video else {})
        books.add(post)
    return post


def _check_text(words: str, has_media: bool) -> None:
    if not words and not has_media:
        raise errors.invalid("text", "", "text: is missing but it is required, unless there is media")
    # 400 and this detail as quoted in github.com/gundogan8/FotBot/issues/22 (2023, read 2026-11-24);
    # version 1.1 of the API said 403 with code 186.
    if text.is_too_long(words):
        where = "https://github.com/twitter/twitter-text"
        how = f"For more information on how Twitter determines text length see {where}."
        raise errors.refuse(400, f"Your Tweet text is too long. {how}", "too long")


def _is_duplicate(books: Books, account: Account, words: str, media: tuple[str, ...]) -> bool:
    since = books.now() - _DUPLICATE_WINDOW
    recent = [one.published for one in books.posts(account)[:_DUPLICATE_POSTS]]
    return any((one.text, one.media) == (words, media) and one.created_at > since for one in recent)


def _post(books: Books, account: Account, words: str, media: tuple[str, ...], reply_to: str | None) -> Stored:
    now = books.now()
    number = books.next_number("twitter", _snowflake(now))
    links = text.links(words)
    published = Published(
        network="twitter",
        account=account.name,
        id=str(number),
        parent_id=reply_to,
        kind="reply" if reply_to else "post",
        text=words,
        link=links[-1] if links else None,
        media=media,
        url=f"https://x.com/{account.username}/status/{number}",
        created_at=now,
    )
    return Stored(published, number, words, now)


def _snowflake(now: datetime) -> int:
    return max(_SMALLEST, (int(now.timestamp() * 1000) - _EPOCH_MS) << 22)


def _at(value: Any, path: str) -> Any:
    for name in path.split(".")[1:]:
        if isinstance(value, dict):
            value = value.get(name, "")
        elif isinstance(value, list) and name.isdecimal():
            value = value[int(name)]
    return value
