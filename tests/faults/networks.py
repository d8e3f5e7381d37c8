"""The networks of a run: the product's sandbox in a process of its own, which tells when all is quiet."""

import json
import os
import threading
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from werkzeug.serving import ThreadedWSGIServer

from bot.clock import JourneyClock
from bot.sandbox import Sandbox, failing
from bot.sandbox.faults import Fault

from .campaign import ACCOUNTS, handle
from .process import Process, fork

_STORES = ("drop_after", "truncate", "slow")


class Networks:
    """A sandbox and what is said to it."""

    def __init__(self, folder: Path, clock: Path) -> None:
        answers, told = os.pipe()
        asked, self._questions = os.pipe()

        def serve() -> int:
            os.close(self._questions)  # else the end of the harness would not be noticed
            return _serve(clock, told, asked)

        self.process: Process = fork(serve, folder / "sandbox.log")
        os.close(told)
        os.close(asked)
        self._answers = os.fdopen(answers, "r")
        first = json.loads(self._answers.readline())
        self.url: str = first["url"]
        self.environment: Mapping[str, str] = first["environment"]

    def are_quiet(self) -> bool:
        """Whether no request is on its way that may still create something."""
        self.get("/healthz")  # behind all that has come before
        os.write(self._questions, b"?")
        return int(self._answers.readline()) == 0

    def get(self, path: str) -> Any:
        """What a control endpoint answers."""
        return self._request("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Tell a control endpoint something."""
        return self._request("POST", path, json.dumps(body).encode())

    def close(self) -> None:
        """End the process."""
        os.close(self._questions)
        self.process.signal(9)
        self.process.wait(10)
        self._answers.close()

    def _request(self, method: str, path: str, body: bytes | None) -> Any:
        request = urllib.request.Request(self.url + path, body, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())


def _serve(clock: Path, ready: int, ask: int) -> int:
    """In the new process: serve until the harness is gone."""
    under_way = UnderWay()
    under_way.watch()
    with Sandbox(now=JourneyClock(clock).now) as sandbox:
        environment = dict(sandbox.environment())
        for name, network in ACCOUNTS.items():
            environment |= sandbox.register(network, name, handle(name))
        told = json.dumps({"url": sandbox.url, "environment": environment})
        os.write(ready, told.encode() + b"\n")
        while os.read(ask, 1):
            os.write(ready, b"%d\n" % under_way.number())
    return 0


class UnderWay:
    """The connections on which something may still be created: from their acceptance to their effect."""

    def __init__(self) -> None:
        self._open: set[int] = set()
        self._lock = threading.Lock()
        self._here = threading.local()

    def number(self) -> int:
        """How many there are."""
        with self._lock:
            return len(self._open)

    def watch(self) -> None:
        """Follow every connection that the server accepts, and every fault that is played."""
        self._watch_server()
        self._watch_faults()

    def _watch_server(self) -> None:
        kind: Any = ThreadedWSGIServer
        real_begin, real_work = kind.process_request, kind.process_request_thread

        def process_request(server: Any, connection: Any, address: Any) -> None:
            with self._lock:
                self._open.add(id(connection))
            real_begin(server, connection, address)

        def process_request_thread(server: Any, connection: Any, address: Any) -> None:
            self._here.connection = id(connection)
            try:
                real_work(server, connection, address)
            finally:
                self._is_over()

        kind.process_request, kind.process_request_thread = process_request, process_request_thread

    def _watch_faults(self) -> None:
        module: Any = failing
        real = module.play

        def play(fault: Fault, network: Any, carry_out: Any, *rest: Any) -> Any:
            def carried() -> Any:
                try:
                    return carry_out()
                finally:
                    self._is_over()

            if not (fault.stored or fault.fault in _STORES):
                self._is_over()
            return real(fault, network, carried, *rest)

        module.play = play

    def _is_over(self) -> None:
        with self._lock:
            self._open.discard(self._here.connection)
