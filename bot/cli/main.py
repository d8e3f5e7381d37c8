"""The entry: gathers the commands and turns every trouble into one line and an exit code."""

import gc
import os
import sys
import traceback

import typer

from bot.cli import (
    accounts,
    aftercare,
    alerts,
    campaign,
    campaigns,
    database,
    desk,
    people,
    preview,
    rehearsal,
    report,
    service,
    story,
)
from bot.cli.context import settings, typed
from bot.errors import SpokenError

app = typer.Typer(
    name="bot",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help=(
        "Publishes a campaign to social networks: "
        "on time, never twice, never lost.\n\n"
        "Begin with [bold]bot demo[/bold]. Then: write posts, [bold]bot check[/bold], "
        "[bold]bot plan[/bold], [bold]bot apply[/bold], and let [bold]bot up[/bold] run."
    ),
)
GROUPS = (
    rehearsal, campaign, campaigns, preview, service, people, story, alerts, desk, aftercare, report,
    accounts, database,
)  # fmt: skip
for group in GROUPS:
    group.add_to(app)


def main() -> None:
    """Run the command that the arguments name, and exit with its code: 0, 1 or 2."""
    gc.set_threshold(50_000, 20, 20)  # what is being loaded is no garbage: to look for some takes a tenth
    try:
        code = app(standalone_mode=False)
    except _UsageError as error:
        _say_usage(error)
        code = 2
    except (typer.Abort, KeyboardInterrupt):
        code = 130
    except Exception as error:  # noqa: BLE001  (the last line of defence: no traceback reaches a person)
        code = _explain(error)
    sys.exit(code if isinstance(code, int) else 0)


# Click's own, or the copy of it that newer versions of Typer bring: this is either.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


def _say_usage(error: Exception) -> None:
    """One line on what was typed wrong, and where to read more."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "bot"
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    if message:  # none where help was shown instead of an error
        typer.echo(f"bot: {' '.join(message.split())} ({command} --help says more)", err=True)


def _explain(error: Exception) -> int:
    """One line on what is wrong and what to do."""
    if os.environ.get("BOT_DEBUG"):
        typer.echo(_without_secrets("".join(traceback.format_exception(error))), err=True)
        return 1
    if isinstance(error, SpokenError):
        words = str(error)
    elif isinstance(error, OSError):
        words = f"{error.filename or ''}: {error.strerror or error}"
    else:
        what = _without_secrets(f"{type(error).__name__}: {' '.join(str(error).split())}")[:300]
        words = f"a fault of this program, please report it: {what} (BOT_DEBUG=1 shows where)"
    typer.echo(f"bot: {_without_secrets(words)}", err=True)
    return 1


def _without_secrets(text: str) -> str:
    from bot.networks import secrets_of
    from bot.networks.redaction import redact

    try:
        known = list(secrets_of(settings()))
    except SpokenError:  # the settings may be what is wrong
        known = []
    return redact(text, [*known, *typed])
