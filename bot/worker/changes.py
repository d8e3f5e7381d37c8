"""The change check: notices cheaply that another process has written to the store."""

import threading
from contextlib import closing
from typing import Protocol

from bot.store.engine import Store
from bot.store.postgresql import Listener


class Changes:
    """Whether anything was written since the last look; costs microseconds, and no query.

    It may be closed while another thread asks.
    """

    def __init__(self, store: Store) -> None:
        self._lock = threading.Lock()
        self._is_closed = False
        self._watch: _Watch = _Counter(store) if store.is_sqlite else _Notifications(store)

    def happened(self) -> bool:
        """Whether anything was written since the last time this was asked.

        Raises:
            StoreError: the database server is out of reach.
            DamagedStoreError: the file is another one now.
        """
        with self._lock:
            return not self._is_closed and self._watch.happened()

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            if not self._is_closed:
                self._watch.close()
            self._is_closed = True


class _Watch(Protocol):
    def happened(self) -> bool: ...

    def close(self) -> None: ...


class _Counter:
    """Compares a counter that SQLite keeps for every connection."""

    def __init__(self, store: Store) -> None:
        self._store = store
        with store.troubles():
            # Kept open: the counter only moves for a connection that lives on.
            self._connection = store.engine.raw_connection()
        self._seen = self._version()

    def happened(self) -> bool:
        version = self._version()
        changed = version is None or version != self._seen
        self._seen = version
        return changed

    def close(self) -> None:
        self._connection.close()

    def _version(self) -> int | None:
        self._store.verify_file()
        with self._store.troubles(), closing(self._connection.cursor()) as cursor:
            cursor.execute("PRAGMA data_version")
            row = cursor.fetchone()
            return int(row[0]) if row else None


class _Notifications:
    """Listens to what PostgreSQL tells; that the server was away counts as a change."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._listener: Listener | None = store.listen()

    def happened(self) -> bool:
        if self._listener is None:
            self._listener = self._store.listen()
            return True  # nobody has listened meanwhile
        told = self._listener.was_told()
        if told is None:
            self.close()
        return told is not False

    def close(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
