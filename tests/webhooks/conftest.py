"""Fixtures of the webhooks' tests: a store, and a receiver on this machine that keeps what it is sent."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.seal import new_key
from bot.settings import Settings
from bot.store import Store, open_store
from tests.store.conftest import file_store, server_store, set_up, store

__all__ = ["file_store", "server_store", "set_up", "store"]


@dataclass(frozen=True)
class Got:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    def is_signed_with(self, secret: str) -> bool:
        """As a receiver would find out, by the specification and without our code."""
        assert secret.startswith("whsec_")
        key = base64.b64decode(secret[6:], validate=True)
        signed = f"{self.headers['webhook-id']}.{self.headers['webhook-timestamp']}.".encode() + self.body
        expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        given = [one.split(",", 1) for one in self.headers["webhook-signature"].split(" ")]
        return any(version == "v1" and hmac.compare_digest(one, expected) for version, one in given)


class Receiver:
    """Answers every request as it is told; None: it never answers."""

    def __init__(self) -> None:
        self.status: int | None = 204
        self.words = b""
        self.more: dict[str, str] = {}
        self.got: list[Got] = []
        self.arrived = threading.Event()
        self._end = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.got.append(Got(self.path, headers, body))
                receiver.arrived.set()
                if receiver.status is None:
                    receiver._end.wait()
                    return
                self.send_response(receiver.status)
                for name, value in receiver.more.items():
                    self.send_header(name, value)
                if receiver.status != 204:
                    self.send_header("Content-Length", str(len(receiver.words)))
                with suppress(OSError):  # whoever asks may have gone
                    self.end_headers()
                    self.wfile.write(receiver.words)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook?of=ours"

    def __enter__(self) -> "Receiver":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, store: Store) -> Settings:
    address = store.engine.url.render_as_string(hide_password=False)
    environment = {"BOT_SECRET_KEY": new_key()}
    return Settings(tmp_path / "config", tmp_path / "posts", address, 0, environment=environment)


@pytest.fixture
def other_store(settings: Settings) -> Iterator[Store]:
    """The same database, as another worker has it."""
    opened = open_store(settings.database_url)
    yield opened
    opened.close()
