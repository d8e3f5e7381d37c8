"""The wire: connections that serve one request, know whether it left, and end at a deadline."""

import http.client
import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.poolmanager import PoolManager

from bot.networks.answer import NoAnswerError

LONGEST_BODY = 1 << 20  # bytes, unpacked; real answers have a few thousand

# Everything that the wire can do to us; whatever else is raised is a mistake of ours and must show.
_TROUBLE = (requests.RequestException, HTTPError, http.client.HTTPException, OSError)


class OneCallAdapter(BaseAdapter):
    """Sends each request once, on a connection of its own.

    No retry, and no connection that was kept alive: one that the server closed meanwhile would turn a
    request that never arrived into one of which nobody knows.
    """

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """The whole answer, its body already read.

        Raises:
            NoAnswerError: there is none, for whatever reason.
        """
        journey, response = _Journey(), None
        token = _journey.set(journey)
        wire = _Wire(max_retries=0)
        try:
            response = wire.send(request, True, timeout, verify, cert, proxies)
            response.raw = io.BytesIO(_body(response))
        except _TROUBLE as error:
            raise NoAnswerError(
                describe(error, journey),
                never_left=not journey.departed,
                status=None if response is None else response.status_code,
            ) from error
        else:
            return response
        finally:
            wire.close()
            _journey.reset(token)

    def close(self) -> None:
        """Nothing is kept open between calls."""


def describe(error: BaseException, journey: "_Journey") -> str:
    """What went wrong, in words for the operator."""
    causes = list(_chain(error))
    for kind, words in _BEFORE if not journey.departed else _AFTER:
        if any(isinstance(cause, kind) for cause in causes):
            return words
    return f"the connection broke ({type(causes[-1]).__name__})"


@dataclass(slots=True)
class _Journey:
    """How far one request came."""

    departed: bool = False


_journey: ContextVar[_Journey] = ContextVar("journey")


class TooLongError(HTTPError):
    """An answer has more bytes than any real one."""


class TooLateError(OSError):
    """A request was held up before it left, and must not leave any more."""


@dataclass(frozen=True, slots=True)
class _Limit:
    """The last moment for a request to leave, by both clocks: each stands still in some kind of sleep."""

    wall: float
    monotonic: float

    def is_over(self) -> bool:
        return time.time() > self.wall or time.monotonic() > self.monotonic


_limit: ContextVar[_Limit] = ContextVar("limit")


@contextmanager
def departing_within(time_left: timedelta) -> Iterator[None]:
    """Let requests of the block leave within this (real) time from now, or never.

    A process that was stopped between its intent and its call, or whose machine slept, may find that
    another has taken over: what it would send then would be the second one.
    """
    seconds = time_left.total_seconds()
    token = _limit.set(_Limit(time.time() + seconds, time.monotonic() + seconds))
    try:
        yield
    finally:
        _limit.reset(token)


# In this order: for urllib3 a failed look-up is a failed connection, and that is a connect time-out.
_BEFORE: tuple[tuple[type[BaseException], str], ...] = (
    (TooLateError, "this machine slept or was too slow before the request left"),
    (NameResolutionError, "the name of the server can not be looked up"),
    (ProxyError, "the proxy refused or can not be reached"),
    (SSLError, "no secure connection could be made (TLS): see this machine's clock and certificates"),
    (NewConnectionError, "the connection was refused or there is no way to the server"),
    (ConnectTimeoutError, "no connection came about in time"),
    (ReadTimeoutError, "no secure connection came about in time (TLS)"),
    (OSError, "no connection could be made"),
)
_AFTER: tuple[tuple[type[BaseException], str], ...] = (
    (TooLongError, "the answer is too long to be read"),
    (ReadTimeoutError, "no whole answer came in time"),
    (TimeoutError, "no whole answer came in time"),
    (http.client.RemoteDisconnected, "the connection closed without an answer"),
    (ConnectionResetError, "the connection was reset before the answer was whole"),
    (BrokenPipeError, "the connection closed while the request was being sent"),
    (http.client.IncompleteRead, "the answer broke off"),
)


def _chain(error: BaseException) -> list[BaseException]:
    """The error and all that it wraps: requests and urllib3 nest in `args`, `reason` and the context."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
    return found


def _body(response: requests.Response) -> bytes:
    body = bytearray()
    for piece in response.raw.stream(1 << 16, decode_content=True):
        body += piece
        if len(body) > LONGEST_BODY:
            raise TooLongError("the answer is too long")
    return bytes(body)


class _Departing:
    """A connection that notes when it stands: from then on nobody can say that the request never left.

    This is the exact moment, which the class of an exception does not tell: urllib3 raises the same
    SSLError for a failed handshake and for a connection that breaks while the answer is being read.
    """

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]  # with the proxy's tunnel and the TLS handshake
        limit = _limit.get(None)
        if limit is not None and limit.is_over():
            raise TooLateError("it came too late for this request")
        _journey.get().departed = True


class _BoundedResponse(http.client.HTTPResponse):
    """An answer whose status line, headers and body together must come within one time-out.

    A socket's own time-out is for each read, so a server that drips would hold us for ever.
    """

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_UntilDeadline(self.fp.detach(), sock))


class _UntilDeadline(io.RawIOBase):
    """Reads from a socket, each time with no more than what is left of its time-out."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = time.monotonic() + (sock.gettimeout() or 0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Connection(_Departing, HTTPConnection):
    response_class = _BoundedResponse


class _SecureConnection(_Departing, HTTPSConnection):
    response_class = _BoundedResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Wire(HTTPAdapter):
    """requests' own adapter on our connections, direct or through a proxy."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _furnish(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        _furnish(manager)
        return manager


def _furnish(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
