"""A campaign: a dated run of days with themes, a zone, slots and hashtags."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from bot.model.post import Kind, Post
from bot.model.tracking import Tracking


class Approval(StrEnum):
    """Whether a person must approve each delivery before it may go out."""

    NONE = "none"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Slot:
    """A named time of day at which posts of some kinds go to some accounts."""

    name: str
    at: time  # wall time
    kinds: tuple[Kind, ...]
    accounts: tuple[str, ...]
    account_time: bool = False  # each account's own zone instead of the campaign's


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as its file says it, perhaps moved to other dates."""

    name: str
    title: str
    timezone: str  # IANA
    starts: date
    themes: tuple[str, ...]  # one a day, in order
    slots: tuple[Slot, ...]
    hashtags: tuple[str, ...] = ()
    tracking: Tracking | None = None  # what is other than in config/bot.toml
    adds_hashtags: bool = True  # to the texts that lack them
    approval: Approval = Approval.NONE
    moved_by: timedelta = timedelta()  # from the dates in the file

    @property
    def ends(self) -> date:
        """The last day."""
        return self.starts + timedelta(days=max(len(self.themes), 1) - 1)

    def starting(self, day: date) -> "Campaign":
        """The same campaign on other dates."""
        return replace(self, starts=day, moved_by=self.moved_by + (day - self.starts))

    def slot(self, name: str) -> Slot | None:
        """The slot of that name."""
        return next((slot for slot in self.slots if slot.name == name), None)

    def slot_of(self, post: Post) -> Slot | None:
        """The slot that a post goes out in: the one it names, else the first that takes its kind."""
        if post.slot is not None:
            return self.slot(post.slot)
        if post.at is not None:
            return None
        return next((slot for slot in self.slots if post.kind in slot.kinds), None)

    def wall_time_of(self, post: Post) -> datetime | None:
        """When a post goes out, as wall time; None where the campaign has no time for it."""
        if post.at is not None:
            return post.at + self.moved_by
        slot = self.slot_of(post)
        if slot is None or post.day is None:
            return None
        return datetime.combine(self.starts + timedelta(days=post.day - 1), slot.at)
