"""Settings: the environment and config/ read once into typed values."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from bot.errors import SpokenError
from bot.fields import Fields, Problem, Problems, Table, may_exist, one_of, read_toml, suggestion, text, texts
from bot.figures import FigureOptions
from bot.figures import read as read_figures
from bot.model.account import Account
from bot.model.checks import LEVELS, Check, Levels
from bot.model.lateness import DEFAULT_TOLERANCE, parse_duration
from bot.model.message import Level
from bot.model.post import Kind
from bot.model.tracking import Tracking
from bot.model.wording import Person
from bot.page_settings import PageOptions, read_page
from bot.people import FILE as PEOPLE_FILE
from bot.people import read_people
from bot.tracking_table import read_tracking

DEFAULT_DATABASE = "sqlite:///var/bot.db"
SPACING = timedelta(seconds=10)
DAILY_AT = time(8)
ALERTS_APART = timedelta(minutes=1)
PREFLIGHT_AT = time(6)


@dataclass(frozen=True, slots=True)
class Prices:
    """What a network charges for, in money, as somebody has read it somewhere on some day."""

    amounts: Mapping[str, Decimal]  # by the names of the network's `meters`
    currency: str
    source: str  # the address of the page
    as_of: date  # when it was read
    lines: Mapping[str, int] = field(default_factory=dict)  # of the amounts


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """What config/bot.toml says of one network; None: the network's own default."""

    api_version: str | None = None
    timeout: timedelta | None = None  # for one answer
    settle: timedelta | None = None  # how long to wait before looking whether an uncertain post is out
    posts_a_day: int | None = None  # the most that one account may send in a day (UTC), by its plan
    posts_a_month: int | None = None  # and in a month
    prices: Prices | None = None  # None: nothing is known of any
    budget: Decimal | None = None  # the most that one campaign may cost there, in the currency of the prices


@dataclass(frozen=True, slots=True)
class AlertOptions:
    """What config/bot.toml says of alerts."""

    to: tuple[str, ...] = ()  # names of variables, each with the address of one target
    daily_at: time | None = DAILY_AT  # wall time of the summary; None: there is none
    timezone: str | None = None  # of the summary and of the times in texts; None: the campaign's
    at_most_every: timedelta = ALERTS_APART  # what happens sooner after a message is told in the next one
    page: str | None = None  # where people see the web page, for a link in every message
    line: int = 1  # where `to` stands


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the program is told; secrets stay in `environment`, which is never shown."""

    config: Path
    posts: Path
    database_url: str = field(repr=False)  # may hold a password
    port: int
    log_format: str = ""  # "human", "json", or empty: by whether a terminal reads it
    organisation: str = ""
    accounts: Mapping[str, Account] = field(default_factory=dict)
    tolerance: Mapping[Kind, timedelta] = field(default_factory=lambda: dict(DEFAULT_TOLERANCE))
    spacing: timedelta = SPACING  # between late deliveries of one account
    distance: timedelta = timedelta()  # the least that is planned between two deliveries of one account
    preflight_at: time | None = PREFLIGHT_AT  # wall time in the campaign's zone; None: the worker makes none
    networks: Mapping[str, NetworkOptions] = field(default_factory=dict)
    alerts: AlertOptions = AlertOptions()
    page: PageOptions = field(default_factory=PageOptions)
    tracking: Tracking | None = None  # of links, where a campaign or an account says nothing else
    checks: Levels = field(default_factory=lambda: LEVELS)
    people: Mapping[str, Person] = field(default_factory=dict)  # whom a text may mention, by name
    figures: FigureOptions = field(default_factory=FigureOptions)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    # What people gave by `bot accounts connect`, by the names of variables; it goes before the environment;
    # an empty one says that the environment's does not go with them.
    connected: Mapping[str, str] = field(default_factory=dict, repr=False)
    locked: Mapping[str, str] = field(default_factory=dict)  # by account: why that can not be read
    problems: tuple[Problem, ...] = ()
    account_lines: Mapping[str, int] = field(default_factory=dict)  # of what says its network
    network_lines: Mapping[str, int] = field(default_factory=dict)
    folder: Path = Path()  # in which .env stands

    @property
    def accounts_file(self) -> Path:
        """Where the accounts stand."""
        return self.config / "accounts.toml"

    def variable(self, account: Account, field_name: str) -> str | None:
        """An account's value by the name of its variable, `FICE_X_API_KEY`: as it was connected, else from
        the environment; None where it is unset or empty."""
        if account.name in self.locked:
            return None  # what the environment says of it may be another page, and hold no more
        name = f"{account.prefix}_{field_name}"
        if name in self.connected:
            return self.connected[name] or None
        return self.environment.get(name, "").strip() or None


def load(environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Read the environment (and `.env` in the folder, which does not override it) and config/.

    What is wrong in the files is in `problems` and never raised, so that `bot check` can say all of it.

    Raises:
        SettingsError: a variable of the environment has no usable value.
    """
    folder = folder or Path()
    environment = {**_dotenv(folder / ".env"), **(os.environ if environ is None else environ)}
    config = folder / (environment.get("BOT_CONFIG") or "config")
    accounts, lines, found = _read_accounts(config / "accounts.toml")
    general, more = _read_general(config / "bot.toml")
    people, wrong = read_people(config / PEOPLE_FILE)
    return Settings(
        config=config,
        posts=folder / (environment.get("BOT_POSTS") or "posts"),
        database_url=database_url(environment.get("DATABASE_URL") or DEFAULT_DATABASE),
        port=_port(environment.get("PORT") or "8000"),
        log_format=_log_format(environment.get("BOT_LOG_FORMAT") or ""),
        accounts=accounts,
        environment=environment,
        people=people,
        problems=(*found, *more, *wrong),
        account_lines=lines,
        folder=folder,
        **general,
    )


class SettingsError(SpokenError):
    """A variable of the environment has no usable value."""


def database_url(url: str) -> str:
    """The address as SQLAlchemy wants it: platforms still write `postgres://`.

    Raises:
        SettingsError: it is the address of no database that we know.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:  # it may be anything, so it is not shown
        raise SettingsError("DATABASE_URL is no address: write sqlite:///var/bot.db or postgres://…")
    if scheme in ("postgres", "postgresql"):
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite" and rest.strip("/") not in ("", ":memory:"):
        return url
    if scheme == "postgresql+psycopg" and rest:
        return url
    raise SettingsError(f"DATABASE_URL begins with '{scheme}': write sqlite:///var/bot.db or postgres://…")


class Current:
    """The settings in force: a reload replaces them whole, or changes nothing."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._completed: Callable[[Settings], Settings] = lambda found: found

    def __call__(self) -> Settings:
        """What is in force now."""
        return self._settings

    def reload(self) -> Settings:
        """Read the environment and config/ anew; the address of the database stays.

        Raises:
            SettingsError: something is wrong in them, so that all stays as it is.
        """
        fresh = replace(usable(load()), database_url=self._settings.database_url)
        self._settings = self._completed(fresh)
        return self._settings

    def complete_by(self, completed: Callable[[Settings], Settings]) -> None:
        """Let the settings be completed from now on by what is known elsewhere, as by the store."""
        self._completed = completed
        self.complete()

    def complete(self) -> Settings:
        """Complete them anew, without reading the files."""
        self._settings = self._completed(self._settings)
        return self._settings


def usable(settings: Settings) -> Settings:
    """The same settings, for whoever must not go by halves of them.

    Raises:
        SettingsError: there is an error in config/, its file and line are said; or BOT_SECRET_KEY is no key.
    """
    from bot.seal import Seal  # which needs the errors of this module

    errors = [problem for problem in settings.problems if problem.level is Level.ERROR]
    if errors:
        more = f" (and {len(errors) - 1} more: bot check)" if len(errors) > 1 else ""
        raise SettingsError(f"{errors[0]}{more}")
    Seal.of(settings.environment)
    return settings


def _log_format(value: str) -> str:
    if value not in ("", "human", "json"):
        raise SettingsError(f"BOT_LOG_FORMAT is '{value}': write human or json")
    return value


def _port(value: str) -> int:
    if not value.isdecimal() or len(value) > 5 or not 0 <= int(value) <= 65535:
        raise SettingsError(f"PORT is '{value}': write a number from 0 to 65535")
    return int(value)


def _dotenv(path: Path) -> dict[str, str]:
    if path.is_dir():  # made by a container that was told to mount a file that is not there
        raise SettingsError(f"{path} is a folder: put the file of this name in its place")
    if not path.is_file():
        return {}
    from dotenv import dotenv_values  # only where there is such a file

    try:
        # Without interpolation: a secret may well hold a "$".
        found = dotenv_values(path, interpolate=False)
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8: save it with that encoding") from None
    except OSError as error:
        raise SettingsError(f"{path} can not be read: {error.strerror}") from None
    return {key: value for key, value in found.items() if value is not None}


def _read_accounts(path: Path) -> tuple[dict[str, Account], dict[str, int], list[Problem]]:
    problems = Problems(str(path))
    table = read_toml(path, problems)
    accounts, headers, lines = {}, {}, {}
    for name, fields in table.top_tables().items() if table else ():
        if not any(character.isalnum() for character in name):
            problems.error(fields.line, f"'{name}' is no name for an account: use letters and digits")
            continue
        accounts[name] = Account(
            name=name,
            network=fields.take("network", text, "", required=True),
            handle=fields.take("handle", text, name, required=True),
            timezone=fields.take("timezone", zone, None),
            token_ends=fields.take("token_ends", day, None),
            tracking=read_tracking(fields.table("tracking"), asks=False),
            longest=fields.take("longest", whole_number, None),
            distance=fields.take("distance", duration, None),
        )
        headers[name], lines[name] = fields.line, fields.line_of("network")
        fields.refuse_others()
    _refuse_same_prefix(accounts, headers, problems)
    return accounts, lines, problems.found


def _refuse_same_prefix(
    accounts: Mapping[str, Account], lines: Mapping[str, int], problems: Problems
) -> None:
    seen: dict[str, str] = {}
    for name, account in accounts.items():
        if other := seen.get(account.prefix):
            problems.error(
                lines[name],
                f"'{name}' and '{other}' would share the credentials {account.prefix}_…: rename one",
            )
        seen[account.prefix] = name


def _read_general(path: Path) -> tuple[dict[str, Any], list[Problem]]:
    problems = Problems(str(path))
    table = read_toml(path, problems) if may_exist(path) else None
    if table is None:
        return {}, problems.found
    general: dict[str, Any] = {"organisation": table.take("organisation", text, "")}
    general["checks"] = _checks(table.table("checks"))
    general["tracking"] = read_tracking(table.table("tracking"), asks=True)
    general["tolerance"] = {**DEFAULT_TOLERANCE, **_tolerance(table.table("late_ok"))}
    worker = table.table("worker")
    if worker:
        general |= _worker(worker)
    networks = table.tables("networks")
    general["networks"] = {name: _network(fields) for name, fields in networks.items()}
    if alerts := table.table("alerts"):
        general["alerts"] = _alerts(alerts)
    if page := table.table("page"):
        general["page"] = read_page(page, general["alerts"].page if alerts else None)
    if figures := table.table("figures"):
        general["figures"] = read_figures(figures)
    general["network_lines"] = {name: fields.line for name, fields in networks.items()}
    table.refuse_others()
    return general, problems.found


def _tolerance(fields: Table | None) -> dict[Kind, timedelta]:
    if fields is None:
        return {}
    found = {kind: fields.take(kind.value, duration, DEFAULT_TOLERANCE[kind]) for kind in Kind}
    fields.refuse_others()
    return found


def _worker(fields: Fields) -> dict[str, Any]:
    usual: time | None = PREFLIGHT_AT
    found = {
        "spacing": fields.take("spacing", duration, SPACING),
        "distance": fields.take("minimum_distance", duration, timedelta()),
        "preflight_at": fields.take("preflight_at", time_of_day_or_never, usual),
    }
    fields.refuse_others()
    return found


def _checks(fields: Table | None) -> Levels:
    if fields is None:
        return LEVELS
    found = {check: fields.take(check.value, level_or_off, LEVELS[check]) for check in Check}
    fields.refuse_others()
    return found


def level_or_off(value: Any) -> Level | None:
    """A parser: how bad something is; the word "off" as None."""
    word = one_of([*Level, "off"])(value)
    return None if word == "off" else Level(word)


def _network(fields: Table) -> NetworkOptions:
    prices = fields.table("prices")
    options = NetworkOptions(
        api_version=fields.take("api_version", text, None),
        timeout=fields.take("timeout", duration, None),
        settle=fields.take("settle", duration, None),
        posts_a_day=fields.take("posts_a_day", whole_number, None),
        posts_a_month=fields.take("posts_a_month", whole_number, None),
        prices=_prices(prices) if prices else None,
        budget=fields.take("budget", amount, None),
    )
    fields.refuse_others()
    if options.settle and options.timeout and options.settle < options.timeout:
        words = "settle: must be as long as timeout: what is looked for sooner may still be on its way"
        fields.problems.error(fields.line_of("settle"), words)
    return options


def _prices(fields: Table) -> Prices:
    """Every other key is the name of something that costs; the registry of networks knows which there are."""
    currency = fields.take("currency", text, "", required=True)
    source = fields.take("source", text, "", required=True)
    as_of = fields.take("as_of", day, date.min, required=True)
    none = Decimal()
    names = [name for name in fields.names if name not in ("currency", "source", "as_of")]
    amounts = {name: fields.take(name, amount, none) for name in names}
    return Prices(amounts, currency, source, as_of, {name: fields.line_of(name) for name in names})


def _alerts(fields: Table) -> AlertOptions:
    usual: time | None = DAILY_AT
    options = AlertOptions(
        to=fields.take("to", variables, ()),
        daily_at=fields.take("daily_at", time_of_day_or_never, usual),
        timezone=fields.take("timezone", zone, None),
        at_most_every=fields.take("at_most_every", duration, ALERTS_APART),
        page=fields.take("page", web_address, None),
        line=fields.line_of("to"),
    )
    fields.refuse_others()
    return options


def variables(value: Any) -> tuple[str, ...]:
    """A parser: names of environment variables; an address instead may hold a secret and is not shown."""
    names = texts(value)
    for name in names:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise ValueError(
                "holds something else than the name of a variable: put the address, which is a secret, "
                'into the environment or .env, and its name here: ["BOT_ALERT_MAIL"]'
            )
    if len(set(names)) < len(names):
        raise ValueError("names the same variable twice")
    return names


def time_of_day_or_never(value: Any) -> time | None:
    """A parser: a wall time like "08:00" or 08:00:00, or the word "never" as None."""
    if isinstance(value, time):
        return value
    words = text(value)
    if words == "never":
        return None
    if found := re.fullmatch(r"(\d{1,2}):(\d\d)", words):
        hours, minutes = map(int, found.groups())
        if hours < 24 and minutes < 60:
            return time(hours, minutes)
    raise ValueError(f'\'{words}\' is no time of day: write "08:00", or "never"')


def whole_number(value: Any) -> int:
    """A parser: a number from 1 on."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 1_000_000_000:
        return value
    raise ValueError("expected a whole number from 1 on, without quotes")


def amount(value: Any) -> Decimal:
    """A parser: an amount of money, without its currency."""
    known = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not known or not 0 <= value <= 1_000_000_000:  # which NaN is not either
        raise ValueError("expected an amount like 0.015, without quotes and without a currency")
    return Decimal(str(value))


def web_address(value: Any) -> str:
    """A parser: the address of a page."""
    words = text(value)
    if not re.fullmatch(r"https?://[^\s/@]+(/\S*)?", words):
        raise ValueError("is no web address: write https://bot.example.org, without a name or password")
    return words.rstrip("/")


def day(value: Any) -> date:
    """A parser: a date without a time."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError("expected a date like 2027-01-31, without quotes")


def duration(value: Any) -> timedelta:
    """A parser: a duration in our words."""
    return parse_duration(text(value))


def zone(value: Any) -> str:
    """A parser: the name of a zone in the tz database."""
    name = text(value)
    if name not in available_timezones():
        raise ValueError(f"'{name}' is not a time zone{suggestion(name, available_timezones())}")
    return name
