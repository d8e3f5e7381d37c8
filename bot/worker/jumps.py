"""Jumps: notices that the wall clock was set, or that the machine was asleep."""

import time

from bot.clock import Clock

NOTICED_S = 5.0
LOOK_EVERY_S = 1.0


class JumpWatch:
    """Compares how far the wall clock and the monotonic clock have come since the last look."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall, self._monotonic = self._read()

    def seen(self) -> float | None:
        """By how many seconds the wall clock has jumped since the last look, if by more than a few."""
        wall, monotonic = self._read()
        jump = (wall - self._wall) - (monotonic - self._monotonic)
        self._wall, self._monotonic = wall, monotonic
        return jump if abs(jump) > NOTICED_S else None

    def _read(self) -> tuple[float, float]:
        return self._clock.real(self._clock.now()).timestamp(), time.monotonic()
