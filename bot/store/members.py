"""The members of the team: who may sign in, and what their role lets them do."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from bot.errors import SpokenError
from bot.model.role import Role
from bot.store.audit import record
from bot.store.sessions import end_all
from bot.store.team_tables import members

LONGEST_NAME = 80


class MemberError(SpokenError):
    """What was asked of the team can not be done."""


@dataclass(frozen=True, slots=True)
class Member:
    """One of the team."""

    id: int
    name: str
    role: Role
    has_password: bool
    issuer: str | None
    language: str | None
    timezone: str | None
    made_at: datetime  # real UTC, like the next
    disabled_at: datetime | None


def key_of(name: str) -> str:
    """What a name is looked up by."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def any_member(connection: Connection) -> bool:
    """Whether anybody was ever made a member."""
    return connection.execute(select(members.c.id).limit(1)).first() is not None


def all_members(connection: Connection) -> Sequence[Member]:
    """Everybody, by name."""
    return [_member(row) for row in connection.execute(select(members).order_by(members.c.key)).mappings()]


def member(connection: Connection, number: int) -> Member | None:
    """The member of this number."""
    row = connection.execute(select(members).where(members.c.id == number)).mappings().first()
    return _member(row) if row else None


def named(connection: Connection, name: str) -> tuple[Member, str | None] | None:
    """The member of this name and the hash of the password; None: there is none who may sign in."""
    found = select(members).where(members.c.key == key_of(name), members.c.disabled_at.is_(None))
    row = connection.execute(found).mappings().first()
    return (_member(row), row["password"]) if row else None


def known_elsewhere(connection: Connection, issuer: str, subject: str) -> Member | None:
    """The member whom an OpenID provider calls so; None: there is none who may sign in."""
    found = select(members).where(
        members.c.issuer == issuer, members.c.subject == subject, members.c.disabled_at.is_(None)
    )
    row = connection.execute(found).mappings().first()
    return _member(row) if row else None


def add(connection: Connection, name: str, role: Role, *, actor: str, now: datetime, what: str) -> Member:
    """Make somebody a member.

    Raises:
        MemberError: the name is taken, or is none.
    """
    cleaned = _cleaned(name)
    if connection.execute(select(members.c.id).where(members.c.key == key_of(cleaned))).first():
        raise MemberError(f"there is somebody called {cleaned} already: choose another name")
    made = insert(members).values(name=cleaned, key=key_of(cleaned), role=role, made_at=now)
    found = connection.execute(made).inserted_primary_key
    record(connection, at=now, actor=actor, what=what, about=cleaned, detail=role)
    return _of(connection, found[0] if found else 0)


def set_password(connection: Connection, number: int, hashed: str, *, actor: str, now: datetime) -> None:
    """Give a member another password; whoever is signed in with the old one is not any more."""
    connection.execute(update(members).where(members.c.id == number).values(password=hashed))
    end_all(connection, number)
    record(connection, at=now, actor=actor, what="set the password of", about=_of(connection, number).name)


def keep_hash(connection: Connection, number: int, hashed: str) -> None:
    """Keep the same password in a stronger hash."""
    connection.execute(update(members).where(members.c.id == number).values(password=hashed))


def link(
    connection: Connection, number: int, issuer: str, subject: str, *, actor: str, now: datetime
) -> None:
    """Let an OpenID provider vouch for a member."""
    connection.execute(update(members).where(members.c.id == number).values(issuer=issuer, subject=subject))
    record(
        connection,
        at=now,
        actor=actor,
        what="linked",
        about=_of(connection, number).name,
        detail=f"to {issuer}",
    )


def give_role(connection: Connection, number: int, role: Role, *, actor: str, now: datetime) -> None:
    """Give a member another role, from the next request on.

    Raises:
        MemberError: nobody would be left who can give roles.
    """
    if role is not Role.ADMINISTRATOR:
        _refuse_last(connection, number)
    connection.execute(update(members).where(members.c.id == number).values(role=role))
    record(
        connection,
        at=now,
        actor=actor,
        what="gave a role to",
        about=_of(connection, number).name,
        detail=role,
    )


def disable(connection: Connection, number: int, *, actor: str, now: datetime) -> None:
    """Let somebody sign in no more; what they did keeps their name.

    Raises:
        MemberError: nobody would be left who can give roles.
    """
    _refuse_last(connection, number)
    connection.execute(update(members).where(members.c.id == number).values(disabled_at=now))
    end_all(connection, number)
    record(connection, at=now, actor=actor, what="shut out", about=_of(connection, number).name)


def enable(connection: Connection, number: int, *, actor: str, now: datetime) -> None:
    """Let somebody sign in again."""
    connection.execute(update(members).where(members.c.id == number).values(disabled_at=None))
    record(connection, at=now, actor=actor, what="let in again", about=_of(connection, number).name)


def prefer(connection: Connection, number: int, language: str | None, timezone: str | None) -> None:
    """Keep in which language and zone a member reads; None: as the browser says."""
    chosen = update(members).where(members.c.id == number)
    connection.execute(chosen.values(language=language, timezone=timezone))


def _refuse_last(connection: Connection, number: int) -> None:
    others = select(func.count()).where(
        members.c.role == Role.ADMINISTRATOR, members.c.disabled_at.is_(None), members.c.id != number
    )
    is_one = _of(connection, number).role is Role.ADMINISTRATOR
    if is_one and not connection.execute(others).scalar():
        raise MemberError("this is the last administrator: make somebody else one first")


def _of(connection: Connection, number: int) -> Member:
    if (found := member(connection, number)) is None:
        raise MemberError("there is no such person")
    return found


def _cleaned(name: str) -> str:
    cleaned = " ".join(unicodedata.normalize("NFC", name).split())
    if not cleaned or len(cleaned) > LONGEST_NAME or not cleaned.isprintable():
        raise MemberError(f"write a name of at most {LONGEST_NAME} letters")
    return cleaned


def _member(row: RowMapping) -> Member:
    return Member(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        has_password=row["password"] is not None,
        issuer=row["issuer"],
        language=row["language"],
        timezone=row["timezone"],
        made_at=row["made_at"],
        disabled_at=row["disabled_at"],
    )
