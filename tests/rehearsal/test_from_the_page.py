"""Posts of the page are checked, planned, rehearsed and exported like those of files."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.planning.queueing import queue_post
from bot.planning.receiving import receive
from bot.settings import load
from bot.store import open_store, posts
from tests.cli.workplace import Workplace
from tests.planning.helper import jpeg

NOW = datetime(2018, 9, 1, tzinfo=UTC)
SOURCE = """---
day: 2
kind: daily-post
accounts: [fice-x]
late_ok: 300d
media:
  - file: photo.jpg
    alt: A grey picture
---
Written on the page
"""


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    made = Workplace.furnished(tmp_path)
    store = open_store(f"sqlite:///{tmp_path / 'var' / 'bot.db'}")
    settings = load({}, tmp_path)
    receive(store, "week", io.BytesIO(jpeg()), "photo.jpg", NOW)
    post = posts.create(store, "week", "page", SOURCE, "anna", NOW)
    queue_post(store, settings, post.id, 1, "anna", NOW)
    store.close()
    return made


def test_a_post_of_the_page_is_treated_like_those_of_files(place: Workplace, tmp_path: Path) -> None:
    assert "3 posts in 1 campaign" in place.run("check").err
    planned = place.run("plan", "--all", "--json", check=0).objects
    assert {one["action"] for one in planned if one["post"] == "week/web/page.md"} == {"unchanged"}
    place.run("apply", check=0)
    assert "Written on the page" in place.run("preview", "week/web/page.md", check=0).out
    done = place.run("rehearse", "week", "--seconds", "2", check=0)
    assert "7 of 7 deliveries published, 0 missed, 0 failed" in done.out
    exported = place.run("campaigns", "export", "week", str(tmp_path / "out"), check=0).out.splitlines()
    assert exported == ["posts/week/page.md", "posts/week/photo.jpg"]
    assert (tmp_path / "out/posts/week/page.md").read_text() == SOURCE
