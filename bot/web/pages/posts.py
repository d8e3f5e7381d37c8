"""Posts: what is being written on the page and what stands in files, and how a new one begins."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from bot.errors import SpokenError
from bot.fields import LARGEST_FILE
from bot.model.campaign import Campaign
from bot.model.post import Kind, Post
from bot.model.role import Role
from bot.model.stage import Stage
from bot.planning.content import read_content
from bot.planning.form import PostForm, of_source, to_source
from bot.planning.made import Made
from bot.planning.plan import dated
from bot.store import audit, campaign_sources, post_lists, posts
from bot.store.post_lists import ON_A_PAGE, Wanted
from bot.store.posts import Origin, PagePost
from bot.web.post_fields import KINDS, local_time
from bot.web.showing import days_of, gist
from bot.web.site import SignedIn, Site
from bot.web.words import N_
from bot.web.words import gettext as _

STAGES = {
    Stage.DRAFT: N_("Draft"), Stage.REVIEW: N_("In review"), Stage.APPROVED: N_("Approved"),
    Stage.RETURNED: N_("Sent back"),
}  # fmt: skip
FROM_FILE = "file"
MOST_FILES = 5_000  # that a search looks into
Word = Annotated[str, Query(max_length=200)]
Field = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True, slots=True)
class Row:
    """A post in the list."""

    address: str
    path: str
    campaign: str
    gist: str
    stage: str  # as the look of a page names it
    stage_words: str
    where: Sequence[str]
    wall: datetime | None  # when it goes out, in the campaign's zone
    zone: str
    author: str = ""
    changed_at: datetime | None = None
    changed_by: str = ""
    is_live: bool = False
    is_file: bool = False  # it comes from one


def posts_page(site: Site) -> APIRouter:
    """The list, and where a post begins."""
    router = APIRouter()
    site.menu.append(("/posts", N_("Posts"), Role.VIEWER))

    @router.get("/posts", dependencies=[site.needs(Role.VIEWER)])
    def listed(
        request: Request,
        campaign: Word = "",
        stage: Word = "",
        text: Word = "",
        before: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    ) -> Response:
        campaigns = campaigns_now(site)
        wanted = Wanted(campaign, [Stage(stage)] if stage in set(Stage) else (), None, text.strip(), before)
        rows: list[Row] = []
        if stage != FROM_FILE:
            with site.store.read() as connection:
                found = post_lists.matching(connection, wanted)
            rows = [_row(one, campaigns) for one in found]
        more = found[-1].id if stage != FROM_FILE and len(found) == ON_A_PAGE else 0
        files = (
            [] if before or stage not in ("", FROM_FILE) else list(_files(site, campaigns, campaign, text))
        )
        context = {
            "rows": rows, "files": files[:ON_A_PAGE], "more_files": len(files) > ON_A_PAGE, "more": more,
            "campaigns": campaigns, "stages": STAGES,
            "chosen": {"campaign": campaign, "stage": stage, "text": text},
            "waiting": _number_waiting(site),
        }  # fmt: skip
        return site.render(request, "posts.html", context)

    @router.get("/posts/new", dependencies=[site.needs(Role.EDITOR)])
    def new(
        request: Request, campaign: Word = "", day: Word = "", at: Word = "", kind: Word = ""
    ) -> Response:
        campaigns = campaigns_now(site)
        chosen = campaigns.get(campaign) or next(iter(campaigns.values()), None)
        context = {
            "campaigns": campaigns, "chosen": chosen, "days": days_of(chosen), "kinds": KINDS, "day": day,
            "at": local_time(at) or "", "kind": kind,
        }  # fmt: skip
        return site.render(request, "post-new.html", context)

    @router.post("/posts/new", dependencies=[site.needs(Role.EDITOR)])
    def begin(
        request: Request, visitor: SignedIn, campaign: Field, title: Field = "", day: Field = "",
        at: Field = "", kind: Field = Kind.DAILY_POST.value,
    ) -> Response:  # fmt: skip
        if campaign not in campaigns_now(site):
            return site.go(request, "/posts/new", _("There is no such campaign."), wrong=True)
        moment = at.replace("T", " ") if at and not day else ""
        source = to_source(PostForm(kind=kind, day=day, at=moment))
        made = posts.create(site.store, campaign, title or kind, source, visitor.name, site.now())
        note(site, visitor.name, "began", made.path)
        return site.go(request, f"/posts/{made.id}")

    @router.get("/posts/at/{path:path}", dependencies=[site.needs(Role.VIEWER)])
    def by_path(path: str) -> Response:
        with site.store.read() as connection:
            found = posts.by_path(connection, path)
        if found is None or found.origin is Origin.FILE:
            return RedirectResponse(f"/preview/{quote(path)}", 303)
        return RedirectResponse(f"/posts/{found.id}", 303)

    @router.post("/posts/open", dependencies=[site.needs(Role.EDITOR)])
    def open_file(
        request: Request, visitor: SignedIn, path: Annotated[str, Form(max_length=500)]
    ) -> Response:
        file = post_file(site, path)
        if file is None:
            return site.go(request, "/posts", _("There is no such file any more."), wrong=True)
        source, digest = file
        found, _new = posts.open_file(site.store, path, source, digest, visitor.name, site.now())
        return site.go(request, f"/posts/{found.id}")

    return router


def campaigns_now(site: Site, only: str | None = None) -> Mapping[str, Campaign]:
    """Those that can be read, of files and of the page, on the dates they were moved to; the latest first."""
    with site.store.read() as connection:
        made = Made(campaign_sources.sources(connection), (), Path())
    content = read_content(site.settings(), only, post="", made=made)
    with site.store.read() as connection:
        found, _notes = dated(content.campaigns.values(), connection, {})
    return {one.name: one for one in sorted(found, key=lambda one: one.starts, reverse=True)}


def post_file(site: Site, path: str) -> tuple[str, str] | None:
    """What a post's file says now, and the digest of that; None where there is no such file."""
    root = site.settings().posts
    parts = Path(path).parts
    if len(parts) != 2 or Path(path).suffix != ".md" or any(part.startswith(".") for part in parts):
        return None
    try:
        real = (root / path).resolve(strict=True)
        if not real.is_relative_to(root.resolve()) or real.stat().st_size > LARGEST_FILE:
            return None
        content = real.read_bytes()
        return content.decode(), hashlib.sha256(content).hexdigest()
    except (OSError, ValueError):
        return None


def note(site: Site, actor: str, what: str, about: str, detail: str = "") -> None:
    """Write into the record of what people change."""
    with site.store.write() as connection:
        audit.record(
            connection, at=site.real_now(), actor=actor, what=what, about=about, detail=detail
        )  # fmt: skip


def _number_waiting(site: Site) -> int:
    """How much waits for an approver, as far as the page counts."""
    with site.store.read() as connection:
        review = post_lists.matching(connection, Wanted(stages=[Stage.REVIEW]))
        held = {one.post for one in post_lists.waiting(connection)}
    return len({one.path for one in review} | held)


def _row(found: PagePost, campaigns: Mapping[str, Campaign]) -> Row:
    form, campaign = of_source(found.source), campaigns.get(found.campaign)
    where, wall = _plan(form, campaign, found.path)
    is_file = found.origin is Origin.FILE
    return Row(
        f"/posts/{found.id}", found.path, found.campaign, gist(form, found.source), str(found.stage),
        N_("Edited copy") if is_file else STAGES[found.stage], where, wall,
        campaign.timezone if campaign else "",
        found.created_by, found.updated_at, found.updated_by, found.live_version is not None, is_file,
    )  # fmt: skip


def _plan(
    form: PostForm | None, campaign: Campaign | None, path: str
) -> tuple[Sequence[str], datetime | None]:
    """Where a post goes, and when; without a look at its files."""
    if form is None or campaign is None:
        return (), None
    try:
        day = int(form.day) if form.day.isdecimal() and len(form.day) < 4 else None
        at = datetime.fromisoformat(form.at) if form.at else None
        kind = Kind(form.kind)
    except ValueError:
        return form.accounts, None
    post = Post(path, campaign.name, kind, "", day, at, form.slot or None, form.accounts)
    slot = campaign.slot_of(post)
    wall = campaign.wall_time_of(post) if day is None or day <= 366 else None
    return form.accounts or (slot.accounts if slot else ()), wall


def _files(site: Site, campaigns: Mapping[str, Campaign], campaign: str, text: str) -> Iterator[Row]:
    """The posts of files, one more than fit on a page."""
    root, sought = site.settings().posts, text.strip().lower()
    shown = looked = 0
    for name, known in campaigns.items():
        if campaign and name != campaign:
            continue
        for file in sorted((root / name).glob("*.md")):
            path = f"{name}/{file.name}"
            looked += 1
            if shown > ON_A_PAGE or looked > MOST_FILES:
                return
            found = None if file.stem.upper() == "README" else post_file(site, path)
            if found is None or (sought and sought not in found[0].lower() and sought not in path.lower()):
                continue
            shown += 1
            yield _file_row(path, found[0], known)


def _file_row(path: str, source: str, campaign: Campaign) -> Row:
    try:
        form = of_source(source)
    except SpokenError:
        form = None
    where, wall = _plan(form, campaign, path)
    is_draft = form is not None and form.status == "draft"
    return Row(
        "", path, campaign.name, gist(form, source), "draft" if is_draft else "file",
        N_("Draft in a file") if is_draft else N_("From a file"), where, wall, campaign.timezone,
        is_file=True,
    )  # fmt: skip
