"""The composer: a post is written here, saved by itself, and shown as it will look where it goes."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.datastructures import FormData

from bot.model.campaign import Approval
from bot.model.format import DOCUMENTS, VIDEOS
from bot.model.lateness import parse_duration
from bot.model.role import Role
from bot.model.stage import Stage
from bot.networks import REGISTRY, network_type
from bot.planning.edit import edited, patch
from bot.planning.form import PostForm, of_source
from bot.planning.receiving import LARGEST
from bot.store import listing, post_lists, posts, tickets
from bot.store.listing import QueueFilter
from bot.store.posts import ConflictError, Origin, PagePost, PostError
from bot.store.tickets import Purpose
from bot.web.differences import differences
from bot.web.pages.posts import STAGES, campaigns_now, post_file
from bot.web.post_fields import (
    KINDS,
    Filled,
    label_of,
    lateness_choices,
    local_time,
    number,
    read_form,
    texts_of,
)
from bot.web.showing import Showing, address_of, addresses_of, days_of, networks_of, show
from bot.web.site import SignedIn, Site, visitor_of
from bot.web.words import gettext as _
from bot.web.words import span_words, time_words

LATENESS = ("2m", "15m", "1h", "3h", "12h", "24h", "48h")
_MOST_SHOWN = 40  # deliveries of one post


@dataclass(frozen=True, slots=True)
class Home:
    """Where the post of a file stands by now."""

    path: str
    changed: bool  # since the copy was begun
    gone: bool
    patch: str


def composer(site: Site) -> APIRouter:
    """A page for each post."""
    router = APIRouter()

    @router.get("/posts/{post:int}", dependencies=[site.needs(Role.VIEWER)])
    def page(request: Request, post: int) -> Response:
        return composer_page(site, request, found_post(site, post))

    @router.post("/posts/{post:int}/save", dependencies=[site.needs(Role.EDITOR)])
    def save(request: Request, visitor: SignedIn, post: int, sent: Filled) -> Response:
        try:
            saved = save_form(site, post, sent, visitor.name)
        except ConflictError as error:
            return conflict(site, request, error.current, sent)
        except PostError as error:
            if _asks_for_json(request):
                return JSONResponse({"refused": str(error)})
            raise
        if not _asks_for_json(request):
            return site.go(request, f"/posts/{post}", _("Saved."))
        at = time_words(site.real_now())
        return JSONResponse(
            {
                "version": saved.version,
                "said": _("Saved %(at)s · version %(number)s") % {"at": at, "number": saved.version},
                "stage": str(saved.stage),
                "words": _(STAGES[saved.stage]),
                "actions": actions_html(site, request, saved),
            }
        )

    @router.post("/posts/{post:int}/preview", dependencies=[site.needs(Role.VIEWER)])
    def preview(request: Request, post: int, sent: Filled) -> Response:
        found = found_post(site, post)
        source = edited(found.source, read_form(sent))
        return site.render(request, "post-preview.html", _shown(show(site, found.path, source), found))

    @router.post("/posts/{post:int}/presence", dependencies=[site.needs(Role.EDITOR)])
    def presence(request: Request, visitor: SignedIn, post: int, sent: Filled) -> Response:
        found = found_post(site, post)
        others = posts.present(site.store, post, visitor.name, site.real_now())
        is_newer = found.version > number(sent, "version") and found.updated_by != visitor.name
        newer = found if is_newer else None
        return site.render(request, "post-presence.html", {"others": others, "newer": newer, "post": found})

    @router.post("/posts/{post:int}/leave", dependencies=[site.needs(Role.EDITOR)])
    def leave(visitor: SignedIn, post: int) -> Response:
        posts.leave(site.store, found_post(site, post).id, visitor.name)
        return Response(status_code=204)

    @router.get("/posts/{post:int}/download", dependencies=[site.needs(Role.VIEWER)])
    def download(post: int) -> Response:
        found = found_post(site, post)
        return _file(found.source, found.path.rpartition("/")[2], "text/markdown")

    @router.get("/posts/{post:int}/patch", dependencies=[site.needs(Role.VIEWER)])
    def as_patch(post: int) -> Response:
        found = found_post(site, post)
        home = home_of(site, found)
        if home is None or home.gone:
            raise HTTPException(404)
        name = found.path.rpartition("/")[2].removesuffix(".md")
        return _file(home.patch, f"{name}.patch", "text/x-patch")

    return router


def found_post(site: Site, post: int) -> PagePost:
    """A post by its number, removed or not; another answers that there is no such page."""
    try:
        with site.store.read() as connection:
            return posts.get(connection, min(post, 2**31 - 1))
    except PostError:
        raise HTTPException(404) from None


def save_form(site: Site, post: int, sent: FormData, actor: str) -> PagePost:
    """Keep what the composer has sent.

    Raises:
        ConflictError: somebody else has saved the post meanwhile.
        PostError: it is removed, or too long.
    """
    found = found_post(site, post)
    form = read_form(sent)
    if of_source(found.source) is None:
        raise PostError(_("The head of this file can not be read: mend it where it stands."))
    try:
        return posts.save(
            site.store, post, number(sent, "version"), edited(found.source, form), actor, site.now()
        )
    except ConflictError as error:
        # The answer to the save before was lost on the way: what is there is what was sent.
        if error.current.updated_by == actor and edited(error.current.source, form) == error.current.source:
            return error.current
        raise


def composer_page(site: Site, request: Request, found: PagePost) -> Response:
    """The page on which a post is written."""
    known, form = site.settings(), of_source(found.source)
    showing = show(site, found.path, found.source)
    with site.store.read() as connection:
        queued = listing.queue(connection, QueueFilter(post=found.path, ended=True), limit=_MOST_SHOWN)
        links = tickets.held_about(connection, Purpose.REVIEW, f"post {found.id} ", site.real_now())
        history = post_lists.history(connection, found.id)
    visitor = visitor_of(request)
    networks = networks_of(known)
    usual = next((late for kind, late in known.tolerance.items() if form and kind == form.kind), None)
    context: dict[str, Any] = {
        "form": form or PostForm(),
        "readable": form is not None,
        "may_edit": bool(visitor and visitor.may(Role.EDITOR))
        and found.removed_at is None
        and form is not None,
        "days": days_of(showing.campaign),
        "kinds": KINDS,
        "local_at": local_time(form.at if form else ""),
        "accounts": _accounts(site, showing, form),
        "texts": texts_of(form or PostForm(), networks),
        "titles": {name: network_type(name).title for name in networks},
        "lateness": [
            (one, span_words(parse_duration(one)) if one in LATENESS else one)
            for one in lateness_choices(form.late_ok if form else "", LATENESS)
        ],
        "usual_lateness": usual,
        "queued": [one for one in queued if one.post == found.path],
        "links": links,
        "history": history,
        "stages": STAGES,
        "largest": LARGEST,
        "media_address": lambda file: address_of(found.path, file),
        "home": home_of(site, found),
    }
    return site.render(
        request, "composer.html", {**context, **_shown(showing, found), **actions(site, found)}
    )


def _shown(showing: Showing, found: PagePost) -> dict[str, Any]:
    """What the templates of a preview need."""
    return {
        "post": found,
        "showing": showing,
        "addresses": addresses_of(showing.post),
        "videos": VIDEOS,
        "documents": DOCUMENTS,
        "label_of": label_of,
    }


def actions(site: Site, found: PagePost) -> dict[str, Any]:
    """What the buttons under a post depend on."""
    return {
        "post": found,
        "needs_approval": asks_for_approval(site, found),
        "is_file": found.origin is Origin.FILE,
        "Stage": Stage,
        "stages": STAGES,
    }


def asks_for_approval(site: Site, found: PagePost) -> bool:
    """Whether a post's campaign lets nothing go out that nobody has approved."""
    campaign = campaigns_now(site, found.campaign).get(found.campaign)
    return campaign is not None and campaign.approval is Approval.REQUIRED


def actions_html(site: Site, request: Request, found: PagePost) -> str:
    """The buttons under a post, anew after a save."""
    template = site.templates.env.get_template("post-actions.html")
    return template.render({"visitor": visitor_of(request), **actions(site, found)})


def conflict(site: Site, request: Request, current: PagePost, sent: FormData) -> Response:
    """Both texts side by side, for the person to choose; nothing was changed."""
    mine, theirs = read_form(sent), of_source(current.source) or PostForm()
    context = {
        "post": current,
        "differences": differences(theirs, mine),
        "mine": edited(current.source, mine),
        "fields": [
            (name, value)
            for name, value in sent.multi_items()
            if isinstance(value, str) and name not in ("csrf", "version", "seen")
        ],
    }
    if not _asks_for_json(request):
        return site.render(request, "post-conflict.html", context, status=409)
    html = site.templates.env.get_template("post-conflict-body.html").render({**context, "scripted": True})
    return JSONResponse({"conflict": html, "version": current.version})


def home_of(site: Site, found: PagePost) -> Home | None:
    """Where the file of a post stands; None: it has none."""
    if found.origin is not Origin.FILE:
        return None
    file = post_file(site, found.path)
    if file is None:
        return Home(found.path, changed=True, gone=True, patch="")
    source, digest = file
    return Home(found.path, digest != found.base, False, patch(found.path, source, found.source))


def _accounts(site: Site, showing: Showing, form: PostForm | None) -> list[Mapping[str, Any]]:
    """The accounts to choose from, with those that the post names and nobody knows."""
    known = site.settings().accounts
    chosen = form.accounts if form else ()
    names = list(dict.fromkeys([*known, *chosen]))
    return [
        {
            "name": name,
            "title": network_type(known[name].network).title
            if name in known and known[name].network in REGISTRY
            else "",
            "chosen": name in chosen,
            "zone": known[name].timezone if name in known else None,
        }
        for name in names
    ]


def _asks_for_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _file(text: str, name: str, kind: str) -> Response:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().replace('"', "")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"
    return PlainTextResponse(text, media_type=kind, headers={"Content-Disposition": disposition})
