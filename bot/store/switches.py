"""Switches: the pause that stops all publishing, and what resuming lets go."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from bot.model.state import Hold, Verb
from bot.store.engine import Store
from bot.store.tables import deliveries, switches
from bot.store.transition import move

PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Pause:
    """Who paused everything, why, and when (UTC)."""

    reason: str
    actor: str
    at: datetime

    @property
    def words(self) -> str:
        """For the log of what is held by it."""
        return f"everything is paused: {self.reason}" if self.reason else "everything is paused"


def current_pause(connection: Connection) -> Pause | None:
    """The pause in force, or None."""
    row = connection.execute(select(switches).where(switches.c.name == PAUSE)).mappings().first()
    return Pause(row["reason"], row["actor"], row["at"]) if row else None


def pause(store: Store, reason: str, actor: str, now: datetime) -> bool:
    """Stop all publishing; whether it was not paused before."""
    with store.write() as connection:
        if current_pause(connection):
            return False
        connection.execute(insert(switches).values(name=PAUSE, reason=reason, actor=actor, at=now))
        return True


def resume(store: Store, actor: str, now: datetime) -> int | None:
    """Let publishing go on; how many held deliveries were let go, or None if nothing was paused.

    What passed its tolerance meanwhile is let go into `scheduled`, where it is found too late and missed.
    """
    with store.write() as connection:
        if not connection.execute(delete(switches).where(switches.c.name == PAUSE)).rowcount:
            return None
        return let_go(connection, actor, now)


def let_go(connection: Connection, actor: str, now: datetime) -> int:
    """Release what only a pause holds; how many."""
    paused = deliveries.c.hold == Hold.PAUSED
    return len(move(connection, Verb.RELEASE, paused, at=now, reason="the pause is over", actor=actor))
