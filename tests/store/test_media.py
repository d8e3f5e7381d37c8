"""Uploaded files: kept in pieces, put on disk whole, and cleared away when no post names them."""

import hashlib
import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.model.format import Format
from bot.model.media import Facts
from bot.store import Store, media, posts
from bot.store.engine import connect
from bot.store.media import MediaError
from bot.store.shelf import Shelf
from bot.store.written_tables import media_pieces
from tests.store.conftest import NOON, address_of

DAY = timedelta(days=1)


def keep(store: Store, folder: Path, content: bytes, name: str = "photo.jpg", campaign: str = "week") -> str:
    """The name that a file gets."""
    path = folder / "upload"
    path.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    media.keep(store, path, digest, Facts(Format.JPEG, len(content), 1, 1), NOON)
    with store.write() as connection:
        return media.name_it(connection, campaign, name, digest, NOON)


def test_a_file_comes_back_as_it_was_in_pieces(store: Store, tmp_path: Path) -> None:
    content = os.urandom(5 * media.PIECE + 17)
    keep(store, tmp_path, content)
    keep(store, tmp_path, content)
    with store.read() as connection:
        [kept] = media.named(connection, "week")
        assert connection.execute(select(func.count()).select_from(media_pieces)).scalar() == 6
    pieces = list(media.pieces(store, kept.digest))
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) == media.PIECE


def test_a_name_never_comes_to_mean_another_file(store: Store, tmp_path: Path) -> None:
    assert keep(store, tmp_path, b"a", "../Photo é.JPG") == "photo-e.jpg"
    assert keep(store, tmp_path, b"b", "photo e.jpg") == "photo-e-2.jpg"
    assert keep(store, tmp_path, b"b", "photo e.jpg") == "photo-e-2.jpg"
    assert keep(store, tmp_path, b"b", "photo e.jpg", "year") == "photo-e.jpg"
    assert keep(store, tmp_path, b"c", "صورة.png") == "file.png"


def test_what_was_not_uploaded_to_its_end_gets_no_name(store: Store) -> None:
    with store.write() as connection, pytest.raises(MediaError, match="upload it again"):
        media.name_it(connection, "week", "a.jpg", "0" * 64, NOON)


def test_the_shelf_has_the_files_whole_and_mends_what_is_damaged(store: Store, tmp_path: Path) -> None:
    content = os.urandom(media.PIECE + 5)
    name = keep(store, tmp_path, content)
    shelf = Shelf(store)
    path = shelf.put("week") / name
    assert path == shelf.root / "week" / "web" / name
    assert path.read_bytes() == content
    path.write_bytes(b"short")
    assert (shelf.put("week", [name]) / name).read_bytes() == content
    path.write_bytes(content[:-1] + b"x")
    assert (Shelf(store).put("week") / name).read_bytes() == content
    assert [one.name for one in path.parent.iterdir()] == [name]


def test_several_processes_put_the_same_files_at_once(store: Store, tmp_path: Path) -> None:
    content = os.urandom(3 * media.PIECE)
    name = keep(store, tmp_path, content)
    found: list[bytes] = []

    def put() -> None:
        other = connect(address_of(store))
        found.append((Shelf(other).put("week") / name).read_bytes())
        other.close()

    threads = [threading.Thread(target=put) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [content] * 4


def test_a_file_that_no_version_names_goes_after_a_day(store: Store, tmp_path: Path) -> None:
    used, unused = keep(store, tmp_path, b"used", "used.jpg"), keep(store, tmp_path, b"unused", "unused.jpg")
    post = posts.create(store, "week", "a", f"media: [{{file: {used}}}]", "anna", NOON)
    posts.save(store, post.id, 1, "without", "beatriz", NOON)  # an earlier version names it still
    assert media.clear_away(store, NOON + DAY / 2) == 0
    assert media.clear_away(store, NOON + 2 * DAY) == 1
    with store.read() as connection:
        assert [one.name for one in media.named(connection, "week")] == [used]
        assert media.find(connection, "week", unused) is None
