"""Review links: show a post to people without an account, to read only, until they end."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response

from bot.model.format import DOCUMENTS, VIDEOS
from bot.model.role import Role
from bot.store import post_lists, posts, tickets
from bot.store.posts import PagePost
from bot.store.tickets import Purpose, Ticket
from bot.web.pages.composer import found_post
from bot.web.pages.media import file_answer, file_at
from bot.web.pages.posts import note
from bot.web.showing import files_of, place_of, show
from bot.web.site import SignedIn, Site
from bot.web.words import gettext as _

LASTS = (1, 7, 14, 30)  # days
LATEST = "latest"
_ABOUT = re.compile(r"post (\d{1,10}) (latest|version (\d{1,10}))")
_QUIET = {"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a link shows."""

    ticket: Ticket
    post: PagePost
    source: str
    version: int
    is_bound: bool  # to that version; else it shows the latest


def review(site: Site) -> APIRouter:
    """Where links are made and ended, and the page that they lead to."""
    router = APIRouter()

    @router.post("/posts/{post:int}/links", dependencies=[site.needs(Role.EDITOR)])
    def make(
        request: Request, visitor: SignedIn, post: int, lasts: Annotated[int, Form()] = 14,
        shows: Annotated[str, Form(max_length=20)] = LATEST,
    ) -> Response:  # fmt: skip
        found = found_post(site, post)
        days = lasts if lasts in LASTS else 14
        bound = shows == "version"
        about = f"post {found.id} " + (f"version {found.version}" if bound else LATEST)
        with site.store.write() as connection:
            token = tickets.issue(
                connection, Purpose.REVIEW, actor=visitor.name, now=site.real_now(), about=about,
                lasts=timedelta(days=days),
            )  # fmt: skip
            if bound:
                post_lists.keep_version(connection, found, "shared", visitor.name, site.now())
        note(site, visitor.name, "made a review link", found.path, f"for {days} days")
        address = f"{site.address(request)}/review/{token}"
        context = {"post": found, "address": address, "days": days, "bound": bound}
        return site.render(request, "review-made.html", context)

    @router.post("/posts/{post:int}/links/{link:int}/end", dependencies=[site.needs(Role.EDITOR)])
    def end(request: Request, visitor: SignedIn, post: int, link: int) -> Response:
        found = found_post(site, post)
        with site.store.write() as connection:
            theirs = tickets.held_about(connection, Purpose.REVIEW, f"post {post} ", site.real_now())
            if link in {one.id for one in theirs}:
                tickets.revoke(connection, link, site.real_now())
        note(site, visitor.name, "ended a review link", found.path)
        return site.go(request, f"/posts/{post}#links", _("The link has ended."))

    @router.get("/review/{token}", dependencies=[site.public])
    def read(request: Request, token: str) -> Response:
        found = _reviewed(site, token)
        if found is None:
            answer = site.render(request, "review.html", {"ended": True}, status=410)
        else:
            showing = show(site, found.post.path, found.source)
            known = files_of(showing.post) if showing.post else ()
            addresses = {
                one.file: f"/review/{token}/{number}" for number, one in enumerate(known) if one.format
            }
            context = {
                "found": found, "showing": showing, "addresses": addresses, "videos": VIDEOS,
                "documents": DOCUMENTS, "outdated": found.is_bound and found.version != found.post.version,
            }  # fmt: skip
            answer = site.render(request, "review.html", context)
        answer.headers.update(_QUIET)
        return answer

    @router.get("/review/{token}/{number:int}", dependencies=[site.public])
    def file(token: str, number: int) -> Response:
        found = _reviewed(site, token)
        post = show(site, found.post.path, found.source).post if found else None
        known = files_of(post) if post else ()
        if post is None or not 0 <= number < len(known):
            raise HTTPException(404)
        path = file_at(site, place_of(post.path, known[number].file))
        if path is None:
            raise HTTPException(404)
        answer = file_answer(path)
        answer.headers.update(_QUIET)
        return answer

    return router


def _reviewed(site: Site, token: str) -> Reviewed | None:
    """What a link shows; None: it has ended, or there never was one."""
    with site.store.read() as connection:
        ticket = tickets.ticket_of(connection, token, site.real_now(), Purpose.REVIEW)
        said = _ABOUT.fullmatch(ticket.about) if ticket else None
        if ticket is None or said is None:
            return None
        post = posts.get(connection, int(said[1]))
        if post.removed_at is not None:
            return None
        if said[2] == LATEST:
            return Reviewed(ticket, post, post.source, post.version, is_bound=False)
        kept = post_lists.of_version(connection, post.id, int(said[3]))
        return Reviewed(ticket, post, kept.source, kept.version, is_bound=True) if kept else None
