"""Uploads: what a network has of a delivery's files already, so that another try need not bring them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from bot.model.message import Part
from bot.model.outcome import Uploaded
from bot.model.sending import Sending
from bot.model.state import State
from bot.store.engine import Store
from bot.store.queue import parts_of, sending_of
from bot.store.tables import deliveries, in_state, uploads

_RESERVATION = -1  # the place of the row that says who brings the files ahead of time, and until when


@dataclass(frozen=True, slots=True)
class Place:
    """A file's place in a delivery."""

    delivery: int
    part: int
    number: int  # among the part's files, from 0


@dataclass(frozen=True, slots=True)
class Coming:
    """A delivery that will be due soon, with the part whose files its network should have by then."""

    delivery: int
    post: str
    account: str
    network: str
    due_at: datetime  # UTC
    sending: Sending


def coming(connection: Connection, account: str, now: datetime, until: datetime) -> Sequence[Coming]:
    """What of an account falls due after now and no later than an instant, and shows files."""
    rows = connection.execute(
        select(deliveries)
        .where(
            in_state(State.SCHEDULED),
            deliveries.c.account == account,
            deliveries.c.ready_at > now,
            deliveries.c.ready_at <= until,
            ~deliveries.c.stale,
            deliveries.c.look_since.is_(None),
        )
        .order_by(deliveries.c.due_at, deliveries.c.id)
    ).mappings()
    found = []
    for row in rows.all():
        sending = sending_of(parts_of(connection, row["id"]), row["key"], row["due_at"])
        if sending and sending.part.files:
            one = Coming(row["id"], row["post"], row["account"], row["network"], row["ready_at"], sending)
            found.append(one)
    return found


def take(store: Store, delivery: int, part: int, now: datetime, until: datetime) -> bool:
    """Reserve the bringing of a part's files until an instant (UTC); whether nobody else has done so.

    Only those ask who do it ahead of time: that it is done twice costs a little and harms nothing.
    """
    column = uploads.c
    same = (column.delivery_id == delivery, column.part == part, column.place == _RESERVATION)
    try:
        with store.write(beside_others=True) as connection:
            held_until = connection.execute(select(column.expires_at).where(*same)).scalar()
            if held_until is not None and held_until > now:
                return False
            connection.execute(delete(uploads).where(*same))
            at = {"delivery_id": delivery, "part": part, "place": _RESERVATION}
            connection.execute(insert(uploads).values(**at, content="", handle="", expires_at=until))
    except IntegrityError:
        return False  # another worker was quicker
    return True


def hold(store: Store, delivery: int, part: int, until: datetime) -> None:
    """Let the bringing be taken up again after an instant (UTC): the network works on a file until then."""
    column = uploads.c
    same = (column.delivery_id == delivery, column.part == part, column.place == _RESERVATION)
    with store.write(beside_others=True) as connection:
        connection.execute(update(uploads).where(*same).values(expires_at=until))


def kept(store: Store, delivery: int, part: int, now: datetime) -> Mapping[tuple[int, str], Uploaded]:
    """What can still be used, by place and by the fingerprint of what it was kept for."""
    column = uploads.c
    statement = select(uploads).where(column.delivery_id == delivery, column.part == part)
    with store.read() as connection:
        rows = connection.execute(statement).mappings().all()
    return {
        (row["place"], row["content"]): Uploaded(row["handle"], row["expires_at"], row["ready_at"])
        for row in rows
        if row["place"] != _RESERVATION and (row["expires_at"] is None or row["expires_at"] > now)
    }


def handles(store: Store, delivery: int, part: Part) -> tuple[str, ...]:
    """What the network names the files of a part by, in their order; empty where one of them is not known.

    Those that it keeps no more count too: what was published with them is to be known again by them.
    """
    column = uploads.c
    statement = select(column.handle, column.place).where(
        column.delivery_id == delivery, column.part == part.number, column.place >= 0
    )
    with store.read() as connection:
        rows = connection.execute(statement.order_by(column.place)).all()
    known = tuple(row.handle for row in rows)
    return known if [row.place for row in rows] == list(range(len(part.files))) else ()


def keep(
    store: Store, place: Place, content: str, uploaded: Uploaded, now: datetime, begun: str | None = None
) -> Uploaded:
    """Remember that the network has a file; what is known of it from here on.

    Where somebody else has brought the same meanwhile, that is used and stays: a post may show it already,
    by which it is known again. `begun` is the handle that this upload went on from, and takes the place of.
    """
    at = {"delivery_id": place.delivery, "part": place.part, "place": place.number}
    same = [uploads.c[name] == value for name, value in at.items()]
    known = select(uploads).where(*same).with_for_update()
    values = {"content": content, **asdict(uploaded)}
    with store.write(beside_others=True) as connection:
        dialect = sqlite if store.is_sqlite else postgresql
        new = dialect.insert(uploads).values(**at, **values).on_conflict_do_nothing()
        if connection.execute(new.returning(uploads.c.place)).first() is not None:
            return uploaded
        row = connection.execute(known).mappings().first()
        if row is None:
            return uploaded  # what was known was forgotten at this moment
        lasts = row["expires_at"] is None or row["expires_at"] > now
        if row["content"] == content and row["handle"] != begun and lasts:
            return Uploaded(row["handle"], row["expires_at"], row["ready_at"])
        connection.execute(update(uploads).where(*same).values(values))
    return uploaded


def forget(store: Store, delivery: int) -> None:
    """Let the next try bring every file again: what the network had of them did not do."""
    with store.write(beside_others=True) as connection:
        connection.execute(delete(uploads).where(uploads.c.delivery_id == delivery))
