"""The server: the pages over HTTP, in a thread beside whatever else this process does."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn

from bot.clock import Clock
from bot.errors import SpokenError
from bot.settings import Settings
from bot.store import open_store
from bot.web.app import make_app


class CannotServeError(SpokenError):
    """The address can not be listened on."""


@contextmanager
def serving(settings: Settings, clock: Clock, host: str, port: int) -> Iterator[str]:
    """Serve the pages until the block ends; gives their address.

    Raises:
        CannotServeError: the port is taken, or may not be used.
    """
    store = open_store(settings.database_url)
    config = uvicorn.Config(make_app(store, settings, clock), host=host, port=port, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=_run, args=(server,), name="web", daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise CannotServeError(f"can not listen on {host}:{port}: choose another with --port")
            time.sleep(0.01)
        yield f"http://{host}:{_port_of(server)}"
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        store.close()


def _run(server: uvicorn.Server) -> None:
    with suppress(SystemExit):  # uvicorn's way to say that the port is taken
        server.run()


def _port_of(server: uvicorn.Server) -> int:
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port
