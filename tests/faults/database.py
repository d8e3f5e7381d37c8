"""The databases of runs: each a copy of one that was migrated once, or without any table."""

import shutil
from pathlib import Path
from typing import Protocol

from bot.store import open_store


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
