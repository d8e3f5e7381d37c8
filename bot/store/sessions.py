"""Sessions: in which browsers members are signed in; each can be ended from elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, func, insert, select, update

from bot.model.role import Role
from bot.store.random_token import fingerprint_of, new_token
from bot.store.team_tables import members, sessions

IDLE = timedelta(days=7)  # unused for that long, it ends
LONGEST = timedelta(days=60)
SEEN_EVERY = timedelta(minutes=5)  # so that looking at a page is seldom a write


@dataclass(frozen=True, slots=True)
class Session:
    """One browser in which somebody is signed in, with what a page must know of them."""

    id: int
    csrf: str
    member_id: int
    name: str
    role: Role
    language: str | None
    timezone: str | None  # the member's own, else the browser's
    browser_timezone: str | None
    made_at: datetime  # real UTC, like the next ones
    seen_at: datetime
    ends_at: datetime
    agent: str
    address: str
    said: str


def begin(
    connection: Connection, member: int, *, agent: str, address: str, timezone: str | None, now: datetime
) -> str:
    """Sign a member in; what the cookie holds, which is kept nowhere."""
    token = new_token()
    connection.execute(
        insert(sessions).values(
            token=fingerprint_of(token), csrf=new_token(), member_id=member, made_at=now, seen_at=now,
            ends_at=now + IDLE, agent=agent[:300], address=address[:100], timezone=timezone, said="",
        )
    )  # fmt: skip
    _note_seen(connection, member, now)
    return token


def session_of(connection: Connection, token: str, now: datetime) -> Session | None:
    """The session that a cookie is of; None: it has ended, or there never was one."""
    found = _found().where(sessions.c.token == fingerprint_of(token), sessions.c.ends_at > now)
    row = connection.execute(found).mappings().first()
    return _session(row) if row else None


def sessions_of(connection: Connection, member: int, now: datetime) -> Sequence[Session]:
    """The browsers in which a member is signed in, the one that was used last first."""
    found = _found().where(sessions.c.member_id == member, sessions.c.ends_at > now)
    return [_session(row) for row in connection.execute(found.order_by(sessions.c.seen_at.desc())).mappings()]


def counts(connection: Connection, now: datetime) -> Mapping[int, int]:
    """In how many browsers each member is signed in, by their numbers."""
    found = select(sessions.c.member_id, func.count()).where(sessions.c.ends_at > now)
    rows = connection.execute(found.group_by(sessions.c.member_id)).all()
    return {row[0]: row[1] for row in rows}


def seen(connection: Connection, session: Session, now: datetime) -> None:
    """Note that a session is in use."""
    ends_at = min(now + IDLE, session.made_at + LONGEST)
    connection.execute(
        update(sessions).where(sessions.c.id == session.id).values(seen_at=now, ends_at=ends_at)
    )
    _note_seen(connection, session.member_id, now)


def say(connection: Connection, session: int, words: str) -> None:
    """Keep what the next page is to say once; empty: it was said."""
    connection.execute(update(sessions).where(sessions.c.id == session).values(said=words))


def end(connection: Connection, session: int, member: int) -> bool:
    """End a session of a member; whether there was one."""
    gone = delete(sessions).where(sessions.c.id == session, sessions.c.member_id == member)
    return bool(connection.execute(gone).rowcount)


def end_all(connection: Connection, member: int, but: int | None = None) -> None:
    """End a member's sessions, all or all but one."""
    gone = delete(sessions).where(sessions.c.member_id == member)
    connection.execute(gone if but is None else gone.where(sessions.c.id != but))


def _note_seen(connection: Connection, member: int, now: datetime) -> None:
    connection.execute(update(members).where(members.c.id == member).values(seen_at=now))


def _found() -> Select[Any]:
    columns = (members.c.name, members.c.role, members.c.language, members.c.timezone.label("own_timezone"))
    return (
        select(sessions, *columns)
        .join(members, members.c.id == sessions.c.member_id)
        .where(members.c.disabled_at.is_(None))
    )


def _session(row: RowMapping) -> Session:
    return Session(
        id=row["id"],
        csrf=row["csrf"],
        member_id=row["member_id"],
        name=row["name"],
        role=Role(row["role"]),
        language=row["language"],
        timezone=row["own_timezone"] or row["timezone"],
        browser_timezone=row["timezone"],
        made_at=row["made_at"],
        seen_at=row["seen_at"],
        ends_at=row["ends_at"],
        agent=row["agent"],
        address=row["address"],
        said=row["said"],
    )
