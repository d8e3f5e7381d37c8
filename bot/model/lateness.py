"""Lateness: how long after its time a delivery may still go out."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.model.post import Kind

DEFAULT_TOLERANCE: Mapping[Kind, timedelta] = MappingProxyType(
    {
        Kind.CHAT: timedelta(minutes=2),  # the conversation has moved on
        Kind.EVENT: timedelta(minutes=30),
        Kind.DAILY_POST: timedelta(hours=3),
        Kind.BLOG: timedelta(hours=24),
        Kind.CASE_STUDY: timedelta(hours=24),
        Kind.RESOURCE: timedelta(hours=24),
        Kind.WORKER_PROFILE: timedelta(hours=24),
    }
)
LONGEST = timedelta(days=366)  # of any duration that a person writes
LATE_AFTER = timedelta(minutes=1)  # up to this a delivery counts as on time

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_TERM = re.compile(r"(\d{1,6})\s*([smhdw])", re.IGNORECASE)


def parse_duration(text: str) -> timedelta:
    """A duration from words like `90s`, `2m`, `3h`, `1d` or `1h 30m`.

    Raises:
        ValueError: the text is not such a duration; the message says what is expected.
    """
    rest = _TERM.sub("", text)
    terms = _TERM.findall(text)
    if not terms or rest.strip(" ,"):
        raise ValueError(f"'{text}' is not a duration: write for instance 90s, 2m, 3h, 1d or 1h 30m")
    found = sum(int(number) * _UNITS[unit.lower()] for number, unit in terms)
    if found > LONGEST.total_seconds():
        raise ValueError(f"'{text}' is more than a year")
    return timedelta(seconds=found)


def is_missed(due_at: datetime, now: datetime, tolerance: timedelta) -> bool:
    """Whether its tolerance has passed, so that a person must decide."""
    return now - due_at > tolerance
