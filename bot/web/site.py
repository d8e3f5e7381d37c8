"""The site: what every page is made with, from the store to the layout around it."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from bot.clock import Clock
from bot.errors import SpokenError
from bot.model.role import Role
from bot.settings import Settings
from bot.store import Store, StoreError, sessions, switches, workers
from bot.web import words
from bot.web.access import Needs, Public, Visitor
from bot.web.names import (
    cause_words,
    count_words,
    outcome_words,
    plainly,
    short_network_words,
    state_tag,
    state_words,
    who_words,
)
from bot.web.post_fields import kind_words
from bot.web.verbs import detail_words, verb_words

HERE = Path(__file__).parent
_ADDRESS = "/%?=&#:@!$'()*+,;[]~"  # what else may stand in an address


@dataclass(frozen=True)
class Site:
    """One store behind one set of pages; `settings` says what is in force at the moment."""

    store: Store
    settings: Callable[[], Settings]
    clock: Clock
    closing: Event = field(default_factory=Event)  # set when the server ends: nobody is kept waiting
    menu: list[tuple[str, str, Role]] = field(default_factory=list)  # address, name and role of each page

    def needs(self, role: Role) -> Any:
        """The dependency of a route that is for a role and those above it."""
        return Depends(Needs(self.store, self.settings, self.clock, role))

    @property
    def public(self) -> Any:
        """The dependency of a route that is for everybody."""
        return Depends(Public(self.settings))

    def now(self) -> datetime:
        """Campaign time, UTC."""
        return self.clock.now()

    def real_now(self) -> datetime:
        """Real time, UTC: what sessions and links go by."""
        return self.clock.real(self.clock.now())

    def render(
        self, request: Request, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> Response:
        """A page, with the layout around it."""
        visitor = visitor_of(request)
        common: dict[str, Any] = {
            "organisation": self.settings().organisation,
            "visitor": visitor,
            "csrf": visitor.csrf if visitor else "",
            "language": words.language(),
            "zone": words.zone(),
            "now": self.now(),
            "path": request.url.path,
        }
        if visitor and "hx-request" not in request.headers:
            common |= self._around(visitor)
        return self.templates.TemplateResponse(
            request, template, {**common, **(context or {})}, status_code=status
        )

    def render_bare(
        self, request: Request, template: str, context: Mapping[str, Any], *, status: int
    ) -> Response:
        """A page that asks the store for nothing, for when that is the trouble."""
        common = {"organisation": self.settings().organisation, "language": words.language(), "csrf": ""}
        return self.templates.TemplateResponse(request, template, {**common, **context}, status_code=status)

    def address(self, request: Request) -> str:
        """Where people see the page, for a link to pass on: as the settings say, else as it was asked for."""
        return self.settings().alerts.page or f"{request.url.scheme}://{request.url.netloc}"

    def say(self, request: Request, message: str, *, wrong: bool = False) -> None:
        """Let the next page that the visitor sees say something, once."""
        if visitor := visitor_of(request):
            with self.store.write() as connection:
                sessions.say(connection, visitor.session.id, json.dumps({"text": message, "wrong": wrong}))

    def go(self, request: Request, path: str, message: str = "", *, wrong: bool = False) -> Response:
        """Send the visitor to a page of ours after a change; with `message` it says that, once."""
        if message:
            self.say(request, message, wrong=wrong)
        if "hx-request" in request.headers:
            return Response(status_code=204, headers={"HX-Redirect": quote(path, safe=_ADDRESS)})
        return RedirectResponse(path, status_code=303)

    def doing(self, request: Request, path: str, act: Callable[[], str]) -> Response:
        """Do what was asked and go to a page, which says what came of it, or in one line why not."""
        try:
            message, wrong = act(), False
        except SpokenError as error:
            message, wrong = str(error), True
        return self.go(request, path, message, wrong=wrong)

    def _around(self, visitor: Visitor) -> dict[str, Any]:
        """What the layout shows on every page."""
        real_now = self.real_now()
        with self.store.read() as connection:
            pause = switches.current_pause(connection)
            alive = bool(workers.alive(connection, real_now))
        said = visitor.session.said
        if said:
            with suppress(StoreError), self.store.write() as connection:  # then it is said once more
                sessions.say(connection, visitor.session.id, "")
        return {
            "pause": pause,
            "worker_alive": alive,
            "said": json.loads(said) if said else None,
            "menu": self.menu,
        }

    @cached_property
    def templates(self) -> Jinja2Templates:
        """The templates, which speak the reader's language and escape whatever they are given."""
        environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
        filters: dict[str, Callable[..., Any]] = {
            "at": instant_tag,
            "clock": time_tag,
            "wall": words.wall_words,
            "day": words.day_words,
            "span": words.span_words,
            "number": words.number_words,
            "wall_clock": words.wall_time_words,
            "state": state_tag,
            "state_words": state_words,
            "outcome_words": outcome_words,
            "cause_words": cause_words,
            "kind": kind_words,
            "count": count_words,
            "verb": verb_words,
            "detail": detail_words,
            "plainly": plainly,
            "who": who_words,
            "at_day": words.instant_day_words,
            "at_words": words.instant_words,
            "seconds": lambda number: words.span_words(timedelta(seconds=number)),
            "network": short_network_words,
            "query": _query,
        }
        environment.filters |= {name: _afresh(one) for name, one in filters.items()}
        environment.globals |= {"Role": Role, "languages": words.LANGUAGES}
        return Jinja2Templates(env=environment)


def visitor_of(request: Request) -> Visitor | None:
    """Who is signed in, on a route that asks for it."""
    found = getattr(request.state, "visitor", None)
    return found if isinstance(found, Visitor) else None


def the_visitor(request: Request) -> Visitor:
    """Who is signed in; for routes that need somebody."""
    found = visitor_of(request)
    assert found is not None  # noqa: S101  (the route's own dependency has let them in)
    return found


SignedIn = Annotated[Visitor, Depends(the_visitor)]


def instant_tag(instant: datetime | None, style: str = "medium", zone: str | None = None) -> Markup:
    """An instant (UTC) for a page: in the reader's zone, or another one, and exact for machines."""
    if instant is None:
        return Markup("")
    return Markup('<time datetime="{}">{}</time>').format(
        instant.isoformat(), words.instant_words(instant, style, zone)
    )


def time_tag(instant: datetime | None, style: str = "short", zone: str | None = None) -> Markup:
    """The time of day of an instant, as `instant_tag`."""
    if instant is None:
        return Markup("")
    return Markup('<time datetime="{}">{}</time>').format(
        instant.isoformat(), words.time_words(instant, style, zone)
    )


def _afresh(one: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that is asked each time: of a constant Jinja would keep what it said to the first reader."""

    @pass_context
    def asked(_context: Context, *values: Any, **options: Any) -> Any:
        return one(*values, **options)

    return asked


def _query(values: Mapping[str, Any]) -> str:
    """Values as the query of an address, without those that are empty."""
    return urlencode({key: value for key, value in values.items() if value not in (None, "", False)})
