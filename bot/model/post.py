"""A post: one piece of content with its texts by network, its link and its media."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.format import Format


class Kind(StrEnum):
    """What a post is for; slots choose by it, and so does the tolerance for lateness."""

    DAILY_POST = "daily-post"
    CASE_STUDY = "case-study"
    WORKER_PROFILE = "worker-profile"
    BLOG = "blog"
    RESOURCE = "resource"
    EVENT = "event"
    CHAT = "chat"


class Status(StrEnum):
    """Whether its author lets a post go out."""

    READY = "ready"
    DRAFT = "draft"  # never queued


@dataclass(frozen=True, slots=True)
class Media:
    """A file shown with a post, and what it shows in words for those who can not see it."""

    file: str  # relative to the folder of the post
    alt: str
    format: Format | None = None  # None: the file was not looked at
    size: int = 0  # bytes
    digest: str = ""  # of its content (SHA-256): another picture under the same name is another post
    only: tuple[str, ...] = ()  # the networks that are sent it; empty: all


@dataclass(frozen=True, slots=True)
class Card:
    """What the card of a link says, for networks that do not read the page themselves."""

    title: str | None = None
    description: str | None = None
    image: Media | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A post as its file says it; exactly one of `day` and `at` is given."""

    path: str  # its identity: relative to the folder of posts, with "/" between
    campaign: str
    kind: Kind
    body: str  # the text for every network that has none of its own
    day: int | None = None  # 1 is the campaign's first day
    at: datetime | None = None  # wall time in the campaign's zone, without tzinfo
    slot: str | None = None
    accounts: tuple[str, ...] = ()  # empty: those of the slot
    link: str | None = None
    card: Card = Card()
    media: tuple[Media, ...] = ()
    late_ok: timedelta | None = None
    text: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by network; several make a thread
    auto_thread: bool = False  # a text too long for one message becomes several, where there are threads
    first_comment: str | None = None
    status: Status = Status.READY

    def texts_for(self, network: str) -> tuple[str, ...]:
        """The messages for one network, in order; the body where it has none of its own."""
        return self.text.get(network) or (self.body,)
