"""A message: what one account will be sent for one post, part by part, with the problems found."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from bot.model.format import Format
from bot.model.post import Media


class Role(StrEnum):
    """How a part stands to the part before it."""

    POST = "post"
    REPLY = "reply"  # the next message of a thread: answers the part before it
    COMMENT = "comment"  # the first comment: stands under the post


@dataclass(frozen=True, slots=True)
class Part:
    """One message of a delivery; the unit of an attempt."""

    number: int  # from 1
    role: Role
    text: str  # exactly what the network is sent, escaped where it wants that
    link: str | None = None  # as a card; a link that stands in the text is not here
    link_title: str | None = None
    media: tuple[Media, ...] = ()
    link_description: str | None = None
    thumbnail: Media | None = None  # the picture on the link's card
    mentions: tuple[tuple[str, str], ...] = ()  # as each stands in the text, with the network's own id for it

    @property
    def files(self) -> tuple[Media, ...]:
        """Everything that must be uploaded before the part can be sent, in this order."""
        return (*self.media, self.thumbnail) if self.thumbnail else self.media

    def to_json(self) -> dict[str, Any]:
        """As plain values, for the store and for `--json`.

        What came into this class later is left out where it says nothing, so that what was queued by an
        earlier version keeps its fingerprint.
        """
        value = asdict(self)
        for name in _LATER:
            if not value[name]:
                del value[name]
        value["media"] = [_media_to_json(one) for one in self.media]
        if self.thumbnail:
            value["thumbnail"] = _media_to_json(self.thumbnail)
        return value

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Part":
        """The inverse of `to_json`."""
        more: dict[str, Any] = {"media": tuple(_media_from_json(item) for item in value["media"])}
        if "thumbnail" in value:
            more["thumbnail"] = _media_from_json(value["thumbnail"])
        if "mentions" in value:
            more["mentions"] = tuple((text, who) for text, who in value["mentions"])
        return cls(**{**value, **more, "role": Role(value["role"])})


_LATER = ("link_description", "thumbnail", "mentions")


def _media_to_json(media: Media) -> dict[str, Any]:
    values = {field.name: getattr(media, field.name) for field in fields(media)}
    return {name: value for name, value in values.items() if value or name in ("file", "alt")}


def _media_from_json(value: dict[str, Any]) -> Media:
    return Media(**{**value, "format": Format(value["format"])} if "format" in value else value)


class Level(StrEnum):
    """How bad a problem is: an error stops `apply`, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something about a message that its network would refuse, or a reader would mind."""

    level: Level
    text: str
    part: int | None = None  # which part it is about, from 1; None for the whole message
    check: str = ""  # its name in [checks] of config/bot.toml, where it can be set to another level
    words: str = ""  # what it is about, as the post's author wrote it; empty: all of the part
    everywhere: bool = False  # the same on every network, so that it need not be said for each


@dataclass(frozen=True, slots=True)
class Message:
    """The parts in the order in which they go out."""

    parts: tuple[Part, ...]
    faults: tuple[Fault, ...] = ()
    counts: tuple[str, ...] = ()  # by part, in words: "213 of 280"

    @property
    def fingerprint(self) -> str:
        """Changes if, and only if, what the network would be sent changes."""
        return fingerprint([part.to_json() for part in self.parts])


def fingerprint(value: object) -> str:
    """A short, stable hash of plain values."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
