"""A part of the API: routes of one kind, on the router that all of them share."""

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends

from bot.model.scope import Scope
from bot.web.api import values
from bot.web.api.access import ApiError, NeedsScope, Pace
from bot.web.site import Site

PREFIX = "/api/v1"
_ALWAYS = {
    400: "It can not be done.",
    401: "No token, or none that works.",
    403: "The token lacks the scope, or its member the role.",
    413: "It is more than can be taken at once.",
    422: "It can not be read.",
    429: "Too many requests; `Retry-After` says how many seconds to wait.",
    503: "The database can not be used at the moment.",
}


@dataclass(frozen=True)
class Api:
    """What every part is made with."""

    site: Site
    router: APIRouter
    pace: Pace

    def needs(self, scope: Scope) -> Any:
        """The dependency of a route that takes a scope."""
        return Depends(NeedsScope(self.site.store, self.site.clock, self.pace, scope))


Answers = dict[int | str, dict[str, Any]]


def problems(words: dict[int, str]) -> Answers:
    """The description of answers that are problems."""
    return {status: {"model": values.Problem, "description": said} for status, said in words.items()}


NOT_FOUND = problems({404: "There is no such thing."})
CONFLICT = problems({404: "There is no such delivery.", 409: "Its state does not allow it."})


def new_router() -> APIRouter:
    """The router, with the answers that any route may give."""
    return APIRouter(prefix=PREFIX, responses=problems(_ALWAYS))


def number_in(cursor: str | None) -> int | None:
    """The number after which a list goes on.

    Raises:
        ApiError: the cursor is none of ours.
    """
    if cursor is None:
        return None
    if not cursor.isdecimal() or not cursor.isascii() or len(cursor) > 9:
        raise ApiError(400, "this cursor is none of ours: begin without one")
    return int(cursor)
