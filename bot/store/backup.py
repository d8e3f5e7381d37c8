"""A backup: a consistent copy of the SQLite file while others write to it."""

import os
import sqlite3
import uuid
from datetime import datetime
from pathlib import Path

from bot.store.engine import Store, StoreError, connect
from bot.store.restored import mark_as_copy


def backup(store: Store, target: Path, actor: str, now: datetime) -> int:
    """Copy the database to a file, and check the copy; its size in bytes.

    The file appears under its name only when it is whole. In it stands that it is a copy, of `now` (UTC): a
    worker that opens it later must not take for unsent what has gone out meanwhile.

    Raises:
        StoreError: the database is no SQLite file, the target exists, or the copy can not be written.
    """
    if not store.is_sqlite:
        how = f'pg_dump "$DATABASE_URL" > {target}'
        raise StoreError(f"{store.place} is PostgreSQL, and its own tool copies it while it is in use: {how}")
    if target.exists():
        raise StoreError(f"{target} exists already: name a new file")
    beside = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")  # others may copy at this moment
    try:
        _copy(store, beside)
        _mark(beside, actor, now)
        _check(beside)
        os.link(beside, target)  # unlike a rename, never replaces a file that has come meanwhile
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{target} can not be written: {error}") from error
    finally:
        beside.unlink(missing_ok=True)
    return target.stat().st_size


def _copy(store: Store, target: Path) -> None:
    copy = sqlite3.connect(target)
    try:
        pooled = store.engine.raw_connection()
        try:
            source: sqlite3.Connection = pooled.driver_connection  # type: ignore[assignment]
            source.backup(copy)
        finally:
            pooled.close()
    finally:
        copy.close()


def _mark(target: Path, actor: str, now: datetime) -> None:
    copy = connect(f"sqlite:///{target}")
    try:
        mark_as_copy(copy, actor, now)
    finally:
        copy.close()


def _check(target: Path) -> None:
    copy = sqlite3.connect(target)
    try:
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
        verdict = copy.execute("PRAGMA integrity_check").fetchone()[0]
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"the copy is damaged: {verdict}")
    finally:
        copy.close()
