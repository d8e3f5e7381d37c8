"""Commands on the database: `db upgrade`, `db backup`, `db restored`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import actor, clock, database_url, opened_store, usage
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

    To restore it: stop everything, take away what lies beside the database (-wal, -shm), and put the copy in
    its place. The worker then looks at the networks for what has gone out since, and sends none of it again.
    """
    from bot.store.backup import backup as copy

    with opened_store() as store:
        size = copy(store, file, actor(), clock().now())
    say(f"{file}: {size / 1024:.0f} KiB, complete and checked.")


@app.command()
def restored(
    since: Annotated[
        str,
        typer.Option("--since", metavar="WHEN", help="When the copy was made: '2018-09-25 09:00' (UTC)."),
    ],
) -> None:
    """Say that the database was brought back from a copy that bot db backup did not make.

    As from pg_dump, or from a plain copy of the file. Say it before a worker starts: nothing that was open
    then is sent before the networks were asked whether it has gone out since.
    """
    from bot.store.restored import declare

    with opened_store() as store:
        restoration = declare(store, _instant(since), actor(), clock().now())
    say(f"{restoration.words[0].upper()}{restoration.words[1:]}.")


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise usage(f"--since {text}: write it as '2018-09-25 09:00' (UTC) or with +02:00") from None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    if found > clock().now():
        raise usage(f"--since {text}: that is still to come; write when the copy was made, in UTC")
    return found
