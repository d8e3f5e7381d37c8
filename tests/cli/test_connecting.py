"""Accounts that are connected from the command line, while a worker runs."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.clock import SystemClock
from bot.networks.connected import origin_of, sealed
from bot.sandbox import Sandbox
from bot.seal import new_key
from bot.settings import load
from bot.store import connections, open_store
from tests.worker.helper import eventually

from .workplace import Workplace


@pytest.fixture
def keyed(place: Workplace, sandbox: Sandbox) -> Workplace:
    """A folder in which X is not connected, and what is connected can be kept."""
    for name in ("API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_TOKEN_SECRET"):
        del place.environment[f"FICE_X_{name}"]
    place.environment["BOT_SECRET_KEY"] = new_key()
    return place


def connect(place: Workplace, sandbox: Sandbox) -> None:
    """Keep what a network gives, as the command does at its end."""
    environment = {**os.environ, **place.environment}
    settings = load(environ=environment, folder=place.folder)
    account = settings.accounts["fice-x"]
    given = sandbox.register("twitter", "fice-x", "@fice")
    values = {name.removeprefix("FICE_X_"): value for name, value in given.items()}
    store = open_store(f"sqlite:///{Path(place.folder) / 'var/bot.db'}")
    kept = connections.Connected(
        "fice-x", "twitter", origin_of(account, settings), sealed(values, settings), "@fice",
        SystemClock().now(), "anna",
    )  # fmt: skip
    with store.write() as connection:
        connections.keep(connection, kept)
    store.close()


def test_a_running_worker_takes_up_an_account_as_soon_as_it_is_connected(
    keyed: Workplace, sandbox: Sandbox
) -> None:
    yesterday = datetime.now(ZoneInfo("America/New_York")).date() - timedelta(days=1)
    keyed.write("config/bot.toml", '[worker]\nspacing = "0s"\n')
    (keyed.folder / "posts/week/2-tuesday.md").unlink()
    keyed.run("apply", "--starts", yesterday.isoformat(), check=0)
    with keyed.running("worker"):
        eventually(lambda: [one.network for one in sandbox.feed()] == ["facebook"])
        connect(keyed, sandbox)
        eventually(lambda: sorted(one.network for one in sandbox.feed()) == ["facebook", "twitter"])
