"""Lanes: one line per account, in order within it, in parallel between accounts."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

log = logging.getLogger("bot.worker")
MOST_AT_ONCE = 64  # threads; they sleep in network calls


class Lanes:
    """Runs at most one task per lane at a time; a lane that hangs delays no other."""

    def __init__(self, when_free: Callable[[], None]) -> None:
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="lane")
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._when_free = when_free

    def run(self, lane: str, task: Callable[[], None]) -> bool:
        """Start a task unless its lane is busy; whether it was started."""
        with self._lock:
            if lane in self._busy:
                return False
            self._busy.add(lane)
        self._pool.submit(self._run, lane, task)
        return True

    def busy(self) -> frozenset[str]:
        """The lanes with a task under way."""
        with self._lock:
            return frozenset(self._busy)

    def close(self) -> None:
        """Accept no more tasks; those under way go on."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, lane: str, task: Callable[[], None]) -> None:
        try:
            task()
        except Exception:
            log.exception("lane %s", lane)
        finally:
            with self._lock:
                self._busy.discard(lane)
            self._when_free()
