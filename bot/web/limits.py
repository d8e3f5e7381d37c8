"""Limits: how much a request may send, before anybody has looked at who sends it."""

import json

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
MOST = 4_000_000  # bytes: a form with a post of 100,000 characters has about 1.2 million


class TooLargeError(HTTPException):
    """A request sends more than it may; as one of HTTP, so that whoever reads the body lets it through."""

    def __init__(self) -> None:
        super().__init__(413)


class BodyLimit:
    """Refuses larger requests; a route that takes files by their pieces counts for itself."""

    def __init__(self, app: ASGIApp, streamed: tuple[str, ...]) -> None:
        self._app = app
        self._streamed = streamed  # the beginnings of those routes' paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count."""
        if scope["type"] != "http" or (scope["path"].startswith(self._streamed) and not _is_form(scope)):
            await self._app(scope, receive, send)
            return
        taken, answered = 0, False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MOST:
                raise TooLargeError
            return message

        async def watched(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            length = dict(scope["headers"]).get(b"content-length", b"0")
            if length.isdigit() and int(length) > MOST:
                raise TooLargeError
            await self._app(scope, counted, watched)
        except TooLargeError:
            if answered:
                raise
            words = "This is more than can be taken at once."
            for_programs = scope["path"].startswith("/api/")
            body = (json.dumps({"detail": words}) if for_programs else words).encode()
            kind = b"application/json" if for_programs else b"text/plain; charset=utf-8"
            headers = [
                (b"content-type", kind),
                (b"content-length", b"%d" % len(body)),
            ]
            await send({"type": "http.response.start", "status": 413, "headers": headers})
            await send({"type": "http.response.body", "body": body})


def _is_form(scope: Scope) -> bool:
    """Whether the body is a form: the whole of it is read, wherever it is sent, for the proof in it."""
    kind: bytes = dict(scope["headers"]).get(b"content-type", b"")
    return kind.decode("latin-1").startswith(FORMS)
