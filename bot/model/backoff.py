"""Back-off: how long to wait after a try that proved to have published nothing."""

from datetime import timedelta

FIRST = timedelta(seconds=20)
LONGEST = timedelta(minutes=15)


def backoff(tries: int, jitter: float) -> timedelta:
    """The wait after so many tries: doubling from 20 s to 15 min, spread by a fifth either way.

    `jitter` is a random number in [0, 1), given by the caller so that this stays pure.
    """
    doublings = min(max(tries - 1, 0), 10)
    return min(FIRST * (1 << doublings), LONGEST) * (0.8 + 0.4 * jitter)
