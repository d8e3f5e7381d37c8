"""Commands on accounts: `accounts`, `preflight`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import connect
from bot.cli.campaign import Starts, dates_of
from bot.cli.context import CommandError, clock, made, opened_store, settings, with_connected
from bot.cli.output import Json, print_json, print_table, progress, say, warn

if TYPE_CHECKING:
    from bot.networks.token_keeper import TokenKeeper
    from bot.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    panel = "Check before"
    group = typer.Typer(name="accounts", invoke_without_command=True, callback=accounts)
    connect.add_to(group)
    app.add_typer(group, rich_help_panel=panel)
    for command in (preflight, secret_key):
        app.command(rich_help_panel=panel)(command)


def accounts(context: typer.Context, json: Json = False) -> None:
    """Ask each network whether the credentials of each account work. Exit code 1 if any do not.

    Asks who the credentials are; publishes nothing. With connect NETWORK, lead through getting them.
    """
    if context.invoked_subcommand is not None:
        return
    from bot.planning.account_report import check_accounts

    with opened_keeper() as (known, keeper):
        names = sorted(known.accounts)
        with progress("Asking the networks", len(names)) as advance:
            found = check_accounts(known, clock(), names, advance, keeper)
    if json:
        for one in found:
            print_json(one.to_json())
    else:
        print_table(
            ("account", "network", "handle", "", "until", "what"),
            (
                (
                    a.account,
                    a.network,
                    a.handle,
                    "works" if a.ok else "no",
                    f"{a.expires_at:%Y-%m-%d}" if a.expires_at else "",
                    a.detail,
                )
                for a in found
            ),
            empty=f"There are no accounts in {known.accounts_file}.",
        )
    if not all(one.ok for one in found):
        raise typer.Exit(1)


def preflight(
    campaign: Annotated[str | None, typer.Argument(metavar="[CAMPAIGN]", help="Without it, all.")] = None,
    starts: Starts = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask nobody: neither the networks nor what links lead to.")
    ] = False,
    json: Json = False,
) -> None:
    """Say whether all that is planned will be publishable until the end. Exit code 1 if not.

    Looks at the files, the accounts and their credentials, this machine's clock, the API versions, the queue,
    how many posts go out and how close to each other, links, and what it is estimated to cost.
    """
    from bot.networks.token_keeper import TokenKeeper
    from bot.planning.content import read_content
    from bot.planning.finding import verdict
    from bot.planning.preflight import Asking, look_ahead

    known = settings()
    with opened_store() as store:
        content = read_content(known, only=campaign, made=made(store, campaign))
        if campaign is not None and campaign not in content.campaigns:
            raise CommandError(f"there is no campaign '{campaign}' in {known.config}/campaigns")
        dates = dates_of(content, starts)
        known = with_connected(store)
        keeper = TokenKeeper(store, known, clock())
        content = replace(content, settings=known)
        with progress("Looking ahead") as advance:
            found = look_ahead(content, Asking(clock(), store, keeper, offline, advance), dates)
    if json:
        for finding in found:
            print_json(finding.to_json())
    else:
        print_table(("", "", "what", ""), ((f.mark, f.about, f.subject, f.detail) for f in found))
        warn(verdict(found) + ("; nobody was asked (--offline)" if offline else ""))
    if not all(finding.ok for finding in found):
        raise typer.Exit(1)


def secret_key() -> None:
    """Print a new key for BOT_SECRET_KEY, under which credentials are stored.

    To change keys, put the new one before the old one, with a comma between, and let the worker run once.
    """
    from bot.seal import new_key

    say(new_key())


@contextmanager
def opened_keeper() -> Iterator[tuple["Settings", "TokenKeeper"]]:
    """The settings with all credentials of the store, and the keeper of renewed tokens."""
    from bot.networks.token_keeper import TokenKeeper

    with opened_store() as store:
        known = with_connected(store)
        yield known, TokenKeeper(store, known, clock())
