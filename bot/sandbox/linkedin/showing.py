"""Showing: what a post on LinkedIn shows below its text, from the content that it is sent with.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api and
…/multiimage-post-api (view li-lms-2026-05, read 2026-11-25).
"""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.linkedin import errors
from bot.sandbox.linkedin.media import Shelf

_ALT_LIMIT = 4_086
_KINDS = ("article", "media", "multiImage")


@dataclass(frozen=True, slots=True)
class Shown:
    """A link's card, or files with what they say to those who do not see them."""

    article: dict[str, Any] = field(default_factory=dict)
    media: tuple[str, ...] = ()
    alts: tuple[str, ...] = ()  # of a video or a document its title
    digests: tuple[str, ...] = ()


def shown(content: Any, author: str, shelf: Shelf) -> Shown:
    """What a content shows. Raises RefusedError."""
    if not isinstance(content, dict) or set(content) - set(_KINDS) or len(content) > 1:
        raise errors.field("content", "is not one of article, media, multiImage", "INVALID_CONTENT")
    if "article" in content:
        return Shown(_article(content["article"], author, shelf))
    if "media" in content:
        return _single(content["media"], author, shelf)
    return _several(content["multiImage"], author, shelf) if content else Shown()


def _article(article: Any, author: str, shelf: Shelf) -> dict[str, Any]:
    if not isinstance(article, dict):
        raise errors.field("content/article", "is not an object", status=400)
    if unknown := sorted(set(article) - {"source", "title", "description", "thumbnail", "thumbnailAltText"}):
        where = f"content/article/{unknown[0]}"
        raise errors.field(where, "unrecognized field found but not allowed", "UNKNOWN_FIELD", 400)
    for name in ("source", "title"):
        if not isinstance(article.get(name), str) or not article[name].strip():
            raise errors.field(f"content/article/{name}", "field is required but not found", "MISSING_FIELD")
    if urlsplit(article["source"]).scheme not in ("http", "https"):
        raise errors.field("content/article/source", "is not an address", "INVALID_URL")
    if "thumbnail" in article:
        file = shelf.usable(article["thumbnail"], author, ("image",), "content/article/thumbnail")
        return {**article, "shownThumbnail": file.shown}
    return article


def _single(media: Any, author: str, shelf: Shelf) -> Shown:
    if not isinstance(media, dict):
        raise errors.field("content/media", "is not an object", status=400)
    kinds = ("image", "video", "document")
    file = shelf.usable(media.get("id"), author, kinds, "content/media/id")
    if file.kind.name == "image":
        return Shown({}, (file.shown,), (_alt(media, "content/media"),), (file.digest,))
    title = media.get("title", "")
    if not isinstance(title, str) or (file.kind.name == "document" and not title.strip()):
        raise errors.field("content/media/title", "field is required but not found", "MISSING_FIELD")
    return Shown({}, (file.shown,), (title,), (file.digest,))


def _several(content: Any, author: str, shelf: Shelf) -> Shown:
    images = content.get("images") if isinstance(content, dict) else None
    if not isinstance(images, list) or not 2 <= len(images) <= 20:
        raise errors.field("content/multiImage/images", "must be 2 to 20", "INVALID_CONTENT")
    files, alts = [], []
    for number, image in enumerate(images):
        where = f"content/multiImage/images/{number}"
        if not isinstance(image, dict):
            raise errors.field(where, "is not an object", status=400)
        files.append(shelf.usable(image.get("id"), author, ("image",), f"{where}/id"))
        alts.append(_alt(image, where))
    media, digests = tuple(one.shown for one in files), tuple(one.digest for one in files)
    return Shown({}, media, tuple(alts), digests)


def _alt(image: dict[str, Any], where: str) -> str:
    alt = image.get("altText", "")
    if not isinstance(alt, str):
        raise errors.field(f"{where}/altText", "is not a text", status=400)
    if len(alt) > _ALT_LIMIT:
        why = f"is longer than {_ALT_LIMIT} characters"
        raise errors.field(f"{where}/altText", why, "FIELD_LENGTH_TOO_LONG")
    return alt
