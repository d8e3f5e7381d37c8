"""A booking: one delivery as the files ask for it, with what the queue knows of it already."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.model.message import Part
from bot.model.state import ENDED, Hold, State
from bot.planning.schedule import Planned
from bot.store.bookings import Booked, booked
from bot.store.engine import Store
from bot.store.plans import PLAN

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_OUT = frozenset({State.PUBLISHED, State.PUBLISHING, State.UNCERTAIN})  # the last two: perhaps


@dataclass(frozen=True, slots=True)
class Booking:
    """When something goes out, or went out, on an account."""

    campaign: str
    post: str
    account: str
    network: str
    at: datetime  # UTC
    tolerance: timedelta
    parts: tuple[Part, ...]
    state: State | None = None  # None: it is not queued
    hold: Hold | None = None
    ours: bool = True  # of a campaign that is looked at

    @property
    def to_come(self) -> bool:
        """Whether it is to go out yet."""
        return self.ours and self.state not in ENDED


def of_files(planned: Sequence[Planned]) -> list[Booking]:
    """What the files ask for, without regard to the queue."""
    return [_of_plan(one, None) for one in planned]


def of_both(store: Store, planned: Sequence[Planned], names: Collection[str]) -> list[Booking]:
    """What the files ask for with what the queue has of it, and what else these accounts have by then."""
    accounts = {one.account.name for one in planned}
    known = _known(store, accounts, [one.due_at for one in planned], names)
    by_key = {(one.post, one.account): one for one in known}
    found = []
    for one in planned:
        stored = by_key.pop((one.post.path, one.account.name), None)
        if stored is None or stored.state is not State.CANCELLED or stored.cancelled_by == PLAN:
            found.append(
                _of_plan(one, stored)
            )  # what a person has cancelled stays so, whatever its file says
    # What no file asks for any more is cancelled by the next `bot apply`, unless it is out.
    rest = (one for one in by_key.values() if one.campaign not in names or one.state in _OUT)
    return found + [_of_queue(one, names) for one in rest if one.state is not State.CANCELLED]


def of_queue(store: Store, names: Collection[str]) -> list[Booking]:
    """What the queue has of these campaigns, where the files can not be read."""
    ours = _known(store, (), (), names)
    accounts = {one.account for one in ours}
    known = _known(store, accounts, [one.at for one in ours], names)
    return [_of_queue(one, names) for one in known if one.state is not State.CANCELLED]


def _known(
    store: Store, accounts: Collection[str], times: Sequence[datetime], names: Collection[str]
) -> Sequence[Booked]:
    """The whole months, since there are limits by the month."""
    first = min(times, default=_NEVER).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    last = max(times, default=_NEVER) + timedelta(days=31)
    with store.read() as connection:
        return booked(connection, accounts, first, last, names)


def _of_plan(one: Planned, stored: Booked | None) -> Booking:
    at = one.due_at
    if stored is not None and (stored.state in _OUT or stored.planned_at == at):
        at = stored.at  # a person may have moved it
    return Booking(
        campaign=one.post.campaign,
        post=one.post.path,
        account=one.account.name,
        network=one.account.network,
        at=at,
        tolerance=one.tolerance,
        parts=stored.parts if stored is not None and stored.state in _OUT else one.message.parts,
        state=stored.state if stored is not None and stored.state is not State.CANCELLED else None,
        hold=stored.hold if stored else None,
    )


def _of_queue(one: Booked, names: Collection[str]) -> Booking:
    return Booking(
        one.campaign, one.post, one.account, one.network, one.at, one.tolerance, one.parts,
        one.state, one.hold, ours=one.campaign in names,
    )  # fmt: skip
