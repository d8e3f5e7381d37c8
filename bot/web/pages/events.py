"""Events: tells open pages that something has changed, so that they show it by themselves."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from bot.model.role import Role
from bot.store import Store, StoreError, audit, changes
from bot.web.access import is_secure, is_signed_in
from bot.web.site import Site

EVERY_S = 1.0  # how often the store is asked, whatever number of pages is open
SIGN_OF_LIFE_S = 15.0  # proxies end a connection that says nothing for long
LONGEST_S = 600.0  # then the browser asks again, and whoever was shut out meanwhile gets no answer


class Watch:
    """Asks the store for its latest change, once for everybody who wants to know."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asking = False
        self._asked = float("-inf")
        self._mark: tuple[str, int] | None = None

    async def mark(self) -> tuple[str, int]:
        """What is another after every change that pages show; and what is after each one of the team.

        Only one of all listeners asks; the others go by what is known. So a store that does not answer takes
        one thread, and not one of each open page, which would be all that there are.
        """
        is_old = time.monotonic() - self._asked >= EVERY_S
        if self._mark is None or (is_old and not self._asking):
            self._asking = True
            try:
                self._mark = await run_in_threadpool(self._look)
                self._asked = time.monotonic()
            finally:
                self._asking = False
        return self._mark

    def _look(self) -> tuple[str, int]:
        try:
            with self._store.read() as connection:
                return changes.mark(connection), audit.newest(connection)
        except StoreError:
            return self._mark or ("", 0)  # the page itself says what is wrong with the store


def events(site: Site) -> APIRouter:
    """The address that every page listens to."""
    router = APIRouter()
    watch = Watch(site.store)

    @router.get("/events", dependencies=[site.needs(Role.VIEWER)])
    async def listen(request: Request, since: Annotated[str, Query(max_length=100)] = "") -> Response:
        stream = _stream(site, request, watch, request.headers.get("last-event-id", since))
        return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})

    return router


async def _stream(site: Site, request: Request, watch: Watch, seen: str) -> AsyncIterator[str]:
    """Every change after the one that the page has seen; empty: after now."""
    begun = said = time.monotonic()
    secure = is_secure(request, site.settings())
    last, team = await watch.mark()
    yield f"retry: 3000\nid: {last}\n\n"
    if seen and seen != last:
        yield f"event: change\nid: {last}\ndata: {last}\n\n"  # something happened while nobody listened
    while time.monotonic() - begun < LONGEST_S and not site.closing.is_set():
        await asyncio.sleep(EVERY_S / 4)  # the store is asked less often; an end of the server is seen soon
        now, team_now = await watch.mark()
        if (now, team_now) != (last, team):
            team = team_now  # perhaps it was this one who was shut out
            if not await run_in_threadpool(is_signed_in, site.store, site.clock, request, secure):
                return
        if now != last:
            last, said = now, time.monotonic()
            yield f"event: change\nid: {now}\ndata: {now}\n\n"
        elif time.monotonic() - said >= SIGN_OF_LIFE_S:
            said = time.monotonic()
            yield ": still here\n\n"
