"""Lanes: one line per account, in order within it, in parallel between accounts."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bot.logs import event
from bot.store.engine import StoreError

log = logging.getLogger("bot.worker")
MOST_AT_ONCE = 64  # threads; they sleep in network calls
REST_S = 5.0  # after a failure, so that what fails always does not fill the log


class Lanes:
    """Runs at most one task per lane at a time; a lane that hangs delays no other.

    A task says whether it got anything done; `when_free` is called with that after each.
    """

    def __init__(self, when_free: Callable[[bool], None], on_trouble: Callable[[StoreError], None]) -> None:
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="lane")
        self._busy: set[str] = set()
        self._resting: dict[str, float] = {}  # by lane: until when, by the monotonic clock
        self._lock = threading.Lock()
        self._is_closed = False
        self._when_free = when_free
        self._on_trouble = on_trouble

    def run(self, lane: str, task: Callable[[], bool]) -> bool:
        """Start a task unless its lane is at work or rests, or all are closed; whether it was started."""
        with self._lock:
            if self._is_closed or lane in self._busy or self._rests(lane):
                return False
            self._busy.add(lane)
            self._pool.submit(self._run, lane, task)  # within the lock: a pool that is shut would refuse
        return True

    def busy(self) -> frozenset[str]:
        """The lanes with a task under way."""
        with self._lock:
            return frozenset(self._busy)

    def closed(self) -> frozenset[str]:
        """The lanes that take no task now: they are at work, or rest."""
        with self._lock:
            return frozenset(self._busy | {lane for lane in self._resting if self._rests(lane)})

    def close(self) -> None:
        """Accept no more tasks; those under way go on."""
        with self._lock:
            self._is_closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _rests(self, lane: str) -> bool:
        return self._resting.get(lane, 0.0) > time.monotonic()

    def _run(self, lane: str, task: Callable[[], bool]) -> None:
        done, failed = False, True
        try:
            done = task()
            failed = False
        except StoreError as error:
            self._on_trouble(error)
        except Exception:
            log.exception("lane %s", lane, extra=event("fault"))
        finally:
            with self._lock:
                self._busy.discard(lane)
                self._resting[lane] = time.monotonic() + REST_S if failed else 0.0
            self._when_free(done)
