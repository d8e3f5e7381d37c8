"""Tries to sign in: how many have failed lately, so that nobody guesses passwords by the thousand."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import Connection, delete, insert, select

from bot.store.team_tables import sign_in_tries

WITHIN = timedelta(minutes=15)
MOST_BY_NAME, MOST_BY_ADDRESS = 10, 50


def begin(connection: Connection, name: str, address: str, now: datetime) -> datetime | None:
    """Count a try before it is looked at, so that a hundred at once are no way around; `forget` takes back
    the one that was right. When the next one is listened to (real UTC), if this one is not; None: it is."""
    by_name, by_address = _keys(name, address)
    return _begin(connection, {by_name: MOST_BY_NAME, by_address: MOST_BY_ADDRESS}, now)


def begin_elsewhere(connection: Connection, address: str, now: datetime) -> datetime | None:
    """The same of somebody who sets out to a provider; it counts apart, as any site can send them there."""
    return _begin(connection, {_elsewhere(address): MOST_BY_ADDRESS}, now)


def forget_elsewhere(connection: Connection, address: str) -> None:
    """Who has come back from a provider begins anew."""
    connection.execute(delete(sign_in_tries).where(sign_in_tries.c.key == _elsewhere(address)))


def forget(connection: Connection, name: str, address: str) -> None:
    """Whoever signs in begins anew; of the other tries from that address they take back their own."""
    by_name, by_address = _keys(name, address)
    connection.execute(delete(sign_in_tries).where(sign_in_tries.c.key == by_name))
    last = select(sign_in_tries.c.id).where(sign_in_tries.c.key == by_address)
    own = connection.execute(last.order_by(sign_in_tries.c.id.desc()).limit(1)).scalar()
    connection.execute(delete(sign_in_tries).where(sign_in_tries.c.id == own))


def _begin(connection: Connection, limits: Mapping[str, int], now: datetime) -> datetime | None:
    connection.execute(delete(sign_in_tries).where(sign_in_tries.c.at <= now - WITHIN))
    if (wait := _wait_until(connection, limits)) is None:
        connection.execute(insert(sign_in_tries), [{"key": key, "at": now} for key in limits])
    return wait


def _wait_until(connection: Connection, limits: Mapping[str, int]) -> datetime | None:
    times = []
    for key, most in limits.items():
        tries = select(sign_in_tries.c.at).where(sign_in_tries.c.key == key)
        counted = connection.execute(tries.order_by(sign_in_tries.c.at)).scalars().all()
        if len(counted) >= most:
            times.append(counted[len(counted) - most] + WITHIN)
    return max(times, default=None)


def _keys(name: str, address: str) -> tuple[str, str]:
    # By name and address together, so that nobody can shut somebody else out from afar.
    place = _place(address)
    return f"name:{name[:100]}|{place}", f"address:{place}"


def _elsewhere(address: str) -> str:
    return f"elsewhere:{_place(address)}"


def _place(address: str) -> str:
    """Whose address it is: of IPv6 everybody has a network of 64 bits at least."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:100]
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(ip_network((found, 64), strict=False))
    return address
