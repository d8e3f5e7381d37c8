"""Small servers on raw sockets, which can do to a client what no HTTP library would."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Behaviour = Callable[[socket.socket], None]
# Beginning a session comes before what the tests are about, and is neither noted nor spoiled.
SIGN_IN = "/xrpc/com.atproto.server.createSession "
SESSION = {
    "did": "did:plc:fice",
    "handle": "fice.example.org",
    "accessJwt": "access",
    "refreshJwt": "refresh",
}


@dataclass
class Request:
    """One request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Server:
    """Does one thing to each connection in turn; the last one again and again."""

    behaviours: list[Behaviour]
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def serve(self, listener: socket.socket, wrap: Callable[[socket.socket], socket.socket]) -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(plain, wrap), daemon=True).start()

    def _one(self, plain: socket.socket, wrap: Callable[[socket.socket], socket.socket]) -> None:
        with plain:
            try:
                with wrap(plain) as sock:
                    request = read_request(sock)
                    if SIGN_IN in request.line:
                        answer(200, SESSION)(sock)
                        return
                    behaviour = self.behaviours[min(self.connections, len(self.behaviours) - 1)]
                    self.connections += 1
                    self.requests.append(request)
                    behaviour(sock)
            except OSError:
                pass  # the client has gone


@contextmanager
def serving(
    *behaviours: Behaviour, wrap: Callable[[socket.socket], socket.socket] = lambda sock: sock
) -> Iterator[Server]:
    """A server on a free port."""
    server = Server(list(behaviours))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        thread = threading.Thread(target=server.serve, args=(listener, wrap), daemon=True)
        thread.start()
        yield server
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def read_request(sock: socket.socket) -> Request:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = sock.recv(65536)
        if not piece:
            raise ConnectionError("the client closed")
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    line, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)}
    while len(body) < int(headers.get("content-length", "0")):
        body += sock.recv(65536)
    return Request(line, headers, body)


def answer(status: int = 201, body: Any = "", headers: dict[str, str] | None = None) -> Behaviour:
    """A proper answer; anything but a text is sent as JSON."""
    return raw(response(status, body, headers))


def response(status: int = 201, body: Any = "", headers: dict[str, str] | None = None) -> bytes:
    payload = body if isinstance(body, bytes) else str(body).encode()
    kind = "text/html"
    if not isinstance(body, str | bytes):
        payload, kind = json.dumps(body).encode(), "application/json"
    fields = {"Content-Type": kind, "Content-Length": str(len(payload)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + payload


def raw(data: bytes) -> Behaviour:
    """Just these bytes, then the end of the connection."""
    return lambda sock: sock.sendall(data)


def reset(data: bytes = b"") -> Behaviour:
    """These bytes, then a reset."""

    def behave(sock: socket.socket) -> None:
        sock.sendall(data)
        time.sleep(0.05)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return behave


def hang(data: bytes = b"", seconds: float = 1.0) -> Behaviour:
    """These bytes, then nothing."""

    def behave(sock: socket.socket) -> None:
        sock.sendall(data)
        time.sleep(seconds)

    return behave


def drip(data: bytes, every: float = 0.05) -> Behaviour:
    """A byte at a time."""

    def behave(sock: socket.socket) -> None:
        for byte in data:
            sock.sendall(bytes([byte]))
            time.sleep(every)

    return behave
