"""The clock: the only thing here that reads the system time; everything that needs "now" is given one."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Campaign time and its place in real time; the two differ only in a rehearsal."""

    def now(self) -> datetime:
        """The current instant of campaign time, in UTC."""

    def real(self, instant: datetime) -> datetime:
        """The system's UTC time at which campaign time reaches `instant`."""


class SystemClock:
    """Campaign time is real time."""

    def now(self) -> datetime:
        """The system's time, in UTC."""
        return datetime.now(UTC)

    def real(self, instant: datetime) -> datetime:
        """The instant itself."""
        return instant


class JourneyClock:
    """Campaign time that travels between instants; its one file is shared by all processes of a rehearsal.

    The file holds one journey: it leaves `start` at the real time `departs`, arrives at `end` after
    `seconds` of real time, and from then on runs as fast as real time does.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def set_out(self, start: datetime, end: datetime, seconds: float) -> None:
        """Begin a journey now; other processes see it whole or not at all."""
        words = (time.time(), start.timestamp(), end.timestamp(), seconds)
        beside = self._path.with_suffix(".next")
        beside.write_text(" ".join(map(repr, words)))
        beside.replace(self._path)

    def now(self) -> datetime:
        """The current instant of campaign time, in UTC."""
        departs, start, end, seconds = self._journey()
        spent = time.time() - departs
        if spent >= seconds:
            return _utc(end + spent - seconds)
        return _utc(start + (end - start) * spent / seconds)

    def real(self, instant: datetime) -> datetime:
        """The system's UTC time at which campaign time reaches `instant`, if no other journey begins."""
        departs, start, end, seconds = self._journey()
        wanted = instant.timestamp()
        if end <= start:  # a stop
            return _utc(departs + wanted - end)
        if wanted >= end:
            return _utc(departs + seconds + wanted - end)
        share = (wanted - start) / (end - start)
        return _utc(departs + seconds * share)

    def _journey(self) -> tuple[float, float, float, float]:
        departs, start, end, seconds = map(float, self._path.read_text().split())
        return departs, start, end, seconds


class FixedClock:
    """A clock that stands still until it is told to move; for tests and for dry runs."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant.astimezone(UTC)

    def now(self) -> datetime:
        """The instant it was last set to."""
        return self.instant

    def real(self, instant: datetime) -> datetime:
        """The instant itself."""
        return instant

    def advance(self, by: timedelta) -> None:
        """Move forwards, or back if `by` is negative."""
        self.instant += by


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
