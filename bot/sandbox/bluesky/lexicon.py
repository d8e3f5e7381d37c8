"""The lexicon of posts: what may be in a record of app.bsky.feed.post.

lexicons/app/bsky in https://github.com/bluesky-social/atproto (read 2026-11-25), in the words of its server.
What goes beyond it is marked: there the real server lets pass what readers would not see rightly.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import regex

COLLECTION = "app.bsky.feed.post"
LONGEST, LONGEST_BYTES = 300, 3_000
_LONGEST_TAG, _LONGEST_TAG_BYTES = 64, 640
_MOST_IMAGES = 4
_IMAGE, _THUMB, _VIDEO = 2_000_000, 1_000_000, 300_000_000  # bytes
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]+")
_URI = re.compile(r"\w+:(?://)?[^\s/]\S*")
_AT_URI = re.compile(r"at://[^\s/]+/[^\s/]+/[^\s/]+")
_CID = re.compile(r"baf[a-z2-7]{20,}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
KEY = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")  # a TID

Problems = Iterator[str]


def problems(record: dict[str, Any], path: str = "$.record") -> Problems:
    """Why a record is no post."""
    text = record.get("text")
    if not isinstance(text, str):
        yield _missing("text", path)
        return
    yield from _length(text, LONGEST, LONGEST_BYTES, f"{path}.text")
    created_at = record.get("createdAt")
    if created_at is None:
        yield _missing("createdAt", path)
    elif not _is_time(created_at):
        yield f"Invalid datetime (got {_said(created_at)}) at {path}.createdAt"
    yield from _each(record.get("facets", []), f"{path}.facets", lambda one, at: _facet(one, text, at))
    if "reply" in record:
        yield from _reply(record["reply"], f"{path}.reply")
    if "embed" in record:
        yield from _embed(record["embed"], f"{path}.embed")


def blobs(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every file that a record names."""
    waiting: list[Any] = [record]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict) and one.get("$type") == "blob":
            yield one
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _facet(facet: Any, text: str, path: str) -> Problems:
    index = facet.get("index") if isinstance(facet, dict) else None
    if not isinstance(index, dict):
        yield _missing("index", path)
        return
    for name in ("byteStart", "byteEnd"):
        value = index.get(name)
        if type(value) is not int or value < 0:
            yield f"integer too small (minimum 0, got {_said(value)}) at {path}.index.{name}"
            return
    if not _is_range(text.encode(), index["byteStart"], index["byteEnd"]):
        # The real server takes it, and readers see a plain text.
        yield f"no whole characters of the text at {path}.index"
    yield from _each(facet.get("features"), f"{path}.features", _feature)


def _feature(feature: Any, path: str) -> Problems:
    kind = str(feature.get("$type")) if isinstance(feature, dict) else ""
    name, form = {
        "app.bsky.richtext.facet#mention": ("did", _DID),
        "app.bsky.richtext.facet#link": ("uri", _URI),
        "app.bsky.richtext.facet#tag": ("tag", re.compile(r"(?s).*")),
    }.get(kind, ("", _DID))
    if not name:
        yield f'Expected an object which includes the "$type" property (got {_said(kind)}) at {path}'
        return
    value = feature.get(name)
    if not isinstance(value, str):
        yield _missing(name, path)
    elif not form.fullmatch(value):
        yield f"Invalid {name.upper()} (got {_said(value)}) at {path}.{name}"
    elif name == "tag":
        yield from _length(value, _LONGEST_TAG, _LONGEST_TAG_BYTES, f"{path}.tag")


def _reply(reply: Any, path: str) -> Problems:
    for name in ("root", "parent"):
        ref = reply.get(name) if isinstance(reply, dict) else None
        if not isinstance(ref, dict):
            yield _missing(name, path)
            continue
        for part, form in (("uri", _AT_URI), ("cid", _CID)):
            value = ref.get(part)
            if not isinstance(value, str) or not form.fullmatch(value):
                yield f"Invalid {part} (got {_said(value)}) at {path}.{name}.{part}"


def _embed(embed: Any, path: str) -> Problems:
    kind = embed.get("$type") if isinstance(embed, dict) else None
    if kind == "app.bsky.embed.images":
        images = embed.get("images")
        if isinstance(images, list) and len(images) > _MOST_IMAGES:
            yield f"array too big (maximum {_MOST_IMAGES}, got {len(images)}) at {path}.images"
        yield from _each(images, f"{path}.images", _image)
    elif kind == "app.bsky.embed.external":
        yield from _external(embed.get("external"), f"{path}.external")
    elif kind == "app.bsky.embed.video":
        yield from _blob(embed.get("video"), "video/mp4", _VIDEO, f"{path}.video")
        yield from _ratio(embed, path)
    elif not isinstance(kind, str):
        yield f'Expected an object which includes the "$type" property (got {_said(embed)}) at {path}'


def _image(image: Any, path: str) -> Problems:
    if not isinstance(image, dict):
        yield f"Expected object value type (got {_said(image)}) at {path}"
        return
    yield from _blob(image.get("image"), "image/", _IMAGE, f"{path}.image")
    if not isinstance(image.get("alt"), str):
        yield _missing("alt", path)
    yield from _ratio(image, path)


def _external(external: Any, path: str) -> Problems:
    if not isinstance(external, dict):
        yield _missing("external", path)
        return
    for name in ("uri", "title", "description"):
        if not isinstance(external.get(name), str):
            yield _missing(name, path)
    if isinstance(external.get("uri"), str) and not _URI.fullmatch(external["uri"]):
        yield f"Invalid URI (got {_said(external['uri'])}) at {path}.uri"
    if "thumb" in external:
        yield from _blob(external["thumb"], "image/", _THUMB, f"{path}.thumb")


def _blob(blob: Any, accepted: str, most: int, path: str) -> Problems:
    ref = blob.get("ref") if isinstance(blob, dict) and blob.get("$type") == "blob" else None
    if not isinstance(ref, dict) or not isinstance(ref.get("$link"), str) or type(blob["size"]) is not int:
        yield f"Expected blob value type (got {_said(blob)}) at {path}"
        return
    if not str(blob.get("mimeType")).startswith(accepted):
        wanted = accepted if accepted[-1] != "/" else f"{accepted}*"
        yield f'Expected "{wanted}" (got {_said(blob.get("mimeType"))}) at {path}.mimeType'
    if blob["size"] > most:
        yield f"blob too big (maximum {most}, got {blob['size']}) at {path}"


def _ratio(value: dict[str, Any], path: str) -> Problems:
    ratio = value.get("aspectRatio", {"width": 1, "height": 1})
    for name in ("width", "height"):
        side = ratio.get(name) if isinstance(ratio, dict) else None
        if type(side) is not int or side < 1:
            yield f"integer too small (minimum 1, got {_said(side)}) at {path}.aspectRatio.{name}"


def _each(items: Any, path: str, look: Callable[[Any, str], Problems]) -> Problems:
    if not isinstance(items, list):
        yield f"Expected array value type (got {_said(items)}) at {path}"
        return
    for number, item in enumerate(items):
        yield from look(item, f"{path}[{number}]")


def _length(text: str, most: int, most_bytes: int, path: str) -> Problems:
    size = len(text.encode())
    if size > most_bytes:
        yield f"string too big (maximum {most_bytes}, got {size}) at {path}"
        return
    if (seen := len(regex.findall(r"\X", text))) > most:
        yield f"grapheme too big (maximum {most}, got {seen}) at {path}"


def _is_range(data: bytes, start: int, end: int) -> bool:
    """Whether bytes are whole characters of a text."""
    whole = all(
        place == len(data) or data[place] & 0xC0 != 0x80 for place in (start, end) if place <= len(data)
    )
    return start < end <= len(data) and whole


def _is_time(value: Any) -> bool:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _missing(name: str, path: str) -> str:
    return f'Missing required key "{name}" at {path}'


def _said(value: Any) -> str:
    words = f'"{value}"' if isinstance(value, str) else repr(value)
    return words if len(words) <= 60 else words[:59] + "…"
