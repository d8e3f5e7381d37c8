"""Commands on the database: `db upgrade`, `db backup`."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import database_url, opened_store
from bot.cli.output import say

app = typer.Typer(no_args_is_help=True, help="Bring the database up to date, or copy it while it is in use.")


def add_to(parent: typer.Typer) -> None:
    """Add the commands of this group."""
    parent.add_typer(app, name="db", rich_help_panel="Run")


@app.command()
def upgrade() -> None:
    """Bring the tables up to date. Every other command does it at its start, too."""
    from bot.store.engine import connect
    from bot.store.migrate import HEAD
    from bot.store.migrate import upgrade as upgrade_store

    store = connect(database_url())
    try:
        done = upgrade_store(store)
    finally:
        store.close()
    say(f"The database is at revision {HEAD}{' now' if done else ' already'}.")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="A file that does not exist yet.")]) -> None:
    """Make a consistent copy of the SQLite database while everything goes on.

    To restore it: stop everything and put the copy in the place of the database.
    """
    from bot.store.backup import backup as copy

    with opened_store() as store:
        size = copy(store, file)
    say(f"{file}: {size / 1024:.0f} KiB, complete and checked.")
