"""Tries to sign in: how many have failed lately, so that nobody guesses passwords by the thousand."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from bot.store.team_tables import sign_in_tries

WITHIN = timedelta(minutes=15)
MOST_BY_NAME, MOST_BY_ADDRESS = 10, 50


def wait_until(connection: Connection, name: str, address: str, now: datetime) -> datetime | None:
    """When the next try for this name from this address is listened to (real UTC); None: now."""
    times = []
    for key, most in _keys(name, address):
        tries = select(sign_in_tries.c.at).where(
            sign_in_tries.c.key == key, sign_in_tries.c.at > now - WITHIN
        )
        failed = connection.execute(tries.order_by(sign_in_tries.c.at)).scalars().all()
        if len(failed) >= most:
            times.append(failed[len(failed) - most] + WITHIN)
    return max(times, default=None)


def failed(connection: Connection, name: str, address: str, now: datetime) -> None:
    """Count a try that failed, and forget those that no longer count."""
    connection.execute(delete(sign_in_tries).where(sign_in_tries.c.at <= now - WITHIN))
    connection.execute(insert(sign_in_tries), [{"key": key, "at": now} for key, _ in _keys(name, address)])


def forget(connection: Connection, name: str, address: str) -> None:
    """Whoever signs in begins anew."""
    connection.execute(delete(sign_in_tries).where(sign_in_tries.c.key == _keys(name, address)[0][0]))


def _keys(name: str, address: str) -> tuple[tuple[str, int], tuple[str, int]]:
    # By name and address together, so that nobody can shut somebody else out from afar.
    return (f"name:{name[:100]}|{address}", MOST_BY_NAME), (f"address:{address}", MOST_BY_ADDRESS)
