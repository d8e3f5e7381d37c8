"""The audit: who changed what that is no delivery, one row for each change, never altered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, insert, select

from bot.store.team_tables import audit

ON_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Change:
    """One entry."""

    id: int
    at: datetime  # real UTC
    actor: str
    what: str  # a verb
    about: str
    detail: str


def record(
    connection: Connection, *, at: datetime, actor: str, what: str, about: str = "", detail: str = ""
) -> None:
    """Write down a change, in the transaction that makes it; never a secret."""
    connection.execute(insert(audit).values(at=at, actor=actor, what=what, about=about, detail=detail))


def changes(
    connection: Connection, *, before: int | None = None, about: str | None = None, limit: int = ON_A_PAGE
) -> Sequence[Change]:
    """The newest changes, the latest first; with `before` those older than an entry."""
    return _newest(connection, before, limit, () if about is None else (audit.c.about == about,))


def changes_of(
    connection: Connection, name: str, *, before: int | None = None, limit: int = ON_A_PAGE
) -> Sequence[Change]:
    """The same of one person: what they did, and what was done to them."""
    # Two walks along an index each; one with OR would sort all that there ever was of somebody.
    found = {
        one.id: one
        for column in (audit.c.actor, audit.c.about)
        for one in _newest(connection, before, limit, (column == name,))
    }
    return sorted(found.values(), key=lambda one: one.id, reverse=True)[:limit]


def newest(connection: Connection) -> int:
    """The number of the latest entry; 0: there is none."""
    return connection.execute(select(func.max(audit.c.id))).scalar() or 0


def _newest(
    connection: Connection, before: int | None, limit: int, where: Sequence[ColumnElement[bool]]
) -> Sequence[Change]:
    statement = select(audit).where(*where).order_by(audit.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(audit.c.id < before)
    return [Change(**row) for row in connection.execute(statement).mappings()]
