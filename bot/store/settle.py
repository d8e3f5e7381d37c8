"""Settling: records what came of an attempt, fenced by the claim's token, with the log row.

A stalled old worker can not finish a newer attempt; it may only add the proof that a part is out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, update

from bot.model.message import Part
from bot.model.outcome import NotPublished, Outcome, Published, Rejected, RemotePost
from bot.model.state import Hold, Verb
from bot.store import post_log
from bot.store.engine import Store
from bot.store.queue import Claim, parts_of
from bot.store.tables import attempts, deliveries, parts
from bot.store.transition import move

_NAMES = {Published: "published", NotPublished: "not-published", Rejected: "rejected"}


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended: its row's id and what the network said."""

    attempt: int
    outcome: Outcome


def published(
    store: Store, held: Claim, part: Part, remote: RemotePost, ending: Ending, now: datetime
) -> bool:
    """Record that a part is out; whether the claim still holds and more parts may follow.

    A worker that comes back late still counts: its lease may have run out meanwhile, but what is out is
    out. Where somebody else has decided otherwise by then, the fact is logged as evidence.
    """
    said = "" if isinstance(ending.outcome, Published) else ending.outcome.reason
    with store.write() as connection:
        number = _end_attempt(connection, ending, now)
        return record_published(
            connection, held.delivery, _ours(held), part.number, remote,
            at=now, actor=held.worker, why=said, attempt=number,
        )  # fmt: skip


def record_published(
    connection: Connection,
    delivery: int,
    whose: ColumnElement[bool],
    number: int,
    remote: RemotePost,
    *,
    at: datetime,
    actor: str,
    why: str,
    attempt: int | None = None,
) -> bool:
    """Write a part's id and move its delivery on; whether the delivery is still claimed."""
    connection.execute(
        update(parts)
        .where(parts.c.delivery_id == delivery, parts.c.number == number)
        .values(remote_id=remote.remote_id, remote_url=remote.url, published_at=at)
    )
    sent = parts_of(connection, delivery)
    out = [one.remote for one in sent if one.remote is not None]
    of_many = (
        f"part {number} of {len(sent)} is out: {remote.url or remote.remote_id}" if len(sent) > 1 else ""
    )
    reason = "; ".join(filter(None, (why, of_many)))
    values: dict[str, Any] = {"tries": 0}
    if len(out) < len(sent):
        verbs, shown = (Verb.ADVANCE, Verb.CLEAR), remote
    else:
        verbs, shown = (Verb.PUBLISH, Verb.FIND), out[0]
        values |= {"published_at": at, "remote_id": shown.remote_id, "remote_url": shown.url}
    details = {"attempt": attempt, "remote_id": shown.remote_id, "remote_url": shown.url}
    for verb in verbs:
        if move(connection, verb, whose, at=at, reason=reason, actor=actor, values=values, details=details):
            return verb is Verb.ADVANCE
    note(
        connection, delivery, at=at, actor=actor, reason=f"it is out all the same: {reason}", details=details
    )
    return False


def postponed(
    store: Store, held: Claim, ending: Ending, reason: str, again_at: datetime, now: datetime
) -> None:
    """Put a delivery back for a later try, after proof that nothing was published."""
    _end(store, held, Verb.POSTPONE, ending, reason, now, {"ready_at": again_at, "tries": held.tries + 1})


def failed(store: Store, held: Claim, ending: Ending, reason: str, now: datetime) -> None:
    """End a delivery that its network refused; a person takes it from here."""
    _end(store, held, Verb.FAIL, ending, reason, now, {"tries": 0})


def doubtful(
    store: Store, held: Claim, ending: Ending, reason: str, look_at: datetime, now: datetime
) -> None:
    """Record that nobody knows whether a part is out, and when to look."""
    _end(store, held, Verb.DOUBT, ending, reason, now, {"look_at": look_at, "looks": 0})


def given_back(store: Store, held: Claim, reason: str, now: datetime) -> None:
    """Return a claim for which no call was made."""
    with store.write() as connection:
        move(connection, Verb.GIVE_BACK, _ours(held), at=now, reason=reason, actor=held.worker)


def paused(store: Store, held: Claim, reason: str, now: datetime) -> None:
    """Hold a claimed delivery because of the pause switch; no call was made."""
    with store.write() as connection:
        move(connection, Verb.HOLD, _ours(held), at=now, reason=reason, actor=held.worker, hold=Hold.PAUSED)


def note(
    connection: Connection,
    delivery: int,
    *,
    at: datetime,
    actor: str,
    reason: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add a row to the post log that changes no state."""
    row = connection.execute(select(deliveries).where(deliveries.c.id == delivery)).mappings().one()
    post_log.append(connection, row, row["state"], at=at, reason=reason, actor=actor, details=details)


def _ours(held: Claim) -> ColumnElement[bool]:
    return and_(deliveries.c.id == held.delivery, deliveries.c.token == held.token)


def _end(
    store: Store, held: Claim, verb: Verb, ending: Ending, reason: str, now: datetime, values: dict[str, Any]
) -> None:
    with store.write() as connection:
        number = _end_attempt(connection, ending, now)
        move(
            connection, verb, _ours(held),
            at=now, reason=reason, actor=held.worker, values=values, details={"attempt": number},
        )  # fmt: skip


def _end_attempt(connection: Connection, ending: Ending, now: datetime) -> int:
    """Write the outcome into the attempt's row; its number within the delivery."""
    outcome = ending.outcome
    remote = outcome.post if isinstance(outcome, Published) else None
    cause = outcome.cause if isinstance(outcome, NotPublished | Rejected) else None
    row = connection.execute(
        update(attempts)
        .where(attempts.c.id == ending.attempt)
        .values(
            ended_at=now,
            outcome=_NAMES.get(type(outcome), "unknown"),
            cause=cause,
            status=outcome.status,
            said="" if isinstance(outcome, Published) else outcome.reason,
            remote_id=remote.remote_id if remote else None,
            remote_url=remote.url if remote else None,
        )
        .returning(attempts.c.number)
    )
    number: int = row.scalar_one()
    return number
