"""The callback: waits for a browser to come back from a network's page, or for its address to be typed."""

import select
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from bot.cli.context import CommandError

PATH = "/connected"
PATIENCE_S = 900.0  # a person may have to find her password first
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Connected</title>
<body style="font: 1.2rem/1.5 system-ui; margin: 4rem auto; max-width: 32rem; padding: 0 1rem">
<h1>Thank you</h1><p>You can close this window and go back to the terminal.</p></body></html>"""


class Callback:
    """A server on this machine alone that takes one visit: the one with the `state` that was given out."""

    def __init__(self, port: int, state: str) -> None:
        self._state = state
        self._port = port
        self._came: SimpleQueue[str] = SimpleQueue()
        try:
            self._server = HTTPServer(("127.0.0.1", port), self._handler())
        except OSError as error:
            words = f"can not listen on port {port}: {error.strerror}; take another --port"
            raise CommandError(words) from None

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait(self) -> str:
        """The whole address to which the browser came back.

        Raises:
            CommandError: nobody came.
        """
        deadline = time.monotonic() + PATIENCE_S
        typing = True
        while time.monotonic() < deadline:
            try:
                return self._came.get(timeout=0.1)
            except Empty:
                pass
            if typing and select.select([sys.stdin], [], [], 0)[0]:
                line = sys.stdin.readline()
                typing = bool(line)  # at its end nothing more can be typed
                if line.strip():
                    return line.strip()
        raise CommandError("nobody came back from the network's page: begin again")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        state, came = self._state, self._came
        origin = f"http://localhost:{self._port}"

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                ours = parts.path == PATH and parse_qs(parts.query).get("state") == [state]
                body = _PAGE.encode() if ours else b"not here"
                self.send_response(200 if ours else 404)
                self.send_header("Content-Type", "text/html; charset=utf-8" if ours else "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.send_header("Referrer-Policy", "no-referrer")
                self.end_headers()
                self.wfile.write(body)
                if ours:
                    came.put(f"{origin}{self.path}")

            def log_message(self, *args: object) -> None:
                """Not written down: the address has a code in it that stands for a password."""

        return Handler
