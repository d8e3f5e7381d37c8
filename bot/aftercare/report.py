"""The report: how the posts of a campaign have done, one by one and in sums, and what nobody says."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping

from bot.errors import SpokenError
from bot.model.figures import MEASURES, total
from bot.model.outcome import Figures
from bot.networks import REGISTRY, network_type
from bot.settings import Settings
from bot.store import figures, plans
from bot.store.figures import Latest, Trouble


class NoSuchCampaignError(SpokenError):
    """Nothing of a campaign of this name was ever queued."""


@dataclass(frozen=True, slots=True)
class Line:
    """One post on one account; the figures of a thread are the sums over its messages."""

    delivery: int
    post: str
    account: str
    network: str
    day: int | None  # of the campaign
    theme: str
    published_at: datetime  # UTC
    url: str | None
    removed_at: datetime | None  # UTC: it was taken away
    figures: Figures
    collected_at: datetime | None  # UTC, the oldest of its parts'; None: never

    def to_json(self) -> dict[str, Any]:
        """One of the objects of `bot report --json`; what nobody says is null, never 0."""
        values = asdict(self) | asdict(self.figures)
        del values["figures"]
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in values.items()
        }


@dataclass(frozen=True, slots=True)
class Sum:
    """Several posts together."""

    name: str
    posts: int
    told: int  # of so many of them any figures are known
    figures: Figures

    def to_json(self, of: str) -> dict[str, Any]:
        """One of the objects of `bot report --json`."""
        return {"of": of, "name": self.name, "posts": self.posts, "told": self.told, **asdict(self.figures)}


@dataclass(frozen=True, slots=True)
class Report:
    """A whole campaign."""

    campaign: str
    title: str
    lines: Sequence[Line]
    networks: Sequence[Sum]
    days: Sequence[Sum]
    notes: Sequence[str]  # what a reader of the numbers must know


def make_report(connection: Connection, campaign: str, settings: Settings) -> Report:
    """The report of everything that was published.

    Raises:
        NoSuchCampaignError: the campaign was never applied.
    """
    known = plans.known_campaign(connection, campaign)
    if known is None:
        raise NoSuchCampaignError(f"nothing of a campaign '{campaign}' was ever queued: bot apply queues it")
    newest: dict[int, list[Latest]] = {}
    for one in figures.latest_of(connection, campaign):
        newest.setdefault(one.delivery, []).append(one)
    themes: Sequence[str] = known["themes"]
    rows = figures.published_in(connection, campaign)
    lines = [_line(row, newest.get(row["id"], []), themes) for row in rows]
    networks = _sums(lines, lambda one: one.network)
    return Report(
        campaign=campaign,
        title=known["title"],
        lines=lines,
        networks=networks,
        days=_sums(sorted(lines, key=_by_day), lambda one: _day(one, themes)),
        notes=list(_notes(lines, settings, figures.troubles(connection))),
    )


def _line(row: RowMapping, newest: Sequence[Latest], themes: Sequence[str]) -> Line:
    day = row["day"]
    return Line(
        delivery=row["id"],
        post=row["post"],
        account=row["account"],
        network=row["network"],
        day=day,
        theme=themes[day - 1] if day is not None and 0 < day <= len(themes) else "",
        published_at=row["published_at"],
        url=row["remote_url"],
        removed_at=row["removed_at"],
        figures=total(one.figures for one in newest),
        collected_at=min((one.collected_at for one in newest), default=None),
    )


def _by_day(line: Line) -> tuple[bool, int]:
    return line.day is None, line.day or 0


def _day(line: Line, themes: Sequence[str]) -> str:
    return f"day {line.day}: {line.theme}" if line.day is not None else "before or after its days"


def _sums(lines: Sequence[Line], key: Callable[[Line], str]) -> Sequence[Sum]:
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    return [
        Sum(
            name,
            len(group),
            sum(one.collected_at is not None for one in group),
            total(o.figures for o in group),
        )
        for name, group in groups.items()
    ]


def _notes(lines: Sequence[Line], settings: Settings, troubles: Mapping[str, Trouble]) -> Iterator[str]:
    times = [one.collected_at for one in lines if one.collected_at is not None]
    if times:
        oldest, newest = f"{min(times):%Y-%m-%d %H:%M}", f"{max(times):%Y-%m-%d %H:%M}"
        span = oldest if oldest == newest else f"between {oldest} and {newest}"
        yield f"The figures are of {span} UTC, each the latest that is known; they grow for weeks."
    if silent := sum(one.collected_at is None for one in lines):
        yield f"Nothing is known yet of {silent} of the {len(lines)} posts: an empty place is no 0."
    if removed := sum(one.removed_at is not None for one in lines):
        yield f"{removed} of the {len(lines)} were taken away since: their figures are those of before."
    for network in dict.fromkeys(one.network for one in lines):
        if words := _silence(network, settings):
            yield words
    for account in dict.fromkeys(one.account for one in lines):
        if trouble := troubles.get(account):
            yield f"{account} could not be asked at {trouble.at:%Y-%m-%d %H:%M} UTC: {trouble.words}"


def _silence(network: str, settings: Settings) -> str:
    """What a network does not say, or why it is not asked."""
    if network not in REGISTRY:
        return f"{network} is not known any more, and not asked."
    kind = network_type(network)
    missing = [name for name in MEASURES if name not in kind.abilities.figures]
    if len(missing) == len(MEASURES):
        return f"{kind.title} gives no figures."
    if settings.figures.rhythm(network) is None:
        return f"{kind.title} is not asked: config/bot.toml, [figures]."
    return f"{kind.title} does not say: {', '.join(missing)}." if missing else ""
