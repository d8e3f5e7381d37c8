"""Notifying: what systemd is told, over a real socket."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.cli import notify


@pytest.fixture(params=["file", "abstract"])
def told(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], list[str]]]:
    """What has arrived at the socket that systemd would listen on."""
    name = str(tmp_path / "notify") if request.param == "file" else f"@campaign-bot-{tmp_path.name}"
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name.replace("@", "\0", 1))
        listening.setblocking(False)

        def read() -> list[str]:
            found = []
            while True:
                try:
                    found.append(listening.recv(4096).decode())
                except BlockingIOError:
                    return found

        yield read


def test_the_start_a_reload_and_the_end_are_told(told: Callable[[], list[str]]) -> None:
    notify.ready()
    notify.reloading()
    notify.stopping()
    ready, reloading, stopping = told()
    assert (ready, stopping) == ("READY=1", "STOPPING=1")
    first, second = reloading.split("\n")
    assert first == "RELOADING=1"
    assert second.removeprefix("MONOTONIC_USEC=").isdecimal()


def test_the_watchdog_hears_a_sign_of_life_and_not_at_every_turn(
    told: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "60000000")
    watchdog = notify.Watchdog()
    for _ in range(50):
        watchdog.alive()
    assert told() == ["WATCHDOG=1"]


def test_a_watchdog_that_nobody_wants_says_nothing(
    told: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    notify.Watchdog().alive()
    assert told() == []


@pytest.mark.parametrize("address", ["", "vsock:2:1234", "/nowhere/at/all"])
def test_without_systemd_nothing_happens(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify.ready()
