"""Posting: one message to one address, with an end to every wait, and as much of the answer as is shown."""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.networks.redaction import redact
from bot.store.webhook_copies import LONGEST_ANSWER
from bot.webhooks.address import Address, AddressError, parse, resolve

CONNECT_S = 10.0
ANSWER_S = 20.0  # for the whole of it
_READ = 4 * LONGEST_ANSWER  # bytes of an answer


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `ok`: the receiver has taken it."""

    ok: bool
    status: int | None  # HTTP; None: nobody answered
    words: str  # the beginning of the answer, or why there is none
    wait: timedelta = timedelta()  # how long the receiver asks to be left alone

    @property
    def gone(self) -> bool:
        """Whether the receiver wants to be told nothing more."""
        return self.status == http.HTTPStatus.GONE


class Stopped(Exception):  # noqa: N818  (no error)
    """The call was broken off because this process stops."""


class Post:
    """One call, which another thread may break off; nothing here follows redirects."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._stopped = False
        self._late = False

    def send(self, url: str, body: bytes, headers: Mapping[str, str], secrets: Collection[str]) -> Answer:
        """Send a body and wait for the answer.

        Raises:
            Stopped: `stop` was called before an answer came; the message may have arrived.
        """
        limit = threading.Timer(CONNECT_S + ANSWER_S, self._end)
        limit.daemon = True
        limit.start()
        try:
            status, said, wait = self._call(parse(url), body, headers)
            words = redact(" ".join(said.split()), secrets)[:LONGEST_ANSWER]
            return Answer(200 <= status < 300, status, words, wait)
        except (AddressError, OSError, http.client.HTTPException, ValueError) as error:
            if self._stopped:
                raise Stopped from None
            words = f"no answer within {CONNECT_S + ANSWER_S:.0f} s" if self._late else _words(error)
            return Answer(False, None, redact(words, secrets)[:LONGEST_ANSWER])
        finally:
            limit.cancel()

    def stop(self) -> None:
        """Break the call off, or the next one."""
        with self._lock:
            self._stopped = True
            self._shut()

    def _end(self) -> None:
        with self._lock:
            self._late = True
            self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _call(self, to: Address, body: bytes, headers: Mapping[str, str]) -> tuple[int, str, timedelta]:
        kind = http.client.HTTPSConnection if to.secure else http.client.HTTPConnection
        connection = kind(to.host, to.port)
        try:
            connection.sock = self._connected(to)
            connection.request("POST", to.target, body, {**_OURS, **headers})
            found = connection.getresponse()
            said = found.read(_READ).decode("utf-8", "replace")
            return found.status, said, _wait(found.headers.get("Retry-After"))
        finally:
            connection.close()

    def _connected(self, to: Address) -> socket.socket:
        """A connection to the very address that was looked at."""
        number, *others = resolve(to)
        try:
            plain = self._held(socket.create_connection((number, to.port), CONNECT_S))
        except OSError:
            if not others:
                raise
            plain = self._held(socket.create_connection((others[0], to.port), CONNECT_S))
        if to.secure:
            plain = self._held(ssl.create_default_context().wrap_socket(plain, server_hostname=to.host))
        plain.settimeout(ANSWER_S)
        return plain

    def _held(self, connected: socket.socket) -> socket.socket:
        with self._lock:
            self._socket = connected
            if self._stopped or self._late:
                connected.close()
                raise OSError("broken off")
        return connected


_OURS = {
    "Content-Type": "application/json",
    "User-Agent": "campaign-bot",
    "Accept": "*/*",
    "Connection": "close",
}


def _wait(header: str | None) -> timedelta:
    """Of `Retry-After` in seconds; a date is not understood, and the usual time is waited."""
    return (
        timedelta(seconds=int(header)) if header and header.isdecimal() and len(header) < 7 else timedelta()
    )


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    return str(error) or type(error).__name__
