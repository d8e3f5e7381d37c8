"""Today: what goes out next, what went out lately with its links, and what waits for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from bot.model.message import Part
from bot.model.outcome import RemotePost
from bot.model.state import Hold, State
from bot.store import queue_pages
from bot.store.listing import Queued, QueueFilter, queued
from bot.store.tables import deliveries, in_state, parts

SHOWN = 20
MOST_OUT = 200  # deliveries that went out of which a page shows the links
PARTS_EACH = 10  # parts of one delivery that are reckoned with when the latest are looked for


@dataclass(frozen=True, slots=True)
class OutLink:
    """A part that went out."""

    number: int
    text: str  # as it was sent
    remote: RemotePost
    at: datetime  # UTC
    removed_at: datetime | None  # UTC: its link leads nowhere any more


@dataclass(frozen=True, slots=True)
class WentOut:
    """A delivery of which something went out."""

    delivery: Queued
    parts: tuple[OutLink, ...]  # those that are, or were, out; the earliest first

    @property
    def at(self) -> datetime:
        """When the last of its parts went out (UTC)."""
        return max(one.at for one in self.parts)

    @property
    def lateness_s(self) -> float:
        """How long after its time the first of its parts went out."""
        late = (min(one.at for one in self.parts) - self.delivery.due_at).total_seconds()
        return round(max(late, 0.0), 3)


def next_out(connection: Connection, most: int = SHOWN) -> Sequence[Queued]:
    """What goes out next, whether its time has come or not."""
    return queue_pages.page(connection, QueueFilter(state=State.SCHEDULED), size=most).rows


def going_out(connection: Connection) -> Sequence[Queued]:
    """What some worker has in hand at this moment."""
    statement = select(deliveries).where(in_state(State.PUBLISHING))
    found = [queued(row) for row in connection.execute(statement).mappings()]
    return sorted(found, key=lambda one: (one.due_at, one.id))


def went_out(connection: Connection, since: datetime, most: int = MOST_OUT) -> Sequence[WentOut]:
    """What went out since an instant (UTC), the latest first; what was taken away again too."""
    out = parts.c.published_at
    lately = select(parts.c.delivery_id).where(out >= since).order_by(out.desc(), parts.c.delivery_id.desc())
    looked_at = connection.execute(lately.limit(most * PARTS_EACH)).scalars()
    ids = list(dict.fromkeys(looked_at))[:most]
    links = _links(connection, ids)
    rows = connection.execute(select(deliveries).where(deliveries.c.id.in_(ids))).mappings()
    by_id = {row["id"]: queued(row) for row in rows}
    return [WentOut(by_id[one], links[one]) for one in ids]


def _links(connection: Connection, of: Sequence[int]) -> dict[int, tuple[OutLink, ...]]:
    found: dict[int, list[OutLink]] = {one: [] for one in of}
    statement = select(parts).where(parts.c.delivery_id.in_(of), parts.c.published_at.is_not(None))
    for row in connection.execute(statement.order_by(parts.c.delivery_id, parts.c.number)).mappings():
        found[row["delivery_id"]].append(
            OutLink(
                number=row["number"],
                text=Part.from_json(row["content"]).text,
                remote=RemotePost(row["remote_id"], row["remote_url"]),
                at=row["published_at"],
                removed_at=row["removed_at"],
            )
        )
    return {one: tuple(links) for one, links in found.items()}


def waiting_for_approval(connection: Connection, most: int = SHOWN) -> Sequence[Queued]:
    """What may not go out before somebody has approved it, the next one first."""
    column = deliveries.c
    waits = (in_state(State.HELD), column.hold == Hold.APPROVAL.value)
    statement = select(deliveries).where(*waits).order_by(column.due_at, column.id)
    return [queued(row) for row in connection.execute(statement.limit(most)).mappings()]
