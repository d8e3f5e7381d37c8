"""Sweeping: takes away what has ended of how people get in, so that it does not grow with the years."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, delete, or_, select

from bot.store import sign_in_tries as tries
from bot.store.team_tables import sessions, sign_in_tries, tickets

KEPT = timedelta(days=1)  # a link that has ended, for whoever lists what ended lately
AT_ONCE = 500  # rows of a table, so that whoever signs in does not wait for it


def sweep(connection: Connection, now: datetime) -> None:
    """Take away ended sessions, links that were used or have ended, and tries that no longer count."""
    ended = now - KEPT
    over = or_(tickets.c.ends_at <= ended, tickets.c.used_at <= ended, tickets.c.revoked_at <= ended)
    _some(connection, sessions, sessions.c.ends_at <= now)
    _some(connection, tickets, over)
    _some(connection, sign_in_tries, sign_in_tries.c.at <= now - tries.WITHIN)


def _some(connection: Connection, table: Table, where: ColumnElement[bool]) -> None:
    few = select(table.c.id).where(where).limit(AT_ONCE)
    connection.execute(delete(table).where(table.c.id.in_(few)))
