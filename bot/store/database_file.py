"""The database file: whether it is still the one that was opened, and what must not lie beside it."""

import os
import threading
from collections import Counter
from pathlib import Path

_WAL_FORMAT = 2  # https://www.sqlite.org/fileformat2.html, section 1.3.2, "File format version numbers"
_FORMAT_BYTES = slice(18, 20)  # read 2026-11-24

_AFTERWARDS = "start this program again when the right one is in its place"

Identity = tuple[int, int]  # device and inode

# Files that this process has open through SQLite. None of them may be opened and closed by anybody else
# here: that would drop SQLite's locks. https://www.sqlite.org/howtocorrupt.html, 2.2 (read 2026-11-24)
_in_use: Counter[Identity] = Counter()
_lock = threading.Lock()


class DatabaseFile:
    """The SQLite file of one store, from its first connection to its last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity: Identity | None = None

    def opening(self) -> str | None:
        """What stands in the way of the first connection.

        A copy may have been put beside the -wal file of the database that was there before. SQLite would
        take that file's pages for the copy's own, and damage it. A copy that `bot db backup` made is
        recognised: it is not in WAL mode, so nothing of it can be in such a file.
        """
        with _lock:
            found = self._look()
            if self._identity is not None or found is None:
                return None
            if not _in_use[found] and (trouble := self._foreign_wal()):
                return trouble
            self._take(found)
        return None

    def opened(self) -> None:
        """Note which file it is, where the first connection has made it."""
        with _lock:
            if self._identity is None and (found := self._look()):
                self._take(found)

    def closed(self) -> None:
        """There is no connection any more: whatever is opened next is another beginning."""
        with _lock:
            if self._identity is not None:
                _in_use[self._identity] -= 1
            self._identity = None

    def replaced(self) -> str | None:
        """What is wrong if the file was replaced or removed since it was opened.

        What was opened before would be written into a file that nobody finds any more.
        """
        if self._identity is None:
            return None
        found = self._look()
        if found is None:
            return f"{self._path}: the file was deleted while it was in use: {_AFTERWARDS}"
        same = found == self._identity
        return None if same else f"{self._path}: the file was replaced while it was in use: {_AFTERWARDS}"

    def _take(self, found: Identity) -> None:
        self._identity = found
        _in_use[found] += 1

    def _look(self) -> Identity | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _foreign_wal(self) -> str | None:
        wal = Path(f"{self._path}-wal")
        if not wal.exists() or not wal.stat().st_size:
            return None
        with self._path.open("rb") as file:
            versions = file.read(_FORMAT_BYTES.stop)[_FORMAT_BYTES]
        if len(versions) < 2 or max(versions) >= _WAL_FORMAT:
            return None
        return (
            f"{self._path} is a copy, but {wal} is of the database that was there before: "
            f"stop everything that uses it, and delete {wal} and {self._path}-shm"
        )
