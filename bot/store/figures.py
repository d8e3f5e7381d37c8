"""Figures in the store: which posts are to be asked about, by whom, and what their networks answered.

Whoever asks about the posts of an account has taken the turn to do so, which another worker can not take
before it ends or runs out. What it costs depends on what is due, never on what was ever published.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, and_, delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.model.figures import MEASURES, Rhythm, superfluous
from bot.model.message import Role
from bot.model.outcome import Figures, RemotePost
from bot.model.state import State
from bot.store.engine import Store
from bot.store.removals import of_delivery
from bot.store.tables import collections, deliveries, figures, lanes

AT_ONCE = 50  # posts in one request
TURN = timedelta(minutes=5)  # longer than a request takes; each one begins it anew
FORGOTTEN = timedelta(days=7)  # past its last time a post is asked about no more, although that failed


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to ask for the figures of an account."""

    account: str
    token: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A delivery whose network is to be asked now how its parts do."""

    delivery: int
    published_at: datetime  # UTC
    parts: Mapping[int, RemotePost]  # by number; without first comments, which no network counts as posts


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest figures of one part."""

    delivery: int
    part: int
    collected_at: datetime  # UTC
    figures: Figures


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the figures of an account could not be had when they were last asked for."""

    account: str
    at: datetime  # UTC
    words: str


def anything_due(connection: Connection, account: str, now: datetime) -> bool:
    """Whether it is time to ask about posts of an account, and it neither waits nor is asked about."""
    due = select(deliveries.c.id).where(deliveries.c.account == account, deliveries.c.figures_at <= now)
    if connection.execute(due.limit(1)).first() is None:
        return False
    column = collections.c
    rests = select(column.account).where(column.account == account, column.not_before > now)
    waits = select(lanes.c.account).where(lanes.c.account == account, lanes.c.blocked_until > now)
    return all(connection.execute(one).first() is None for one in (rests, waits))


def take_turn(store: Store, turn: Turn, now: datetime) -> bool:
    """Take the turn for an account; of several workers one is told so."""
    values = {"not_before": now + TURN, "token": turn.token}
    column = collections.c
    with store.write(beside_others=True) as connection:
        dialect = sqlite if store.is_sqlite else postgresql
        new = dialect.insert(collections).values(account=turn.account, said="", **values)
        mine = new.on_conflict_do_nothing(index_elements=["account"]).returning(column.account)
        if connection.execute(mine).first() is not None:
            return True
        free = or_(column.not_before.is_(None), column.not_before <= now)
        again = update(collections).where(column.account == turn.account, free).values(values)
        return connection.execute(again).rowcount == 1


def next_batch(store: Store, turn: Turn, rhythm: Rhythm, now: datetime) -> Sequence[Asked]:
    """The posts to ask about next; none when all are done, or when the turn was taken by another."""
    with store.write(beside_others=True) as connection:
        mine = and_(collections.c.account == turn.account, collections.c.token == turn.token)
        lasting = update(collections).where(mine, collections.c.not_before > now)
        while connection.execute(lasting.values(not_before=now + TURN)).rowcount:
            column = deliveries.c
            due = (
                select(column.id, column.published_at, column.figures_at)
                .where(column.account == turn.account, column.figures_at <= now)
                .order_by(column.figures_at, column.id)
                .limit(AT_ONCE)
            )
            rows = connection.execute(due).mappings().all()
            later = {row["id"]: at for row in rows for at in _put_off(row, rhythm, now)}
            _plan(connection, later)
            found = [_asked(connection, row) for row in rows if row["id"] not in later]
            if found or not rows:
                return found
    return []


def _put_off(row: RowMapping, rhythm: Rhythm, now: datetime) -> Sequence[datetime | None]:
    """When to ask about a post instead of now: nothing where now is right, None for never."""
    published_at = row["published_at"]
    if published_at is None or now > published_at + rhythm.until + FORGOTTEN:
        return [None]
    if row["figures_at"] == published_at:  # it was not planned yet
        first = rhythm.first(published_at)
        return [first] if first is None or first > now else []
    return []


def _plan(connection: Connection, times: Mapping[int, datetime | None]) -> None:
    """Set when to ask next; what was taken away meanwhile is not asked about again."""
    together: dict[datetime | None, list[int]] = defaultdict(list)
    for one, at in times.items():
        together[at].append(one)
    for at, ids in together.items():
        which = (deliveries.c.id.in_(ids), deliveries.c.figures_at.is_not(None))
        connection.execute(update(deliveries).where(*which).values(figures_at=at))


def _asked(connection: Connection, row: RowMapping) -> Asked:
    shown = of_delivery(connection, row["id"]).shown
    posts = {
        one.number: one.remote
        for one in shown
        if one.part.role is not Role.COMMENT and not one.has_only_a_link
    }
    return Asked(row["id"], row["published_at"], posts)


def record(
    store: Store, asked: Sequence[Asked], found: Mapping[str, Figures], rhythm: Rhythm, now: datetime
) -> int:
    """Keep what was answered, by the networks' ids, and plan the next time; of how many parts it was told."""
    told = [
        {"delivery_id": one.delivery, "part": number, "collected_at": now, **asdict(known)}
        for one in asked
        for number, post in one.parts.items()
        if (known := found.get(post.remote_id)) is not None and known != Figures()
    ]
    with store.write(beside_others=True) as connection:
        if told:
            connection.execute(insert(figures), told)
            _thin_out(connection, {one.delivery: one.published_at for one in asked})
        _plan(connection, {one.delivery: rhythm.after(one.published_at, now) for one in asked})
    return len(told)


def _thin_out(connection: Connection, published: Mapping[int, datetime]) -> None:
    column = figures.c
    kept: dict[tuple[int, int], list[datetime]] = defaultdict(list)
    statement = select(column.delivery_id, column.part, column.collected_at)
    for row in connection.execute(statement.where(column.delivery_id.in_(list(published)))):
        kept[row.delivery_id, row.part].append(row.collected_at)
    for (delivery, part), times in kept.items():
        for at in superfluous(times, published[delivery]):
            same = (column.delivery_id == delivery, column.part == part, column.collected_at == at)
            connection.execute(delete(figures).where(*same))


def end_turn(
    store: Store, turn: Turn, now: datetime, *, rest: timedelta | None = None, why: str = ""
) -> None:
    """Give the turn back; with `rest` nobody asks about the account for so long, and `why` is told."""
    mine = and_(collections.c.account == turn.account, collections.c.token == turn.token)
    values = {"not_before": now + rest if rest else None, "said": why, "said_at": now if why else None}
    with store.write(beside_others=True) as connection:
        connection.execute(update(collections).where(mine).values(token=None, **values))


def latest_of(connection: Connection, campaign: str) -> Sequence[Latest]:
    """The newest figures of every part of a campaign of which any are known.

    What a network tells no more, as X does the clicks after a month, is as it told it last.
    """
    column = figures.c
    of_it = select(deliveries.c.id).where(deliveries.c.campaign == campaign)
    rows = connection.execute(
        select(figures).where(column.delivery_id.in_(of_it)).order_by(column.collected_at)
    ).mappings()
    found: dict[tuple[int, int], Latest] = {}
    for row in rows:
        place = row["delivery_id"], row["part"]
        before = found[place].figures if place in found else Figures()
        told = {name: row[name] for name in MEASURES if row[name] is not None}
        found[place] = Latest(*place, row["collected_at"], replace(before, **told))
    return list(found.values())


def troubles(connection: Connection) -> Mapping[str, Trouble]:
    """By account, why its figures could not be had the last time."""
    column = collections.c
    rows = connection.execute(select(column.account, column.said_at, column.said).where(column.said != ""))
    return {row.account: Trouble(row.account, row.said_at, row.said) for row in rows}


def published_in(connection: Connection, campaign: str) -> Sequence[RowMapping]:
    """The deliveries of a campaign that were published, in the order in which they went out."""
    column = deliveries.c
    statement = select(deliveries).where(column.campaign == campaign, column.state == State.PUBLISHED)
    return connection.execute(statement.order_by(column.published_at, column.id)).mappings().all()
