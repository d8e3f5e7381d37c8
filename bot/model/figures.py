"""Figures over time: when a post is asked about again, which figures are kept, and what they sum to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta

from bot.model.outcome import Figures

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURLY_FOR = DAY
DAILY_FOR = timedelta(days=30)
MEASURES = tuple(field.name for field in fields(Figures))  # "impressions", "reactions", …


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often the figures of a post are asked for, by its age."""

    first_day: timedelta | None  # between two times on its first day; None: not on that day
    then: timedelta | None  # between two times later; None: not later
    until: timedelta  # at this age for the last time

    def first(self, published_at: datetime) -> datetime | None:
        """When to ask for the first time (UTC); None: never."""
        if self.first_day is not None:
            return self._ended(published_at, published_at + self.first_day)
        return self._ended(published_at, published_at + DAY) if self.then is not None else None

    def after(self, published_at: datetime, now: datetime) -> datetime | None:
        """When to ask again, after having asked now (UTC); None: not again."""
        if now >= published_at + self.until:
            return None
        young = now < published_at + HOURLY_FOR and self.first_day is not None
        every = self.first_day if young else self.then
        return None if every is None else self._ended(published_at, now + every)

    def _ended(self, published_at: datetime, at: datetime) -> datetime:
        # On the full hour, so that the posts of an account are asked about in one request.
        return min(_full_hour(at) if (at - published_at) >= HOUR else at, published_at + self.until)


def _full_hour(at: datetime) -> datetime:
    """The full hour at or after an instant."""
    past = timedelta(seconds=at.timestamp() % 3600)
    return (at + HOUR - past if past else at).astimezone(UTC)


def superfluous(times: Iterable[datetime], published_at: datetime) -> Sequence[datetime]:
    """The collections of a part that need not be kept: at most 55 remain, whatever the rhythm.

    One an hour on its first day, one a day until its thirtieth, and then the last one.
    """
    newest: dict[tuple[str, int], datetime] = {}
    dropped = []
    for at in sorted(times):
        place = _place(at - published_at)
        if place in newest:
            dropped.append(newest[place])
        newest[place] = at
    return dropped


def _place(age: timedelta) -> tuple[str, int]:
    if age < HOURLY_FOR:
        return "hour", age // HOUR
    return ("day", age // DAY) if age < DAILY_FOR else ("later", 0)


def total(several: Iterable[Figures]) -> Figures:
    """The sums, of what is known; what is known of none stays unknown."""
    known = list(several)
    sums = {}
    for name in MEASURES:
        told = [value for one in known if (value := getattr(one, name)) is not None]
        sums[name] = sum(told) if told else None
    return Figures(**sums)
