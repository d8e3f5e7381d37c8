"""Tokens: what a network gives an account for publishing, and until when it holds."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Tokens:
    """An access token, and the refresh token for which the next one is given; never shown."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    access_ends_at: datetime | None = None  # UTC; None: not known
    refresh_ends_at: datetime | None = None  # UTC; None: not known


@dataclass(frozen=True, slots=True)
class RenewalRefused:
    """The network will not give a new access token for this refresh token, ever."""

    reason: str


@dataclass(frozen=True, slots=True)
class RenewalFailed:
    """No usable answer came, which says nothing of the refresh token: try again later."""

    reason: str


Renewal = Tokens | RenewalRefused | RenewalFailed
