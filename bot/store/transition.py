"""A transition: moves deliveries through the table of states, with their log rows, in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, update

from bot.model.state import TRANSITIONS, Hold, State, Verb
from bot.store import post_log
from bot.store.tables import deliveries


def move(
    connection: Connection,
    verb: Verb,
    *where: ColumnElement[bool],
    at: datetime,
    reason: str,
    actor: str,
    hold: Hold | None = None,
    values: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
) -> list[RowMapping]:
    """Apply a verb to every delivery that matches and may undergo it; the rows as they are now.

    The state is a condition of the UPDATE itself, so of two who try, one gets nothing. `values` are
    further columns of the delivery, `details` further columns of the log row.
    """
    moved = []
    for source, target in TRANSITIONS[verb].items():
        statement = (
            update(deliveries)
            .where(deliveries.c.state == source, *where)
            .values(
                {"state": target, "reason": reason, **_consequences(source, target, hold), **(values or {})}
            )
            .returning(*deliveries.c)
        )
        for row in connection.execute(statement).mappings().all():
            post_log.append(connection, row, source, at=at, reason=reason, actor=actor, details=details)
            moved.append(row)
    return moved


def _consequences(source: State, target: State, hold: Hold | None) -> dict[str, Any]:
    """What a change of state means for the columns that belong to one state only."""
    values: dict[str, Any] = {}
    if target is State.HELD and source is not State.HELD:
        values["hold"] = hold or Hold.OPERATOR
    if target is not State.HELD:
        values["hold"] = None
    if target is not State.PUBLISHING:
        values["lease_until"] = None
    if target is not State.UNCERTAIN:
        values["look_at"] = None
    return values
