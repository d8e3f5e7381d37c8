"""Reading from the Graph API: the fields of a post, and lists page by page."""

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from bot.sandbox.books import Books
from bot.sandbox.facebook import counting, errors
from bot.sandbox.records import Account, Stored

Fields = Mapping[str, Any]  # a field's name and the fields asked for inside it
_DEFAULT: Fields = {"created_time": {}, "message": {}, "id": {}}
_MOST = 100


def fields(asked: str | None) -> Fields:
    """The fields of a query such as "id,from{name},attachments{url}". Raises RefusedError."""
    if not asked:
        return _DEFAULT
    tree, rest = _parse(asked)
    if rest:
        raise errors.refuse(400, 2500, f"Syntax error at '{rest[:20]}' in the field list", 10_105)
    return {**tree, "id": {}}


def show(
    books: Books, post: Stored, wanted: Fields, asked: str | None = None, as_video: bool = False
) -> dict[str, Any]:
    """A post, a video or a comment with the fields that were asked for. Raises RefusedError."""
    counting.check(asked)
    whole = _video(books, post) if as_video else _whole(books, post, asked)
    for name in wanted:
        if name not in whole:
            node = "Video" if as_video else "Post" if post.published.kind == "post" else "Comment"
            raise errors.parameter(f"Tried accessing nonexistent field ({name}) on node type ({node})")
    return {name: _only(whole[name], within) for name, within in wanted.items() if whole[name] is not None}


def listing(
    books: Books, posts: list[Stored], query: Mapping[str, str], address: str, token: str
) -> dict[str, Any]:
    """A page of a list that is in the order wanted; `address` is its own. Raises RefusedError."""
    limit = _limit(query)
    wanted = fields(query.get("fields"))
    posts = _between(posts, query)
    first = _place(posts, query)
    shown = posts[first : first + limit]
    if not shown:
        return {"data": []}
    cursors = {"before": _cursor(shown[0]), "after": _cursor(shown[-1])}
    paging: dict[str, Any] = {"cursors": cursors}
    kept = {name: value for name, value in query.items() if name not in ("after", "before", "access_token")}
    kept |= {"access_token": token, "limit": str(limit)}
    if first + limit < len(posts):
        paging["next"] = f"{address}?{urlencode({**kept, 'after': cursors['after']})}"
    if first > 0:
        paging["previous"] = f"{address}?{urlencode({**kept, 'before': cursors['before']})}"
    asked = query.get("fields")
    return {"data": [show(books, one, wanted, asked) for one in shown], "paging": paging}


def find(books: Books, remote_id: str) -> Stored | None:
    """A post by its id; that of a video has two, its own and that of the video."""
    posts = (one for page in books.accounts() if page.network == "facebook" for one in books.posts(page))
    return books.post("facebook", remote_id) or next(
        (one for one in posts if one.extra.get("post") == remote_id), None
    )


def upload_status(received: bool) -> dict[str, Any]:
    """How far a video is that nobody has published."""
    uploading = "complete" if received else "in_progress"
    return _status("upload_complete" if received else "uploading", uploading, "not_started", "not_started")


def _status(video: str, uploading: str, processing: str, publishing: str) -> dict[str, Any]:
    return {
        "video_status": video,
        "uploading_phase": {"status": uploading},
        "processing_phase": {"status": processing},
        "publishing_phase": {"status": publishing},
    }


def _video(books: Books, post: Stored) -> dict[str, Any]:
    published = post.published
    out = books.is_readable(post)  # until then Facebook works on it
    done = _status("ready", "complete", "complete", "complete")
    return {
        "id": published.id,
        "description": published.text or None,
        "created_time": _stamp(published.created_at),
        "permalink_url": published.url.removeprefix("https://www.facebook.com"),
        "post_id": post.extra["post"].partition("_")[2] if out else None,
        "published": out,
        "status": done if out else _status("processing", "complete", "in_progress", "not_started"),
    }


def _whole(books: Books, post: Stored, asked: str | None = None) -> dict[str, Any]:
    published = post.published
    page = books.account("facebook", published.account)
    whole: dict[str, Any] = {
        "id": post.extra.get("post", published.id),
        "message": published.text or None,
        "created_time": _stamp(published.created_at),
        "permalink_url": published.url,
        "from": {"name": page.title, "id": page.id},
        "attachments": _attachments(post),
        "reactions": {"data": [], "summary": {"total_count": counting.tally(post, "reactions", 0, 40)}},
    }
    if published.kind == "comment":
        return {**whole, "comment_count": 0, "like_count": 0, "parent": {"id": published.parent_id}}
    comments = [one for one in reversed(books.posts(page, published.id)) if books.is_readable(one)]
    shares = counting.tally(post, "shares", 0, 5)
    waits = post.visible_at is not None and post.visible_at > books.now()
    return {
        **whole,
        "updated_time": _stamp(published.created_at),
        "is_published": post.visible_at is not None and not waits,
        "scheduled_publish_time": int(post.visible_at.timestamp()) if post.visible_at and waits else None,
        "status_type": "shared_story" if published.link else "mobile_status_update",
        "comments": {
            "data": [
                {name: value for name, value in _whole(books, one).items() if value is not None}
                for one in comments
            ],
            "summary": {"total_count": len(comments)},
        },
        "shares": {"count": shares} if shares else None,
        "insights": counting.insights(post, asked),
    }


def _attachments(post: Stored) -> dict[str, Any] | None:
    published = post.published
    if "post" in post.extra:
        return {"data": [_shown("video_inline", "video", published.id, published.url)]}
    photos = [_shown("photo", "photo", one, f"{published.url}/{one}") for one in published.media]
    if len(photos) > 1:
        album = {"type": "album", "media_type": "album", "url": published.url}
        return {"data": [{**album, "subattachments": {"data": photos}}]}
    if photos:
        return {"data": photos}
    if published.link is None:
        return None
    link = published.link
    shim = f"https://l.facebook.com/l.php?{urlencode({'u': link})}"
    one = {"type": "share", "title": urlsplit(link).hostname, "url": shim, "unshimmed_url": link}
    return {"data": [{**one, "target": {"url": shim}, "media_type": "link"}]}


def _shown(kind: str, media_type: str, target: str, url: str) -> dict[str, Any]:
    return {"type": kind, "media_type": media_type, "target": {"id": target, "url": url}, "url": url}


def _only(value: Any, wanted: Fields) -> Any:
    """What was asked for inside a field; everything if nothing is said."""
    if not wanted:
        return value
    if isinstance(value, dict) and "data" in value:
        return {"data": [_only(item, wanted) for item in value["data"]]}
    if isinstance(value, dict):
        return {name: _only(value[name], within) for name, within in wanted.items() if name in value}
    return value


def _parse(text: str) -> tuple[dict[str, Any], str]:
    """The fields at the start of a text, and what follows them."""
    tree: dict[str, Any] = {}
    while found := re.match(r"\s*([a-z_]+)(?:\.\w+\([^)]*\))*\s*", text):
        name, text = found[1], text[found.end() :]
        tree[name] = {}
        if text.startswith("{"):
            tree[name], text = _parse(text[1:])
            if not text.startswith("}"):
                return tree, text or "}"
            text = text[1:].lstrip()
        if not text.startswith(","):
            break
        text = text[1:]
    return tree, text


def _between(posts: list[Stored], query: Mapping[str, str]) -> list[Stored]:
    since, until = _time(query, "since"), _time(query, "until")
    return [
        one
        for one in posts
        if (since is None or one.published.created_at.replace(microsecond=0) >= since)
        and (until is None or one.published.created_at <= until)
    ]


def _place(posts: list[Stored], query: Mapping[str, str]) -> int:
    """Where in a list a page begins: behind the post of the cursor, which may be gone by now."""
    ids = [_cursor(one) for one in posts]
    if after := query.get("after"):
        return ids.index(after) + 1 if after in ids else len(posts)
    if before := query.get("before"):
        return max(0, (ids.index(before) if before in ids else 0) - _limit(query))
    return 0


def _limit(query: Mapping[str, str]) -> int:
    value = query.get("limit", "25")
    if not re.fullmatch(r"[0-9]{1,9}", value) or int(value) < 1:
        raise errors.parameter("Param limit must be a positive number")
    return min(int(value), _MOST)


def _time(query: Mapping[str, str], name: str) -> datetime | None:
    value = query.get(name)
    if value is None:
        return None
    try:
        if re.fullmatch(r"[0-9]{1,11}", value):
            return datetime.fromtimestamp(int(value), UTC)
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise errors.parameter(f"Param {name} must be a time") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _cursor(post: Stored) -> str:
    return base64.urlsafe_b64encode(str(post.number).encode()).decode().rstrip("=")


def page_of(books: Books, number: str, me: Account) -> Account | None:
    """The page with this id, where "me" is the token's own."""
    return me if number == "me" else books.with_id("facebook", number)
