"""The members of the team: who may sign in, and what their role lets them do."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, insert, or_, select, update

from bot.errors import SpokenError
from bot.model.role import Role
from bot.store import tickets
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
    email: str | None
    language: str | None
    timezone: str | None
    made_at: datetime  # real UTC, like the next
    disabled_at: datetime | None
    seen_at: datetime | None

    @property
    def waits(self) -> bool:
        """Whether they were invited and have not come yet."""
        return not self.has_password and self.issuer is None and self.seen_at is None


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


def find(connection: Connection, name: str) -> Member:
    """The member of this name, shut out or not.

    Raises:
        MemberError: there is none.
    """
    row = connection.execute(select(members).where(members.c.key == key_of(name))).mappings().first()
    if row is None:
        raise MemberError(f"there is nobody called {' '.join(name.split())[:LONGEST_NAME]} in the team")
    return _member(row)


def any_administrator(connection: Connection) -> bool:
    """Whether there is somebody who can invite the others."""
    one = select(members.c.id).where(
        members.c.role == Role.ADMINISTRATOR, members.c.disabled_at.is_(None)
    )  # fmt: skip
    return connection.execute(one.limit(1)).first() is not None


def known_elsewhere(connection: Connection, issuer: str, subject: str) -> Member | None:
    """The member whom an OpenID provider calls so, shut out or not; None: there is none."""
    found = select(members).where(members.c.issuer == issuer, members.c.subject == subject)
    row = connection.execute(found).mappings().first()
    return _member(row) if row else None


def with_email(connection: Connection, email: str) -> Member | None:
    """The member who was invited by this address, shut out or not; None: there is none."""
    row = connection.execute(select(members).where(members.c.email == email.casefold())).mappings().first()
    return _member(row) if row else None


def password_of(connection: Connection, number: int) -> str | None:
    """The hash of a member's password; None: there is none."""
    found = connection.execute(select(members.c.password).where(members.c.id == number)).scalar()
    return None if found is None else str(found)


def add(
    connection: Connection, name: str, role: Role, *, actor: str, now: datetime, what: str,
    email: str | None = None,
) -> Member:  # fmt: skip
    """Make somebody a member; whom an OpenID provider vouches for under `email` is them.

    Raises:
        MemberError: the name or the address is taken, or is none.
    """
    cleaned = _cleaned(name)
    address = _address(connection, email) if email else None
    if connection.execute(select(members.c.id).where(members.c.key == key_of(cleaned))).first():
        raise MemberError(f"there is somebody called {cleaned} already: choose another name")
    made = insert(members).values(name=cleaned, key=key_of(cleaned), role=role, email=address, made_at=now)
    found = connection.execute(made).inserted_primary_key
    record(connection, at=now, actor=actor, what=what, about=cleaned, detail=role)
    return _of(connection, found[0] if found else 0)


def set_password(connection: Connection, number: int, hashed: str, *, actor: str, now: datetime) -> None:
    """Give a member another password: what was signed in with the old one, or could be, is not any more."""
    connection.execute(update(members).where(members.c.id == number).values(password=hashed))
    end_all(connection, number)
    tickets.revoke_of(connection, number, now)
    record(connection, at=now, actor=actor, what="set the password of", about=_of(connection, number).name)


def keep_hash(connection: Connection, number: int, hashed: str) -> None:
    """Keep the same password in a stronger hash."""
    connection.execute(update(members).where(members.c.id == number).values(password=hashed))


def link(
    connection: Connection, number: int, issuer: str, subject: str, *, actor: str, now: datetime
) -> None:
    """Let an OpenID provider vouch for a member; an invitation is taken up by that."""
    connection.execute(update(members).where(members.c.id == number).values(issuer=issuer, subject=subject))
    tickets.revoke_of(connection, number, now)
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
    tickets.revoke_of(connection, number, now)
    record(connection, at=now, actor=actor, what="shut out", about=_of(connection, number).name)


def enable(connection: Connection, number: int, *, actor: str, now: datetime) -> None:
    """Let somebody sign in again."""
    connection.execute(update(members).where(members.c.id == number).values(disabled_at=None))
    record(connection, at=now, actor=actor, what="let in again", about=_of(connection, number).name)


def end_sessions(
    connection: Connection, number: int, *, actor: str, now: datetime, but: int | None = None
) -> None:
    """Sign a member out everywhere, or everywhere but in one session."""
    end_all(connection, number, but)
    record(connection, at=now, actor=actor, what="signed out everywhere", about=_of(connection, number).name)


def invite(
    connection: Connection, name: str, role: Role, *, actor: str, now: datetime, email: str | None = None
) -> tuple[Member, str]:
    """Make somebody a member who has not come yet; they, and what their link holds.

    Raises:
        MemberError: the name or the address is taken, or is none.
    """
    made = add(connection, name, role, actor=actor, now=now, what="invited", email=email)
    token = tickets.issue(connection, tickets.Purpose.INVITATION, actor=actor, now=now, member=made.id)
    return made, token


def new_link(connection: Connection, number: int, *, actor: str, now: datetime) -> tuple[Member, str]:
    """Let a member choose a first password or another one; they, and what their link holds.

    Raises:
        MemberError: there is nobody of this number who may sign in.
    """
    who = _of(connection, number)
    if who.disabled_at is not None:
        raise MemberError(f"{who.name} is shut out: let them in first")
    purpose = tickets.Purpose.PASSWORD if who.has_password else tickets.Purpose.INVITATION
    tickets.revoke_of(connection, number, now)
    token = tickets.issue(connection, purpose, actor=actor, now=now, member=number)
    record(connection, at=now, actor=actor, what="made a link for", about=who.name)
    return who, token


def prefer(connection: Connection, number: int, language: str | None, timezone: str | None) -> None:
    """Keep in which language and zone a member reads; None: as the browser says."""
    chosen = update(members).where(members.c.id == number)
    connection.execute(chosen.values(language=language, timezone=timezone))


def _refuse_last(connection: Connection, number: int) -> None:
    others = select(func.count()).where(
        members.c.role == Role.ADMINISTRATOR, members.c.disabled_at.is_(None), members.c.id != number,
        or_(members.c.password.is_not(None), members.c.issuer.is_not(None)),  # who was invited may never come
    )  # fmt: skip
    is_one = _of(connection, number).role is Role.ADMINISTRATOR
    if is_one and not connection.execute(others).scalar():
        raise MemberError("this is the last administrator: make somebody else one first")


def _of(connection: Connection, number: int) -> Member:
    if (found := member(connection, number)) is None:
        raise MemberError("there is no such person in the team")
    return found


def _address(connection: Connection, written: str) -> str:
    address = written.strip().casefold()
    if not re.fullmatch(r"[^\s@<>]{1,100}@[^\s@<>]{1,100}", address) or not address.isprintable():
        raise MemberError("write an e-mail address like anna@example.org")
    if (known := with_email(connection, address)) is not None:
        raise MemberError(f"{known.name} has this e-mail address already")
    return address


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
        email=row["email"],
        language=row["language"],
        timezone=row["timezone"],
        made_at=row["made_at"],
        disabled_at=row["disabled_at"],
        seen_at=row["seen_at"],
    )
