"""The previews: a page for each post that shows what its followers will see, and the files that it names."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import FileResponse

from bot.model.format import DOCUMENTS, VIDEOS
from bot.model.live import is_of_page
from bot.model.post import Media, Post
from bot.model.role import Role
from bot.planning.on_page import made_on_page
from bot.planning.preview import payloads, previewed
from bot.planning.rendering import render
from bot.planning.schedule import Planned
from bot.settings import Settings
from bot.store.shelf import Shelf
from bot.web.site import Site

_OF_A_FILE = {"Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'"}


def previews(site: Site) -> APIRouter:
    """The two addresses; both read the post's file when they are asked."""
    router = APIRouter()

    def look(known: Settings, path: str) -> list[Planned]:
        return previewed(known, path, made_on_page(site.store, path.removeprefix("./").partition("/")[0]))

    @router.get("/preview/{path:path}", dependencies=[site.needs(Role.VIEWER)])
    def preview(request: Request, path: str) -> Response:
        known = site.settings()
        found = [render(one, known) for one in look(known, path)]
        requests = [_pretty(payloads(one.planned, known)) for one in found]
        post = found[0].planned.post if found else None
        context = {
            "path": post.path if post else path,
            "post": post,
            "is_of_page": post is not None and is_of_page(post.path),
            "renderings": found,
            "requests": requests,
            "addresses": _addresses(post) if post else {},
            "videos": VIDEOS,
            "documents": DOCUMENTS,
        }
        return site.render(request, "preview.html", context, status=200 if found else 404)

    @router.get("/preview-file/{number}/{path:path}", dependencies=[site.needs(Role.VIEWER)])
    def file(number: int, path: str) -> Response:
        known = site.settings()
        found = look(known, path)
        media = _files(found[0].post) if found else ()
        if not 0 <= number < len(media):
            raise HTTPException(404)
        root = Shelf(site.store).root if is_of_page(found[0].post.path) else known.posts
        return _answer(root, found[0].post, media[number])

    return router


def _files(post: Post) -> Sequence[Media]:
    """Everything that the post names."""
    return (*post.media, post.card.image) if post.card.image else post.media


def _addresses(post: Post) -> dict[str, str]:
    """Where the page finds each file, by its name; without those that can not be shown."""
    return {
        one.file: f"/preview-file/{number}/{quote(post.path)}"
        for number, one in enumerate(_files(post))
        if one.format is not None
    }


def _pretty(sent: Sequence[Mapping[str, Any]]) -> list[str]:
    return [json.dumps(one, ensure_ascii=False, indent=2) for one in sent]


def _answer(root: Path, post: Post, media: Media) -> Response:
    """The file, as what it was found to be; nothing that is not below the folder of posts."""
    if media.format is None:  # it is not there, lies elsewhere, or is nothing that a network takes
        raise HTTPException(404)
    try:
        real = ((root / post.path).parent / media.file).resolve(strict=True)
        if not real.is_relative_to(root.resolve()):
            raise HTTPException(404)
    except OSError:
        raise HTTPException(404) from None
    kind = "attachment" if media.format in DOCUMENTS else "inline"
    return FileResponse(
        real,
        media_type=media.format.content_type,
        headers=_OF_A_FILE,
        filename=real.name,
        content_disposition_type=kind,
    )
