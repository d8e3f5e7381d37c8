"""What every test may use."""

import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from bot.store import open_store
from tests import postgres

# As root in a container Chromium has no sandbox of its own, and it must not call home.
_CHROMIUM = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
)  # fmt: skip

SET_UP = "set_up"


def pytest_collection_finish() -> None:
    """What has been loaded by now stays: Python need not look through it for garbage during each test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A real Chromium; on a user's machine without one, the tests that need it are skipped."""
    try:
        with chromium() as started:
            yield started
    except NoChromiumError as error:
        missing(str(error))


class NoChromiumError(Exception):
    """There is no browser on this machine."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of this machine, without a window."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        raise NoChromiumError("there is no Chromium: on Debian, apt-get install chromium")
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=list(_CHROMIUM))
        yield started
        started.close()


@pytest.fixture
def expected() -> list[str]:
    """What a test lets its page complain of: parts of the console's words, as "400 (Bad Request)"."""
    return []


@pytest.fixture
def tab(browser: Browser, expected: list[str]) -> Iterator[Page]:
    """A page of its own, as wide as a phone; whatever it complains of fails the test."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [one for one in complaints if not any(words in one for words in expected)] == []


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    """A PostgreSQL server of these tests' own, with a database `set_up` whose tables are up to date."""
    try:
        with postgres.serving() as server:
            open_store(server.url(server.create(name=SET_UP))).close()
            yield server
    except postgres.NoServerError as error:
        missing(str(error))


@pytest.fixture
def postgresql_url(postgresql: postgres.Server) -> Iterator[str]:
    """A database of this test's own, empty and set up."""
    name = postgresql.create(template=SET_UP)
    yield postgresql.url(name)
    postgresql.drop(name)


def missing(what: str) -> None:
    """Something that tests need is not on this machine: a failure in CI, elsewhere a skip."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)
