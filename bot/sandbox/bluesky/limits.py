"""A Bluesky server's limits: so many points of something in a while.

https://docs.bsky.app/docs/advanced-guides/rate-limits (read 2026-11-25): writing costs 3 points for a record
that is created, 2 for one that is put or changed and 1 for one that is deleted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from bot.sandbox.bluesky import errors

SIGN_IN = ((30, timedelta(minutes=5)), (300, timedelta(days=1)))
WRITE = ((5_000, timedelta(hours=1)), (35_000, timedelta(days=1)))
CREATED, PUT, DELETED = 3, 2, 1


@dataclass(frozen=True, slots=True)
class _Window:
    began: datetime
    used: int


class Limits:
    """Counts points in windows that open with the first one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._windows: dict[tuple[str, timedelta], _Window] = {}

    def take(
        self, who: str, points: int, limits: tuple[tuple[int, timedelta], ...], now: datetime
    ) -> dict[str, str]:
        """The headers that tell of the limit that is nearest. Raises RefusedError: 429, with them."""
        told: list[tuple[int, dict[str, str], bool]] = []
        with self._lock:
            for most, lasts in limits:
                window = self._windows.get((who, lasts))
                if window is None or not window.began <= now < window.began + lasts:
                    window = _Window(now, 0)
                used = window.used + points
                self._windows[who, lasts] = _Window(window.began, used)
                told.append((most - used, _headers(most, used, window.began + lasts, lasts), used > most))
        _, headers, is_over = min(told, key=lambda one: one[0])
        if is_over:
            error = errors.refuse(429, "RateLimitExceeded", "Rate Limit Exceeded")
            error.answer = error.answer.with_headers(headers)
            raise error
        return headers


def _headers(most: int, used: int, resets_at: datetime, lasts: timedelta) -> dict[str, str]:
    return {
        "ratelimit-limit": str(most),
        "ratelimit-remaining": str(max(0, most - used)),
        "ratelimit-reset": str(int(resets_at.timestamp())),
        "ratelimit-policy": f"{most};w={int(lasts.total_seconds())}",
    }
