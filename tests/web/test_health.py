"""Health: what a load balancer and a monitor are told, at once, whatever happens to the database."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import event

from bot.clock import FixedClock
from bot.settings import Settings
from bot.store import Store, open_store, switches, workers
from bot.store.workers import ALIVE
from bot.web import readiness
from bot.web.readiness import PATIENCE_S, Readiness
from bot.web.server import serving
from tests.store.conftest import NOON
from tests.web.helper import visit

ANSWERED_S = 3 * PATIENCE_S  # well below the 15 s for which a lock is waited elsewhere


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
def store(database: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{database}")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def url(store: Store, database: Path, clock: FixedClock, tmp_path: Path) -> Iterator[str]:
    settings = Settings(tmp_path / "config", tmp_path / "posts", f"sqlite:///{database}", 0)
    with serving(settings, clock, "127.0.0.1", 0) as address:
        yield address


def ask(address: str) -> tuple[int, dict[str, Any]]:
    answer = requests.get(address, timeout=ANSWERED_S)
    return answer.status_code, answer.json()


def test_a_page_without_a_worker_is_ready_for_its_readers_and_says_that_nobody_works(url: str) -> None:
    code, told = ask(f"{url}/readyz")
    assert (code, told["ready"], told["reasons"]) == (200, True, [])
    assert (told["database"], told["worker_alive"], told["heartbeat_at"]) == ("ok", False, None)


def test_a_monitor_that_asks_for_the_worker_too_is_told_when_it_is_silent(
    url: str, store: Store, clock: FixedClock
) -> None:
    workers.register(store, "w1", ["fice-x"], NOON)
    assert ask(f"{url}/readyz?worker")[0] == 200
    clock.advance(ALIVE + timedelta(seconds=1))
    code, told = ask(f"{url}/readyz?worker")
    assert (code, told["ready"], told["heartbeat_at"]) == (503, False, NOON.isoformat())
    assert told["reasons"] == ["no worker was heard of for 45 s"]


def test_a_pause_is_told_and_is_no_trouble(url: str, store: Store) -> None:
    switches.pause(store, "an earthquake", "anna", NOON)
    assert ask(f"{url}/readyz")[1]["paused"] is True
    assert ask(f"{url}/healthz") == (200, {"up": True, "worker_alive": False, "paused": True})


def test_another_revision_is_not_ready(url: str, store: Store) -> None:
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    code, told = ask(f"{url}/readyz")
    assert code == 503
    assert "has revision 0000, this program needs" in told["reasons"][0]


def test_a_database_that_does_not_answer_is_not_waited_for(
    store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "PATIENCE_S", 0.1)
    answers, asked = threading.Event(), []

    def hang(*_: object) -> None:
        asked.append(1)
        answers.wait(30)

    event.listen(store.engine, "checkout", hang)
    looking = Readiness(store, clock)

    async def story() -> None:
        first, second = await asyncio.gather(looking.look(), looking.look())
        assert first.worker_alive is second.worker_alive is None
        assert first.reasons(worker_too=False) == ["the database does not answer within 0.1 s"]
        assert (await looking.look()).database != "ok"
        assert len(asked) == 1  # however many ask, one thread waits
        answers.set()
        while (await looking.look()).database != "ok":
            pass

    with ThreadPoolExecutor(1) as own:  # the browser of other tests may keep a loop in this thread
        own.submit(asyncio.run, story()).result()


def test_a_damaged_database_is_said_and_the_process_is_still_up(
    url: str, store: Store, database: Path
) -> None:
    assert ask(f"{url}/readyz")[0] == 200
    member = visit(url, store, NOON)
    switches.pause(store, "", "anna", NOON)  # what the page has read before is not the newest any more
    with store.engine.connect() as connection:
        connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    database.write_bytes(b"no database at all " * 1000)
    code, told = ask(f"{url}/readyz")
    assert code == 503
    assert "restore it from a backup" in told["reasons"][0]
    assert ask(f"{url}/healthz")[0] == 200
    page = member.get("/")
    assert page.status_code == 503
    assert "restore it from a backup" in page.text
    assert "Traceback" not in page.text


def test_a_file_that_was_replaced_is_said_once_and_then_read(
    url: str, store: Store, database: Path, tmp_path: Path
) -> None:
    assert ask(f"{url}/readyz")[0] == 200
    other = open_store(f"sqlite:///{tmp_path / 'other.db'}")
    switches.pause(other, "", "anna", NOON)
    other.close()
    store.close()
    (tmp_path / "other.db").replace(database)
    for beside in ("-wal", "-shm"):
        Path(f"{database}{beside}").unlink(missing_ok=True)
    code, told = ask(f"{url}/readyz")
    assert code == 503
    assert "was replaced while it was in use" in told["reasons"][0]
    code, told = ask(f"{url}/readyz")
    assert (code, told["paused"]) == (200, True)
