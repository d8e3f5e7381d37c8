"""Campaign progress: how far each campaign has come, and how many posts of the page it has."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.model.state import State
from bot.store.posts import Origin
from bot.store.tables import deliveries, in_state
from bot.store.written_tables import posts


@dataclass(frozen=True, slots=True)
class Progress:
    """The deliveries of a campaign."""

    states: Mapping[State, int] = field(default_factory=dict)  # how many there are in each
    next_at: datetime | None = None  # UTC: when the next one goes out

    @property
    def all(self) -> int:
        """Those that are to go out, or are out."""
        return sum(self.states.values()) - self.of(State.CANCELLED)

    def of(self, *states: State) -> int:
        """How many there are in some states."""
        return sum(self.states.get(one, 0) for one in states)

    @property
    def out(self) -> int:
        """Those that are out."""
        return self.of(State.PUBLISHED)


def progress_of(connection: Connection, names: Collection[str]) -> Mapping[str, Progress]:
    """How far each of these campaigns has come; those of which nothing was ever queued are there too."""
    column = deliveries.c
    theirs = column.campaign.in_(list(names))
    counted = select(column.campaign, column.state, func.count()).where(theirs)
    states: dict[str, dict[State, int]] = {name: {} for name in names}
    for campaign, state, number in connection.execute(counted.group_by(column.campaign, column.state)):
        states[campaign][State(state)] = number
    coming = select(column.campaign, func.min(column.due_at)).where(theirs, in_state(State.SCHEDULED))
    following = {row[0]: row[1] for row in connection.execute(coming.group_by(column.campaign))}
    return {name: Progress(states[name], following.get(name)) for name in names}


def page_posts(connection: Connection, names: Collection[str]) -> Mapping[str, int]:
    """How many posts of each of these campaigns were made on the page."""
    column = posts.c
    own = (column.campaign.in_(list(names)), column.removed_at.is_(None), column.origin == Origin.PAGE)
    rows = connection.execute(select(column.campaign, func.count()).where(*own).group_by(column.campaign))
    return {row[0]: row[1] for row in rows}
