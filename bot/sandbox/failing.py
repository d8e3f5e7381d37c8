"""Failing: how each fault looks on the wire."""

import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from threading import Event

from bot.sandbox.answer import Answer
from bot.sandbox.faults import Fault
from bot.sandbox.network import Network

_DRIPS = 20


class DroppedError(ConnectionAbortedError):
    """The connection is gone, or was answered by hand: Werkzeug has nothing more to do."""


def play(
    fault: Fault,
    network: Network,
    carry_out: Callable[[], Answer],
    connection: socket.socket,
    stop: Event,
    now: datetime,
) -> Answer:
    """Answer a request as the fault wants it; `carry_out` is what should have been done, `now` the
    sandbox's time (UTC).

    Raises:
        DroppedError: there is no answer; what was sent, if anything, was sent here.
    """
    match fault.fault:
        case "status":
            if fault.stored:
                carry_out()
            if fault.named is not None:
                return network.named[fault.named].answer(now)
            return _error(fault, network)
        case "hang":
            if fault.stored:
                carry_out()
            stop.wait(fault.seconds)
            raise DroppedError
        case "drop_before":
            _reset(connection)
        case "drop_after":
            carry_out()
            _reset(connection)
        case "truncate":
            whole = _on_the_wire(carry_out())
            body = whole.index(b"\r\n\r\n") + 4
            connection.sendall(whole[: body + (len(whole) - body) // 2])
            raise DroppedError
        case "half_close":
            carry_out()
            _hear_out(connection, fault.seconds)
            raise DroppedError
        case "slow":
            return _slowly(fault, carry_out(), connection, stop)
    raise AssertionError(fault.fault)


def _error(fault: Fault, network: Network) -> Answer:
    own = network.error(fault.status)
    if fault.body is not None:
        own = Answer(fault.status, fault.body)
    content_type = fault.content_type or own.content_type
    return Answer(fault.status, own.body, {**own.headers, **fault.headers}, content_type)


def _slowly(fault: Fault, answer: Answer, connection: socket.socket, stop: Event) -> Answer:
    if not fault.drip:
        if stop.wait(fault.seconds):
            raise DroppedError
        return answer
    whole = _on_the_wire(answer)
    size = max(1, -(-len(whole) // _DRIPS))
    for start in range(0, len(whole), size):
        if stop.wait(fault.seconds / _DRIPS):
            break
        connection.sendall(whole[start : start + size])
    raise DroppedError


def _hear_out(connection: socket.socket, seconds: float) -> None:
    """Send no more, and read on until the client closes."""
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(seconds)
    with suppress(OSError):
        while connection.recv(1 << 16):
            pass


def _reset(connection: socket.socket) -> None:
    """Close at once with a RST: with no time to linger, the kernel forgets the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
    raise DroppedError


def _on_the_wire(answer: Answer) -> bytes:
    payload = answer.payload
    if not payload:  # half of nothing would be a whole answer
        payload, answer = b" " * 16, Answer(answer.status, headers=answer.headers)
    lines = [f"HTTP/1.1 {answer.status_line}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    lines += [f"content-type: {answer.content_type}", f"content-length: {len(payload)}", "connection: close"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + payload
