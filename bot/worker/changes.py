"""The change check: notices cheaply that another process has written to the store."""

from bot.store.engine import Store


class Changes:
    """Compares a counter that SQLite keeps for every connection; costs microseconds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # Kept open: the counter only moves for a connection that lives on.
        self._connection = store.engine.raw_connection() if store.is_sqlite else None
        self._seen = self._version()

    def happened(self) -> bool:
        """Whether anything was written since the last time this was asked."""
        version = self._version()
        changed = version is None or version != self._seen
        self._seen = version
        return changed

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()

    def _version(self) -> int | None:
        if self._connection is None:
            return None
        cursor = self._connection.cursor()
        try:
            cursor.execute("PRAGMA data_version")
            row = cursor.fetchone()
            return int(row[0]) if row else None
        finally:
            cursor.close()
