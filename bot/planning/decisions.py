"""Decisions: what a person or a program decides of deliveries, from what they write to what the desk does."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import RowMapping

from bot.clock import Clock
from bot.networks import REGISTRY, network_type
from bot.networks.links import stranger
from bot.planning.moment import moment
from bot.settings import Settings
from bot.store import listing
from bot.store.desk import Desk
from bot.store.desk_error import DeskError


def reschedule(desk: Desk, ids: Sequence[int], when: str, reason: str) -> list[RowMapping]:
    """Give deliveries another time, a wall time in each one's own zone.

    Raises:
        MomentError: it is no time.
        DeskError: one of them can not have it.
    """
    with desk.store.read() as connection:
        zones = {one: row["zone"] for one in ids if (row := listing.one(connection, one)) is not None}
    times = {one: moment(when, zones.get(one, "UTC"), desk.now) for one in ids}
    return desk.reschedule(times, reason)


def resolve_published(desk: Desk, settings: Settings, delivery: int, url: str, reason: str) -> RowMapping:
    """End the doubt about a delivery: it was seen, at an address.

    Raises:
        DeskError: it is not in doubt, or the address can not be that of its post.
    """
    if not url.startswith(("https://", "http://")):
        raise DeskError(f"{url}: write the link of the post, with https://")
    with desk.store.read() as connection:
        row = listing.one(connection, delivery)
    remote_id = None
    if row is not None:  # else the desk says so
        account = settings.accounts.get(row["account"])
        if why := stranger(url, row["network"], account.handle if account else ""):
            raise DeskError(f"delivery {delivery}: {url} can not be its link: {why}")
        if row["network"] in REGISTRY:
            remote_id = network_type(row["network"]).id_in(url)
    return desk.resolve_published(delivery, url, remote_id, reason)


def resolve_not_published(
    desk: Desk, settings: Settings, clock: Clock, delivery: int, reason: str
) -> RowMapping:
    """End the doubt about a delivery: somebody has looked, and it is not there.

    Raises:
        DeskError: it is not in doubt, or may still appear.
    """
    return replace(desk, settle=settle_times(settings, clock)).resolve_not_published(delivery, reason)


def settle_times(settings: Settings, clock: Clock) -> Mapping[str, timedelta]:
    """By network: how late what was sent may appear."""
    from bot.worker.accounts import Accounts

    return Accounts(settings, clock).settle_times()
