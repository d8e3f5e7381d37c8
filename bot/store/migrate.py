"""Migrations: brings the tables up to date at every start; two processes may start at once."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DatabaseError

from bot.store.engine import Store, StoreError

HEAD = "0014"  # the newest revision in migrations/versions; known here so that a start need not load Alembic


def current(connection: Connection) -> str | None:
    """The revision of the database; None: it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def upgrade(store: Store) -> bool:
    """Bring the tables up to date; whether anything had to be done.

    Raises:
        StoreError: the database was made by a newer version, or can not be written.
    """
    with store.read() as connection:
        if current(connection) == HEAD:
            return False
    with store.write() as connection:  # alone: a second process waits here
        revision = current(connection)
        if revision == HEAD:
            return False
        if revision is not None and revision > HEAD:
            raise StoreError(
                f"the database has revision {revision}, this program knows {HEAD}: install the newer version"
            )
        _run(connection)
    return True


def _run(connection: Connection) -> None:
    from alembic import command  # 0.5 s to load, and seldom needed
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except DatabaseError as error:
        raise StoreError(f"the database can not be brought up to date: {error.orig}") from error
    except CommandError as error:
        raise StoreError(f"the database has a revision that this program does not know: {error}") from error
