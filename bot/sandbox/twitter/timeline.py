"""Reading from X: how a post looks in an answer, and an account's timeline page by page."""

import base64
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.books import Books
from bot.sandbox.records import Account, Stored
from bot.sandbox.twitter import errors, metrics, text

_ALWAYS = ("id", "text", "edit_history_tweet_ids")
# The fields of a post that the sandbox knows values for ...
_KNOWN = (
    *_ALWAYS,
    "attachments",
    "author_id",
    "conversation_id",
    "created_at",
    "entities",
    "in_reply_to_user_id",
    "lang",
    "non_public_metrics",
    "possibly_sensitive",
    "public_metrics",
    "referenced_tweets",
    "reply_settings",
)
# ... and those that X may be asked for and has nothing to say about for such posts.
_SILENT = (
    "article",
    "article_title",
    "card_uri",
    "community_id",
    "context_annotations",
    "display_text_range",
    "edit_controls",
    "geo",
    "matched_media_notes",
    "media_metadata",
    "note_post",
    "note_request_suggestions",
    "note_tweet",
    "organic_metrics",
    "paid_partnership",
    "promoted_metrics",
    "scopes",
    "source",
    "suggested_source_links",
    "suggested_source_links_with_counts",
    "withheld",
)


_MOST_IDS = 100


def fields(query: Mapping[str, str]) -> tuple[str, ...]:
    """The fields of posts that a request asks for. Raises RefusedError."""
    asked = query.get("tweet.fields", query.get("post.fields", ""))
    wanted = tuple(name for name in asked.split(",") if name)
    for name in wanted:
        if name not in (*_KNOWN, *_SILENT):
            words = f"The `tweet.fields` query parameter value [{name}] is not one of [{','.join(_KNOWN)}]"
            raise errors.invalid("tweet.fields", asked, words)
    return (*_ALWAYS, *wanted)


def show(books: Books, post: Stored, wanted: Collection[str]) -> dict[str, Any]:
    """A post with the fields that were asked for."""
    whole = _whole(books, post)
    if "public_metrics" in wanted:
        whole["public_metrics"] = metrics.public(books, post)
    if "non_public_metrics" in wanted:
        whole["non_public_metrics"] = metrics.private(books, post)
    return {name: whole[name] for name in dict.fromkeys(wanted) if whole.get(name) is not None}


def several(books: Books, reader: Account, query: Mapping[str, str]) -> dict[str, Any]:
    """The posts of a list of ids, and why some of them are not there. Raises RefusedError."""
    asked = query.get("ids", "")
    ids = asked.split(",")
    if not all(one.isascii() and one.isdecimal() and len(one) <= 19 for one in ids) or len(ids) > _MOST_IDS:
        words = f"The `ids` query parameter value [{asked}] is not a list of 1 to {_MOST_IDS} ids"
        raise errors.invalid("ids", asked, words)
    wanted = fields(query)
    found, problems = [], []
    for one in ids:
        post = books.post("twitter", one)
        if post is None or not books.is_readable(post):
            problems.append(errors.not_found("ids", one, "tweet"))
        elif "non_public_metrics" in wanted and not metrics.are_shown(books, post, reader):
            problems.append(errors.not_authorized("ids", one, "non_public_metrics.impression_count"))
        else:
            found.append(show(books, post, wanted))
    return {**({"data": found} if found else {}), **({"errors": problems} if problems else {})}


def page(books: Books, account: Account, query: Mapping[str, str]) -> dict[str, Any]:
    """A page of an account's own posts, the newest first. Raises RefusedError."""
    size = _size(query)
    first = _first(query)
    wanted = fields(query)
    wanted_post = _condition(query)
    posts = [one for one in books.posts(account) if books.is_readable(one) and wanted_post(one)]
    # A token names the last post seen, so that what is posted meanwhile moves nothing.
    posts = [one for one in posts if first is None or one.number < first]
    shown = posts[:size]
    meta: dict[str, Any] = {"result_count": len(shown)}
    if not shown:
        return {"meta": meta}
    meta |= {"newest_id": shown[0].published.id, "oldest_id": shown[-1].published.id}
    if len(posts) > size:
        meta["next_token"] = _token(shown[-1].number)
    return {"data": [show(books, one, wanted) for one in shown], "meta": meta}


def _whole(books: Books, post: Stored) -> dict[str, Any]:
    published = post.published
    seen = text.rendered(published.text)
    if published.media:
        is_video = bool(post.extra.get("video"))
        seen = text.with_media(seen, published.url, [f"3_{one}" for one in published.media], is_video)
    author = books.account("twitter", published.account)
    whole: dict[str, Any] = {
        "id": published.id,
        "text": seen.text,
        "edit_history_tweet_ids": [published.id],
        "author_id": author.id,
        "conversation_id": _root(books, post),
        "created_at": published.created_at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "lang": "und",  # nobody here reads it
        "possibly_sensitive": False,
        "reply_settings": "everyone",
    }
    if seen.urls:
        whole["entities"] = {"urls": list(seen.urls)}
    if published.media:
        whole["attachments"] = {"media_keys": [f"3_{one}" for one in published.media]}
    if published.parent_id:
        whole["referenced_tweets"] = [{"type": "replied_to", "id": published.parent_id}]
        parent = books.post("twitter", published.parent_id)
        if parent is not None:
            whole["in_reply_to_user_id"] = books.account("twitter", parent.published.account).id
    return whole


def _root(books: Books, post: Stored) -> str:
    while post.published.parent_id:
        parent = books.post("twitter", post.published.parent_id)
        if parent is None:
            return post.published.parent_id
        post = parent
    return post.published.id


def _condition(query: Mapping[str, str]) -> Callable[[Stored], bool]:
    """Which posts a request is about. Raises RefusedError."""
    no_replies = "replies" in query.get("exclude", "").split(",")
    start, end = _time(query, "start_time"), _time(query, "end_time")
    above, below = _id(query, "since_id", 0), _id(query, "until_id", 10**19)

    def is_wanted(post: Stored) -> bool:
        created = post.published.created_at.replace(microsecond=0)  # as X shows it
        if (start and created < start) or (end and created >= end):
            return False
        return above < post.number < below and not (no_replies and post.published.parent_id)

    return is_wanted


def _size(query: Mapping[str, str]) -> int:
    value = query.get("max_results", "10")
    if not value.isdecimal() or not 5 <= int(value) <= 100:
        words = f"The `max_results` query parameter value [{value}] is not between 5 and 100"
        raise errors.invalid("max_results", value, words)
    return int(value)


def _id(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdecimal()) or len(value) > 19:
        words = f"The `{name}` query parameter value [{value}] does not match ^[0-9]{{1,19}}$"
        raise errors.invalid(name, value, words)
    return int(value)


def _time(query: Mapping[str, str], name: str) -> datetime | None:
    value = query.get(name)
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or instant < datetime(2010, 11, 6, tzinfo=UTC):
        words = f"The `{name}` query parameter value [{value}] is not a valid RFC3339 time"
        raise errors.invalid(name, value, words)
    return instant


def _token(number: int) -> str:
    return base64.b32hexencode(str(number).encode()).decode().rstrip("=").lower()


def _first(query: Mapping[str, str]) -> int | None:
    """The number below which a page begins."""
    token = query.get("pagination_token", query.get("next_token"))
    if token is None:
        return None
    try:
        padded = token.upper() + "=" * (-len(token) % 8)
        return int(base64.b32hexdecode(padded).decode())
    except ValueError:
        words = f"The `pagination_token` query parameter value [{token}] is not valid"
        raise errors.invalid("pagination_token", token, words) from None
