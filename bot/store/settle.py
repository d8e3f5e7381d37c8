"""Settling: records what came of an attempt, fenced by the claim's token, with the log row.

A stalled old worker can not finish a newer attempt; it may only add proof. Nothing that happens after a
part is out can make it anything else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from bot.model.message import Part
from bot.model.outcome import Cause, NotPublished, Outcome, Published, Rejected, RemotePost
from bot.model.state import Hold, State, Verb
from bot.store import lanes, post_log
from bot.store.engine import Store
from bot.store.queue import Claim, SentPart, parts_of
from bot.store.switches import current_pause
from bot.store.tables import attempts, deliveries, from_now_or_its_time, parts
from bot.store.transition import move

_NAMES = {Published: "published", NotPublished: "not-published", Rejected: "rejected"}


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended: its row's id and what the network said."""

    attempt: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Block:
    """What an ending means for the whole account; written in the same transaction."""

    until: datetime  # UTC; nothing of the account is sent before
    cause: Cause
    reason: str


def published(
    store: Store, held: Claim, part: Part, remote: RemotePost, ending: Ending, now: datetime
) -> bool:
    """Record that a part is out; whether the claim still holds and more parts may follow.

    A worker that comes back late still counts: its lease may have run out meanwhile, but what is out is
    out.
    """
    said = "" if isinstance(ending.outcome, Published) else ending.outcome.reason
    with store.write(beside_others=True) as connection:
        _locked(connection, held.delivery)
        number = _end_attempt(connection, ending, now)
        record_published(
            connection, held.delivery, part.number, remote,
            at=now, actor=held.worker, why=said, attempt=number, token=held.token,
        )  # fmt: skip
        row = _locked(connection, held.delivery)
        return bool(row["state"] == State.PUBLISHING and row["token"] == held.token)


def record_published(
    connection: Connection,
    delivery: int,
    number: int,
    remote: RemotePost,
    *,
    at: datetime,
    actor: str,
    why: str,
    attempt: int | None = None,
    token: str | None = None,
) -> None:
    """Write a part's id and move its delivery on, wherever it was put meanwhile.

    `token` is that of the claim under which the part was sent; None for one that was found.
    """
    row = _locked(connection, delivery)
    details = {"attempt": attempt, "remote_id": remote.remote_id, "remote_url": remote.url}
    recorded = _write_id(connection, delivery, number, remote, at)
    for later, post in enumerate(remote.following, number + 1):
        _write_id(connection, delivery, later, post, at)
    if not recorded:
        known = _remote_of(connection, delivery, number)
        where = remote.url or remote.remote_id
        if known is None or not known.may_be(remote):
            words = f"part {number} is out a second time: {where}; look, and take one away"
            if known is None:
                words = f"part {number} is out after all, although it was given up: {where}"
            note(connection, delivery, at=at, actor=actor, reason=words, details=details)
            return
        if known.remote_id != remote.remote_id:
            _learn(connection, row, number, known, remote)
            words = f"part {number} is known by its own id now: {where}, given before as {known.url}"
            note(connection, delivery, at=at, actor=actor, reason=words, details=details)
    if row["state"] == State.PUBLISHING and row["token"] != token:
        words = f"part {number} is out by an earlier attempt: {remote.url or remote.remote_id}"
        note(connection, delivery, at=at, actor=actor, reason=words, details=details)
        return  # the attempt that is under way will see it when it settles
    last = number + len(remote.following)
    _move_on(connection, row, number, last, at=at, actor=actor, why=why, details=details)


def _write_id(connection: Connection, delivery: int, number: int, remote: RemotePost, at: datetime) -> bool:
    """Write a part's id; whether it had none."""
    waiting = (parts.c.delivery_id == delivery, parts.c.number == number, parts.c.published_at.is_(None))
    own = {"remote_id": remote.remote_id, "remote_url": remote.url, "published_at": at}
    return connection.execute(update(parts).where(*waiting).values(own)).rowcount == 1


def _move_on(
    connection: Connection,
    row: RowMapping,
    number: int,
    last: int,
    *,
    at: datetime,
    actor: str,
    why: str,
    details: Mapping[str, Any],
) -> None:
    """The state that follows when more parts are known to be out, from one to a last one."""
    sent = parts_of(connection, row["id"])
    reason = why
    if len(sent) > 1:
        which = f"part {number} of {len(sent)} is" if number == last else f"parts {number} to {last} are"
        of_many = f"{which} out: {details['remote_url'] or details['remote_id']}"
        reason = "; ".join(filter(None, (why, of_many)))
    same = deliveries.c.id == row["id"]
    if all(one.remote for one in sent):
        first = sent[0].remote
        assert first is not None  # noqa: S101  (all are out)
        values = {
            "tries": 0, "published_at": at, "figures_at": at,
            "remote_id": first.remote_id, "remote_url": first.url,
        }  # fmt: skip
        shown = {**details, "remote_id": first.remote_id, "remote_url": first.url}
        verb = Verb.PUBLISH if row["state"] == State.PUBLISHING else Verb.FIND
        move(connection, verb, same, at=at, reason=reason, actor=actor, values=values, details=shown)
    elif row["state"] == State.PUBLISHING:
        move(connection, Verb.ADVANCE, same, at=at, reason=reason, actor=actor,
             values={"tries": 0}, details=details)  # fmt: skip
    elif row["state"] == State.UNCERTAIN and not _next_is_doubtful(connection, row["id"], sent):
        # The rest of the thread is still to be sent.
        move(connection, Verb.CLEAR, same, at=at, reason=reason, actor=actor,
             values={"tries": 0, "ready_at": from_now_or_its_time(at)}, details=details)  # fmt: skip
    else:
        note(connection, row["id"], at=at, actor=actor, reason=reason, details=details)


def _next_is_doubtful(connection: Connection, delivery: int, sent: Sequence[SentPart]) -> bool:
    """Whether the doubt is about a later part than the one that has proved to be out."""
    waiting = next(one.part.number for one in sent if one.remote is None)
    doubtful = exists().where(
        attempts.c.delivery_id == delivery,
        attempts.c.part == waiting,
        or_(attempts.c.outcome == "unknown", attempts.c.outcome.is_(None)),
    )
    return bool(connection.execute(select(doubtful)).scalar())


def postponed(
    store: Store,
    held: Claim,
    ending: Ending | None,
    reason: str,
    again_at: datetime,
    now: datetime,
    block: Block | None = None,
) -> None:
    """Put a delivery back for a later try, after proof that nothing was published.

    Without an ending no attempt was made: a file could not be brought to the network.
    """
    values = {"ready_at": again_at, "tries": held.tries + 1}
    _end(store, held, Verb.POSTPONE, ending, reason, now, values, block)


def failed(
    store: Store,
    held: Claim,
    ending: Ending | None,
    reason: str,
    now: datetime,
    block: Block | None = None,
) -> None:
    """End a delivery that its network refused, or that can not even be sent; a person takes it from here."""
    _end(store, held, Verb.FAIL, ending, reason, now, {"tries": 0}, block)


def doubtful(
    store: Store, held: Claim, ending: Ending, reason: str, look_at: datetime, now: datetime
) -> None:
    """Record that nobody knows whether a part is out, and when to look."""
    _end(store, held, Verb.DOUBT, ending, reason, now, {"look_at": look_at, "looks": 0, "absences": 0})


def given_back(store: Store, held: Claim, reason: str, now: datetime) -> None:
    """Return a claim for which no call was made; an intent that was written all the same is closed."""
    with store.write(beside_others=True) as connection:
        _locked(connection, held.delivery)
        _close_unused_intent(connection, held, now)
        if not _finish_ours(connection, held, now):
            move(connection, Verb.GIVE_BACK, _ours(held), at=now, reason=reason, actor=held.worker)


def paused(store: Store, held: Claim, now: datetime) -> str:
    """Hold a claim because of the pause switch, or give it back if that is off; no call was made. Why."""
    with store.write(beside_others=True) as connection:
        row = _locked(connection, held.delivery)
        _close_unused_intent(connection, held, now)
        if _finish_ours(connection, held, now):
            return "every part is out already"
        pause = current_pause(connection)
        if pause is None:
            reason = "its file was changed before it was sent" if row["stale"] else "the claim is lost"
            move(connection, Verb.GIVE_BACK, _ours(held), at=now, reason=reason, actor=held.worker)
            return reason
        move(
            connection, Verb.PAUSE, _ours(held),
            at=now, reason=pause.words, actor=held.worker, hold=Hold.PAUSED,
        )  # fmt: skip
        return pause.words


def complete(store: Store, delivery: int, token: str | None, actor: str, now: datetime) -> None:
    """End a delivery of which every part turned out to be out already."""
    with store.write(beside_others=True) as connection:
        finish_if_out(connection, delivery, token, actor, now)


def finish_if_out(
    connection: Connection, delivery: int, token: str | None, actor: str, now: datetime
) -> bool:
    """End a delivery if every part of it is out; whether that is so."""
    row = _locked(connection, delivery)
    if any(one.remote is None for one in parts_of(connection, delivery)):
        return False
    if row["state"] != State.PUBLISHING or row["token"] == token:
        _finish(connection, row, at=now, actor=actor, why="every part is out already")
    return True


def _finish_ours(connection: Connection, held: Claim, now: datetime) -> bool:
    return finish_if_out(connection, held.delivery, held.token, held.worker, now)


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


def is_taken(connection: Connection, account: str, remote_id: str, by_other_than: int) -> bool:
    """Whether a post on the network is known to be a part of another delivery of the account."""
    other = (
        exists()
        .where(parts.c.remote_id == remote_id, parts.c.delivery_id != by_other_than)
        .where(deliveries.c.id == parts.c.delivery_id, deliveries.c.account == account)
    )
    return bool(connection.execute(select(other)).scalar())


def _locked(connection: Connection, delivery: int) -> RowMapping:
    """A delivery as it is now, and stays until the end of this transaction."""
    statement = select(deliveries).where(deliveries.c.id == delivery).with_for_update()
    return connection.execute(statement).mappings().one()


def _remote_of(connection: Connection, delivery: int, number: int) -> RemotePost | None:
    return next((one.remote for one in parts_of(connection, delivery) if one.part.number == number), None)


def last_part_out(connection: Connection, delivery: int) -> datetime:
    """When the last part of a delivery came out of which some part is out (UTC)."""
    at: datetime | None = connection.execute(
        select(func.max(parts.c.published_at)).where(parts.c.delivery_id == delivery)
    ).scalar()
    if at is None:
        raise ValueError(f"no part of delivery {delivery} is out")
    return at


def drop_the_rest(connection: Connection, delivery: int) -> None:
    """Forget the parts of a delivery that are not out, so that what is out is all of it."""
    waiting = (parts.c.delivery_id == delivery, parts.c.published_at.is_(None))
    connection.execute(delete(parts).where(*waiting))


def _learn(
    connection: Connection, row: RowMapping, number: int, known: RemotePost, remote: RemotePost
) -> None:
    """Put the network's own id and link in place of what a person gave."""
    own = {"remote_id": remote.remote_id, "remote_url": remote.url}
    theirs = (parts.c.delivery_id == row["id"], parts.c.number == number)
    connection.execute(update(parts).where(*theirs).values(own))
    if row["remote_id"] == known.remote_id:
        connection.execute(update(deliveries).where(deliveries.c.id == row["id"]).values(own))


def _ours(held: Claim) -> ColumnElement[bool]:
    return and_(deliveries.c.id == held.delivery, deliveries.c.token == held.token)


def _close_unused_intent(connection: Connection, held: Claim, now: datetime) -> None:
    connection.execute(
        update(attempts)
        .where(
            attempts.c.delivery_id == held.delivery,
            attempts.c.token == held.token,
            attempts.c.outcome.is_(None),
        )
        .values(outcome="not-published", ended_at=now, said="no call was made")
    )


def _end(
    store: Store,
    held: Claim,
    verb: Verb,
    ending: Ending | None,
    reason: str,
    now: datetime,
    values: dict[str, Any],
    block: Block | None = None,
) -> None:
    """Move on from an attempt that has not published its part, unless somebody has seen it out meanwhile."""
    with store.write(beside_others=True) as connection:
        if block:  # a crash between the two would cost one more refused call
            lanes.block_in(connection, held.account, block.until, block.cause, block.reason)
        row = _locked(connection, held.delivery)
        number = _end_attempt(connection, ending, now) if ending else None
        if ending and _is_out(connection, ending.attempt):
            if row["state"] == State.PUBLISHING and row["token"] == held.token:
                _finish(connection, row, at=now, actor=held.worker, why=f"it is out all the same: {reason}")
            return
        details = {"attempt": number}
        if not move(
            connection, verb, _ours(held),
            at=now, reason=reason, actor=held.worker, values=values, details=details,
        ):  # fmt: skip
            note(connection, held.delivery, at=now, actor=held.worker, reason=reason, details=details)


def _finish(connection: Connection, row: RowMapping, *, at: datetime, actor: str, why: str) -> None:
    """Go on from what is known to be out: to the end, or to the next part."""
    out = [one.remote for one in parts_of(connection, row["id"]) if one.remote is not None]
    last = out[-1]
    details = {"remote_id": last.remote_id, "remote_url": last.url}
    if row["state"] == State.PUBLISHING and len(out) < len(parts_of(connection, row["id"])):
        same = deliveries.c.id == row["id"]
        move(connection, Verb.GIVE_BACK, same, at=at, reason=why, actor=actor, details=details)
    else:
        _move_on(connection, row, len(out), len(out), at=at, actor=actor, why=why, details=details)


def _is_out(connection: Connection, attempt: int) -> bool:
    """Whether the part of an attempt is out, by whatever proof."""
    found = connection.execute(
        select(parts.c.published_at)
        .join(
            attempts,
            and_(attempts.c.delivery_id == parts.c.delivery_id, attempts.c.part == parts.c.number),
        )
        .where(attempts.c.id == attempt)
    ).scalar()
    return found is not None


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
