"""An account: one place to publish."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.model.tracking import Tracking


@dataclass(frozen=True, slots=True)
class Account:
    """A network plus the name under which its credentials stand in the environment."""

    name: str  # "fice-x": the table's name in config/accounts.toml
    network: str  # a name in the registry of networks: "twitter"
    handle: str  # as followers see it: "@SSWAlliance", or the page's name
    timezone: str | None = None  # IANA name; only slots with `timezone = "account"` use it
    token_ends: date | None = None  # for networks that do not tell: the first day without valid credentials
    longest: int | None = None  # characters of a post, where its own server takes other than the usual
    distance: timedelta | None = None  # the least between two of its deliveries; None: what holds for all
    tracking: Tracking | None = None  # what is other than in the campaign

    @property
    def prefix(self) -> str:
        """What the names of this account's environment variables begin with: `FICE_X`."""
        return "".join(c if c.isalnum() else "_" for c in self.name).upper()

    @property
    def ends_at(self) -> datetime | None:
        """The first instant (UTC) of the day on which the credentials are said to end, or None."""
        return datetime.combine(self.token_ends, time(), UTC) if self.token_ends else None
