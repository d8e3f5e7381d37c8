"""The timekeeper: a clock that was just started or set is not acted upon before a network agrees with it.

A wrong clock publishes a week at once, or misses it: a board without a battery begins in another year, and
a machine that wakes may be hours off until its clock is set.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.logs import event
from bot.worker.jumps import LOOK_EVERY_S, JumpWatch

log = logging.getLogger("bot.worker")
AGREES = timedelta(seconds=60)  # so far a clock may be off; a post that is later than that counts as late
ASK_EVERY_S = 10.0
AFTER_A_JUMP_S = 10.0  # two heartbeats: until then the other workers' leases look as if they had run out


class Timekeeper:
    """Whether this machine's clock may be acted upon.

    Args:
        ask: what time (UTC, real) it is by each network that answers at this moment; None for one that
            answers without saying it.
        on_jump: called when the clock was set, or the machine slept.
        on_trusted: called when it may be acted upon again, with whether it was set; may raise.
    """

    def __init__(
        self,
        clock: Clock,
        ask: Callable[[], Sequence[datetime | None]],
        on_jump: Callable[[], None],
        on_trusted: Callable[[bool], None],
    ) -> None:
        self._clock = clock
        self._ask = ask
        self._on_jump = on_jump
        self._on_trusted = on_trusted
        self._watch = JumpWatch(clock)
        self._lock = threading.Lock()
        self._trusted = False
        self._was_set = False
        self._by_a_network = False  # whether one has said the time; else there was nobody to ask
        self._untold = False  # a jump of which `on_jump` has not heard
        self._not_before = 0.0  # by the monotonic clock
        self.trouble: str | None = None  # why it is not acted upon; None: it is, or that is not known yet

    def trusted(self) -> bool:
        """Whether it may be acted upon; a jump is noticed here, so that nothing happens after it."""
        with self._lock:
            if (jump := self._watch.seen()) is not None:
                words = "the clock has jumped by %+.0f s; waiting until a network agrees with it"
                log.warning(words, jump, extra=event("clock-jumped", seconds=round(jump)))
                self._trusted, self._was_set, self._untold = False, True, True
                self._not_before = time.monotonic() + AFTER_A_JUMP_S
            return self._trusted

    def ask_those_connected_now(self) -> None:
        """Act no more upon a clock that was never compared, because no account was connected."""
        with self._lock:
            self._trusted = self._trusted and self._by_a_network

    def keep(self, stopping: threading.Event) -> None:
        """Look for jumps every second until the stop, and ask the networks, in a thread of its own.

        Not by the scheduler: where the clock goes back by an hour, that sleeps for this hour.
        """
        threading.Thread(target=self._keep, args=(stopping,), name="timekeeper", daemon=True).start()

    def _keep(self, stopping: threading.Event) -> None:
        ask_at = 0.0
        while not stopping.is_set():
            trusted = self.trusted()
            if self._untold:
                self._untold = False
                self._on_jump()
            if not trusted and time.monotonic() >= max(self._not_before, ask_at):
                ask_at = time.monotonic() + ASK_EVERY_S
                try:
                    self._confirm()
                except Exception as error:  # noqa: BLE001  (a store that refuses must not end this thread)
                    words = "the clock was compared, but that can not be recorded yet: %s"
                    log.error(words, error, extra=event("store-trouble"))
            stopping.wait(LOOK_EVERY_S)

    def _confirm(self) -> None:
        """Compare the clock with the networks', and act upon it from now on if they agree."""
        theirs = self._ask()
        trouble = _trouble(self._clock.real(self._clock.now()), theirs)
        self.trusted()  # it may have been set while they were asked
        if trouble is None and time.monotonic() >= self._not_before:
            self._on_trusted(self._was_set)
            with self._lock:
                self._trusted, self._was_set = not self._untold, self._untold
                self._by_a_network = any(one is not None for one in theirs)
        elif trouble is not None and trouble != self.trouble:
            log.error("%s", trouble, extra=event("clock-wrong"))
        self.trouble = trouble


def _trouble(ours: datetime, theirs: Sequence[datetime | None]) -> str | None:
    """What keeps us from acting by our clock; a wrong one agrees with nobody, so one network is enough."""
    if not theirs:
        return "no network answers, so this machine's clock can not be compared: nothing is sent until then"
    told = [one for one in theirs if one is not None]
    nearest = min(told, key=lambda one: abs(one - ours), default=ours)
    if abs(nearest - ours) <= AGREES:
        return None
    return (
        f"this machine's clock says {ours:%Y-%m-%d %H:%M} UTC, the networks' {nearest:%Y-%m-%d %H:%M}: "
        "nothing is sent until it is set (timedatectl set-ntp true)"
    )
