"""The shelf: a folder into which the files of posts from the page are put, for whoever needs them on disk."""

import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from bot.errors import SpokenError
from bot.model.live import FOLDER
from bot.store import media
from bot.store.engine import Store
from bot.store.media import Kept

MOST = 4_000_000_000  # bytes; beyond, those that were not used for the longest time are taken away again
IN_USE_S = 6 * 3600.0  # what was asked for that lately is never taken away


class ShelfError(SpokenError):
    """The folder can not be used."""


class Shelf:
    """Has the same paths below its root as posts have: `root / post.path` stands beside the post's files.

    Safe for several processes: a file appears under its name when all of it is there, and is never changed.
    """

    # As this process has seen them to be right: a film is not read whole each time that it is looked at.
    _known: ClassVar[dict[Path, tuple[int, int, int]]] = {}

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()

    @property
    def root(self) -> Path:
        """Beside the database's file; of a server, a folder of this machine that may vanish at any time."""
        url = self._store.engine.url
        if self._store.is_sqlite and url.database and url.database != ":memory:":
            return Path(url.database).absolute().parent / "media"
        place = hashlib.sha256(f"{url.host}:{url.port}/{url.database}".encode()).hexdigest()[:12]
        user = os.getuid() if hasattr(os, "getuid") else "user"
        return Path(tempfile.gettempdir()) / f"campaign-bot-{user}" / place

    def put(self, campaign: str, names: Collection[str] | None = None) -> Path:
        """Put a campaign's files, or those of these names, into its folder; the folder.

        Raises:
            ShelfError: the disk does not take them.
            MediaError: the database has one no more.
            StoreError: it can not be read.
        """
        folder = self.root / campaign / FOLDER
        with self._store.read() as connection:
            kept = media.named(connection, campaign)
        wanted = [one for one in kept if names is None or one.name in names]
        try:
            if wanted:
                self._make(folder)
            with self._lock:
                written = [one for one in wanted if not self._is_there(folder / one.name, one)]
                for one in written:
                    self._write(folder / one.name, one)
            if written:
                self._make_room()
        except OSError as error:
            raise ShelfError(f"{folder}: files can not be put there: {error.strerror}") from None
        return folder

    def put_anew(self, campaign: str, name: str) -> Path:
        """The same for one file that is not to be trusted as it stands there.

        Raises:
            ShelfError: the disk does not take it.
            MediaError: the database has it no more.
            StoreError: it can not be read.
        """
        self._known.pop(self.root / campaign / FOLDER / name, None)
        return self.put(campaign, [name])

    def _make(self, folder: Path) -> None:
        """Below a folder that nobody else can write to."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        top = self.root.parent if not self._is_beside_file else self.root
        if hasattr(os, "getuid") and top.stat().st_uid != os.getuid():
            raise ShelfError(f"{top}: the folder belongs to somebody else")
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def _is_beside_file(self) -> bool:
        return self._store.is_sqlite

    def _is_there(self, path: Path, kept: Kept) -> bool:
        try:
            found = path.stat()
        except FileNotFoundError:
            return False
        state = (found.st_size, found.st_ino, found.st_mtime_ns)
        if found.st_size != kept.facts.size:
            return False
        if self._known.get(path) != state:
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != kept.digest:
                    return False
            self._known[path] = state
        if time.time() - found.st_mtime > IN_USE_S / 4:
            with suppress(OSError):
                os.utime(path)  # it is in use
        return True

    def _write(self, path: Path, kept: Kept) -> None:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        try:
            found = hashlib.sha256()
            with os.fdopen(handle, "wb") as file:
                for piece in media.pieces(self._store, kept.digest):
                    found.update(piece)
                    file.write(piece)
            if found.hexdigest() != kept.digest:
                raise media.MediaError(
                    f"{kept.name}: what the database has of it is damaged: upload it again"
                )
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        self._known.pop(path, None)

    def _make_room(self) -> None:
        """Take away what was not used for the longest time, where there is too much."""
        found = sorted(self._files(), key=lambda one: one[1].st_mtime)
        total = sum(stat.st_size for _, stat in found)
        for path, stat in found:
            if total <= MOST or time.time() - stat.st_mtime < IN_USE_S:
                return
            path.unlink(missing_ok=True)
            total -= stat.st_size

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for path in self.root.rglob("*"):
            with suppress(OSError):
                if path.is_file():
                    yield path, path.stat()
