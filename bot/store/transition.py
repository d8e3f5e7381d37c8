"""A transition: moves deliveries through the table of states, with their log rows, in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, update

from bot.model.state import TRANSITIONS, Hold, State, Verb
from bot.store import post_log
from bot.store.tables import deliveries, in_state

_MUST_WAIT = {
    Hold.APPROVAL: "waits for approval: bot approve",
    Hold.STALE: (
        "its file has changed since it was sent off: bot apply brings it up to date unless a part is out, "
        "bot release sends it as it was"
    ),
}


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
    further columns of the delivery, `details` further columns of the log row. What comes to be scheduled
    although it may not go out as it is, is held at once.
    """
    moved: list[RowMapping] = []
    for source, target in TRANSITIONS[verb].items():
        changed = {"state": target, "reason": reason, **_consequences(source, target, hold), **(values or {})}
        if source is target is State.HELD:
            del changed["reason"]  # why it is held stays what people want to read
        statement = update(deliveries).where(in_state(source), *where).values(changed)
        rows = connection.execute(statement.returning(*deliveries.c)).mappings().all()
        for row in rows:
            post_log.append(connection, row, source, at=at, reason=reason, actor=actor, details=details)
        moved += hold_what_must_wait(connection, rows, at) if target is State.SCHEDULED else rows
    return moved


def hold_what_must_wait(connection: Connection, rows: Sequence[RowMapping], at: datetime) -> list[RowMapping]:
    """Hold those that may not go out as they are; all of them, as they are then."""
    found = []
    for row in rows:
        if (why := _must_wait(row)) is None:
            found.append(row)
        else:
            same = deliveries.c.id == row["id"]
            reason = _MUST_WAIT[why]
            found += move(connection, Verb.HOLD, same, at=at, reason=reason, actor=post_log.WORKER, hold=why)
    return found


def _must_wait(row: RowMapping) -> Hold | None:
    if row["needs_approval"] and row["approved"] != row["message"]:
        return Hold.APPROVAL
    return Hold.STALE if row["stale"] else None


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
