"""The preflight: whether all that is planned will go out, as looked at this morning or just now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, HTTPException, Request, Response

from bot.model.role import Role
from bot.networks.connected import read, with_connected
from bot.networks.token_keeper import TokenKeeper
from bot.planning.campaign_view import campaign_names
from bot.planning.finding import Finding
from bot.planning.preflight import Asking, look_ahead_of_campaign
from bot.settings import SettingsError
from bot.store import preflights
from bot.store.bookings import Dates, all_dates
from bot.store.campaigns import campaign_named
from bot.web.errands import Errand, Errands
from bot.web.site import Site
from bot.web.words import N_
from bot.web.words import gettext as _

EVER = datetime(1970, 1, 1, tzinfo=UTC)
# What to do about what is not right, by what it is about.
REMEDIES = {
    "files": N_("Mend the text or the campaign; the file and its line are named."),
    "time": N_("Give what is too late a new time, or let it go."),
    "queue": N_("Look at these in the queue: release, approve or move them."),
    "account": N_("Look at the account: connect it anew, or wait until it may go on."),
    "clock": N_("Set this machine's clock; until then nothing is sent."),
    "version": N_("An administrator raises the version in config/bot.toml."),
    "limit": N_("Move some posts to another day, or to another account."),
    "distance": N_("Move one of the two posts."),
    "cost": N_("Send less with links, or raise the budget in config/bot.toml."),
    "link": N_("Open the link and correct it, or leave it out."),
}
NAMES = {
    "files": N_("Texts and campaign"), "time": N_("Times"), "queue": N_("Queue"), "account": N_("Account"),
    "clock": N_("Clock"), "version": N_("Version"), "limit": N_("Limits"), "distance": N_("Distance"),
    "cost": N_("Cost"), "link": N_("Links"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found, and when (UTC)."""

    at: datetime
    findings: Sequence[Finding]
    by_worker: bool

    def of(self, mark: str) -> list[Finding]:
        """Those of one mark."""
        return [one for one in self.findings if one.mark == mark]

    @property
    def is_ready(self) -> bool:
        """Whether nothing stands in the way."""
        return all(one.ok for one in self.findings)


def preflight(site: Site) -> APIRouter:
    """All campaigns, and the findings of each. Looking at them asks nobody."""
    router = APIRouter()
    errands: Errands[Looked] = Errands(site.now)

    @router.get("/preflight", dependencies=[site.needs(Role.VIEWER)])
    def all_of_them(request: Request) -> Response:
        dates, kept = _known(site)
        names = {*dates, *_written(site)}
        found = {name: _latest(kept.get(name), errands.of(name)) for name in sorted(names)}
        asking = any(errand.is_under_way for name in names if (errand := errands.of(name)))
        context = {"looked": found, "dates": dates, "asking": asking}
        return site.render(request, "preflights.html", context)

    @router.get("/preflight/{campaign}", dependencies=[site.needs(Role.VIEWER)])
    def one_of_them(request: Request, campaign: str) -> Response:
        dates, kept = _known(site)
        if campaign not in dates and campaign not in _written(site):
            raise HTTPException(404)
        with site.store.read() as connection:
            applied = campaign_named(connection, campaign)
        errand = errands.of(campaign)
        context = {
            "campaign": campaign,
            "title": applied.title if applied else campaign,
            "dates": dates.get(campaign),
            "looked": _latest(kept.get(campaign), errand),
            "errand": errand,
            "asking": errand is not None and errand.is_under_way,
            "remedies": REMEDIES,
            "names": NAMES,
            "accounts": site.settings().accounts,
        }
        return site.render(request, "preflight.html", context)

    @router.post("/preflight/{campaign}", dependencies=[site.needs(Role.EDITOR)])
    def look_now(request: Request, campaign: str) -> Response:
        dates, _kept = _known(site)
        if campaign not in dates and campaign not in _written(site):
            raise HTTPException(404)
        there = f"/preflight/{quote(campaign, safe='')}"
        errand = errands.begin(campaign, lambda advance: _look(site, campaign, dates.get(campaign), advance))
        errand.wait()
        return site.go(request, there, errand.trouble, wrong=bool(errand.trouble))

    return router


def _known(site: Site) -> tuple[dict[str, Dates], dict[str, preflights.Preflight]]:
    """What was ever applied, and what workers found of it last."""
    with site.store.read() as connection:
        dates = {one.name: one for one in all_dates(connection)}
        return dates, {one.campaign: one for one in preflights.latest(connection, EVER)}


def _written(site: Site) -> list[str]:
    """The campaigns that are written down, in a file or on the page, applied or not."""
    with site.store.read() as connection:
        return campaign_names(connection, site.settings())


def _latest(kept: preflights.Preflight | None, errand: Errand[Looked] | None) -> Looked | None:
    """What was found last, by whomever."""
    now = errand.result if errand else None
    if kept is None or (now is not None and now.at >= kept.ended_at):
        return now
    return Looked(kept.ended_at, [Finding.from_json(one) for one in kept.findings], by_worker=True)


def _look(site: Site, name: str, dates: Dates | None, advance: Callable[[int], None]) -> Looked:
    known = with_connected(site.settings(), read(site.store))
    keeper = TokenKeeper(site.store, known, site.clock)
    asking = Asking(site.clock, site.store, keeper, progress=advance)
    found = look_ahead_of_campaign(known, name, dates, asking)
    if found is None:
        raise SettingsError(_("There is no such campaign any more."))
    at = site.now()
    if dates is not None:  # in the place of what the worker found this morning, if it did
        today = at.astimezone(ZoneInfo(dates.timezone)).date()
        ready = all(one.ok for one in found)
        preflights.record(site.store, name, today, ready, [one.to_json() for one in found], at)
    return Looked(at, found, by_worker=False)
