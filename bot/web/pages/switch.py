"""The switch: pauses all publishing from any page, and lets it go on."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from bot.model.role import Role
from bot.store import switches
from bot.web.access import local_path
from bot.web.site import SignedIn, Site
from bot.web.words import gettext as _
from bot.web.words import ngettext

Back = Annotated[str, Form(max_length=2000)]


def switch(site: Site) -> APIRouter:
    """The two addresses that the layout of every page sends to."""
    router = APIRouter()

    @router.post("/pause", dependencies=[site.needs(Role.EDITOR)])
    def pause(
        request: Request, visitor: SignedIn, back: Back = "/",
        reason: Annotated[str, Form(max_length=500)] = "",
    ) -> Response:  # fmt: skip
        fresh = switches.pause(site.store, " ".join(reason.split()), visitor.name, site.now())
        words = _("Everything is paused. Nothing is sent until somebody resumes.")
        return site.go(request, local_path(back), words if fresh else _("It was paused already."))

    @router.post("/resume", dependencies=[site.needs(Role.OPERATOR)])
    def resume(request: Request, visitor: SignedIn, back: Back = "/") -> Response:
        released = switches.resume(site.store, visitor.name, site.now())
        if released is None:
            return site.go(request, local_path(back), _("Nothing was paused."))
        words = ngettext(
            "Publishing goes on. %(num)s delivery that fell due meanwhile is looked at anew.",
            "Publishing goes on. %(num)s deliveries that fell due meanwhile are looked at anew.",
            released,
        ) % {"num": released}
        return site.go(request, local_path(back), words if released else _("Publishing goes on."))

    return router
