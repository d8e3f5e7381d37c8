"""Campaign days: what goes out on each day of a campaign, slot by slot, and what a day lacks."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.model.campaign import Campaign, Slot
from bot.model.post import Kind, Post


@dataclass(frozen=True, slots=True)
class Item:
    """A post where it stands in a campaign."""

    post: Post
    wall: datetime | None  # None: the campaign has no time for it
    accounts: tuple[str, ...]
    goes_out: bool  # otherwise it is a draft
    number: int | None = None  # of a post that was made on the page


@dataclass(frozen=True, slots=True)
class Place:
    """A slot on one day, or what goes out at times of its own."""

    slot: Slot | None
    items: Sequence[Item]

    @property
    def silent(self) -> Sequence[str]:
        """The accounts of the slot to which nothing goes, where something goes to the others."""
        reached = {name for one in self.items for name in one.accounts}
        return [name for name in self.slot.accounts if name not in reached] if self.slot and reached else []


@dataclass(frozen=True, slots=True)
class CampaignDay:
    """One day."""

    number: int | None  # from 1; None: before or after the campaign, or at no time at all
    day: date | None
    theme: str
    places: Sequence[Place]
    lacks: Sequence[Kind]  # kinds of which most days have a post

    @property
    def items(self) -> list[Item]:
        """Everything of the day."""
        return [one for place in self.places for one in place.items]


def item_of(campaign: Campaign, post: Post, goes_out: bool, number: int | None = None) -> Item:
    """A post where its campaign puts it."""
    slot = campaign.slot_of(post)
    accounts = post.accounts or (slot.accounts if slot else ())
    return Item(post, campaign.wall_time_of(post), accounts, goes_out, number)


def days_of(campaign: Campaign, items: Iterable[Item]) -> Sequence[CampaignDay]:
    """The days of a campaign, with those before and after it that have something; last what has no time."""
    by_day: dict[date | None, list[Item]] = {}
    for one in items:
        by_day.setdefault(one.wall.date() if one.wall else None, []).append(one)
    own = [campaign.starts + timedelta(days=number) for number in range(len(campaign.themes))]
    usual = _usual(campaign, [by_day.get(day, []) for day in own])
    found = []
    for day in sorted({*own, *(one for one in by_day if one is not None)}):
        number = (day - campaign.starts).days + 1 if day in own else None
        there = by_day.get(day, [])
        theme = campaign.themes[number - 1] if number else ""
        places = list(_places(campaign, there, all_slots=number is not None))
        kinds = {one.post.kind for one in there}
        lacks = [kind for kind in usual if kind not in kinds] if number else []
        found.append(CampaignDay(number, day, theme, places, lacks))
    if nowhere := by_day.get(None):
        found.append(CampaignDay(None, None, "", [Place(None, nowhere)], []))
    return found


def _usual(campaign: Campaign, days: Sequence[Sequence[Item]]) -> list[Kind]:
    """The kinds with a slot of their own of which more than half of the days have a post."""
    counted = Counter(kind for items in days for kind in {one.post.kind for one in items})
    taken = {kind for slot in campaign.slots for kind in slot.kinds}
    return [kind for kind in Kind if kind in taken and counted[kind] * 2 > len(days)]


def _places(campaign: Campaign, items: Sequence[Item], *, all_slots: bool) -> Iterator[Place]:
    """The slots in the order of their times, then what has a time of its own."""
    ordered = sorted(items, key=lambda one: (one.wall.isoformat() if one.wall else "", one.post.path))
    by_slot: dict[str, list[Item]] = {}
    others = []
    for one in ordered:
        slot = campaign.slot_of(one.post) if one.wall else None
        if slot is None or one.post.at is not None:
            others.append(one)
        else:
            by_slot.setdefault(slot.name, []).append(one)
    for slot in sorted(campaign.slots, key=lambda slot: slot.at):
        if all_slots or slot.name in by_slot:
            yield Place(slot, by_slot.get(slot.name, []))
    if others:
        yield Place(None, others)
