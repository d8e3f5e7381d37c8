"""A story: everything that is known of one delivery, from the plan to the link, as one value."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from bot.model.message import Part
from bot.model.outcome import RemotePost
from bot.store import listing
from bot.store.listing import Queued, queued
from bot.store.post_log import Entry, Filter, entries
from bot.store.tables import attempts, parts, uploads

MOST = 500  # entries, and attempts, of one delivery that are told: the latest


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt at a part, as evidence for a person."""

    number: int
    part: int
    started_at: datetime  # UTC
    ended_at: datetime | None
    outcome: str | None  # None: it has not ended
    status: int | None  # HTTP
    said: str  # the network's words, or what the wire did
    remote_url: str | None
    cause: str | None = None  # why it was refused, in our words
    worker: str = ""

    def to_json(self) -> dict[str, Any]:
        """One of the `tries` of `bot resolve --json`."""
        times = {
            name: at.isoformat() if at else None
            for name, at in (("started_at", self.started_at), ("ended_at", self.ended_at))
        }
        return {**asdict(self), **times}


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that the network has for a part that is not out yet."""

    place: int  # among the part's files, from 0
    file: str
    handle: str  # what the network names it by
    ready_at: datetime | None  # UTC: the network still works on it until then
    expires_at: datetime | None  # UTC


@dataclass(frozen=True, slots=True)
class StoryPart:
    """One message of the delivery, and where it stands."""

    part: Part
    remote: RemotePost | None  # None: it is not known to be out
    published_at: datetime | None  # UTC
    removed_at: datetime | None  # UTC: it was out, and was taken away
    removed_by: str | None
    brought: tuple[Brought, ...] = ()

    @property
    def is_shown(self) -> bool:
        """Whether its link leads somewhere."""
        return self.remote is not None and self.removed_at is None


@dataclass(frozen=True, slots=True)
class Story:
    """One delivery from the plan to the link."""

    delivery: Queued
    planned_at: datetime  # UTC: what the files said when last applied
    late_ok: timedelta
    expires_at: datetime  # UTC: past it, it is missed
    needs_approval: bool
    approved: bool  # as it is now
    worker: str | None  # the last that took it
    cancelled_by: str | None
    absences: int  # so many times it was looked for, and not there
    parts: tuple[StoryPart, ...]
    tries: tuple[Try, ...]  # the first one first
    entries: tuple[Entry, ...]  # of the post log, the first one first
    cut: bool  # only the latest entries and tries are told

    @property
    def lateness_s(self) -> float | None:
        """Seconds after its time at which it was last published or missed; None: it was neither."""
        return next((one.lateness_s for one in reversed(self.entries) if one.lateness_s is not None), None)

    @property
    def moved(self) -> bool:
        """Whether a person has given it another time than the files."""
        return self.delivery.due_at != self.planned_at

    def to_json(self) -> dict[str, Any]:
        """Plain values, for whoever reads it by a program."""
        one = self.delivery
        return {
            **one.to_json(),
            "campaign": one.campaign,
            "kind": one.kind,
            "slot": one.slot,
            "day": one.day,
            "wall": one.wall,
            "zone": one.zone,
            "planned_at": self.planned_at.isoformat(),
            "expires_at": self.expires_at.isoformat(),
            "lateness_s": self.lateness_s,
            "needs_approval": self.needs_approval,
            "approved": self.approved,
            "cancelled_by": self.cancelled_by,
            "parts": [_part_to_json(each) for each in self.parts],
            "tries": [each.to_json() for each in self.tries],
            "entries": [each.to_json() for each in self.entries],
            "cut": self.cut,
        }


def _part_to_json(one: StoryPart) -> dict[str, Any]:
    return {
        "part": one.part.number,
        "role": one.part.role,
        "text": one.part.text,
        "link": one.part.link,
        "media": [{"file": media.file, "alt": media.alt} for media in one.part.media],
        "remote_id": one.remote and one.remote.remote_id,
        "url": one.remote and one.remote.url,
        "published_at": one.published_at.isoformat() if one.published_at else None,
        "removed_at": one.removed_at.isoformat() if one.removed_at else None,
        "removed_by": one.removed_by,
    }


def story(connection: Connection, delivery: int) -> Story | None:
    """The story of a delivery; None: there is no such delivery."""
    row = listing.one(connection, delivery)
    if row is None:
        return None
    told = entries(connection, Filter(delivery), newest=MOST + 1)
    tried = tries(connection, delivery, MOST + 1)
    return Story(
        delivery=queued(row),
        planned_at=row["planned_due_at"],
        late_ok=timedelta(seconds=row["late_ok_s"]),
        expires_at=row["expires_at"],
        needs_approval=row["needs_approval"],
        approved=row["approved"] == row["message"],
        worker=row["worker"],
        cancelled_by=row["cancelled_by"],
        absences=row["absences"],
        parts=_parts(connection, delivery),
        tries=tuple(tried[-MOST:]),
        entries=tuple(told[-MOST:]),
        cut=max(len(told), len(tried)) > MOST,
    )


def tries(connection: Connection, delivery: int, latest: int | None = None) -> Sequence[Try]:
    """The attempts at a delivery, the first one first; at most so many of the latest."""
    statement = select(attempts).where(attempts.c.delivery_id == delivery)
    rows = connection.execute(statement.order_by(attempts.c.number.desc()).limit(latest)).mappings().all()
    return [
        Try(
            number=row["number"],
            part=row["part"],
            started_at=row["started_at"],
            ended_at=row["ended_at"],
            outcome=row["outcome"],
            status=row["status"],
            said=row["said"],
            remote_url=row["remote_url"],
            cause=row["cause"],
            worker=row["worker"],
        )
        for row in reversed(rows)
    ]


def _parts(connection: Connection, delivery: int) -> tuple[StoryPart, ...]:
    # Where the place is no file's, the row says who brings the files at this moment.
    files = select(uploads).where(uploads.c.delivery_id == delivery, uploads.c.place >= 0)
    brought: dict[int, list[RowMapping]] = {}
    for row in connection.execute(files.order_by(uploads.c.place)).mappings():
        brought.setdefault(row["part"], []).append(row)
    rows = connection.execute(select(parts).where(parts.c.delivery_id == delivery).order_by(parts.c.number))
    return tuple(_part(row, brought.get(row["number"], [])) for row in rows.mappings())


def _part(row: RowMapping, brought: Sequence[RowMapping]) -> StoryPart:
    part = Part.from_json(row["content"])
    return StoryPart(
        part=part,
        remote=RemotePost(row["remote_id"], row["remote_url"]) if row["published_at"] else None,
        published_at=row["published_at"],
        removed_at=row["removed_at"],
        removed_by=row["removed_by"],
        brought=tuple(
            Brought(
                one["place"],
                part.files[one["place"]].file if one["place"] < len(part.files) else "",
                one["handle"],
                one["ready_at"],
                one["expires_at"],
            )
            for one in brought
        ),
    )
