"""Notifying: tells systemd that the service is ready, reloads, stops, and is still alive.

The protocol is a datagram with lines of NAME=VALUE to the socket that NOTIFY_SOCKET names
(https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html, read 2026-11-24).
"""

import os
import socket
import time
from contextlib import suppress


def notify(*lines: str) -> None:
    """Send lines to systemd; nothing happens where it did not start this process."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.connect(address.replace("@", "\0", 1) if address[0] == "@" else address)
        sender.sendall("\n".join(lines).encode())


def ready() -> None:
    """The start, or a reload, has come to its end."""
    notify("READY=1")


def reloading() -> None:
    """A reload begins."""
    notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def stopping() -> None:
    """The end begins."""
    notify("STOPPING=1")


class Watchdog:
    """Says often enough that the process is alive, where systemd wants to hear it."""

    def __init__(self) -> None:
        microseconds = os.environ.get("WATCHDOG_USEC", "")
        self._every_s = int(microseconds) / 3e6 if microseconds.isdecimal() else None
        self._next = 0.0

    def alive(self) -> None:
        """To be called again and again by what must not stand still."""
        if self._every_s is not None and time.monotonic() >= self._next:
            self._next = time.monotonic() + self._every_s
            notify("WATCHDOG=1")
