"""The words of the page: in the reader's language and zone, from locale/; English is the source."""

import re
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations

from bot.model.role import Role

HERE = Path(__file__).parent / "locale"
SOURCE = "en"
LANGUAGES = {"en": "English", "fr": "Français"}  # in their own words

_WEIGHT = re.compile(r"q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")

_language: ContextVar[str] = ContextVar("language", default=SOURCE)
_zone: ContextVar[str] = ContextVar("zone", default="UTC")


def read_as(language: str, zone: str) -> None:
    """From now on, within this request: whose words these are, and in which zone (IANA)."""
    _language.set(language if language in LANGUAGES else SOURCE)
    _zone.set(zone)


def language() -> str:
    """The reader's."""
    return _language.get()


def zone() -> str:
    """The reader's, IANA."""
    return _zone.get()


def preferred(header: str) -> str:
    """The language that a browser asks for in `Accept-Language`, of those that there are."""
    wanted: list[tuple[float, str]] = []
    for item in header[:500].lower().split(","):
        name, *options = (part.strip() for part in item.split(";"))
        weight = _WEIGHT.fullmatch(options[0]) if options else None
        if not options or weight:
            wanted.append((float(weight[1]) if weight else 1.0, name.partition("-")[0]))
    wanted.sort(key=lambda one: -one[0])  # of two as dear, the first
    known = {**dict.fromkeys(LANGUAGES), "*": None}
    found = next((name for weight, name in wanted if weight and name in known), SOURCE)
    return SOURCE if found == "*" else found


def gettext(message: str) -> str:
    """A sentence in the reader's language."""
    return _catalogue(language()).gettext(message)


def ngettext(one: str, many: str, number: int) -> str:
    """A sentence for one or for several."""
    return _catalogue(language()).ngettext(one, many, number)


def N_(message: str) -> str:  # noqa: N802  (what extractors look for)
    """Marks a sentence for the translator that is shown elsewhere."""
    return message


ROLES = {
    Role.VIEWER: N_("viewer"),
    Role.EDITOR: N_("editor"),
    Role.APPROVER: N_("approver"),
    Role.OPERATOR: N_("operator"),
    Role.ADMINISTRATOR: N_("administrator"),
}


def day_words(day: date, style: str = "full") -> str:
    """A date as the reader writes it; `style` is one of Babel's: short, medium, long, full."""
    return format_date(day, style, locale=_locale())


def instant_day_words(instant: datetime, style: str = "full", zone: str | None = None) -> str:
    """The date of an instant (UTC) in the reader's zone, or in another one."""
    return day_words(instant.astimezone(ZoneInfo(zone or _zone.get())).date(), style)


def instant_words(instant: datetime, style: str = "medium", zone: str | None = None) -> str:
    """An instant (UTC) in the reader's zone, or in another one, without the zone's name.

    Even a short one names its month: which number is the day is not the same everywhere.
    """
    if style == "short":
        return f"{instant_day_words(instant, 'medium', zone)}, {time_words(instant, 'short', zone)}"
    return format_datetime(instant, style, tzinfo=ZoneInfo(zone or _zone.get()), locale=_locale())


def wall_words(wall: datetime) -> str:
    """A wall time, which has no zone, with its day of the week."""
    return format_datetime(wall, "EEE d MMM y, HH:mm", locale=_locale())


def wall_time_words(wall: datetime | time) -> str:
    """The time of day of a wall time."""
    return format_time(wall.time() if isinstance(wall, datetime) else wall, "short", locale=_locale())


def time_words(instant: datetime, style: str = "short", zone: str | None = None) -> str:
    """The time of day of an instant (UTC) in the reader's zone, or in another one."""
    return format_time(instant, style, tzinfo=ZoneInfo(zone or _zone.get()), locale=_locale())


def span_words(span: timedelta, *, direction: bool = False) -> str:
    """How long something takes, roughly: "3 hours"; with `direction` "in 3 hours" or "3 hours ago"."""
    return format_timedelta(span, add_direction=direction, locale=_locale())


def number_words(number: float) -> str:
    """A number as the reader writes it: 1,234.5 or 1 234,5."""
    return format_decimal(number, locale=_locale())


@cache
def _catalogue(name: str) -> NullTranslations:
    if name == SOURCE:
        return NullTranslations()
    compiled = BytesIO()
    with (HERE / f"{name}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=name))  # so that nobody must compile and commit it
    compiled.seek(0)
    return Translations(compiled)


def _locale() -> Locale:
    # English is written as in most of the world: day before month, 24 hours.
    return Locale.parse("en_GB" if language() == SOURCE else language())
