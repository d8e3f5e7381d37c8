"""Approvals: lets deliveries go that waited for a person to read what they say."""

from datetime import datetime

from sqlalchemy import Connection, update

from bot.model.state import Hold, Verb
from bot.store.tables import deliveries, is_open
from bot.store.transition import move


def approve_all_of(connection: Connection, post: str, actor: str, now: datetime) -> int:
    """Approve what is queued of a post (by its path) as it is now; how many were let go by it."""
    theirs = (deliveries.c.post == post, is_open(), deliveries.c.needs_approval)
    connection.execute(update(deliveries).where(*theirs).values(approved=deliveries.c.message))
    waiting = (deliveries.c.post == post, deliveries.c.hold == Hold.APPROVAL)
    return len(move(connection, Verb.RELEASE, *waiting, at=now, reason="approved on the page", actor=actor))
