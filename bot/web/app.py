"""The application: the pages of one store behind one front door."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from bot.clock import Clock
from bot.errors import SpokenError
from bot.logs import event
from bot.settings import Settings
from bot.store import Store, StoreError
from bot.store.engine import DamagedStoreError
from bot.web import words
from bot.web.access import FILES, ForbiddenError, NotSignedInError, insist_on_access, sign_in_address
from bot.web.api.access import ApiError, status_of
from bot.web.api.router import api
from bot.web.ending import Ending
from bot.web.limits import BodyLimit
from bot.web.pages.accounts import accounts
from bot.web.pages.approval import approval
from bot.web.pages.calendar import calendar
from bot.web.pages.campaign_applying import campaign_applying
from bot.web.pages.campaign_editing import campaign_editing
from bot.web.pages.campaign_figures import campaign_figures
from bot.web.pages.campaign_plan import campaign_plan
from bot.web.pages.campaigns import campaigns
from bot.web.pages.composer import composer
from bot.web.pages.connecting import connecting
from bot.web.pages.deliveries import deliveries
from bot.web.pages.delivery import delivery
from bot.web.pages.events import events
from bot.web.pages.log import log_page
from bot.web.pages.me import me
from bot.web.pages.media import media_files
from bot.web.pages.openid import openid
from bot.web.pages.posts import posts_page
from bot.web.pages.preflight import preflight
from bot.web.pages.previews import previews
from bot.web.pages.programs import programs
from bot.web.pages.queue import queue
from bot.web.pages.review import review
from bot.web.pages.sign_in import sign_in
from bot.web.pages.switch import switch
from bot.web.pages.team import team
from bot.web.pages.today import today
from bot.web.readiness import Readiness
from bot.web.site import Site
from bot.web.words import gettext as _

HERE = Path(__file__).parent
PAGES = (
    today, calendar, posts_page, queue, log_page, accounts, connecting, preflight, campaign_editing,
    campaigns, team, programs,  # as in the menu
    delivery, composer, approval, review, media_files, campaign_applying, campaign_figures,
    sign_in, openid, me, campaign_plan, deliveries, switch, previews, events, api,
)  # fmt: skip
STREAMED = ("/media/", "/api/v1/media")  # routes that take files piece by piece
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
_log = logging.getLogger("bot.web")


def make_app(store: Store, settings: Callable[[], Settings], clock: Clock) -> FastAPI:
    """The pages on one store; `settings` says what is in force at the moment."""
    app = FastAPI(
        title="Campaign bot", docs_url=None, redoc_url=None, openapi_url=None,
        redirect_slashes=False,  # which would lead to whatever host a request names
    )  # fmt: skip
    app.mount(FILES, StaticFiles(directory=HERE / "static"), name="static")
    app.add_middleware(BodyLimit, streamed=STREAMED)
    site = Site(store, settings, clock)
    for page in PAGES:
        app.include_router(page(site))
    _answer_troubles(app, site)
    _answer_machines(app, site)

    @app.middleware("http")
    async def add_headers(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        # Until a route knows who it is; and for addresses that have no route.
        words.read_as(words.preferred(request.headers.get("accept-language", "")), "UTC")
        response = _guarded(await answer(request))
        if request.url.path.startswith("/static/"):
            response.headers["Cache-Control"] = (
                "no-cache"  # kept, and asked for anew: an upgrade shows at once
            )
        return response

    app.add_middleware(Ending, closing=site.closing)
    insist_on_access(app)
    app.state.site = site
    return app


def _guarded(response: Response) -> Response:
    """The answer with the headers that keep browsers careful; a file has a stricter policy of its own."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _answer_troubles(app: FastAPI, site: Site) -> None:
    """One clear sentence for whatever goes wrong, on a page or as JSON."""

    def tell(
        request: Request, status: int, title: str, trouble: str, headers: Mapping[str, str] | None = None
    ) -> Response:
        if is_for_programs(request):
            plain = trouble.encode("utf-8", "replace").decode()  # JSON may hold half a character
            return JSONResponse({"detail": plain}, status_code=status, headers=headers)
        if "hx-request" in request.headers or "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"detail": trouble}, status_code=status)
        context = {"title": title, "trouble": trouble, "menu": site.menu}
        return site.render_bare(request, "trouble.html", context, status=status)

    @app.exception_handler(NotSignedInError)
    async def not_signed_in(request: Request, _error: NotSignedInError) -> Response:
        if "hx-request" in request.headers:
            return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
        if request.method not in ("GET", "HEAD"):
            return tell(request, 401, _("Signed out"), _("You are not signed in: sign in and try again."))
        return RedirectResponse(sign_in_address(request), status_code=303)

    @app.exception_handler(ForbiddenError)
    async def forbidden(request: Request, error: ForbiddenError) -> Response:
        return tell(request, 403, _("Not allowed"), error.why)

    @app.exception_handler(StoreError)
    async def store_trouble(request: Request, error: StoreError) -> Response:
        if isinstance(error, DamagedStoreError):
            site.store.reopen()  # perhaps the right file is in its place the next time
        comfort = _("Nothing that was queued is lost. Load the page again when it is mended.")
        return tell(request, 503, _("The store can not be read"), f"{error}. {comfort}")

    @app.exception_handler(SpokenError)
    async def spoken(request: Request, error: SpokenError) -> Response:
        status = status_of(error) if is_for_programs(request) else 400
        return tell(request, status, _("That can not be done"), str(error))

    @app.exception_handler(ApiError)
    async def refused_program(request: Request, error: ApiError) -> Response:
        return tell(request, error.status, _("That can not be done"), error.detail, error.headers)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        where = ", ".join(".".join(map(str, one["loc"][1:])) for one in error.errors()[:5])
        return tell(request, 422, _("That can not be read"), f"{where}: {error.errors()[0]['msg']}")

    @app.exception_handler(ClientDisconnect)
    async def gone(_request: Request, _error: ClientDisconnect) -> Response:
        return Response(status_code=400)  # whoever went on before the form had arrived sees nothing of it

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        known = {
            404: (_("Not found"), _("There is no such page here.")),
            405: (_("Not possible"), _("This can not be done here.")),
            413: (_("Too large"), _("This is more than can be taken at once.")),
        }
        title, trouble = known.get(error.status_code, (_("Not possible"), str(error.detail)))
        return tell(request, error.status_code, title, trouble, error.headers)

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Response:
        _log.error("the page failed: %s", type(error).__name__, exc_info=error, extra=event("page-fault"))
        told = _("A fault of this program. It is in the log; please report it.")
        return _guarded(tell(request, 500, _("A fault"), told))  # it leaves outside of all that adds them


def is_for_programs(request: Request) -> bool:
    """Whether the answer is read by a program whatever it asks for."""
    return request.url.path.startswith("/api/")


def _answer_machines(app: FastAPI, site: Site) -> None:
    """What watches this process asks here; nothing in it is secret."""
    readiness = Readiness(site.store, site.clock)

    @app.get("/healthz", dependencies=[site.public])
    async def health() -> Response:
        found = await readiness.look()
        known = {"worker_alive": found.worker_alive, "paused": found.paused}
        return JSONResponse({"up": True, **known})

    @app.get("/readyz", dependencies=[site.public])
    async def ready(worker: Annotated[str | None, Query(max_length=20)] = None) -> Response:
        found = await readiness.look()
        reasons = found.reasons(worker_too=worker is not None)
        return JSONResponse(
            {"ready": not reasons, "reasons": reasons, **asdict(found)}, status_code=503 if reasons else 200
        )
