"""Errands: what asks networks is done in a thread, one of a name at once, while pages ask how far it is."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from bot.errors import SpokenError
from bot.logs import event

_log = logging.getLogger("bot.web")
T = TypeVar("T")
Act = Callable[[Callable[[int], None]], T]  # what is done; it is given what counts how far it is
AT_ONCE = 8  # of one kind; others wait for their turn
MOMENT_S = 1.5  # for so long a page waits before it says that it takes its time


class Errand(Generic[T]):
    """One errand, under way or done."""

    def __init__(self, begun_at: datetime) -> None:
        self.begun_at = begun_at  # real UTC
        self.done = 0  # of what it counts
        self.result: T | None = None
        self.trouble = ""  # why it came to nothing, for a person
        self.is_fault = False  # of this program
        self._ended = threading.Event()

    @property
    def is_under_way(self) -> bool:
        """Whether it has not ended yet."""
        return not self._ended.is_set()

    def wait(self, seconds: float = MOMENT_S) -> bool:
        """Give it a moment; whether it has ended."""
        return self._ended.wait(seconds)

    def advance(self, done: int) -> None:
        """Say how far it is."""
        self.done = done

    def run(self, act: Act[T]) -> None:
        """Do it, whatever comes of it."""
        try:
            self.result = act(self.advance)
        except SpokenError as error:
            self.trouble = str(error)
        except Exception:  # noqa: BLE001  (whoever waits for it must be told)
            _log.exception("an errand of the page failed", extra=event("page-fault"))
            self.is_fault = True
        finally:
            self._ended.set()


class Errands(Generic[T]):
    """The latest errand of each name."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._known: dict[str, Errand[T]] = {}
        self._lock = threading.Lock()
        self._turns = threading.Semaphore(AT_ONCE)

    def of(self, name: str) -> Errand[T] | None:
        """The latest one of a name; None: there was none since this process began."""
        with self._lock:
            return self._known.get(name)

    def begin(self, name: str, act: Act[T]) -> Errand[T]:
        """Begin one, or join the one of that name that is under way."""
        with self._lock:
            known = self._known.get(name)
            if known is not None and known.is_under_way:
                return known
            errand = self._known[name] = start(self._now(), lambda advance: self._in_turn(act, advance))
            return errand

    def _in_turn(self, act: Act[T], advance: Callable[[int], None]) -> T:
        with self._turns:
            return act(advance)


def start(begun_at: datetime, act: Act[T]) -> Errand[T]:
    """Begin one that has no name; a daemon, so that a network that hangs keeps no process from its end."""
    errand = Errand[T](begun_at)
    threading.Thread(target=errand.run, args=(act,), name="errand", daemon=True).start()
    return errand
