"""The server: Werkzeug's, in threads of its own, which stops at once whatever hangs."""

import contextlib
import selectors
import socket
from collections.abc import Callable
from threading import Condition, Thread
from typing import Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

_PATIENCE_SECONDS = 5.0
_BACKLOG = 128


class Server:
    """Serves an application on a port from a daemon thread.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, host: str, port: int, app: Callable[..., Any]) -> None:
        self._open: set[socket.socket] = set()
        self._changed = Condition()
        handler = _handler(self._open, self._changed)
        # Werkzeug would end the whole program if the port is taken, so the port is taken here.
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family, backlog=_BACKLOG) as listening:
            self.port: int = listening.getsockname()[1]
            self._server: BaseWSGIServer = make_server(
                host, self.port, app, threaded=True, request_handler=handler, fd=listening.fileno()
            )
        self._server.timeout = 0  # whoever called may have gone again
        self._stopping, self._wake = socket.socketpair()
        self._thread = Thread(target=self._serve, name="sandbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests, end those in flight, and free the port."""
        self._wake.close()
        self._thread.join()
        self._stopping.close()
        self._server.server_close()
        with self._changed:
            for connection in self._open:
                _shut(connection)
            self._changed.wait_for(lambda: not self._open, timeout=_PATIENCE_SECONDS)

    def _serve(self) -> None:
        """Take requests until the stop; the loop of the standard library would look for it every so often."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._stopping, selectors.EVENT_READ)
            selector.register(self._server, selectors.EVENT_READ)
            while True:
                ready = {key.fileobj for key, _ in selector.select()}
                if self._stopping in ready:
                    return
                self._server.handle_request()


def _handler(open_: set[socket.socket], changed: Condition) -> type[WSGIRequestHandler]:
    class Handler(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            with changed:
                open_.add(self.connection)

        def finish(self) -> None:
            try:
                super().finish()
            finally:
                with changed:
                    open_.discard(self.connection)
                    changed.notify_all()

        def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
            self.close_connection = True

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing: the calls are in the books."""

    return Handler


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # its other end was quicker, or a fault was
        connection.shutdown(socket.SHUT_RDWR)
