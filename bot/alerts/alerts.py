"""Alerts at work: notices what people must know, and sends it, in threads that publishing never waits for."""

import logging
import threading
import time
from collections.abc import Callable, Collection
from datetime import date, datetime, timedelta

from bot.alerts import events
from bot.alerts.checking import AT_START, DAILY, check_accounts
from bot.alerts.courier import Courier, Stopped
from bot.alerts.mornings import look_ahead_today
from bot.alerts.summary import day_due, key_of, summary
from bot.alerts.targets import Target, all_targets
from bot.alerts.texts import message
from bot.clock import Clock
from bot.logs import event
from bot.planning.status import look
from bot.settings import Settings
from bot.store import alerts as rows
from bot.store.alerts import EVENT, Notice
from bot.store.engine import Store, StoreError
from bot.worker.accounts import Accounts

log = logging.getLogger("bot.alerts")
EVERY_S = 2.0  # between two looks; costs one step into an index where nothing is new
LOOK_ANYWAY_S = 30.0  # although the post log has not moved: a stopped account has no entry there
TROUBLE_LASTS_S = 60.0  # what passes sooner is nobody's business
TROUBLE_AGAIN_S = 3600.0
CHECK_S = 3600.0  # between two looks which credentials are to be checked
MORNING_S = 60.0  # between two looks whether it is time to look ahead
STOP_S = 1.0
_NO_STORE, _WAITS = "the worker can not use its database", "the worker waits, and nothing goes out"


class Alerts:
    """The alerts of one process; any number of processes on one store tell everything once.

    Args:
        troubles: what keeps the worker from its store at this moment, in words.
        waits: why the worker sends nothing at all at this moment, although it can use its store.
        clock_is_right: whether the clock may be acted upon. What is written down by a wrong one, as told,
            tried or asked, would count for years.
        accounts: those of this process's worker; None: it publishes nothing, and only sends and watches
            whether any worker is alive.
    """

    def __init__(
        self, store: Store, settings: Settings, clock: Clock, *,
        accounts: Accounts | None, troubles: Callable[[], Collection[str]] = tuple,
        waits: Callable[[], str | None] = lambda: None, clock_is_right: Callable[[], bool] = lambda: True,
        courier: Courier | None = None,
    ) -> None:  # fmt: skip
        self._store, self._settings, self._clock = store, settings, clock
        self._accounts, self._troubles = accounts, troubles
        self._waits, self._clock_is_right = waits, clock_is_right
        self._targets = [target for target in all_targets(settings) if target.url]
        self._courier = courier or Courier.of(settings)
        self._stopping = threading.Event()
        self._seen: tuple[int, int] = (-1, -1)  # the newest entries of the log at the last two looks
        self._looked_at = float("-inf")
        self._summarized: date | None = None
        self._lasting: dict[str, float] = {}  # troubles, by when they began
        self._told: dict[str, float] = {}  # troubles that were told, by when
        self._met: dict[str, str] = {}  # troubles with the store that a duty here meets
        self._check_every = AT_START
        self._in_hand = {target.name: threading.Lock() for target in self._targets}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to watch and to send; returns at once. Without a target nobody is told."""
        if self._accounts is not None:
            self._run("checking", self._check, CHECK_S)
            self._run("preflight", self._look_ahead, MORNING_S)
        for target in self._targets:
            name = f"alerts to {target.name}"
            self._threads.append(self._run(name, lambda target=target: self.send(target), EVERY_S))  # type: ignore[misc]
        if self._targets:
            self._threads.append(self._run("alerts", self.watch, EVERY_S))

    def stop(self) -> None:
        """End at once, also in the middle of a message: the next process sends it."""
        self._stopping.set()
        self._courier.close()
        give_up = time.monotonic() + STOP_S
        for thread in self._threads:
            thread.join(max(give_up - time.monotonic(), 0))

    def finish(self) -> None:
        """Tell what is left to tell now, once: for a worker that runs only until nothing is due."""
        if self._targets:
            self._guarded("alerts", self.watch)
        for target in self._targets:
            self._guarded(target.name, lambda target=target: self.send(target, timedelta()))  # type: ignore[misc]

    def watch(self) -> None:
        """One look: write down what is new, and tell of a store that can not be written."""
        self._watch_troubles()
        if not self._clock_is_right():
            return
        now = self._clock.now()
        names = [target.name for target in self._targets]
        if self._accounts is None:
            if time.monotonic() - self._looked_at >= LOOK_ANYWAY_S:
                self._looked_at = time.monotonic()
                rows.note(
                    self._store, events.no_worker(look(self._store, self._settings, self._clock)), names, now
                )
            return
        found = self._news(now)
        if found:
            rows.note(self._store, found, names, now)
        self._summarize(names, now)

    def send(self, target: Target, apart: timedelta | None = None) -> None:
        """Send what waits for one target, if anything does, as one message."""
        with self._in_hand[target.name]:
            if not self._clock_is_right():
                return
            self._send(target, self._settings.alerts.at_most_every if apart is None else apart)

    def _send(self, target: Target, apart: timedelta) -> None:
        parcel = rows.claim(self._store, target.name, self._clock.now(), apart)
        if parcel is None:
            return
        told = message(parcel.alerts, self._settings)
        try:
            answer = self._courier.send(target, told.subject, told.body, parcel.kind)
        except Stopped:
            rows.put_back(self._store, parcel, self._clock.now())
            return
        if answer.ok:
            rows.arrived(self._store, parcel, self._clock.now())
            log.info("told %s: %s", target.name, told.subject, extra=event("told", target=target.name))
        else:
            again = rows.did_not_arrive(self._store, parcel, answer.words, self._clock.now())
            log.warning(
                "%s was not told, again at %s UTC: %s", target.name, f"{again:%H:%M:%S}", answer.words,
                extra=event("not-told", target=target.name),
            )  # fmt: skip

    def _news(self, now: datetime) -> list[Notice]:
        with self._store.read() as connection:
            newest = rows.newest_entry(connection)
            # Twice after each change: an account is stopped a moment after the entry of its delivery.
            if self._seen == (newest, newest) and time.monotonic() - self._looked_at < LOOK_ANYWAY_S:
                return []
            found = events.in_store(connection, self._settings, now)
        self._seen = (self._seen[1], newest)
        self._looked_at = time.monotonic()
        return found

    def _summarize(self, names: Collection[str], now: datetime) -> None:
        with self._store.read() as connection:
            day = day_due(connection, self._settings, now)
            if day is None or day == self._summarized or rows.is_known(connection, key_of(day)):
                return
        notice, worth_it = summary(self._store, self._settings, self._clock, day)
        # Without a copy where it is not worth a message, so that this is decided once a day.
        rows.note(self._store, [notice], list(names) if worth_it else [], now)
        self._summarized = day

    def _watch_troubles(self) -> None:
        """What lets no alert be kept in the store is told from memory, once an hour.

        A store that can not be written keeps none; and a wrong clock would write down a wrong time with it.
        """
        now = time.monotonic()
        present = dict.fromkeys((*self._troubles(), *self._met.copy().values()), _NO_STORE)
        words_of = {words: words for words in present}
        if (why := self._waits()) is not None:  # in words that change by the minute
            present[_WAITS], words_of[_WAITS] = _WAITS, why
        self._lasting = {trouble: self._lasting.get(trouble, now) for trouble in present}
        for trouble, since in self._lasting.items():
            told = self._told.get(trouble)
            if now - since >= TROUBLE_LASTS_S and (told is None or now - told >= TROUBLE_AGAIN_S):
                self._told[trouble] = now
                body = f"{words_of[trouble]}\nThe worker tries on; nothing goes out until it succeeds."
                told_now = message([Notice("", "", present[trouble], body)], self._settings)
                for target in self._targets:
                    self._tell_at_once(target, told_now.subject, told_now.body)

    def _tell_at_once(self, target: Target, subject: str, body: str) -> None:
        def tell() -> None:
            try:
                answer = self._courier.send(target, subject, body, EVENT)
            except Stopped:
                return
            if not answer.ok:
                said = event("not-told", target=target.name)
                log.warning("%s was not told: %s", target.name, answer.words, extra=said)

        threading.Thread(target=tell, name=f"trouble to {target.name}", daemon=True).start()

    def _check(self) -> None:
        assert self._accounts is not None  # noqa: S101
        while not self._clock_is_right():
            if self._stopping.wait(EVERY_S):
                return
        check_accounts(self._store, self._accounts, self._settings.accounts, self._clock, self._check_every)
        self._check_every = DAILY

    def _look_ahead(self) -> None:
        assert self._accounts is not None  # noqa: S101
        if self._clock_is_right():
            look_ahead_today(self._store, self._settings, self._clock, self._accounts)

    def _run(self, name: str, duty: Callable[[], None], every_s: float) -> threading.Thread:
        def run() -> None:
            self._guarded(name, duty)
            while not self._stopping.wait(every_s):
                self._guarded(name, duty)

        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        return thread

    def _guarded(self, name: str, duty: Callable[[], None]) -> None:
        """Whatever fails here, publishing goes on and the next look tries again."""
        try:
            duty()
        except StoreError as error:
            # Beside a worker, that says it: it meets the same.
            if self._accounts is None and str(error) not in self._met.values():
                log.error("alerts wait: %s", error, extra=event("alerts-wait"))
            self._met[name] = str(error)
        except Exception:
            if not self._stopping.is_set():
                log.exception("alerts failed; trying on", extra=event("fault"))
        else:
            self._met.pop(name, None)
