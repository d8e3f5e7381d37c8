"""Signals: what others ask of a running process: to stop, or to read its settings anew."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Asked:
    """What was asked so far; both are set by signal handlers."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._hung_up = threading.Event()
        self._in_terminal = _in_terminal()

    def reload(self) -> bool:
        """Whether a reload was asked for since this was asked last.

        A terminal that is closed sends the same signal as who wants a reload; that means a stop.
        """
        if not self._hung_up.is_set():
            return False
        self._hung_up.clear()
        if self._in_terminal and not _in_terminal():
            self.stop.set()
            return False
        return True

    def on_stop(self, _number: int, _frame: object) -> None:
        """The handler of SIGTERM and Ctrl-C; the second one ends the process at once."""
        if self.stop.is_set():
            raise KeyboardInterrupt
        self.stop.set()

    def on_hang_up(self, _number: int, _frame: object) -> None:
        """The handler of SIGHUP."""
        self._hung_up.set()


@contextmanager
def heard() -> Iterator[Asked]:
    """Hear SIGTERM, Ctrl-C and SIGHUP while the block lasts."""
    asked = Asked()
    handlers = {signal.SIGTERM: asked.on_stop, signal.SIGINT: asked.on_stop}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup wants to hear nothing of it
        handlers[signal.SIGHUP] = asked.on_hang_up
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _in_terminal() -> bool:
    with suppress(ValueError, AttributeError, OSError):  # it may be closed
        return sys.stdin.isatty()
    return False
