"""The application: its pages, each made from the store at the moment it is asked for."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from bot.clock import Clock
from bot.model.state import State
from bot.planning.status import look
from bot.settings import Settings
from bot.store import Store, StoreError, listing
from bot.store.engine import DamagedStoreError
from bot.store.post_log import Filter, entries
from bot.web.previews import previews
from bot.web.readiness import Readiness

HERE = Path(__file__).parent
ON_A_PAGE = 200  # entries of the post log
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def make_app(store: Store, settings: Callable[[], Settings], clock: Clock) -> FastAPI:
    """The pages on one store; `settings` says what is in force at the moment."""
    app = FastAPI(title="Campaign bot", docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    templates = Jinja2Templates(directory=HERE / "templates")

    @app.middleware("http")
    async def add_headers(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await answer(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)  # a file has a stricter policy of its own
        return response

    @app.exception_handler(StoreError)
    async def store_trouble(request: Request, error: StoreError) -> Response:
        if isinstance(error, DamagedStoreError):
            store.reopen()  # perhaps the right file is in its place the next time
        context = {"trouble": str(error), "organisation": settings().organisation}
        return templates.TemplateResponse(request, "trouble.html", context, status_code=503)

    @app.get("/", response_class=HTMLResponse)
    def today(request: Request) -> Response:
        context = {
            "organisation": settings().organisation,
            "status": look(store, settings(), clock),
            "now": clock.now(),
        }
        return templates.TemplateResponse(request, "status.html", context)

    @app.get("/log", response_class=HTMLResponse)
    def log(
        request: Request,
        account: Annotated[str, Query(max_length=200)] = "",
        state: Annotated[str, Query(max_length=20)] = "",
        post: Annotated[str, Query(max_length=500)] = "",
    ) -> Response:
        wanted = Filter(account=account or None, state=state or None, post=post or None)
        with store.read() as connection:
            found = entries(connection, wanted, newest=ON_A_PAGE)
            gone = listing.removed_links(connection, {one.delivery for one in found})
        context = {
            "organisation": settings().organisation,
            "entries": list(reversed(found)),
            "gone": gone,
            "accounts": sorted(settings().accounts),
            "states": list(State),
            "chosen": {"account": account, "state": state, "post": post},
            "most": ON_A_PAGE,
        }
        return templates.TemplateResponse(request, "log.html", context)

    app.include_router(previews(settings, templates))
    readiness = Readiness(store, clock)

    @app.get("/healthz")
    async def health() -> Response:
        found = await readiness.look()
        known = {"worker_alive": found.worker_alive, "paused": found.paused}
        return JSONResponse({"up": True, **known})

    @app.get("/readyz")
    async def ready(worker: Annotated[str | None, Query(max_length=20)] = None) -> Response:
        found = await readiness.look()
        reasons = found.reasons(worker_too=worker is not None)
        return JSONResponse(
            {"ready": not reasons, "reasons": reasons, **asdict(found)}, status_code=503 if reasons else 200
        )

    return app
