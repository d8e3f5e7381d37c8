"""Wall time: from a date, a time of day and a zone to the one instant that is meant."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Oddity(StrEnum):
    """The two ways in which a change of clocks makes a wall time special."""

    SKIPPED = "skipped"  # it does not exist: the clocks went forward over it
    TWICE = "twice"  # it occurs twice: the clocks went back over it


@dataclass(frozen=True, slots=True)
class Resolved:
    """A wall time with the instant it stands for."""

    wall: datetime  # as written, without tzinfo
    zone: str
    instant: datetime  # UTC
    oddity: Oddity | None = None


def resolve(wall: datetime, zone: str) -> Resolved:
    """The instant of a wall time in a zone.

    A time that does not exist moves to the first instant after the gap; one that occurs twice takes
    the first.

    Raises:
        ValueError: `wall` carries a tzinfo.
        zoneinfo.ZoneInfoNotFoundError: there is no such zone.
    """
    if wall.tzinfo is not None:
        raise ValueError("a wall time has no tzinfo")
    info = ZoneInfo(zone)
    first, second = (wall.replace(tzinfo=info, fold=fold) for fold in (0, 1))
    offset, other = _offset(first), _offset(second)
    if offset < other:
        return Resolved(wall, zone, _end_of_gap(wall - other, wall - offset, info), Oddity.SKIPPED)
    oddity = Oddity.TWICE if offset > other else None
    return Resolved(wall, zone, (wall - offset).replace(tzinfo=UTC), oddity)


def _offset(moment: datetime) -> timedelta:
    offset = moment.utcoffset()
    assert offset is not None  # noqa: S101  (ZoneInfo always has one)
    return offset


def _end_of_gap(before: datetime, after: datetime, info: ZoneInfo) -> datetime:
    """The instant at which the offset changes, between two naive UTC instants around it."""

    def offset_at(instant: datetime) -> timedelta:
        return _offset(instant.replace(tzinfo=UTC).astimezone(info))

    before, after = before.replace(microsecond=0), after.replace(microsecond=0) + timedelta(seconds=1)
    old = offset_at(before)
    while after - before > timedelta(seconds=1):  # zone files count in whole seconds
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if offset_at(middle) == old:
            before = middle
        else:
            after = middle
    return after.replace(tzinfo=UTC)
