"""The server: the pages over HTTP, in a thread beside whatever else this process does."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from bot.clock import Clock
from bot.errors import SpokenError
from bot.settings import Settings
from bot.store import open_store
from bot.web.app import make_app

# Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: who asks, and whether by HTTPS.
LOCAL = "127.0.0.1,::1"


class CannotServeError(SpokenError):
    """The address can not be listened on."""


@contextmanager
def serving(settings: Settings | Callable[[], Settings], clock: Clock, host: str, port: int) -> Iterator[str]:
    """Serve the pages until the block ends; gives their address.

    `settings` may be a function that says what is in force at the moment.

    Raises:
        CannotServeError: the port is taken, or may not be used.
        StoreError: the database can not be used.
    """
    current = settings if callable(settings) else lambda: settings
    with _listening(host, port) as listening:
        store = open_store(current().database_url)
        try:
            trusted = current().environment.get("FORWARDED_ALLOW_IPS", "").strip() or LOCAL
            yield from _served(make_app(store, current, clock), listening, host, trusted)
        finally:
            store.close()


def _served(app: FastAPI, listening: socket.socket, host: str, trusted: str) -> Iterator[str]:
    # In a service its errors are lines of the log; elsewhere they would be tracebacks in a terminal.
    level = "error" if logging.root.handlers else "critical"
    config = uvicorn.Config(
        app, log_config=None, log_level=level, access_log=False, timeout_graceful_shutdown=2,
        server_header=False, proxy_headers=True, forwarded_allow_ips=trusted,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), name="web", daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise CannotServeError("the web server did not start")
            time.sleep(0.01)
        shown = f"[{host}]" if ":" in host else host
        yield f"http://{shown}:{listening.getsockname()[1]}"
    finally:
        app.state.site.closing.set()
        server.should_exit = True
        thread.join(timeout=5)


def _listening(host: str, port: int) -> socket.socket:
    """Taken here and not by uvicorn, which would end the whole program if the port is not free."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        why = (error.strerror or str(error)).partition(" (while")[0].lower()  # Python repeats the address
        raise CannotServeError(f"can not listen on {host}:{port}: {why}; choose another --port") from None
    # Connections inherit it. asyncio sets it only on sockets that name their protocol, and without it each
    # page whose head and body are sent apart waits 40 milliseconds for the browser's acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
