"""The audit: who changed what that is no delivery, one row for each change, never altered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

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
    statement = select(audit).order_by(audit.c.id.desc()).limit(limit)
    if before is not None:
        statement = statement.where(audit.c.id < before)
    if about is not None:
        statement = statement.where(audit.c.about == about)
    return [Change(**row) for row in connection.execute(statement).mappings()]
