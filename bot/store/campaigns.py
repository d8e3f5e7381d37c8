"""Campaigns as they were last applied: their days, and how far they have come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, RowMapping, func, select

from bot.model.state import State
from bot.store.tables import campaigns, deliveries


@dataclass(frozen=True, slots=True)
class Applied:
    """A campaign on the dates on which it is queued."""

    name: str
    title: str
    timezone: str  # IANA
    starts: date
    days: int
    themes: tuple[str, ...]  # one a day, in order
    hashtags: tuple[str, ...] = ()

    @property
    def ends(self) -> date:
        """The last day."""
        return self.starts + timedelta(days=max(self.days, 1) - 1)

    def today(self, now: datetime) -> date:
        """The date of an instant (UTC) where the campaign is at home."""
        return now.astimezone(ZoneInfo(self.timezone)).date()

    def theme(self, day: int) -> str:
        """The theme of a day, counted from 1; empty where there is none."""
        return self.themes[day - 1] if 1 <= day <= len(self.themes) else ""


def all_campaigns(connection: Connection) -> Sequence[Applied]:
    """Every campaign that was ever applied, the earliest first."""
    rows = connection.execute(select(campaigns).order_by(campaigns.c.starts, campaigns.c.name)).mappings()
    return [_applied(row) for row in rows]


def latest_titles(connection: Connection, most: int) -> Mapping[str, str]:
    """The titles of the latest campaigns by their names, the last one first."""
    column = campaigns.c
    statement = select(column.name, column.title).order_by(column.starts.desc(), column.name).limit(most)
    return {row.name: row.title for row in connection.execute(statement)}


def campaign_named(connection: Connection, name: str) -> Applied | None:
    """The campaign of that name; None: it was never applied."""
    row = connection.execute(select(campaigns).where(campaigns.c.name == name)).mappings().first()
    return _applied(row) if row else None


def numbers(connection: Connection, name: str) -> Mapping[State, int]:
    """How many deliveries of a campaign there are in each state."""
    statement = select(deliveries.c.state, func.count()).where(deliveries.c.campaign == name)
    found = connection.execute(statement.group_by(deliveries.c.state))
    return {State(state): number for state, number in found}


def _applied(row: RowMapping) -> Applied:
    return Applied(
        name=row["name"],
        title=row["title"],
        timezone=row["timezone"],
        starts=row["starts"],
        days=row["days"],
        themes=tuple(row["themes"]),
        hashtags=tuple(row["hashtags"]),
    )
