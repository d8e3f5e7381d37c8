"""The engine: opens the database, with the settings on which the promises rest."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as SQLAlchemyTimeoutError

from bot.errors import SpokenError
from bot.store import postgresql
from bot.store.database_file import DatabaseFile

BUSY_TIMEOUT_MS = 15_000  # a writer waits that long for another before it gives up


class StoreError(SpokenError):
    """The database can not be used."""


class DamagedStoreError(StoreError):
    """The database can not be used, and will not mend by itself: whoever goes on may do harm."""


class Store:
    """A database with the two ways of using it: a transaction that writes, and one that only reads."""

    def __init__(self, engine: Engine, file: DatabaseFile | None = None) -> None:
        self.engine = engine
        self._file = file  # None: PostgreSQL
        self._writer = engine.execution_options(writes=True)
        self._reader = engine.execution_options(**({} if self.is_sqlite else postgresql.READING))

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a file of one machine."""
        return self.engine.dialect.name == "sqlite"

    @property
    def place(self) -> str:
        """Where the database is, without user and password."""
        url = self.engine.url
        return (url.database or "") if self.is_sqlite else postgresql.place(url)

    @contextmanager
    def write(self, *, beside_others: bool = False) -> Iterator[Connection]:
        """One short transaction, alone: from its first moment on no other one writes.

        With `beside_others` it runs at the same time as others of that kind, on PostgreSQL; whatever it
        decides from must then be a row that it has locked: the lane, then the delivery, then the rest.

        Raises:
            StoreError: the database is locked for too long, full, read-only, or out of reach.
            DamagedStoreError: it is damaged, or another file than the one that was opened.
        """
        self.verify_file()
        with self.troubles(), self._writer.begin() as connection:
            if not self.is_sqlite:  # there, BEGIN has taken the lock
                postgresql.lock(connection, alone=not beside_others)
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view that blocks nobody."""
        self.verify_file()
        with self.troubles(), self._reader.connect() as connection:
            yield connection

    def listen(self) -> "postgresql.Listener":
        """Begin to hear what PostgreSQL tells of changes.

        Raises:
            StoreError: the server is out of reach.
        """
        from psycopg import Error

        try:
            return postgresql.Listener(self.engine)
        except Error as error:
            raise _in_words(error, self) from error

    def verify_file(self) -> None:
        """Make sure that the file of this name is still the one that is open.

        SQLite would go on in a file that was deleted or replaced, where nobody else sees what it writes.

        Raises:
            DamagedStoreError: it is not.
        """
        if self._file is not None and (trouble := self._file.replaced()):
            raise DamagedStoreError(trouble)

    def reopen(self) -> None:
        """Use the file that has the name now; for those who only read."""
        self.close()

    @contextmanager
    def troubles(self) -> Iterator[None]:
        """Say what a driver complains of within the block in words of ours.

        Raises:
            StoreError: it complained.
        """
        try:
            yield
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise _in_words(error.orig, self) from error
        except sqlite3.Error as error:
            raise _in_words(error, self) from error
        except SQLAlchemyTimeoutError as error:
            raise StoreError("too much at once: every connection to the database is taken") from error

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()
        if self._file is not None:
            self._file.closed()


def open_store(url: str) -> Store:
    """Open the database and bring its tables up to date.

    Raises:
        StoreError: it can not be opened, or was made by a newer version of this program.
    """
    from bot.store.migrate import upgrade

    store = connect(url)
    try:
        if not store.is_sqlite:
            _check_server(store)
        upgrade(store)
    except BaseException:
        store.close()
        raise
    return store


def _check_server(store: Store) -> None:
    with store.read() as connection:
        if why := postgresql.why_not(connection):
            raise StoreError(f"{store.place}: {why}")


def connect(url: str) -> Store:
    """Open the database as it is."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # not shown: there may be a password in it
        raise StoreError("DATABASE_URL is no address: write sqlite:///var/bot.db or postgres://…") from None
    if parsed.get_backend_name() != "sqlite":
        return Store(postgresql.engine(parsed.set(drivername="postgresql+psycopg")))
    if parsed.database and parsed.database != ":memory:":
        folder = Path(parsed.database).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"can not make the folder {folder} for the database: {error.strerror}") from None
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    if not parsed.database or parsed.database == ":memory:":
        return Store(engine)
    return _of_file(engine, DatabaseFile(Path(parsed.database)))


def _of_file(engine: Engine, file: DatabaseFile) -> Store:
    store = Store(engine, file)

    def before(*_: object) -> None:
        if trouble := file.opening():
            raise DamagedStoreError(trouble)

    def after(*_: object) -> None:
        file.opened()
        store.verify_file()

    event.listen(engine, "do_connect", before)
    event.listen(engine, "connect", after)
    return store


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, see below
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "synchronous = FULL",  # with NORMAL a power cut can lose the intent of a post that went out
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()
    _use_wal(connection)


def _use_wal(connection: Any) -> None:
    """Readers and a writer at once; of two who set this on a new file, one is refused at once and waits."""
    give_up = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and then writes is refused at once, whatever the time-out, when
    # another has written meanwhile; so a writer takes the lock when it begins.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


_WORDS = {
    "database is locked": "another program holds the database for too long; stop it, or use PostgreSQL",
    "database or disk is full": "the disk is full: free some room; nothing that was queued is lost",
    "disk I/O error": "the disk is full, or fails: free some room; nothing that was queued is lost",
    "attempt to write a readonly database": "the database is read-only: check the rights of the file",
    "unable to open database file": "the database can not be opened: check the folder and its rights",
    "file is not a database": "the file is no database, or damaged: restore it from a backup",
    "database disk image is malformed": "the database is damaged: restore it from a backup",
    "no such table": "the database has not been set up: run bot db upgrade",
}


_DAMAGED = ("file is not a database", "database disk image is malformed")


def _in_words(problem: BaseException | None, store: Store) -> StoreError:
    said = " ".join(str(problem).split())
    if store.is_sqlite:
        words = next((words for known, words in _WORDS.items() if known in said), None)
    else:
        words = postgresql.in_words(problem)
    kind = DamagedStoreError if store.is_sqlite and any(one in said for one in _DAMAGED) else StoreError
    return kind(f"{store.place}: {words or f'the database answers: {said}'}")
