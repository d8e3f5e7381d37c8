"""Campaigns: how far each one has come, and what goes out on each of its days."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import StreamingResponse

from bot.export.zip_file import packed
from bot.fields import Problem, Problems
from bot.model.post import Status
from bot.model.role import Role
from bot.model.state import State
from bot.planning.campaign_days import Item, days_of, item_of
from bot.planning.campaign_export import files_of, pieces_of
from bot.planning.campaign_view import CampaignView, Home, all_campaigns, post_files, view_of
from bot.planning.check import check
from bot.planning.content import Content, label_of, read_content
from bot.planning.on_page import made_on_page
from bot.planning.post_file import read_source
from bot.store import posts
from bot.store.campaign_progress import Progress, page_posts, progress_of
from bot.store.posts import Origin
from bot.store.shelf import Shelf
from bot.web.access import Visitor
from bot.web.post_fields import KINDS
from bot.web.site import SignedIn, Site
from bot.web.words import N_

ON_A_PAGE = 24
MOST_POSTS = 5_000  # of the page that are shown
MOST_PROBLEMS = 200
Name = Annotated[str, InPath(max_length=100)]


@dataclass(frozen=True, slots=True)
class Listed:
    """A campaign in the list."""

    view: CampaignView
    progress: Progress
    files: int  # posts that have files
    of_page: int


def campaigns(site: Site) -> APIRouter:
    """All of them, each by itself, and what the page has of one as files."""
    router = APIRouter()
    site.menu.append(("/campaigns", N_("Campaigns"), Role.VIEWER))

    @router.get("/campaigns", dependencies=[site.needs(Role.VIEWER)])
    def all_of_them(request: Request, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> Response:
        known = site.settings()
        with site.store.read() as connection:
            found = all_campaigns(connection, known)
            shown = found[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
            names = [one.name for one in shown]
            progress, written = progress_of(connection, names), page_posts(connection, names)
        listed = [
            Listed(one, progress[one.name], post_files(known, one.name), written.get(one.name, 0))
            for one in shown
        ]
        pages = -(-len(found) // ON_A_PAGE)
        context = {"campaigns": listed, "page": page, "pages": pages, **parts()}
        return site.render(request, "campaigns.html", context)

    @router.get("/campaigns/{name}", dependencies=[site.needs(Role.VIEWER)])
    def one_of_them(request: Request, visitor: SignedIn, name: Name) -> Response:
        view = view_or_404(site, name)
        content = content_of_campaign(site, name)
        with site.store.read() as connection:
            progress = progress_of(connection, [name])[name]
        items = list(_items(site, view, content))
        own, others = _problems(content, view, visitor)
        context = {
            "one": Listed(
                view, progress, post_files(site.settings(), name), sum(1 for i in items if i.number)
            ),
            "days": days_of(view.campaign, items) if view.campaign else (),
            "drafts": sorted((one for one in items if not one.goes_out), key=_by_time),
            "problems": own,
            "others": others,
            "most": MOST_PROBLEMS,
            **parts(),
        }
        return site.render(request, "campaign.html", context)

    @router.get("/campaigns/{name}/export.zip", dependencies=[site.needs(Role.EDITOR)])
    def export(name: Name) -> Response:
        view = view_or_404(site, name)
        files = files_of(site.store, view.name)
        pieces = packed(
            ((PurePosixPath(one.path), pieces_of(site.store, one)) for one in files), site.real_now()
        )
        headers = {"Content-Disposition": f'attachment; filename="{view.name}.zip"'}
        return StreamingResponse(pieces, media_type="application/zip", headers=headers)

    return router


def parts() -> Mapping[str, object]:
    """What every template about campaigns uses."""
    return {"Home": Home, "State": State, "kinds": KINDS}


def view_or_404(site: Site, name: str) -> CampaignView:
    """The campaign of that name."""
    with site.store.read() as connection:
        found = view_of(connection, site.settings(), name)
    if found is None:
        raise HTTPException(404)
    return found


def address(name: str, *more: str) -> str:
    """The address of a campaign's page."""
    return "/".join(["/campaigns", quote(name, safe=""), *more])


def _items(site: Site, view: CampaignView, content: Content) -> Iterator[Item]:
    """What goes out, and what is being written on the page."""
    if view.campaign is None:
        return
    with site.store.read() as connection:
        found = posts.all_posts(connection, view.name, origin=Origin.PAGE, limit=MOST_POSTS)
    numbers = {one.path: one.id for one in found}
    for post in content.posts_of(view.name):
        yield item_of(view.campaign, post, post.status is Status.READY, numbers.get(post.path))
    root = Shelf(site.store).root
    for one in found:
        if one.live_source is None and one.path not in content.post_files:
            read = read_source(one.source, root / one.path, root, Problems(label_of(one.path)))
            if read is not None:
                yield item_of(view.campaign, read.post, goes_out=False, number=one.id)


def _by_time(item: Item) -> tuple[str, str]:
    return item.wall.isoformat() if item.wall else "~", item.post.path


def _problems(
    content: Content, view: CampaignView, visitor: Visitor
) -> tuple[Sequence[Problem], Sequence[Problem]]:
    """What the check says: of the campaign's own files and posts, and of what holds for all."""
    if not visitor.may(Role.EDITOR):
        return (), ()
    known = content.settings
    own = (str(known.config / "campaigns" / f"{view.name}.toml"), label_of(f"{view.name}.toml"))
    below = (f"{known.posts / view.name}/", label_of(f"{view.name}/"))
    found = check(content)
    of_it = [one for one in found if one.file in own or one.file.startswith(below)]
    return of_it, [one for one in found if one not in of_it]


def content_of_campaign(site: Site, name: str) -> Content:
    """What is written of one campaign, as `bot plan` reads it."""
    return read_content(site.settings(), only=name, made=made_on_page(site.store, name))
