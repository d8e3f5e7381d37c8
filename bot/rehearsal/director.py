"""The director: lets the clock travel to the next thing that is due, and stand by while it goes out."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from bot.model.state import ENDED, State
from bot.rehearsal.stage import Stage, stop
from bot.store import lanes, listing
from bot.store.listing import Queued
from bot.store.post_log import Entry, Filter, entries
from bot.store.tables import deliveries

LOOK_EVERY_S = 0.05
QUICKEST_S, SLOWEST_S = 0.15, 3.0  # real seconds for one journey


@dataclass(frozen=True, slots=True)
class Moment:
    """What a spectator sees."""

    now: datetime  # campaign time, UTC
    happened: Sequence[Entry]  # since the moment before
    next_due: Queued | None
    done: int  # deliveries that have ended
    total: int
    worker_died: bool = False


class Director:
    """Plays one rehearsal; `seconds` is about how long it may take in real time."""

    def __init__(self, stage: Stage, seconds: float) -> None:
        self._stage = stage
        self._ends_at = time.monotonic() + seconds
        self._seen = 0

    def play(self) -> Iterator[Moment]:
        """Moment after moment, until nothing is left that could happen by itself."""
        worker = self._stage.start_worker()
        try:
            while True:
                died = worker.poll() is not None
                if died:
                    worker = self._stage.start_worker()
                moment, target, instants = self._look(died)
                yield moment
                if target is None:
                    return
                if target > moment.now:
                    self._travel(moment.now, target, instants)
                time.sleep(LOOK_EVERY_S)
        finally:
            stop(worker)

    def _look(self, died: bool) -> tuple[Moment, datetime | None, int]:
        """What a spectator sees, where the clock shall go (now, while work is going on), and how many
        journeys are left."""
        now = self._stage.clock.now()
        with self._stage.store.read() as connection:
            fresh = entries(connection, Filter(after_id=self._seen))
            upcoming = listing.queue(connection, listing.QueueFilter(state=State.SCHEDULED), limit=1)
            total, ended = _progress(connection)
            busy = listing.in_flight(connection) or lanes.anything_due(connection, now)
            target = now if busy else _next_instant(connection, now, self._stage.settings.spacing)
            instants = connection.execute(
                select(func.count(deliveries.c.due_at.distinct())).where(
                    deliveries.c.state == State.SCHEDULED
                )
            ).scalar_one()
        if fresh:
            self._seen = fresh[-1].id
        moment = Moment(now, fresh, upcoming[0] if upcoming else None, ended, total, died)
        return moment, target, instants

    def _travel(self, now: datetime, target: datetime, instants: int) -> None:
        left = max(self._ends_at - time.monotonic(), 0.0)
        seconds = min(max(left / max(instants, 1), QUICKEST_S), SLOWEST_S)
        seconds = min(seconds, max((target - now).total_seconds(), 0.01))  # never slower than real time
        self._stage.clock.set_out(now, target, seconds)
        time.sleep(seconds)


def _next_instant(connection: Connection, now: datetime, spacing: timedelta) -> datetime | None:
    instants = [lane.wakes_at for lane in lanes.all_lanes(connection, now, spacing)]
    # One that was looked for in vain so often waits for a person, and none comes into a rehearsal.
    doubt = lanes.first_doubt(connection, deliveries.c.looks < listing.MOST_FAILED_LOOKS)
    return min((instant for instant in [*instants, doubt] if instant is not None), default=None)


def _progress(connection: Connection) -> tuple[int, int]:
    numbers = listing.counts(connection)
    ended = sum(number for (_account, state), number in numbers.items() if state in ENDED)
    return sum(numbers.values()), ended
