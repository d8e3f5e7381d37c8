"""Tickets: links that let their holder do one thing, as choosing a first password, until they end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, insert, select, update

from bot.store.random_token import fingerprint_of, new_token
from bot.store.team_tables import tickets


class Purpose(StrEnum):
    """What a link is for."""

    SETUP = "setup"  # make the first administrator
    INVITATION = "invitation"  # choose a first password
    PASSWORD = "password"  # choose another one  # noqa: S105
    ENTER = "enter"  # be signed in, at a demo; as often as wanted, for its store ends with it
    REVIEW = "review"  # read something, without an account
    OPENID = "openid"  # come back from the OpenID provider, once


LASTS = {
    Purpose.SETUP: timedelta(hours=24),
    Purpose.INVITATION: timedelta(days=7),
    Purpose.PASSWORD: timedelta(hours=24),
    Purpose.ENTER: timedelta(hours=24),
    Purpose.REVIEW: timedelta(days=14),
    Purpose.OPENID: timedelta(minutes=10),
}
_LETTING_IN = (Purpose.INVITATION, Purpose.PASSWORD, Purpose.OPENID)
_MANY = (Purpose.REVIEW, Purpose.OPENID)  # of which many hold at the same time


@dataclass(frozen=True, slots=True)
class Ticket:
    """A link that holds."""

    id: int
    purpose: Purpose
    member_id: int | None
    about: str
    made_by: str
    ends_at: datetime  # real UTC
    made_at: datetime


def issue(
    connection: Connection,
    purpose: Purpose,
    *,
    actor: str,
    now: datetime,
    member: int | None = None,
    about: str = "",
    lasts: timedelta | None = None,
) -> str:
    """Make a link; what it holds, which is kept nowhere.

    An older one of its kind for the same member ends; of those for a review, and of those who are at their
    provider, there may be many.
    """
    if purpose not in _MANY:
        same = (tickets.c.purpose == purpose, tickets.c.member_id.is_not_distinct_from(member))
        older = update(tickets).where(*same, tickets.c.used_at.is_(None), tickets.c.revoked_at.is_(None))
        connection.execute(older.values(revoked_at=now))
    token = new_token()
    connection.execute(
        insert(tickets).values(
            token=fingerprint_of(token), purpose=purpose, member_id=member, about=about, made_at=now,
            made_by=actor, ends_at=now + (lasts or LASTS[purpose]),
        )
    )  # fmt: skip
    return token


def ticket_of(connection: Connection, token: str, now: datetime, *purposes: Purpose) -> Ticket | None:
    """What a link lets its holder do; None: it has ended, was used, or there never was one."""
    found = select(tickets).where(
        tickets.c.token == fingerprint_of(token), tickets.c.purpose.in_(purposes), tickets.c.ends_at > now,
        tickets.c.used_at.is_(None), tickets.c.revoked_at.is_(None),
    )  # fmt: skip
    row = connection.execute(found).mappings().first()
    if row is None:
        return None
    return _ticket(row)


def held_about(connection: Connection, purpose: Purpose, beginning: str, now: datetime) -> Sequence[Ticket]:
    """The links that hold about what begins like this, the newest first."""
    column = tickets.c
    found = select(tickets).where(
        column.purpose == purpose, column.about.startswith(beginning, autoescape=True), column.ends_at > now,
        column.used_at.is_(None), column.revoked_at.is_(None),
    )  # fmt: skip
    rows = connection.execute(found.order_by(column.id.desc())).mappings()
    return [_ticket(row) for row in rows]


def _ticket(row: RowMapping) -> Ticket:
    return Ticket(
        row["id"], Purpose(row["purpose"]), row["member_id"], row["about"], row["made_by"], row["ends_at"],
        row["made_at"],
    )  # fmt: skip


def use(connection: Connection, ticket: int, now: datetime) -> bool:
    """Use a link up; False: somebody was faster, or it was ended meanwhile."""
    unused = update(tickets).where(
        tickets.c.id == ticket, tickets.c.used_at.is_(None), tickets.c.revoked_at.is_(None),
        tickets.c.ends_at > now,
    )  # fmt: skip
    return bool(connection.execute(unused.values(used_at=now)).rowcount)


def revoke(connection: Connection, ticket: int, now: datetime) -> None:
    """End a link before its time."""
    connection.execute(update(tickets).where(tickets.c.id == ticket).values(revoked_at=now))


def revoke_of(connection: Connection, member: int, now: datetime) -> None:
    """End all links that would let a member in."""
    theirs = update(tickets).where(
        tickets.c.member_id == member, tickets.c.purpose.in_(_LETTING_IN), tickets.c.used_at.is_(None),
        tickets.c.revoked_at.is_(None),
    )  # fmt: skip
    connection.execute(theirs.values(revoked_at=now))
