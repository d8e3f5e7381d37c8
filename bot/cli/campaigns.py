"""Commands on the campaigns that were made on the page: `campaigns export`."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import opened_store
from bot.cli.output import count, say, warn

app = typer.Typer(no_args_is_help=True, help="The campaigns that were made on the page.")


def add_to(parent: typer.Typer) -> None:
    """Add the commands of this group."""
    parent.add_typer(app, name="campaigns", rich_help_panel="Write and queue")


@app.callback()
def campaigns() -> None:
    """The campaigns that were made on the page."""


@app.command()
def export(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The campaign.")],
    folder: Annotated[Path, typer.Argument(help="Where posts/ and config/ stand, or are to stand.")],
) -> None:
    """Write a campaign and posts of the page as files, to keep them under version control.

    Writes nothing where another file has the name of one. Once the files are in posts/, remove the posts from
    the page, so that nothing is planned twice.
    """
    from bot.planning.campaign_export import export_campaign

    with opened_store() as store:
        for path in (written := export_campaign(store, name, folder)):
            say(str(path))
    warn(f"{count(len(written), 'file')} below {folder}")
