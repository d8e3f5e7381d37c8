"""Moments: the instant that somebody means who writes a time into a form."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from bot.errors import SpokenError
from bot.model.walltime import Oddity, resolve
from bot.planning.moment import NOW
from bot.web.words import gettext as _
from bot.web.words import instant_words

FIRST_YEAR, LAST_YEAR = 2000, 2200  # outside of them it is a slip


class NoMomentError(SpokenError):
    """What was written is no time."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, and what there is to know of the wall time that it was written as."""

    at: datetime  # UTC
    zone: str  # in which it was written
    oddity: Oddity | None = None

    def wall_in(self, zone: str) -> str:
        """The wall time in a zone, ISO 8601 without an offset, as a delivery keeps it."""
        return self.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0).isoformat()

    @property
    def note(self) -> str:
        """What a person should be told of the clocks that change then; empty: nothing."""
        when = {"when": instant_words(self.at, "short", self.zone), "zone": self.zone}
        if self.oddity is Oddity.SKIPPED:
            return _("The clocks go forward over that time in %(zone)s, so it is %(when)s instead.") % when
        if self.oddity is Oddity.TWICE:
            return _("The clocks go back then in %(zone)s: of the two times %(when)s it is the first.") % when
        return ""


def moment(text: str, zone: str, now: datetime) -> Moment:
    """The moment that a form's field means: a wall time in a zone (IANA), or the word "now".

    Raises:
        NoMomentError: it is neither.
    """
    if zone not in available_timezones():
        raise NoMomentError(_("There is no time zone of that name. Load the page again."))
    if text.strip() == NOW:
        return Moment(now, zone)
    try:
        wall = datetime.fromisoformat(text.strip())
    except ValueError:
        raise NoMomentError(_("Choose a date and a time.")) from None
    if wall.tzinfo is not None or not FIRST_YEAR <= wall.year <= LAST_YEAR:
        raise NoMomentError(_("Choose a date and a time."))
    found = resolve(wall, zone)
    return Moment(found.instant, zone, found.oddity)


def beginning_of(day: datetime, zone: str) -> datetime:
    """The first instant (UTC) of the day that an instant belongs to in a zone."""
    return midnight(day.astimezone(ZoneInfo(zone)).date(), zone)


def midnight(day: date, zone: str) -> datetime:
    """The first instant (UTC) of a day in a zone."""
    return resolve(datetime.combine(day, time()), zone).instant


def moved_by(instant: datetime, zone: str, days: int, by: timedelta) -> Moment:
    """An instant that has been moved: by days at the same time of day in a zone (IANA), or by a time.

    Raises:
        NoMomentError: calendars end before.
    """
    try:
        if days:
            wall = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) + timedelta(days=days)
            found = resolve(wall, zone)
            return Moment(found.instant, zone, found.oddity)
        return Moment(instant + by, zone)
    except OverflowError:
        raise NoMomentError(_("Choose a date and a time.")) from None
