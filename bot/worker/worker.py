"""The worker: APScheduler as the clock, the store as the queue, and an orderly end."""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from bot.clock import Clock
from bot.logs import event
from bot.model.decision import STANDSTILL
from bot.model.outcome import Cause
from bot.networks import connected
from bot.networks.token_keeper import TokenKeeper
from bot.settings import Settings
from bot.store import lanes as lane_rows
from bot.store import media, restored, upkeep, workers
from bot.store.engine import DamagedStoreError, Store, StoreError
from bot.store.shelf import Shelf
from bot.worker.accounts import Accounts
from bot.worker.changes import Changes
from bot.worker.dispatch import Dispatcher
from bot.worker.lanes import Lanes
from bot.worker.preparing import Preparer
from bot.worker.timekeeper import Timekeeper
from bot.worker.trigger import AT_MOST_EVERY, DueTrigger, EveryTrigger

log = logging.getLogger("bot.worker")
HEARTBEAT_S = 5
CHANGE_CHECK_S = 0.5
VERIFY_STOPPED_S = 60
COMPARE_CLOCKS_S = 60
CLOCKS_AGREE = timedelta(seconds=5)  # workers judge the leases of others by their own clock
TOKENS_S = 600
FILES_S = 15
UNUSED_FILES_S = 3600
STALLED_S = 180  # without a look at the store; a locked one is waited for a few times 15 s
LANES = "lanes"  # among the troubles: those of no recurring duty
GRACE = timedelta(seconds=20)  # platforms kill 30 s after SIGTERM


class Worker:
    """Publishes what is due until it is told to stop."""

    def __init__(
        self, store: Store, settings: Settings, clock: Clock, patience: timedelta = timedelta(seconds=15)
    ) -> None:
        self.id = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"
        self._store = store
        self._clock = clock
        self._stopping = threading.Event()
        self._keeper = TokenKeeper(store, settings, clock, self._stopping)
        self._accounts = Accounts(settings, clock, self._keeper, Shelf(store))
        self._spacing = settings.spacing
        self._lanes = Lanes(when_free=self._lane_is_free, on_trouble=self._say)
        self._dispatcher = Dispatcher(
            store, settings, self._accounts, clock, self.id, self._lanes, self._stopping, self.clock_is_right
        )
        self._preparer = Preparer(store, self._accounts, clock, self._lanes, self._stopping.is_set)
        self._changes = Changes(store)
        self.connections = connected.read(store)  # the accounts that were connected, as last seen
        self._other_credentials = threading.Event()
        self._time = Timekeeper(clock, self._accounts.network_times, self._look_anew, self._on_trusted)
        self._has_looked = threading.Event()
        self._scheduler = BackgroundScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )
        self._troubles: dict[str, str] = {}  # those that last, by the duty that meets them
        self._saying = threading.Lock()
        self._clock_is_off = False
        self._unwell: set[str] | None = None  # accounts of which `verify` said no; None: not asked yet
        self._looked_at = time.monotonic()
        self.broken: str | None = None  # why it must not go on, and why a restart is no remedy by itself
        self._due = DueTrigger(self._next_instant, clock, patience)

    def start(self) -> None:
        """Begin to publish; returns at once.

        Raises:
            StoreError: the database can not be used.
        """
        if (restoration := restored.arrive(self._store, self.id, self._clock.now())) is not None:
            log.warning("%s", restoration.words, extra=event("restored"))
        workers.register(self._store, self.id, self._accounts.connected(), self._real_now())
        every = self._scheduler.add_job
        every(self._guarded(self._dispatch), self._due, id="due")
        every(self._guarded(self._check_changes), EveryTrigger(CHANGE_CHECK_S), id="changes")
        every(self._guarded(self._beat), EveryTrigger(HEARTBEAT_S), id="heartbeat")
        every(
            self._guarded(self._verify_stopped), EveryTrigger(VERIFY_STOPPED_S), id="stopped",
            next_run_time=self._real_now(),
        )  # fmt: skip
        every(
            self._guarded(self._compare_clocks), EveryTrigger(COMPARE_CLOCKS_S), id="clocks",
            next_run_time=self._real_now(),
        )  # fmt: skip
        every(
            self._guarded(self._care_for_tokens), EveryTrigger(TOKENS_S), id="tokens",
            next_run_time=self._real_now(),
        )  # fmt: skip
        every(self._guarded(self._prepare_files), EveryTrigger(FILES_S), id="files")
        every(self._guarded(self._clear_away), EveryTrigger(UNUSED_FILES_S), id="unused files")
        self._scheduler.start()
        self._time.keep(self._stopping)
        connected = self._accounts.connected()
        log.info(
            "worker %s publishes to %s", self.id, ", ".join(connected) or "no account: none is connected",
            extra=event("worker-started", worker=self.id, accounts=", ".join(connected)),
        )  # fmt: skip

    def use(self, settings: Settings) -> None:
        """Go by other settings from now on: accounts, credentials, networks, spacing."""
        self._spacing = settings.spacing
        self._dispatcher.use(settings)
        self._time.ask_those_connected_now()
        self._unwell = None  # perhaps with other credentials, as after a start
        try:
            connected = ", ".join(self._accounts.connected())
        except StoreError as error:  # which is ridden out, as ever
            connected = f"not known yet ({error})"
        log.info("the settings are read anew; connected: %s", connected, extra=event("reloaded"))
        for job in ("heartbeat", "stopped", "due"):
            self._run_at(job, self._real_now())

    def wake(self) -> None:
        """Look at the store now instead of at the next instant."""
        self._run_at("due", self._real_now())

    def clock_is_right(self) -> bool:
        """Whether this machine's clock may be acted upon, as a network agrees with it."""
        return self._time.trusted()

    def why_it_waits(self) -> str | None:
        """Why nothing at all is sent, where that lies with this machine's clock."""
        return self._time.trouble

    def is_stalled(self) -> bool:
        """Whether the store was not looked at for so long that only a new process can help."""
        return time.monotonic() - self._looked_at > STALLED_S

    @property
    def accounts(self) -> Accounts:
        """The accounts that it publishes to."""
        return self._accounts

    def troubles(self) -> frozenset[str]:
        """What keeps this worker from its store at this moment, in words.

        Without that of the lanes: it is only known to be over when there is something to publish again, and
        what lasts is met by the other duties too.
        """
        return frozenset(words for duty, words in self._troubles.copy().items() if duty != LANES)

    def idle(self) -> bool:
        """Whether nothing is due now and nothing is in flight, or nothing can be done by a wrong clock."""
        if self._time.trouble is not None:
            return True
        return self._has_looked.is_set() and self._dispatcher.idle()

    def stop(self, grace: timedelta = GRACE) -> None:
        """Claim no more, let the calls under way finish, leave nothing in `publishing`."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.remove_job("due")
        self._wait_for_lanes(grace)
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self._lanes.close()
        self._leave()
        self._changes.close()

    def _wait_for_lanes(self, grace: timedelta) -> None:
        deadline = time.monotonic() + grace.total_seconds()
        while self._lanes.busy() and time.monotonic() < deadline:
            time.sleep(0.02)

    def _leave(self) -> None:
        try:
            if self.broken:
                raise DamagedStoreError(self.broken)
            # What still hangs after the grace time is in doubt; an answer that comes yet may prove it.
            upkeep.rescue(self._store, self._clock.now(), self._accounts.settle_times(), [self.id])
            workers.leave(self._store, self.id)
        except StoreError as error:
            if not self.broken:  # that was said
                log.error("can not sign off: %s", error, extra=event("store-trouble"))
        log.info("worker %s has stopped", self.id, extra=event("worker-stopped", worker=self.id))

    def _dispatch(self) -> None:
        trusted = self._time.trusted()
        self._dispatcher.dispatch()
        if trusted:
            self._has_looked.set()
        self._looked_at = time.monotonic()

    def _next_instant(self) -> datetime | None:
        try:
            return self._dispatcher.next_instant()
        except StoreError as error:
            self._say(error)
        except Exception:  # anything that left here would end the scheduler's thread for good
            log.exception("can not tell what is due next; looking again soon", extra=event("fault"))
        return None

    def _lane_is_free(self, done: bool) -> None:
        """Look again: at once if something was done, else not so soon that it becomes spinning."""
        if done:
            self._over(LANES)
        self._run_at("due", self._real_now() + (timedelta() if done else AT_MOST_EVERY))

    def _run_at(self, job: str, at: datetime) -> None:
        if not self._stopping.is_set() and self._scheduler.running:
            with suppress(JobLookupError):  # a stop was quicker
                self._scheduler.modify_job(job, next_run_time=at)

    def _real_now(self) -> datetime:
        return self._clock.real(self._clock.now())

    def _guarded(self, job: Callable[[], None]) -> Callable[[], None]:
        """A job that a failing store does not end: the next firing tries again."""

        def run() -> None:
            try:
                job()
            except StoreError as error:
                self._say(error, job.__name__)
            except Exception:
                log.exception("a duty of the worker failed; it is tried again", extra=event("fault"))
            else:
                self._over(job.__name__)

        return run

    def _say(self, error: StoreError, where: str = LANES) -> None:
        """One line for a trouble, however often and wherever it comes back."""
        if isinstance(error, DamagedStoreError):
            self.broken = str(error)
            self._stopping.set()  # whoever watches this worker ends it with these words
            return
        with self._saying:  # several lanes may meet it at once
            if str(error) not in self._troubles.values():
                log.error("%s; trying on", error, extra=event("store-trouble"))
            self._troubles[where] = str(error)

    def _over(self, where: str) -> None:
        """One line when the last trouble is over."""
        with self._saying:
            if self._troubles.pop(where, None) and not self._troubles:
                log.warning("the database can be used again", extra=event("store-works"))

    def _check_changes(self) -> None:
        if self._changes.happened():
            self.wake()
            if (found := connected.read(self._store)) != self.connections:
                self.connections = found
                self._other_credentials.set()

    def takes_other_credentials(self) -> bool:
        """Whether an account was connected, or disconnected, since this was last asked."""
        changed = self._other_credentials.is_set()
        self._other_credentials.clear()
        return changed

    def _beat(self) -> None:
        now = self._clock.now()
        accounts, tokens = self._accounts.connected(), self._dispatcher.tokens()
        workers.beat(self._store, self.id, accounts, tokens, now, self._clock.real(now), self._time.trouble)

    def _compare_clocks(self) -> None:
        """Say once that this clock is off, for as long as it is."""
        ahead = workers.ahead_of_server(self._store, self._real_now)
        off = abs(ahead) > CLOCKS_AGREE
        if off and not self._clock_is_off:
            log.warning(
                "this machine's clock is %+.0f s off that of the database server: set both by NTP, "
                "or posts go out at a wrong time", ahead.total_seconds(), extra=event("clock-is-off"),
            )  # fmt: skip
        self._clock_is_off = off

    def _care_for_tokens(self) -> None:
        """Not by a wrong clock: what is renewed in the future is not renewed again before that."""
        if self._time.trusted():
            self._keeper.care()

    def _prepare_files(self) -> None:
        if self._time.trusted() and not self._stopping.is_set():
            self._preparer.prepare()

    def _clear_away(self) -> None:
        """Drop what was uploaded on the page and is in no post."""
        if self._time.trusted() and not self._stopping.is_set():
            media.clear_away(self._store, self._real_now())

    def _on_trusted(self, was_set: bool) -> None:
        """Go on by a clock that a network agrees with."""
        if was_set:
            upkeep.begin_waits_anew(self._store, self._accounts.settle_times(), self._clock.now())
            log.info("the clock is right now; looking at everything anew", extra=event("clock-right"))
        self._look_anew()

    def _look_anew(self) -> None:
        for job in self._scheduler.get_jobs():
            self._run_at(job.id, self._real_now())

    def _verify_stopped(self) -> None:
        """Let accounts go on that work again.

        A right that is missing does not always show when one asks who the credentials are. So an account
        that stands still goes on before its time only if the answer was no before, or if this worker has
        just started, perhaps with other credentials.
        """
        now = self._clock.now()
        with self._store.read() as connection:
            rows = lane_rows.all_lanes(connection, now, self._spacing)
        waiting = [lane for lane in rows if lane.blocked_until is not None and lane.blocked_until > now]
        if self._unwell is None:
            self._unwell = {lane.account for lane in waiting}
        for lane in waiting:
            stopped, still = lane.cause in lane_rows.STOPPING, lane.cause in STANDSTILL
            if not (stopped or still) or self._accounts.why_not(lane.account) is not None:
                continue
            network = self._accounts[lane.account]
            health = network.verify()
            if health.cause is Cause.CREDENTIALS and self._accounts.may_renew(lane.account, network):
                self._accounts.renew(lane.account, network)
            if not health.ok:
                self._unwell.add(lane.account)
            elif stopped or lane.account in self._unwell:
                self._unwell.discard(lane.account)
                lane_rows.unblock(self._store, [lane.account])
                log.info("%s works again", lane.account, extra=event("account-works", account=lane.account))
                self.wake()
