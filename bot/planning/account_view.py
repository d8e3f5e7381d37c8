"""The account view: all that is known of each account without asking a network."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.clock import Clock
from bot.model.state import State
from bot.networks import REGISTRY, network_type, obstacle
from bot.networks.connected import with_connected
from bot.networks.token_keeper import TokenKeeper, Validity
from bot.planning.costs import Cost, cost_of
from bot.planning.expiry import SOON, ends_at
from bot.settings import NetworkOptions, Settings, SettingsError
from bot.store import checks, lanes, listing, usage, workers
from bot.store.checks import Check
from bot.store.connections import Connected, all_connected
from bot.store.engine import Store
from bot.store.lanes import Lane

MOST_COUNTED = 1_000  # of what is published: so that an old account is looked at as quickly as a new one


class Standing(StrEnum):
    """How an account is, at one glance."""

    WORKS = "works"
    UNASKED = "unasked"  # its network was never asked
    WAITS = "waits"  # for a time, and goes on by itself
    STANDS = "stands"  # it needs a person
    MISSING = "missing"  # it is not connected


@dataclass(frozen=True, slots=True)
class Used:
    """How much of a limit is used, and will be by what is planned."""

    sent: int
    to_come: int
    most: int | None  # None: config/bot.toml names no limit

    @property
    def is_over(self) -> bool:
        """Whether what is planned is more than the plan allows."""
        return self.most is not None and self.sent + self.to_come > self.most


@dataclass(frozen=True, slots=True)
class AccountView:
    """One account; times are UTC."""

    name: str
    network: str
    title: str  # of the network
    handle: str
    standing: Standing
    obstacle: str  # why it is not connected
    check: Check | None  # what the network last said
    connected: Connected | None  # by whom, where it was connected here
    elsewhere: str  # the machine of a worker that has its credentials, where this one has not
    lane: Lane | None  # while it waits
    ends_at: datetime | None
    ends_soon: bool
    validity: Validity
    today: Used
    month: Used
    spacing: timedelta  # between late deliveries
    distance: timedelta  # the least that is planned between two
    scheduled: int
    published: int  # no more than `MOST_COUNTED` and one
    needs_a_person: int

    @property
    def known_as(self) -> str:
        """Who the network says it is, where that was kept."""
        return self.connected.identity if self.connected else ""


def view(store: Store, settings: Settings, clock: Clock) -> list[AccountView]:
    """Every account of config/accounts.toml, and those that the queue alone knows, by name."""
    now = clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight.replace(day=1)
    next_month = (first + timedelta(days=32)).replace(day=1)
    with store.read() as connection:
        connected = {one.account: one for one in all_connected(connection)}
        known = with_connected(settings, list(connected.values()))
        rows = {one.account: one for one in lanes.all_lanes(connection, now, settings.spacing)}
        answers = {one.account: one for one in checks.all_checks(connection)}
        numbers = listing.open_counts(connection)
        needing = listing.numbers_needing_a_person(connection)
        out = {
            name: listing.number_published(connection, name, MOST_COUNTED + 1)
            for name in {*known.accounts, *rows}
        }
        sent = usage.sent(connection, midnight), usage.sent(connection, first)
        to_come = (
            usage.to_come(connection, midnight + timedelta(days=1)),
            usage.to_come(connection, next_month),
        )
        alive = workers.alive(connection, clock.real(now))
    hosts = {account: one.host for one in alive for account in one.accounts}
    keeper = _keeper(store, known, clock)
    return [
        _view(
            name, known, now, connected.get(name), rows.get(name), answers.get(name), hosts.get(name, ""),
            keeper.validity(name) if keeper and name in known.accounts else Validity(None, renewable=False),
            [(one.get(name, 0), two.get(name, 0)) for one, two in zip(sent, to_come, strict=True)],
            {State.SCHEDULED: numbers.get((name, State.SCHEDULED), 0), State.PUBLISHED: out[name]},
            needing.get(name, 0),
        )
        for name in sorted({*known.accounts, *rows})
    ]  # fmt: skip


def cost_this_month(store: Store, settings: Settings, clock: Clock, name: str) -> Cost | None:
    """What this month's posts of an account are estimated to have cost; None: no prices are known."""
    account = settings.accounts.get(name)
    options = settings.networks.get(account.network, NetworkOptions()) if account else NetworkOptions()
    if account is None or options.prices is None or account.network not in REGISTRY:
        return None
    first = clock.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with store.read() as connection:
        found = usage.sent_parts(connection, name, first)
    return cost_of(found, account.network, settings)


def _keeper(store: Store, settings: Settings, clock: Clock) -> TokenKeeper | None:
    try:
        return TokenKeeper(store, settings, clock)
    except SettingsError:  # BOT_SECRET_KEY is no key, which each account that needs it says itself
        return None


def _view(
    name: str, settings: Settings, now: datetime, connected: Connected | None, row: Lane | None,
    answer: Check | None, host: str, validity: Validity, used: list[tuple[int, int]],
    numbers: Mapping[State, int], needing: int,
) -> AccountView:  # fmt: skip
    account = settings.accounts.get(name)
    network = account.network if account else (row.network if row else "")
    options = settings.networks.get(network, NetworkOptions())
    why = obstacle(name, settings) or ""
    lane = row if row and row.blocked_until and row.blocked_until > now else None
    ends = ends_at(settings, name, answer)
    return AccountView(
        name=name,
        network=network,
        title=network_type(network).title if network in REGISTRY else network,
        handle=account.handle if account else "",
        standing=_standing("" if host else why, lane, answer),
        obstacle=why,
        check=answer,
        connected=connected,
        elsewhere=host if why else "",
        lane=lane,
        ends_at=ends,
        ends_soon=ends is not None and ends - now <= SOON,
        validity=validity,
        today=Used(*used[0], options.posts_a_day),
        month=Used(*used[1], options.posts_a_month),
        spacing=settings.spacing,
        distance=account.distance if account and account.distance is not None else settings.distance,
        scheduled=numbers[State.SCHEDULED],
        published=numbers[State.PUBLISHED],
        needs_a_person=needing,
    )


def _standing(why: str, lane: Lane | None, answer: Check | None) -> Standing:
    if why:
        return Standing.MISSING
    if lane is not None:
        lasts = lane.cause in lanes.STOPPING or lane.cause == "credits"
        return Standing.STANDS if lasts else Standing.WAITS
    if answer is None:
        return Standing.UNASKED
    return Standing.WORKS if answer.ok else Standing.STANDS
