"""Access: who may use a route; each one declares it, and a page without that does not start."""

import hmac
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.concurrency import run_in_threadpool

from bot.clock import Clock
from bot.model.role import Role
from bot.settings import Settings
from bot.store import Store, StoreError, changes, sessions
from bot.store.sessions import Session
from bot.store.sweeping import sweep
from bot.web import words
from bot.web.limits import FORMS

FILES = "/static"  # what is the same for everybody, and says nothing of anybody
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
    mark: str = ""  # of the store's latest change when the request began

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
    settings: Callable[[], Settings]
    clock: Clock
    role: Role

    async def __call__(self, request: Request) -> Visitor:
        """Who is signed in.

        Raises:
            NotSignedInError: nobody.
            ForbiddenError: their role does not include the one that is needed, or the request does not
                come from our own page.
        """
        secure = is_secure(request, self.settings())
        visitor = await run_in_threadpool(_visitor, self.store, self.clock, request, secure)
        if visitor is None:
            raise NotSignedInError
        session = visitor.session
        request.state.visitor = visitor
        words.read_as(
            session.language or words.preferred(request.headers.get("accept-language", "")),
            session.timezone or "UTC",
        )
        if not visitor.may(self.role):
            raise ForbiddenError(
                words.gettext("This is for the role “%(needed)s”; yours is “%(role)s”.")
                % {"needed": words.gettext(self.role), "role": words.gettext(session.role)}
            )
        await refuse_forgery(request, visitor.csrf)
        return visitor


@dataclass(frozen=True, slots=True)
class Public(Declaration):
    """A dependency of a route: it is for everybody, and what it changes comes from our own page."""

    settings: Callable[[], Settings]

    async def __call__(self, request: Request) -> None:
        """Nothing is known of who asks.

        Raises:
            ForbiddenError: the request would change something and does not come from our own page.
        """
        words.read_as(words.preferred(request.headers.get("accept-language", "")), "UTC")
        await refuse_forgery(request, tie_of(request, is_secure(request, self.settings())))


async def refuse_forgery(request: Request, expected: str) -> None:
    """Let nothing change that another site has sent in a visitor's name.

    Raises:
        ForbiddenError: the request may change something, and does not hold what only our page knows.
    """
    if request.method in SAFE:
        return
    given = request.headers.get("x-csrf-token")
    if given is None and request.headers.get("content-type", "").startswith(FORMS):
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


def cookie_of(request: Request, secure: bool) -> str:
    """What the session's cookie holds; empty: there is none.

    By HTTPS only the one with the prefix counts: a neighbour under the same domain can set the other.
    """
    return request.cookies.get(cookie_name(secure), "")


def stranger_cookie(secure: bool) -> str:
    """The name of the cookie that ties a form to a browser in which nobody is signed in."""
    return f"__Host-{_STRANGER}" if secure else _STRANGER


def tie_of(request: Request, secure: bool) -> str:
    """What that cookie holds; empty: nothing of ours."""
    held = request.cookies.get(stranger_cookie(secure), "")
    return held if is_token(held) else ""


def is_token(value: str) -> bool:
    """Whether this may be one of our random tokens."""
    return re.fullmatch(r"[\w-]{43}", value, re.ASCII) is not None


def local_path(wanted: str) -> str:
    """Where to go after signing in: a page of ours and never another site; else the first page."""
    ours = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if ours and wanted.isprintable() and len(wanted) <= 2000 else "/"


def sign_in_address(request: Request) -> str:
    """Where to sign in, to come back to what was asked for; what another site sent along stays out of it."""
    has_code = "code" in request.query_params and "state" in request.query_params
    asked = request.url.path + (f"?{request.url.query}" if request.url.query and not has_code else "")
    onward = asked if request.method == "GET" else "/"
    return "/sign-in" if onward == "/" else f"/sign-in?next={quote(onward, safe='')}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A route of the application with what it declares."""

    path: str
    methods: frozenset[str]
    dependant: Dependant | None  # None: it serves files, or is of a kind that we do not know
    declaration: Declaration | None  # None: it has forgotten


def rules(app: FastAPI) -> Iterator[Rule]:
    """Every route, those of routers within routers too: `app.routes` alone does not have them."""
    for one in iter_route_contexts(app.routes):
        dependant = getattr(one, "dependant", None)
        declaration = declared(dependant) if dependant else None
        yield Rule(one.path or repr(one.route), frozenset(one.methods or ()), dependant, declaration)


def insist_on_access(app: FastAPI) -> None:
    """Refuse an application in which a route does not say for whom it is."""
    for rule in rules(app):
        if rule.declaration is None and rule.path != FILES:
            raise RuntimeError(f"{rule.path} does not say who may use it")


def declared(dependant: Dependant) -> Declaration | None:
    """What a route declares; None: it has forgotten."""
    return next(_declarations(dependant), None)


def _declarations(dependant: Dependant) -> Iterator[Declaration]:
    for one in dependant.dependencies:
        if isinstance(one.call, Declaration):
            yield one.call
        yield from _declarations(one)


def is_signed_in(store: Store, clock: Clock, request: Request, secure: bool) -> bool:
    """Whether the request's session still holds."""
    return _visitor(store, clock, request, secure) is not None


def _visitor(store: Store, clock: Clock, request: Request, secure: bool) -> Visitor | None:
    token = cookie_of(request, secure)
    if not token:
        return None
    now = clock.real(clock.now())
    with store.read() as connection:
        found = sessions.session_of(connection, token, now)
        visitor = Visitor(found, changes.mark(connection)) if found else None
    if found is not None and now - found.seen_at >= sessions.SEEN_EVERY:
        with suppress(StoreError), store.write() as connection:  # who may look can look at a full disk, too
            sessions.seen(connection, found, now)
            sweep(connection, now)
    return visitor
