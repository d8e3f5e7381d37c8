"""The triggers: APScheduler fires when the store says that there is something to do, and now and then."""

from collections.abc import Callable
from datetime import datetime, timedelta

from apscheduler.triggers.base import BaseTrigger

from bot.clock import Clock

AT_MOST_EVERY = timedelta(seconds=0.25)  # what is due and can not be taken must not make us spin


class DueTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires at the next instant that is asked for, and after `patience` at the latest.

    The queue stays the only truth: the instant is asked for anew after every firing, so an edit or a
    cancellation can not be missed. Sleeping in short slices notices a clock that has jumped.
    """

    def __init__(
        self, next_instant: Callable[[], datetime | None], clock: Clock, patience: timedelta
    ) -> None:
        self._next_instant = next_instant
        self._clock = clock
        self._patience = patience

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The system's time of the next firing."""
        earliest = max(now, previous_fire_time + AT_MOST_EVERY) if previous_fire_time else now
        latest = now + self._patience
        instant = self._next_instant()
        return latest if instant is None else min(max(self._clock.real(instant), earliest), latest)


class EveryTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires again and again, so many seconds after the last time.

    APScheduler's own counts every firing that a clock has jumped over, which takes it days where a board
    without a battery goes from 1970 to now.
    """

    def __init__(self, seconds: float) -> None:
        self._every = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The system's time of the next firing."""
        return now + self._every
