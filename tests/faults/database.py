"""The databases of runs: each a copy of one that was migrated once, or without any table."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import NullPool, create_engine, make_url, text

from bot.settings import database_url
from bot.store import open_store

OWN_SERVER = "postgresql"


class Databases(Protocol):
    """Where runs get their databases from."""

    def new(self, folder: Path, *, empty: bool) -> str:
        """The address of a new one; without tables if it is to be `empty`."""

    def drop(self, url: str) -> None:
        """Take it away."""


class SqliteDatabases:
    """Files."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / "template.db"
        open_store(f"sqlite:///{self._template}").close()

    def new(self, folder: Path, *, empty: bool) -> str:
        """The address of a new one; without tables if it is to be `empty`."""
        path = folder / "bot.db"
        if not empty:
            shutil.copy(self._template, path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        """It goes with its folder."""


class PostgresqlDatabases:
    """Databases on one server, beside that of the address, whose user may create some."""

    def __init__(self, url: str) -> None:
        self._url = make_url(database_url(url))
        self._prefix = f"faults_{uuid.uuid4().hex[:8]}"
        self._create(self._template)
        open_store(self._address(self._template)).close()

    def new(self, folder: Path, *, empty: bool) -> str:
        """The address of a new one; without tables if it is to be `empty`."""
        name = f"{self._prefix}_{folder.name.replace('-', '_')}"
        self._create(name, "template1" if empty else self._template)
        return self._address(name)

    def drop(self, url: str) -> None:
        """Take it away, whoever still uses it."""
        self._execute(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')

    def close(self) -> None:
        """Leave nothing on the server."""
        self.drop(self._address(self._template))

    @property
    def _template(self) -> str:
        return f"{self._prefix}_template"

    def _create(self, name: str, template: str = "template1") -> None:
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def _address(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: str) -> None:
        engine = create_engine(self._url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(statement))


@contextmanager
def databases_at(where: str | None, folder: Path) -> Iterator[Databases]:
    """Files in a folder; or databases at an address of PostgreSQL, or on a server of our own."""
    if where is None:
        yield SqliteDatabases(folder)
    elif where == OWN_SERVER:
        from tests import postgres

        with postgres.serving() as server, _on_server(server.url("postgres")) as databases:
            yield databases
    else:
        with _on_server(where) as databases:
            yield databases


@contextmanager
def _on_server(url: str) -> Iterator[Databases]:
    databases = PostgresqlDatabases(url)
    try:
        yield databases
    finally:
        databases.close()
