"""The courier: has one message sent by a process that is ended if it takes too long, or when we stop."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Collection
from dataclasses import dataclass

from bot.alerts.targets import Target, pieces, secrets
from bot.networks.redaction import redact
from bot.settings import Settings

LIMIT_S = 45.0  # for one message; the start of the process is about 1.5 s of it
LONGEST = 300  # characters of a reason


@dataclass(frozen=True, slots=True)
class Delivered:
    """Whether a message has arrived, and if not why, without secrets."""

    ok: bool
    words: str = ""


class Stopped(Exception):  # noqa: N818  (no error)
    """The sending was broken off because this process stops."""


class Courier:
    """Sends messages; safe for several threads, and closed by any of them."""

    def __init__(self, secrets: Collection[str], limit_s: float = LIMIT_S) -> None:
        self._secrets = secrets
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._closed = False

    @classmethod
    def of(cls, settings: Settings) -> "Courier":
        """One that keeps the secrets of these settings."""
        return cls(secrets(settings))

    def send(self, target: Target, subject: str, body: str, kind: str) -> Delivered:
        """Send one message and wait for the answer; never longer than the limit.

        Raises:
            Stopped: `close` was called before an answer came; the message may have arrived.
        """
        if target.url is None:
            return Delivered(False, f"{target.name} is not set")
        order = {
            "url": target.url,
            "subject": redact(subject, self._secrets),
            "body": redact(body, self._secrets),
            "kind": kind,
        }
        try:
            answer = self._ask(json.dumps(order))
        except subprocess.TimeoutExpired:
            return Delivered(
                False, f"no answer within {self._limit_s:.0f} s; it may have arrived all the same"
            )
        except OSError as error:
            return Delivered(False, f"no process could be started to send it: {error.strerror}")
        words = redact(answer.words, {*self._secrets, *pieces(target.url)})
        return Delivered(answer.ok, words[:LONGEST])

    def close(self) -> None:
        """End what is under way, at once."""
        with self._lock:
            self._closed = True
            for process in self._running:
                process.kill()

    def _ask(self, order: str) -> Delivered:
        process = self._start()
        try:
            answer, complaint = process.communicate(order, timeout=self._limit_s)
        finally:
            with self._lock:
                self._running.discard(process)
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                with contextlib.suppress(OSError):
                    stream.close()  # type: ignore[union-attr]
        try:
            found = json.loads(answer)
        except ValueError:
            if self._closed:
                raise Stopped from None
            last = (complaint.strip().splitlines() or [f"exit code {process.returncode}"])[-1]
            return Delivered(False, f"the sending process failed: {last}")
        return Delivered(found["ok"], found["words"])

    def _start(self) -> "subprocess.Popen[str]":
        with self._lock:
            if self._closed:
                raise Stopped
            process = subprocess.Popen(
                [sys.executable, "-m", "bot.alerts.sender"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONIOENCODING": "utf-8"},
                encoding="utf-8",
                start_new_session=True,  # Ctrl-C is for us
            )
            self._running.add(process)
            return process
