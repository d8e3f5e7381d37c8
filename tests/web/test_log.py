"""The post log on its page: all of it, a page at a time, as it is written, and what it links to."""

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import insert

from bot.clock import FixedClock
from bot.model.role import Role
from bot.settings import Settings
from bot.store import Store, open_store, paging, removals
from bot.store.desk import Desk
from bot.store.tables import post_log
from bot.web.server import serving
from tests.store.acts import HOUR, MINUTE, OTHER, claim, publish, row
from tests.store.conftest import NOON, delivery, queue_up
from tests.web.helper import Visit, visit

NOW = NOON + 4 * HOUR
_ENTRY = re.compile(r"<bdi>(entry \d+)</bdi>")
_FURTHER = re.compile(r'rel="(next|prev)" href="([^"]+)"')


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("log")
    return Settings(folder / "config", folder / "posts", f"sqlite:///{folder / 'bot.db'}", 0)


@pytest.fixture(scope="module")
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings.database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def url(settings: Settings, store: Store) -> Iterator[str]:
    with serving(settings, FixedClock(NOW), "127.0.0.1", 0) as address:
        yield address


@pytest.fixture
def reader(url: str, store: Store) -> Visit:
    return visit(url, store, NOW, Role.VIEWER)


@pytest.fixture(scope="module")
def many(store: Store) -> list[str]:
    """The reasons of more than two pages of entries, the latest first; some of the same instant."""
    [one] = queue_up(store, delivery("many/1.md", due_at=NOON + 99 * HOUR))
    write(store, one, range(110))
    return [f"entry {number}" for number in reversed(range(110))]


def write(store: Store, one: int, numbers: range) -> None:
    row = {"delivery_id": one, "campaign": "week", "post": "many/1.md", "account": "fice-x"}
    row |= {"network": "twitter", "to_state": "scheduled", "actor": "Anna"}
    with store.write() as connection:
        for number in numbers:
            at = NOON + (number // 3) * MINUTE
            connection.execute(insert(post_log).values(**row, at=at, reason=f"entry {number}"))


def towards(text: str, way: str) -> str | None:
    return next((unescape(address) for rel, address in _FURTHER.findall(text) if rel == way), None)


def test_pages_lead_to_the_end_and_back_while_entries_are_added(
    reader: Visit, store: Store, many: list[str]
) -> None:
    text = reader.get("/log?post=many/").text
    assert 'id="live"' in text
    seen = _ENTRY.findall(text)
    while (onward := towards(text, "next")) is not None:
        text = reader.get(onward).text
        assert 'id="live"' not in text  # it would move under the reader's eyes
        seen += _ENTRY.findall(text)
        if len(seen) == 100:
            write(store, 1, range(110, 113))
    assert seen == many
    back = _ENTRY.findall(text)
    while (before := towards(text, "prev")) is not None:
        text = reader.get(before).text
        back = _ENTRY.findall(text) + back
    assert back == [f"entry {number}" for number in (112, 111, 110)] + many
    assert "114 in all" in reader.get("/log?post=many/").text


def test_what_is_out_has_its_link_how_late_it_is_and_who_took_it_away(reader: Visit, store: Store) -> None:
    out, gone = queue_up(
        store, delivery("out/1.md", due_at=NOON), delivery("out/2.md", "kenya-x", due_at=NOON + HOUR)
    )
    publish(store, claim(store, at=NOON + 5 * MINUTE), at=NOON + 5 * MINUTE)
    publish(store, claim(store, "kenya-x", at=NOON + HOUR), OTHER, at=NOON + HOUR)
    with store.read() as connection:
        shown = removals.of_delivery(connection, gone).shown[0]
    removals.begin(store, gone, [1], "Maria", "", NOW)
    removals.removed(store, gone, shown, "done", "Maria", NOW)
    removals.finish(store, gone)
    text = reader.get("/log?post=out/").text
    assert f'<a href="{row(store, out)["remote_url"]}" rel="noopener noreferrer">' in text
    assert "5 minutes late" in text
    assert f"<s>{OTHER.url}</s>" in text
    assert f'href="/deliveries/{out}"' in text
    assert 'href="/deliveries/' in reader.get(f"/log?delivery={gone}&state=published").text


def test_filters_are_kept_and_a_file_has_the_same(reader: Visit, store: Store) -> None:
    made = queue_up(store, delivery("file/1.md", texts=["About Nakuru"]), delivery("file/2.md"))
    Desk(store, "Ben", NOON + 9 * HOUR).hold(made, "=1+1")
    query = "text=nakuru&state=held&account=fice-x&campaign=week&day=1&kind=daily-post&since=2018-09-24"
    text = reader.get(f"/log?{query}").text
    assert text.count('<td data-label="State">') == 1
    assert f"/log.csv?{query.split('&')[4]}" in text or "/log.csv?campaign=week&amp;day=1" in text
    answer = reader.get(f"/log.csv?{query}")
    assert answer.headers["content-disposition"] == 'attachment; filename="log-2018-09-24.csv"'
    [line] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (line["post"], line["reason"], line["actor"]) == ("file/1.md", "'=1+1", "Ben")
    assert reader.get(f"/log.xlsx?{query}").content.startswith(b"PK")
    assert "Nothing matches these filters." in reader.get("/log?campaign=none").text


def test_how_far_a_look_has_gone_is_said(
    reader: Visit, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "FIRST_LOOK", 5)
    monkeypatch.setattr(paging, "WINDOW", 10)
    text = reader.get("/log?text=nobody+says+this").text
    assert "Looked back as far as" in text
    assert "0 or more" in text
    assert towards(text, "next") is not None
    monkeypatch.setattr(paging, "MOST_COUNTED", 20)
    assert "more than 20" in reader.get("/log").text


def test_a_new_entry_appears_by_itself(reader: Visit, store: Store, many: list[str], tab: Page) -> None:
    with tab.expect_response("**/events?*"):  # it listens
        reader.enter(tab).goto(f"{reader.url}/log?state=held")
    [one] = queue_up(store, delivery("new/1.md", due_at=NOW + HOUR, texts=["Look who is here"]))
    Desk(store, "Ben", NOW).hold([one], "it came by itself")
    expect(tab.get_by_role("row").filter(has_text="it came by itself")).to_contain_text("Look who is here")
