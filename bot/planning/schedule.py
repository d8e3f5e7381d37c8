"""The schedule: which post goes to which account at which instant, as the files say it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.model.account import Account
from bot.model.campaign import Campaign
from bot.model.checks import Check, Levels
from bot.model.message import Fault, Message
from bot.model.post import Post, Status
from bot.model.tracking import Tracking
from bot.model.walltime import Oddity, resolve
from bot.model.wording import Wording
from bot.networks import REGISTRY, network_type
from bot.planning.content import Content
from bot.planning.tracked import tracked


@dataclass(frozen=True, slots=True)
class Planned:
    """One delivery that the files ask for."""

    post: Post
    account: Account
    slot: str | None
    day: int | None  # of the campaign; None: before or after it
    wall: datetime  # as planned, without tzinfo
    zone: str  # IANA
    due_at: datetime  # UTC
    oddity: Oddity | None  # of the wall time in its zone
    tolerance: timedelta
    message: Message


def schedule(content: Content, campaigns: Iterable[Campaign] | None = None) -> list[Planned]:
    """Every delivery of the posts that are ready; those of which nothing can be made are passed over.

    `campaigns` are the ones to plan, perhaps moved to other dates; None: all, on the dates of their files.
    """
    chosen = content.campaigns.values() if campaigns is None else campaigns
    return [
        one
        for campaign in chosen
        for post in content.posts_of(campaign.name)
        if post.status is Status.READY
        for one in deliveries_of(content, campaign, post)
    ]


def deliveries_of(content: Content, campaign: Campaign, post: Post) -> Sequence[Planned]:
    """The deliveries of one post, ready or not."""
    wall = campaign.wall_time_of(post)
    if wall is None:
        return ()
    found = []
    for name in content.accounts_of(post, campaign):
        account = content.account(name)
        if account is not None and account.network in REGISTRY:
            found.append(_planned(content, campaign, post, account, wall))
    return found


def _planned(content: Content, campaign: Campaign, post: Post, account: Account, wall: datetime) -> Planned:
    slot = campaign.slot_of(post)
    own_zone = slot is not None and slot.account_time and post.at is None
    zone = (account.timezone if own_zone else None) or campaign.timezone
    resolved = resolve(wall, zone)
    day = (wall.date() - campaign.starts).days + 1
    return Planned(
        post=post,
        account=account,
        slot=slot.name if slot else None,
        day=day if 1 <= day <= len(campaign.themes) else None,
        wall=wall,
        zone=zone,
        due_at=resolved.instant,
        oddity=resolved.oddity,
        tolerance=post.late_ok if post.late_ok is not None else content.settings.tolerance[post.kind],
        message=_message(content, campaign, post, account),
    )


def _message(content: Content, campaign: Campaign, post: Post, account: Account) -> Message:
    hashtags = campaign.hashtags if campaign.adds_hashtags else ()
    worded = tracked(post, account, campaign, _tracking(content, campaign, account))
    wording = Wording(content.settings.people, hashtags)
    message = network_type(account.network).compose(worded, account, wording)
    return replace(message, faults=tuple(_on_levels(message.faults, content.settings.checks)))


def _on_levels(faults: Iterable[Fault], levels: Levels) -> Iterator[Fault]:
    """The faults as config/bot.toml wants them: without those whose check is off."""
    for fault in faults:
        level = levels[Check(fault.check)] if fault.check else fault.level
        if level is not None:
            name = f" [{fault.check}]" if fault.check else ""
            yield replace(fault, level=level, text=f"{fault.text}{name}")


def _tracking(content: Content, campaign: Campaign, account: Account) -> Tracking | None:
    """What the account's own file says, else the campaign's, else that for all."""
    found = content.settings.tracking
    for own in (campaign.tracking, account.tracking):
        found = own.under(found) if own else found
    return found
