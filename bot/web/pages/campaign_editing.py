"""Editing campaigns: a new one, a change of one, and a copy of last year's on new dates."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response
from starlette.datastructures import FormData

from bot.errors import SpokenError
from bot.model.campaign import Approval
from bot.model.message import Level
from bot.model.post import Kind
from bot.model.role import Role
from bot.planning.campaign_copy import copy_campaign, look_at_copy, source_of_campaign
from bot.planning.campaign_days import days_of
from bot.planning.campaign_file import NAME, day
from bot.planning.campaign_form import (
    CampaignForm,
    CampaignFormError,
    SlotForm,
    campaign_edited,
    campaign_source,
    form_of_campaign,
    form_of_campaign_source,
)
from bot.planning.campaign_problems import MOST_SLOTS, problems_of_form, problems_of_source
from bot.planning.campaign_view import CampaignView, Home, all_campaigns, campaign_names
from bot.planning.edit import patch
from bot.planning.form_problems import FieldProblem
from bot.store import campaign_sources
from bot.store.campaign_sources import CampaignConflictError, CampaignError
from bot.store.posts import slug
from bot.web import words
from bot.web.pages.campaign_applying import sentence
from bot.web.pages.campaigns import Name, address, parts, view_or_404
from bot.web.site import SignedIn, Site
from bot.web.words import N_, ngettext
from bot.web.words import gettext as _

NEW = "_new"  # no name of a campaign begins like this
LONGEST_NAME = 60
MORE_SLOTS = 2  # empty ones at the end of the form
A_YEAR = timedelta(days=364)  # to the same day of the week
USUAL_SLOTS = (
    ("morning", "09:00", (Kind.DAILY_POST, Kind.EVENT, Kind.RESOURCE, Kind.BLOG)),
    ("afternoon", "15:00", (Kind.CASE_STUDY, Kind.WORKER_PROFILE)),
)
APPROVALS = {
    Approval.NONE.value: N_("Posts go out without it"),
    Approval.REQUIRED.value: N_("Each post waits until an approver has agreed"),
}
Word = Annotated[str, Query(max_length=200)]
Field = Annotated[str, Form(max_length=200)]


async def _sent(request: Request) -> FormData:
    return await request.form(max_fields=5_000)


Sent = Annotated[FormData, Depends(_sent)]


def campaign_editing(site: Site) -> APIRouter:
    """The forms. What comes from a file ends as a file."""
    router = APIRouter()

    @router.get(f"/campaigns/{NEW}", dependencies=[site.needs(Role.OPERATOR)])
    def new(request: Request) -> Response:
        return _page(site, request, _usual_form(site))

    @router.post(f"/campaigns/{NEW}", dependencies=[site.needs(Role.OPERATOR)])
    def make(request: Request, visitor: SignedIn, sent: Sent) -> Response:
        form = form_of(sent)
        name = _word(sent, "name") or _slug(form.title)
        source, problems = _source_of(site, "", form, name)
        if fault := _fault_of_name(site, name):
            problems = [*problems, FieldProblem("name", Level.ERROR, fault, 1)]
        if source is None or _errors(problems):
            return _page(site, request, form, name=name, problems=problems, status=422)
        try:
            with site.store.write() as connection:
                campaign_sources.add(connection, name, source, visitor.name, site.real_now())
        except CampaignError as error:
            taken = [FieldProblem("name", Level.ERROR, str(error), 1)]
            return _page(site, request, form, name=name, problems=taken, status=422)
        return site.go(
            request, address(name), _("The campaign is made. Write its posts, and let them be queued.")
        )

    @router.get("/campaigns/{name}/edit", dependencies=[site.needs(Role.OPERATOR)])
    def edit(request: Request, name: Name) -> Response:
        view = _editable(site, name)
        source = source_of_campaign(site.store, site.settings(), name)
        form = form_of_campaign_source(source, name)
        if form is None:
            raise CampaignError(
                _("The campaign can not be read, so it can not be edited here: %(problem)s")
                % {"problem": view.problems[0] if view.problems else name}
            )
        return _page(site, request, form, view=view, seen=_version_of(view, source))

    @router.post("/campaigns/{name}/edit", dependencies=[site.needs(Role.OPERATOR)])
    def save(request: Request, visitor: SignedIn, name: Name, sent: Sent) -> Response:
        view = _editable(site, name)
        form = form_of(sent)
        before = source_of_campaign(site.store, site.settings(), name)
        source, problems = _source_of(site, before, form, name)
        seen = _word(sent, "seen")
        if source is None or _errors(problems):
            return _page(site, request, form, view=view, seen=seen, problems=problems, status=422)
        if seen != _version_of(view, before):
            return _conflict(site, request, view, form, before, source)
        if view.home is Home.FILE:
            return _as_file(view, before, source, as_patch=_word(sent, "as") == "patch")
        try:
            campaign_sources.save(site.store, name, int(seen), source, visitor.name, site.real_now())
        except CampaignConflictError as error:
            return _conflict(site, request, view, form, error.current.source, source)
        if source == before:
            return site.go(request, address(name), _("Nothing was different: it is as it was."))
        if view.applied is None:
            return site.go(request, address(name), _("The campaign is saved."))
        told = _("The campaign is saved. Below is what would change in the queue; nothing has changed yet.")
        return site.go(request, address(name, "apply"), told)

    @router.get("/campaigns/{name}/copy", dependencies=[site.needs(Role.OPERATOR)])
    def copying(
        request: Request, name: Name, title: Word = "", new: Word = "", starts: Word = ""
    ) -> Response:
        view = _editable(site, name)
        if view.written is None:
            raise CampaignError(_("The campaign can not be read, so it can not be copied."))
        first = view.written.starts
        context: dict[str, Any] = {
            "view": view, "title": title or view.title, "name": new or (_slug(title) if title else ""),
            "starts": starts or _plus(first, A_YEAR).isoformat(), "asked": bool(starts), "days": (),
            "campaign": None, "faults": {}, **parts(),
        }  # fmt: skip
        context["faults"] = _faults_of_copy(site, context) if starts else {}
        if starts and not context["faults"]:
            campaign, items = look_at_copy(site.store, site.settings(), name, day(starts))
            context |= {
                "campaign": campaign,
                "days": days_of(campaign, items),
                "number": len(items),
                "was": first,
                "other_weekday": first.weekday() != campaign.starts.weekday(),
            }
        return site.render(request, "campaign-copy.html", context, status=422 if context["faults"] else 200)

    @router.post("/campaigns/{name}/copy", dependencies=[site.needs(Role.OPERATOR)])
    def copy(
        request: Request,
        visitor: SignedIn,
        name: Name,
        title: Field = "",
        new: Field = "",
        starts: Field = "",
    ) -> Response:
        _editable(site, name)
        again = address(name, f"copy?{urlencode({'title': title, 'new': new, 'starts': starts})}")
        try:
            if len(new) > LONGEST_NAME:
                raise CampaignError(_fault_of_name(site, new))
            done = copy_campaign(
                site.store, site.settings(), name, new, day(starts), words_of(title),
                visitor.name, site.real_now(),
            )  # fmt: skip
        except (SpokenError, ValueError) as error:
            return site.go(request, again, sentence(str(error)), wrong=True)
        if not done.fresh:
            told = _("This copy was made before. Nothing was changed.")
            return site.go(request, address(done.campaign.name), told)
        told = ngettext(
            "The copy is made. Its post is a draft: it goes out only when somebody queues it.",
            "The copy is made. Its %(num)s posts are drafts: they go out only when somebody queues them.",
            done.posts,
        ) % {"num": done.posts}
        return site.go(request, address(done.campaign.name), told)

    return router


def form_of(sent: FormData) -> CampaignForm:
    """What a person has filled in."""
    themes = [words_of(line) for line in str(sent.get("themes", ""))[:100_000].splitlines()]
    while themes and not themes[-1]:
        themes.pop()
    hashtags = _word(sent, "hashtags", 2_000).replace(",", " ").split()
    slots = (_slot(sent, f"slot-{number}") for number in range(MOST_SLOTS + MORE_SLOTS + 1))
    return CampaignForm(
        title=_word(sent, "title", 1_000),
        timezone=_word(sent, "timezone"),
        starts=_word(sent, "starts"),
        themes=tuple(themes),
        slots=tuple(one for one in slots if one is not None),
        hashtags=tuple(hashtags),
        approval=Approval.REQUIRED if _word(sent, "approval") == Approval.REQUIRED else Approval.NONE,
    )


def _slot(sent: FormData, prefix: str) -> SlotForm | None:
    """One slot; None where it is taken away, or nothing was filled in."""
    found = SlotForm(
        name=_word(sent, f"{prefix}-name"),
        at=_word(sent, f"{prefix}-at"),
        kinds=tuple(kind for kind in map(str, sent.getlist(f"{prefix}-kinds")) if kind in set(Kind)),
        accounts=tuple(words_of(str(one))[:200] for one in sent.getlist(f"{prefix}-accounts")),
        account_time=_word(sent, f"{prefix}-own") == "1",
    )
    is_empty = not found.name and not found.kinds and not found.accounts
    return None if is_empty or _word(sent, f"{prefix}-remove") == "1" else found


def words_of(text: str) -> str:
    """A text on one line, without what can not be seen."""
    return "".join(one if one.isprintable() else " " for one in text).strip()


def _word(sent: FormData, name: str, longest: int = 200) -> str:
    value = sent.get(name)
    return words_of(value[:longest]) if isinstance(value, str) else ""


def _slug(title: str) -> str:
    return slug(title)[:LONGEST_NAME] if any(one.isalnum() for one in title) else ""


def _plus(first: date, span: timedelta) -> date:
    try:
        return first + span
    except OverflowError:
        return first


def _editable(site: Site, name: str) -> CampaignView:
    """A campaign that is written down somewhere."""
    view = view_or_404(site, name)
    if view.home is Home.QUEUE:
        raise HTTPException(404)
    return view


def _version_of(view: CampaignView, source: str) -> str:
    """What shows that nobody has changed the campaign since the form was opened."""
    return str(view.source.version) if view.source else sha256(source.encode()).hexdigest()[:16]


def _source_of(
    site: Site, before: str, form: CampaignForm, name: str
) -> tuple[str | None, Sequence[FieldProblem]]:
    """The text that a form gives; None where it gives none. And what is wrong with it."""
    if problems := problems_of_form(form):
        return None, problems
    try:
        source = campaign_edited(before, form) if before else campaign_source(form)
    except CampaignFormError as error:
        return None, [FieldProblem("", Level.ERROR, str(error), 1)]
    return source, problems_of_source(source, form, name, site.settings().accounts)


def _errors(problems: Sequence[FieldProblem]) -> bool:
    return any(one.level is Level.ERROR for one in problems)


def _fault_of_name(site: Site, name: str) -> str:
    """Why a campaign can not be called so; empty: it can."""
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        return _("Use letters, digits, “-” and “_”, at most %(most)s of them.") % {"most": LONGEST_NAME}
    with site.store.read() as connection:
        taken = name in campaign_names(connection, site.settings())
    return _("There is a campaign of this name already: take another name.") if taken else ""


def _faults_of_copy(site: Site, asked: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    try:
        day(asked["starts"])
    except ValueError as error:
        found["starts"] = sentence(str(error))
    if fault := _fault_of_name(site, asked["name"]):
        found["name"] = fault
    return found


def _as_file(view: CampaignView, before: str, after: str, *, as_patch: bool) -> Response:
    """The edited file, or its change, to be put where the file is kept."""
    name = f"{view.name}.toml"
    text, ending = (patch(name, before, after, "config/campaigns"), ".patch") if as_patch else (after, "")
    headers = {"Content-Disposition": f'attachment; filename="{name}{ending}"'}
    return Response(text.encode(), media_type="text/plain; charset=utf-8", headers=headers)


def _conflict(
    site: Site, request: Request, view: CampaignView, form: CampaignForm, theirs: str, ours: str
) -> Response:
    """What the person has filled in, with what somebody else has saved meanwhile; nothing is overwritten."""
    fresh = view_or_404(site, view.name)
    lines = difflib.unified_diff(theirs.splitlines(), ours.splitlines(), lineterm="", n=1)
    differences = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    return _page(
        site, request, form, view=fresh, seen=_version_of(fresh, theirs), differences=differences[:500],
        conflict=True, status=409,
    )  # fmt: skip


def _usual_form(site: Site) -> CampaignForm:
    """What a new campaign begins with: slots and zone as in the latest one, else as most have them."""
    with site.store.read() as connection:
        latest = [one.written for one in all_campaigns(connection, site.settings()) if one.written]
    today = site.now().date()
    monday = today + timedelta(days=7 - today.weekday())
    if latest:
        like = form_of_campaign(latest[0])
        return replace(like, title="", starts=monday.isoformat(), themes=(), hashtags=())
    accounts = tuple(site.settings().accounts)
    slots = (SlotForm(name, at, tuple(map(str, kinds)), accounts) for name, at, kinds in USUAL_SLOTS)
    return CampaignForm("", words.zone(), monday.isoformat(), slots=tuple(slots))


def _page(
    site: Site,
    request: Request,
    form: CampaignForm,
    *,
    view: CampaignView | None = None,
    name: str = "",
    seen: str = "",
    problems: Sequence[FieldProblem] = (),
    conflict: bool = False,
    differences: Sequence[str] = (),
    status: int = 200,
) -> Response:
    """The form with what is wrong at each field."""
    by_field: dict[str, list[FieldProblem]] = {}
    for one in problems:
        by_field.setdefault(one.field, []).append(one)
    shown = {"", "name", "title", "timezone", "starts", "hashtags", "approval", "day", "slots"}
    shown |= {
        f"slots.{number}.{key}"
        for number in range(len(form.slots))
        for key in ("name", "at", "kinds", "accounts", "timezone")
    }
    known = list(site.settings().accounts)
    slots = [*form.slots, *(SlotForm("", "") for _ in range(MORE_SLOTS))]
    context = {
        "form": form,
        "view": view,
        "name": name,
        "seen": seen,
        "problems": by_field,
        "elsewhere": [one for one in problems if one.field not in shown],
        "conflict": conflict,
        "differences": differences,
        "slots": slots,
        "filled": len(form.slots),
        "zones": sorted(available_timezones()),
        "accounts": list(dict.fromkeys([*known, *(name for one in form.slots for name in one.accounts)])),
        "known_accounts": known,
        "approvals": APPROVALS,
        **parts(),
    }
    return site.render(request, "campaign-edit.html", context, status=status)
