"""X's rate limits: so many calls of an operation per user in a quarter of an hour.

https://docs.x.com/x-api/fundamentals/rate-limits (read 2026-08-22).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

WINDOW = timedelta(minutes=15)
LIMITS = {
    "createPosts": 100,
    "deletePosts": 50,
    "getPostsById": 900,
    "getUsersPosts": 900,
    "getUsersMe": 75,
    "getPostsByIds": 5_000,
    "mediaUpload": 500,
    "initializeMediaUpload": 1_875,
    "appendMediaUpload": 1_875,
    "finalizeMediaUpload": 1_875,
    "getMediaUploadStatus": 1_000,
    "createMediaMetadata": 500,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a user stands with one operation."""

    limit: int
    used: int
    resets_at: datetime  # UTC

    @property
    def is_over(self) -> bool:
        """Whether this call is one too many."""
        return self.used > self.limit

    @property
    def headers(self) -> dict[str, str]:
        """What X says of it on every answer."""
        return {
            "x-rate-limit-limit": str(self.limit),
            "x-rate-limit-remaining": str(max(0, self.limit - self.used)),
            "x-rate-limit-reset": str(-int(-self.resets_at.timestamp() // 1)),
        }


class Limits:
    """Counts calls in windows that open with the first call."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._windows: dict[tuple[str, str], tuple[datetime, int]] = {}

    def count(self, user: str, operation: str, now: datetime) -> Standing:
        """Count one call; those over the limit count too."""
        with self._lock:
            began, used = self._windows.get((user, operation), (now, 0))
            if not began <= now < began + WINDOW:  # over, or the clock was set back
                began, used = now, 0
            self._windows[user, operation] = began, used + 1
            return Standing(LIMITS[operation], used + 1, began + WINDOW)
