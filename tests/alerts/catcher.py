"""A target on this machine that catches what Apprise really sends, refuses it, or never answers."""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bot.alerts.alerts import Alerts
from bot.alerts.courier import Courier
from bot.alerts.targets import secrets
from bot.settings import AlertOptions, Settings
from bot.store import alerts as rows
from bot.store.alerts import Notice
from tests.worker.helper import Bench

MAIL, CHAT = "BOT_ALERT_MAIL", "BOT_ALERT_CHAT"
SECRET = "hook-token-9f27"


class Catcher:
    """Answers `status` to every message; None: it never answers."""

    def __init__(self) -> None:
        self.status: int | None = 200
        self.caught: list[Mapping[str, Any]] = []
        self.asked = threading.Event()
        self._end = threading.Event()
        catcher = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = catcher.status
                catcher.asked.set()
                if status is None:
                    catcher._end.wait()
                    return
                if status < 300:
                    catcher.caught.append(json.loads(body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> "Catcher":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Its address as Apprise writes it, with a token as such addresses have; it may wait for long."""
        return f"json://127.0.0.1:{self._server.server_port}/{SECRET}?rto=600"

    @property
    def subjects(self) -> list[str]:
        return [one["title"] for one in self.caught]


def settings_of(bench: Bench, *to: str, urls: Mapping[str, str] | None = None, **options: Any) -> Settings:
    """The bench's settings with alerts; each target has an address that is not used, unless one is given."""
    addresses = dict.fromkeys(to, f"json://127.0.0.1:9/{SECRET}") | dict(urls or {})
    chosen: dict[str, Any] = {"daily_at": None, "timezone": "UTC", **options}
    return replace(
        bench.settings,
        alerts=AlertOptions(to=to, **chosen),
        environment={**bench.settings.environment, **addresses},
    )


def alerts_of(bench: Bench, settings: Settings, limit_s: float = 60, **options: Any) -> Alerts:
    """The alerts of one worker, that a test moves on step by step."""
    chosen = {"accounts": bench.accounts, "courier": Courier(secrets(settings), limit_s), **options}
    return Alerts(bench.store, settings, bench.clock, **chosen)


def look(bench: Bench, settings: Settings) -> Sequence[Notice]:
    """One look of a worker that has just started, and what it then has to tell."""
    alerts_of(bench, settings).watch()
    parcel = rows.claim(bench.store, settings.alerts.to[0], bench.clock.now(), timedelta())
    if parcel is None:
        return []
    rows.arrived(bench.store, parcel, bench.clock.now())
    return parcel.alerts
