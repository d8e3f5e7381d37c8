"""Doors: the one-time links that are printed in a terminal, for the first administrator and for a demo."""

from bot.clock import Clock
from bot.model.role import Role
from bot.store import Store, members, tickets
from bot.store.tickets import Purpose

TERMINAL = "terminal"  # the actor of what is done there


def setup_path(store: Store, clock: Clock) -> str | None:
    """Where the first administrator is made; None: there is somebody already."""
    now = clock.real(clock.now())
    with store.read() as connection:
        if members.any_member(connection):
            return None
    with store.write() as connection:
        return f"/welcome/{tickets.issue(connection, Purpose.SETUP, actor=TERMINAL, now=now)}"


def demo_path(store: Store, clock: Clock) -> str:
    """Where whoever started a rehearsal comes in, as a member that exists only there."""
    now = clock.real(clock.now())
    with store.write() as connection:
        known = members.named(connection, "Demo")
        who = known[0] if known else members.add(
            connection, "Demo", Role.ADMINISTRATOR, actor=TERMINAL, now=now, what="made a guest"
        )  # fmt: skip
        return f"/welcome/{tickets.issue(connection, Purpose.ENTER, actor=TERMINAL, now=now, member=who.id)}"


def listens_to_all(host: str) -> bool:
    """Whether other machines reach an address to listen on."""
    from ipaddress import ip_address

    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"
