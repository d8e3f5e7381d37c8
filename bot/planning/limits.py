"""Limits: how many posts an account sends in a day and a month, and how close to each other."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

from bot.planning.booking import Booking
from bot.planning.finding import Finding, Mark
from bot.settings import NetworkOptions, Settings

LISTED = 10  # so many pairs that are too close are told one by one


def findings(bookings: Sequence[Booking], settings: Settings) -> Iterator[Finding]:
    """What is more than an account's plan allows, or closer than its distance."""
    for name in sorted({one.account for one in bookings if one.ours}):
        theirs = sorted((one for one in bookings if one.account == name), key=lambda one: one.at)
        yield from _of_numbers(name, theirs, settings)
        yield from _of_distance(name, theirs, settings)


def _of_numbers(account: str, theirs: Sequence[Booking], settings: Settings) -> Iterator[Finding]:
    """Each part of a thread counts, and so does what is out already."""
    options = settings.networks.get(theirs[0].network, NetworkOptions())
    for most, pattern, unit in (
        (options.posts_a_day, "%d %b %Y", "day"),
        (options.posts_a_month, "%b %Y", "month"),
    ):
        if most is None:
            continue
        numbers = Counter[str]()
        for one in theirs:
            numbers[f"{one.at:{pattern}}"] += len(one.parts)
        concerned = {f"{one.at:{pattern}}" for one in theirs if one.to_come}
        found = {when: number for when, number in numbers.items() if when in concerned}
        if found:
            yield from _of_unit(account, found, most, unit)


def _of_unit(account: str, numbers: Mapping[str, int], most: int, unit: str) -> Iterator[Finding]:
    over = {when: number for when, number in numbers.items() if number > most}
    for when, number in over.items():
        words = f"{number} posts on {when} (UTC)" if unit == "day" else f"{number} posts in {when}"
        figures = {"when": when, "posts": number, "most": most}
        yield Finding(Mark.NO, "limit", account, f"{words}: its plan allows {most:,} a {unit}", figures)
    if not over:
        number = max(numbers.values())
        words = f"at most {number:,} posts a {unit} of the {most:,} that its plan allows"
        yield Finding(Mark.OK, "limit", account, words, {"posts": number, "most": most})


def _of_distance(account: str, theirs: Sequence[Booking], settings: Settings) -> Iterator[Finding]:
    own = settings.accounts[account].distance if account in settings.accounts else None
    least = settings.distance if own is None else own
    close = [
        (one, following)
        for one, following in pairwise(theirs)
        if following.at - one.at < least and (one.to_come or following.to_come)
    ]
    for one, following in close[:LISTED]:
        apart = following.at - one.at
        words = (
            f"{following.post} goes out {_minutes(apart)} after {one.post}, at {following.at:%d %b %H:%M} UTC"
        )
        yield Finding(Mark.NO, "distance", account, f"{words}: {_minutes(least)} are the least")
    if len(close) > LISTED:
        more = len(close) - LISTED
        yield Finding(Mark.NO, "distance", account, f"and {more} more are closer than {_minutes(least)}")


def _minutes(apart: timedelta) -> str:
    seconds = apart.total_seconds()
    return f"{seconds:g} s" if seconds < 120 and seconds % 60 else f"{seconds / 60:g} min"
