"""A sheet: the rows of an export under their titles, before anybody has decided on a kind of file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.store.listing import Queued
    from bot.store.post_log import Entry

Cell = str | int | float | datetime | None  # an instant is UTC

# The columns of `bot log --csv`, by which other programs read it.
LOG = (
    "at", "delivery", "post", "account", "network", "from", "state", "attempt",
    "remote_id", "remote_url", "reason", "actor", "lateness_s",
)  # fmt: skip
QUEUE = (
    "id", "campaign", "day", "kind", "post", "account", "network", "state", "hold", "due_at", "wall", "zone",
    "reason", "published_at", "remote_url", "removed_at", "removed_by",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is exported; the rows can be gone through once."""

    name: str
    titles: Sequence[str]
    rows: Iterator[Sequence[Cell]]


def log_sheet(entries: "Iterable[Entry]") -> Sheet:
    """Entries of the post log."""
    return Sheet("log", LOG, map(log_row, entries))


def log_row(one: "Entry") -> tuple[Cell, ...]:
    """An entry in the order of the titles."""
    return (
        one.at, one.delivery, one.post, one.account, one.network, one.from_state, one.to_state, one.attempt,
        one.remote_id, one.remote_url, one.reason, one.actor, one.lateness_s,
    )  # fmt: skip


def queue_sheet(deliveries: "Iterable[Queued]") -> Sheet:
    """Deliveries."""
    return Sheet("queue", QUEUE, map(queue_row, deliveries))


def queue_row(one: "Queued") -> tuple[Cell, ...]:
    """A delivery in the order of the titles."""
    return (
        one.id, one.campaign, one.day, one.kind, one.post, one.account, one.network, one.state, one.hold,
        one.due_at, one.wall, one.zone, one.reason, one.published_at, one.remote_url, one.removed_at,
        one.removed_by,
    )  # fmt: skip
