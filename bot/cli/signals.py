"""Signals: what others ask of a running process: to stop, or to read its settings anew."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Asked:
    """What was asked so far.

    Signal handlers set plain flags, and no events: the thread that they interrupt may hold an event's lock,
    and would then wait for itself.
    """

    def __init__(self) -> None:
        self._stop = False
        self._hung_up = False
        self._in_terminal = _in_terminal()

    def reload(self) -> bool:
        """Whether a reload was asked for since this was asked last.

        A terminal that is closed sends the same signal as who wants a reload; that means a stop.
        """
        if not self._hung_up:
            return False
        self._hung_up = False
        if self._in_terminal and not _in_terminal():
            self._stop = True
            return False
        return True

    def stop_within(self, seconds: float) -> bool:
        """Whether a stop was asked for; waits for so long if it was not."""
        if not self._stop:
            time.sleep(seconds)
        return self._stop

    def on_stop(self, _number: int, _frame: object) -> None:
        """The handler of SIGTERM and Ctrl-C; the second one ends the process at once."""
        if self._stop:
            raise KeyboardInterrupt
        self._stop = True

    def on_hang_up(self, _number: int, _frame: object) -> None:
        """The handler of SIGHUP."""
        self._hung_up = True


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
