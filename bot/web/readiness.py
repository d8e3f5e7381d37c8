"""Readiness: whether the database can be used, asked without ever waiting long for an answer."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bot.clock import Clock
from bot.store import Store, StoreError, migrate, switches, workers
from bot.store.engine import DamagedStoreError
from bot.store.migrate import HEAD

PATIENCE_S = 2.0  # who asks gives up after a few seconds; a locked database is waited for much longer


@dataclass(frozen=True, slots=True)
class Found:
    """What the database says; None: it does not say."""

    database: str  # "ok", or what is wrong with it
    worker_alive: bool | None = None
    heartbeat_at: str | None = None  # the latest, ISO 8601 in UTC
    paused: bool | None = None

    def reasons(self, *, worker_too: bool) -> list[str]:
        """Why this is not ready: the page for its readers; with `worker_too` the whole for its work."""
        return list(self._reasons(worker_too))

    def _reasons(self, worker_too: bool) -> Iterator[str]:
        if self.database != "ok":
            yield self.database
        elif worker_too and not self.worker_alive:
            yield f"no worker was heard of for {workers.ALIVE.total_seconds():.0f} s"


class Readiness:
    """Looks at the database in a thread of its own, one look at a time."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="readiness")
        self._under_way: asyncio.Future[Found] | None = None

    async def look(self) -> Found:
        """What the database says within a moment; who asks meanwhile gets the same answer."""
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.get_running_loop().run_in_executor(self._thread, self._look)
        try:
            return await asyncio.wait_for(asyncio.shield(self._under_way), PATIENCE_S)
        except TimeoutError:
            return Found(f"the database does not answer within {PATIENCE_S:g} s")

    def _look(self) -> Found:
        now = self._clock.real(self._clock.now())
        try:
            with self._store.read() as connection:
                revision = migrate.current(connection)
                if revision != HEAD:
                    return Found(f"the database has revision {revision}, this program needs {HEAD}")
                known = workers.all_workers(connection)
                alive = workers.alive(connection, now)
                paused = switches.current_pause(connection) is not None
        except StoreError as error:
            if isinstance(error, DamagedStoreError):
                self._store.reopen()  # perhaps the right file is in its place the next time
            return Found(str(error))
        return Found("ok", bool(alive), known[0].heartbeat_at.isoformat() if known else None, paused)
