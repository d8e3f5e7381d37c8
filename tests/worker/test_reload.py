"""Reloading: on SIGHUP a running worker goes by what config/ and .env say now, or stays as it was."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .helper import LONG_S, House, eventually, stop

LINKEDIN = ("FICE_LINKEDIN_AUTHOR", "FICE_LINKEDIN_ACCESS_TOKEN")


@pytest.fixture
def heard(house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], list[str]]]:
    """What systemd has heard of the processes in the house."""
    # Not pytest's own folder: the address of a socket is short.
    address = f"\0campaign-bot-{os.getpid()}-{house.folder.name}"
    house.environment["NOTIFY_SOCKET"] = address.replace("\0", "@")
    house.environment["WATCHDOG_USEC"] = "60000000"
    found: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        listening.setblocking(False)

        def read() -> list[str]:
            while True:
                try:
                    found.append(listening.recv(4096).decode().split("\n")[0])
                except BlockingIOError:
                    return found

        yield read


def lines(house: House) -> list[dict[str, Any]]:
    """The log of the workers, as a program reads it."""
    return [json.loads(line) for line in house.said().splitlines()]


def events(house: House) -> list[str]:
    return [line.get("event", "") for line in lines(house)]


def test_an_account_that_becomes_connected_by_a_reload_publishes_what_it_held(
    house: House, heard: Callable[[], list[str]]
) -> None:
    credentials = {name: house.environment.pop(name) for name in LINKEDIN}
    house.post("1-post", "For everybody", "fice-x", "fice-linkedin")
    house.bot("apply")
    worker = house.worker()
    eventually(lambda: house.states() == {"published": 1, "held": 1}, LONG_S)
    eventually(lambda: heard()[:1] == ["READY=1"], LONG_S)

    # First by halves and wrong: it is said with its place, and everything stays as it is.
    accounts = house.folder / "config" / "accounts.toml"
    good = accounts.read_text()
    accounts.write_text(good + "\n[kenya-x\n")
    (house.folder / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in credentials.items()))
    worker.send_signal(signal.SIGHUP)
    eventually(lambda: "reload-refused" in events(house), LONG_S)
    [refused] = [line for line in lines(house) if line.get("event") == "reload-refused"]
    assert "the settings stay as they were: config/accounts.toml:" in refused["message"]
    assert house.states() == {"published": 1, "held": 1}

    accounts.write_text(good)
    worker.send_signal(signal.SIGHUP)
    eventually(lambda: house.states() == {"published": 2}, LONG_S)
    [status] = [json.loads(line) for line in house.bot("status", "--json").splitlines()]
    [heartbeat] = status["heartbeats"]
    assert heartbeat["accounts"] == ["fice-x", "fice-facebook", "fice-linkedin"]
    assert "alive" in house.bot("status", "--worker")
    assert stop(worker) == 0
    assert house.shown() == Counter(["For everybody"] * 2)
    told = [one for one in heard() if one != "WATCHDOG=1"]
    assert told == ["READY=1", *["RELOADING=1", "READY=1"] * 2, "STOPPING=1"]
    assert "WATCHDOG=1" in heard()

    # Every line about a delivery names it, and none holds a credential.
    of_deliveries = [line for line in lines(house) if "post" in line]
    assert {line["event"] for line in of_deliveries} == {"claimed", "published", "held", "released"}
    assert all(isinstance(line["delivery"], int) and line["account"] for line in of_deliveries)
    assert not [value for value in credentials.values() if value in house.said()]


def test_spacing_and_new_accounts_take_effect_and_a_missing_folder_changes_nothing(house: House) -> None:
    house.bot("db", "upgrade")
    worker = house.worker()
    eventually(lambda: "worker-started" in events(house), LONG_S)
    config = house.folder / "config"
    config.rename(house.folder / "elsewhere")
    worker.send_signal(signal.SIGHUP)
    eventually(lambda: "reload-refused" in events(house), LONG_S)
    assert "config/accounts.toml:1: error: there is no such file" in house.said()
    (house.folder / "elsewhere").rename(config)
    with (config / "accounts.toml").open("a") as accounts:
        accounts.write('\n[kenya-x]\nnetwork = "twitter"\nhandle = "kenya_x"\n')
    credentials = house.sandbox.register("twitter", "kenya-x", "kenya_x")
    (house.folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in credentials.items()))
    worker.send_signal(signal.SIGHUP)
    eventually(lambda: "reloaded" in events(house), LONG_S)
    house.post("1-kenya", "From Kenya", "kenya-x")
    house.environment |= credentials
    house.bot("apply")
    eventually(lambda: house.states() == {"published": 1}, LONG_S)
    assert stop(worker) == 0


def test_a_key_that_is_none_is_refused_by_a_reload_and_the_worker_goes_on(house: House) -> None:
    house.bot("db", "upgrade")
    worker = house.worker()
    eventually(lambda: "worker-started" in events(house), LONG_S)
    env = house.folder / ".env"
    env.write_text("BOT_SECRET_KEY=half-a-key\n")
    worker.send_signal(signal.SIGHUP)
    eventually(lambda: "reload-refused" in events(house), LONG_S)
    assert "BOT_SECRET_KEY is not a key" in house.said()
    assert "half-a-key" not in house.said()
    env.write_text("")
    worker.send_signal(signal.SIGHUP)
    eventually(lambda: "reloaded" in events(house), LONG_S)
    assert stop(worker) == 0


def test_a_terminal_that_is_closed_stops_the_worker_in_good_order(house: House) -> None:
    house.bot("db", "upgrade")
    leader, follower = pty.openpty()
    worker = subprocess.Popen(
        [sys.executable, "-m", "bot", "worker"],
        cwd=house.folder, env=house.environment, stdin=follower, stdout=follower, stderr=follower,
        start_new_session=True,
    )  # fmt: skip
    try:
        os.close(follower)
        eventually(lambda: house.workers() == 1, LONG_S)
        words = os.read(leader, 4096).decode()
        assert "INFO    worker" in words  # words, not JSON: this is a terminal
        os.close(leader)
        worker.send_signal(signal.SIGHUP)
        # 120 is Python's own way to say that nobody could read its last line.
        assert worker.wait(LONG_S) in (0, 120)
    finally:
        worker.kill()
        worker.wait()
    assert house.workers() == 0


def ended(house: House, *words: str) -> subprocess.CompletedProcess[str]:
    """A command that comes to its end by itself."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *words], cwd=house.folder, env=house.environment,
        capture_output=True, text=True, timeout=LONG_S, check=False,
    )  # fmt: skip


def test_a_broken_config_at_the_start_is_one_line_and_touches_nothing(house: House) -> None:
    house.post("1-post", "The post", "fice-x")
    house.bot("apply")
    (house.folder / "config" / "accounts.toml").unlink()
    done = ended(house, "up")
    assert (done.returncode, done.stdout) == (1, "")
    line = json.loads(done.stderr)
    assert (line["level"], line["event"]) == ("critical", "ended")
    assert line["message"] == "config/accounts.toml:1: error: there is no such file"
    assert house.states() == {"scheduled": 1}
    nobody = ended(house, "status", "--worker")  # what supervises a container sees it, too
    assert (nobody.returncode, nobody.stdout) == (1, "")
    assert "was heard of for 45 s" in nobody.stderr
