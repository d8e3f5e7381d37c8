"""Ending: answers what is still open when the server ends, instead of leaving it to a traceback."""

import asyncio
from threading import Event

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_WORDS = b"The page is being restarted: try again in a moment."


class Ending:
    """Outside of everything that answers; `closing` is set when the server ends."""

    def __init__(self, app: ASGIApp, closing: Event) -> None:
        self._app = app
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; one that is broken off by the end has its answer all the same."""
        answered = False

        async def watched(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:
            if not self._closing.is_set() or scope["type"] != "http":
                raise
            if not answered:
                headers = [
                    (b"content-type", b"text/plain; charset=utf-8"),
                    (b"content-length", b"%d" % len(_WORDS)),
                    (b"connection", b"close"),
                ]
                await send({"type": "http.response.start", "status": 503, "headers": headers})
                await send({"type": "http.response.body", "body": _WORDS})
