"""Dispatching: looks at what is due now and gives it to the lanes."""

import threading
from collections.abc import Callable
from datetime import datetime

from bot.aftercare.collecting import Collector
from bot.clock import Clock
from bot.settings import Settings
from bot.store import lanes as lane_rows
from bot.store import listing, post_log, queue, restored, upkeep, workers
from bot.store.engine import Store
from bot.store.listing import Doubt
from bot.store.switches import current_pause
from bot.worker import telling
from bot.worker.accounts import Accounts
from bot.worker.lanes import Lanes
from bot.worker.publisher import Publisher
from bot.worker.reconciler import Reconciler


class Dispatcher:
    """One pass over the store; every pass is complete by itself."""

    def __init__(
        self, store: Store, settings: Settings, accounts: Accounts, clock: Clock, worker: str, lanes: Lanes,
        stopping: threading.Event, trusted: Callable[[], bool] = lambda: True,
    ) -> None:  # fmt: skip
        self._store = store
        self._settings = settings
        self._accounts = accounts
        self._clock = clock
        self._worker = worker
        self._lanes = lanes
        self._stopping = stopping
        self._paused = False  # as far as was told
        self._trusted = trusted  # whether the clock may be acted upon
        self._publisher = Publisher(store, accounts, clock, stopping, trusted)
        self._reconciler = Reconciler(store, accounts, clock)
        self._collector = Collector(store, settings, accounts, clock, stopping)

    def use(self, settings: Settings) -> None:
        """Go by other settings from now on."""
        self._settings = settings
        self._accounts.use(settings)
        self._collector.use(settings)

    def tokens(self) -> frozenset[str]:
        """The claims that some thread of this worker has in hand."""
        return self._publisher.tokens()

    def tidy(self) -> None:
        """What needs no network: rescue, holds, and what has become too late."""
        now = self._clock.now()
        with self._store.read() as connection:
            real_now = self._clock.real(now)
            seen = post_log.newest(connection)
            pause = current_pause(connection)
            gone = workers.dead(connection, self._worker, real_now)
            elsewhere = {name for one in workers.alive(connection, real_now) for name in one.accounts}
            names = lane_rows.names(connection)
        upkeep.rescue(self._store, now, self._accounts.settle_times(), gone)
        if gone:
            workers.forget(self._store, gone)
        missing = {name: why for name in names if (why := self._accounts.why_not(name)) is not None}
        missing = {name: why for name, why in missing.items() if name not in elsewhere}
        upkeep.follow_connections(self._store, missing, now)
        restored.suspect(self._store, self._accounts.settle_times(), now)
        upkeep.hold_due_while_paused(self._store, now)
        upkeep.let_go_after_pause(self._store, now)
        upkeep.miss_expired(self._store, now)
        with self._store.read() as connection:
            done = post_log.entries(connection, post_log.Filter(after_id=seen))
        telling.tell(done)
        if (pause is not None) != self._paused:
            self._paused = pause is not None
            telling.tell_pause(pause)

    def dispatch(self) -> None:
        """Tidy, then start every lane that has something due, end doubts, and collect figures."""
        if self._stopping.is_set() or not self._trusted():
            return
        self.tidy()
        now = self._clock.now()
        with self._store.read() as connection:
            due = [
                lane.account
                for lane in lane_rows.all_lanes(connection, now, self._settings.spacing)
                if lane.wakes_at is not None
                and lane.wakes_at <= now
                and self._accounts.why_not(lane.account) is None
            ]
            in_doubt = listing.doubts(connection, now)
        for account in due:
            self._lanes.run(account, lambda account=account: self._drain(account))  # type: ignore[misc]
        for doubt in in_doubt:
            self._lanes.run(_looking(doubt.account), lambda doubt=doubt: self._look(doubt))  # type: ignore[misc]
        for account in self._collector.due():
            self._lanes.run(_asking(account), lambda account=account: self._collector.collect(account))  # type: ignore[misc]

    def next_instant(self) -> datetime | None:
        """When something has to be done next (UTC); None: nothing is queued."""
        closed = self._lanes.closed()
        now = self._clock.now()
        with self._store.read() as connection:
            instants = [
                lane.wakes_at
                for lane in lane_rows.all_lanes(connection, now, self._settings.spacing)
                if lane.account not in closed  # one at work goes on by itself
                and self._accounts.why_not(lane.account) is None
            ]
            instants += [lane_rows.first_expiry(connection), lane_rows.first_lease(connection)]
            instants += [
                doubt.look_at
                for doubt in listing.next_doubts(connection)
                if _looking(doubt.account) not in closed
            ]
        return min((instant for instant in instants if instant is not None), default=None)

    def idle(self) -> bool:
        """Whether nothing is due now and nothing is in flight, here or in another worker."""
        now = self._clock.now()
        with self._store.read() as connection:
            return not (
                self._lanes.busy()
                or lane_rows.anything_due(connection, now)
                or listing.doubts(connection, now, limit=1)
                or listing.in_flight(connection)
            )

    def _drain(self, account: str) -> bool:
        """Publish what is due on one account, one after the other; whether there was anything."""
        done = False
        while not self._stopping.is_set() and self._trusted():
            held = queue.claim(self._store, account, self._worker, self._clock.now(), self._settings.spacing)
            if held is None:
                break
            self._publisher.deliver(held)
            done = True
        return done

    def _look(self, doubt: Doubt) -> bool:
        self._reconciler.look_for(doubt)
        return True


def _looking(account: str) -> str:
    """The lane in which an account's doubts are ended, beside that in which it publishes."""
    return f"looking for {account}"


def _asking(account: str) -> str:
    """The lane in which an account's figures are collected."""
    return f"figures of {account}"
