"""Rate limits of a Mastodon server: https://docs.joinmastodon.org/api/rate-limits/ (read 2026-11-25)."""

from datetime import datetime, timedelta
from threading import Lock

# What is limited, how often in how long; all calls of an account count for the first one. The limit of posts
# is not in the documents: recorded answers tell of it.
_ALL = ("all", 300, timedelta(minutes=5))
_OWN = {
    "statuses.create": ("posts", 300, timedelta(hours=3)),
    "media.create": ("media", 30, timedelta(minutes=30)),
    "statuses.delete": ("deletes", 30, timedelta(minutes=30)),
}


class Limits:
    """Counts calls in windows that open at round times, as the server's do."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._used: dict[tuple[str, str, int], int] = {}

    def count(self, account: str, operation: str, now: datetime) -> tuple[bool, dict[str, str]]:
        """Count one call: whether it is one too many, and what the headers say of the nearest limit."""
        standings = []
        with self._lock:
            for name, limit, window in (_ALL, *([_OWN[operation]] if operation in _OWN else [])):
                number = int(now.timestamp() // window.total_seconds())
                used = self._used.get((account, name, number), 0) + 1
                self._used[account, name, number] = used
                standings.append((limit - used, limit, (number + 1) * window.total_seconds()))
        left, limit, resets = min(standings)
        at = datetime.fromtimestamp(resets, now.tzinfo)
        headers = {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(max(left, 0)),
            "x-ratelimit-reset": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        return left < 0, headers
