"""The view of campaigns: where each is written down, what it says, and on which dates it is queued."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, RowMapping

from bot.fields import Problem, Problems
from bot.model.campaign import Campaign
from bot.planning.campaign_file import NAME, read_campaign, read_campaign_source
from bot.planning.content import label_of
from bot.planning.plan import dated
from bot.settings import Settings
from bot.store import campaign_sources
from bot.store.bookings import all_dates
from bot.store.campaign_sources import CampaignSource
from bot.store.plans import known_campaign


class Home(StrEnum):
    """Where a campaign is written down."""

    FILE = "file"
    PAGE = "page"
    QUEUE = "queue"  # nowhere on this machine: only the queue knows it


@dataclass(frozen=True, slots=True)
class CampaignView:
    """One campaign."""

    name: str
    home: Home
    campaign: Campaign | None  # on the dates that are meant; None: what is written can not be read
    written: Campaign | None  # on the dates that are written down
    applied: RowMapping | None  # as it was last applied; None: it never was
    problems: tuple[Problem, ...] = ()
    source: CampaignSource | None = None  # of one that was made on the page
    file: Path | None = None  # of one that has a file

    @property
    def title(self) -> str:
        """What people call it."""
        return self.campaign.title if self.campaign else str(self._known("title", self.name))

    @property
    def timezone(self) -> str:
        """Its zone (IANA)."""
        return self.campaign.timezone if self.campaign else str(self._known("timezone", "UTC"))

    @property
    def starts(self) -> date | None:
        """Its first day, as it is queued, else as it is written."""
        if self.campaign:
            return self.campaign.starts
        found = self._known("starts", None)
        return found if isinstance(found, date) else None

    @property
    def is_current(self) -> bool:
        """Whether the queue knows it as it is written now."""
        known, one = self.applied, self.campaign
        return known is not None and one is not None and (
            known["title"], known["timezone"], known["starts"], known["file_starts"], known["themes"],
            known["hashtags"],
        ) == (
            one.title, one.timezone, one.starts, one.starts - one.moved_by, list(one.themes),
            list(one.hashtags),
        )  # fmt: skip

    def _known(self, key: str, default: object) -> object:
        return self.applied[key] if self.applied else default


def campaign_names(connection: Connection, settings: Settings) -> list[str]:
    """Every campaign that there is: with a file, made on the page, or ever queued."""
    made = campaign_sources.sources(connection)
    return sorted({*_files(settings), *made, *(one.name for one in all_dates(connection))})


def all_campaigns(connection: Connection, settings: Settings) -> list[CampaignView]:
    """All of them, those that begin last first; those without a date that can be read before them."""
    found = [view_of(connection, settings, name) for name in campaign_names(connection, settings)]
    known = [one for one in found if one is not None]
    return sorted(known, key=lambda one: (one.starts or date.max, one.name), reverse=True)


def view_of(connection: Connection, settings: Settings, name: str) -> CampaignView | None:
    """The campaign of that name; None: there is none."""
    if not NAME.fullmatch(name):
        return None
    applied = known_campaign(connection, name)
    path = settings.config / "campaigns" / f"{name}.toml"
    if name in _files(settings):
        problems = Problems(str(path))
        read = read_campaign(path, settings.accounts, problems)
        home, source, file = Home.FILE, None, path
    else:
        source = campaign_sources.find(connection, name)
        if source is None or source.removed_at is not None:
            return CampaignView(name, Home.QUEUE, None, None, applied) if applied else None
        problems = Problems(label_of(f"{name}.toml"))
        read = read_campaign_source(source.source, name, settings.accounts, problems)
        home, file = Home.PAGE, None
    written = read.campaign if read else None
    meant = dated([written], connection, {})[0][0] if written else None
    return CampaignView(name, home, meant, written, applied, tuple(problems.found), source, file)


def post_files(settings: Settings, name: str) -> int:
    """How many posts of a campaign have files, without reading them."""
    try:
        return sum(1 for _ in _post_files(settings.posts / name))
    except OSError:
        return 0


def _post_files(folder: Path) -> Iterator[Path]:
    for path in folder.glob("[!.]*.md"):
        if path.stem.upper() != "README":
            yield path


def _files(settings: Settings) -> set[str]:
    try:
        found = (settings.config / "campaigns").glob("[!.]*.toml")
        return {path.stem for path in found if NAME.fullmatch(path.stem)}
    except OSError:
        return set()
