"""The API: its parts on one router, and their description."""

from fastapi import APIRouter

from bot.web.api.access import Pace
from bot.web.api.deliveries import deliveries
from bot.web.api.description import description
from bot.web.api.part import Api, new_router
from bot.web.api.posts import posts
from bot.web.api.watching import watching
from bot.web.site import Site


def api(site: Site) -> APIRouter:
    """What programs use of a site."""
    whole = Api(site, new_router(), Pace())
    watching(whole)
    deliveries(whole)
    posts(whole)
    description(whole)
    return whole.router
