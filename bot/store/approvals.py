"""Approvals: lets deliveries go that waited for a person to read what they say, or takes that back."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from bot.model.state import Hold, State, Verb
from bot.store.tables import deliveries, is_open
from bot.store.transition import move


def approve_all_of(connection: Connection, post: str, actor: str, now: datetime) -> int:
    """Approve what is queued of a post (by its path) as it is now; how many were let go by it."""
    theirs = (deliveries.c.post == post, is_open(), deliveries.c.needs_approval)
    connection.execute(update(deliveries).where(*theirs).values(approved=deliveries.c.message))
    waiting = (deliveries.c.post == post, deliveries.c.hold == Hold.APPROVAL)
    return len(move(connection, Verb.RELEASE, *waiting, at=now, reason="approved on the page", actor=actor))


def take_back_all_of(connection: Connection, post: str, why: str, actor: str, now: datetime) -> None:
    """End the approval of what is queued of a post, whatever it says: it waits for another one."""
    theirs = (deliveries.c.post == post, deliveries.c.needs_approval)
    connection.execute(update(deliveries).where(*theirs, is_open()).values(approved=None))
    move(connection, Verb.HOLD, *theirs, at=now, reason=why, actor=actor, hold=Hold.APPROVAL)


def forget_withdrawn(connection: Connection, post: str) -> None:
    """End the approval of what was withdrawn of a post: it is asked for anew if that is queued again."""
    withdrawn = (deliveries.c.post == post, deliveries.c.state == State.CANCELLED)
    connection.execute(update(deliveries).where(*withdrawn).values(approved=None))


def goes_unasked(connection: Connection, post: str) -> bool:
    """Whether something is queued of a post that goes out without anybody's approval."""
    free = (deliveries.c.post == post, is_open(), ~deliveries.c.needs_approval)
    return connection.execute(select(deliveries.c.id).where(*free).limit(1)).first() is not None
