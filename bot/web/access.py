"""Access: who may use a route; each one declares it, and a page without that does not start."""

import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute

from bot.clock import Clock
from bot.model.role import Role
from bot.settings import Settings
from bot.store import Store, sessions
from bot.store.sessions import Session
from bot.web import words

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_STRANGER = "stranger"  # the cookie of whoever has no session yet


class NotSignedInError(Exception):
    """Nobody is signed in, and somebody has to be."""


class ForbiddenError(Exception):
    """Who is signed in may not do this; `why` is for them."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in, and what proves that a request comes from our own page."""

    session: Session

    @property
    def name(self) -> str:
        """What the post log calls them."""
        return self.session.name

    @property
    def csrf(self) -> str:
        """What every form of theirs must send back."""
        return self.session.csrf

    def may(self, role: Role | str) -> bool:
        """Whether their role includes another."""
        return self.session.role.includes(Role(role))


class Declaration:
    """A dependency that says who may use a route."""


@dataclass(frozen=True, slots=True)
class Needs(Declaration):
    """A dependency of a route: it is for members of a role and of those above it."""

    store: Store
    clock: Clock
    role: Role

    async def __call__(self, request: Request) -> Visitor:
        """Who is signed in.

        Raises:
            NotSignedInError: nobody.
            ForbiddenError: their role does not include the one that is needed, or the request does not
                come from our own page.
        """
        session = await run_in_threadpool(_session, self.store, self.clock, request)
        if session is None:
            raise NotSignedInError
        visitor = Visitor(session)
        request.state.visitor = visitor
        words.read_as(
            session.language or words.preferred(request.headers.get("accept-language", "")),
            session.timezone or "UTC",
        )
        if not visitor.may(self.role):
            raise ForbiddenError(
                words.gettext("This is for the role “%(needed)s”; yours is “%(role)s”.")
                % {"needed": self.role, "role": session.role}
            )
        await refuse_forgery(request, visitor.csrf)
        return visitor


@dataclass(frozen=True, slots=True)
class Public(Declaration):
    """A dependency of a route: it is for everybody, and what it changes comes from our own page."""

    async def __call__(self, request: Request) -> None:
        """Nothing is known of who asks.

        Raises:
            ForbiddenError: the request would change something and does not come from our own page.
        """
        words.read_as(words.preferred(request.headers.get("accept-language", "")), "UTC")
        await refuse_forgery(request, request.cookies.get(_STRANGER, ""))


async def refuse_forgery(request: Request, expected: str) -> None:
    """Let nothing change that another site has sent in a visitor's name.

    Raises:
        ForbiddenError: the request may change something, and does not hold what only our page knows.
    """
    if request.method in SAFE:
        return
    given = request.headers.get("x-csrf-token")
    if given is None and request.headers.get("content-type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        value = (await request.form()).get("csrf")
        given = value if isinstance(value, str) else None
    elsewhere = request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    if elsewhere or not expected or not hmac.compare_digest((given or "").encode(), expected.encode()):
        raise ForbiddenError(
            words.gettext(
                "This form is out of date, or was sent from elsewhere: load the page and try again."
            )
        )


def is_secure(request: Request, settings: Settings) -> bool:
    """Whether browsers reach the page by HTTPS, perhaps through a proxy that says so."""
    public = urlsplit(settings.alerts.page or "")
    told = public.scheme == "https" and public.netloc == request.headers.get("host")
    return request.url.scheme == "https" or told


def cookie_name(secure: bool) -> str:
    """What the session's cookie is called: the prefix keeps others from setting it."""
    return "__Host-session" if secure else "session"


def cookie_of(request: Request) -> str:
    """What the session's cookie holds; empty: there is none."""
    return request.cookies.get(cookie_name(True)) or request.cookies.get(cookie_name(False)) or ""


def stranger_cookie() -> str:
    """The name of the cookie that ties a form to a browser in which nobody is signed in."""
    return _STRANGER


def local_path(wanted: str) -> str:
    """Where to go after signing in: a page of ours and never another site; else the first page."""
    parts = urlsplit(wanted) if wanted.isprintable() and len(wanted) <= 2000 else None
    if parts is None or parts.scheme or parts.netloc or not wanted.startswith("/"):
        return "/"
    if wanted.startswith(("//", "/\\")) or "\\" in wanted:
        return "/"
    return wanted


def sign_in_address(request: Request) -> str:
    """Where to sign in, to come back to what was asked for; what another site sent along stays out of it."""
    has_code = "code" in request.query_params and "state" in request.query_params
    asked = request.url.path + (f"?{request.url.query}" if request.url.query and not has_code else "")
    onward = asked if request.method == "GET" else "/"
    return "/sign-in" if onward == "/" else f"/sign-in?next={quote(onward, safe='')}"


def declared(route: APIRoute) -> Declaration | None:
    """What a route declares of who may use it; None: it has forgotten."""
    return next(_declarations(route.dependant), None)


def insist_on_access(app: FastAPI) -> None:
    """Refuse an application in which a route does not say for whom it is."""
    for route in all_routes(app.routes):
        if declared(route) is None:
            raise RuntimeError(f"{route.path} does not say who may use it")


def all_routes(routes: Iterable[BaseRoute]) -> Iterator[APIRoute]:
    """Every route of an application, also those of the routers that it includes.

    Newer releases of FastAPI keep an included router whole, as one entry among the routes.
    """
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from all_routes(included.routes)


def _declarations(dependant: Dependant) -> Iterator[Declaration]:
    for one in dependant.dependencies:
        if isinstance(one.call, Declaration):
            yield one.call
        yield from _declarations(one)


def is_signed_in(store: Store, clock: Clock, request: Request) -> bool:
    """Whether the request's session still holds."""
    return _session(store, clock, request) is not None


def _session(store: Store, clock: Clock, request: Request) -> Session | None:
    token = cookie_of(request)
    if not token:
        return None
    now = clock.real(clock.now())
    with store.read() as connection:
        found = sessions.session_of(connection, token, now)
    if found is not None and now - found.seen_at >= sessions.SEEN_EVERY:
        with store.write() as connection:
            sessions.seen(connection, found, now)
    return found
