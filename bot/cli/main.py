"""The entry: gathers the commands and turns every trouble into one line and an exit code."""

import os
import sys

import typer

from bot.cli import accounts, alerts, campaign, database, desk, rehearsal, service, story
from bot.errors import SpokenError

app = typer.Typer(
    name="bot",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help=(
        "Publishes a campaign to X (Twitter), Facebook Pages and LinkedIn: "
        "on time, never twice, never lost.\n\n"
        "Begin with [bold]bot demo[/bold]. Then: write posts, [bold]bot check[/bold], "
        "[bold]bot plan[/bold], [bold]bot apply[/bold], and let [bold]bot up[/bold] run."
    ),
)
for group in (rehearsal, campaign, service, story, alerts, desk, accounts, database):
    group.add_to(app)


def main() -> None:
    """Run the command that the arguments name, and exit with its code: 0, 1 or 2."""
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
        raise error
    if isinstance(error, SpokenError):
        typer.echo(f"bot: {error}", err=True)
    elif isinstance(error, OSError):
        typer.echo(f"bot: {error.filename or ''}: {error.strerror or error}", err=True)
    else:
        what = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        typer.echo(
            f"bot: a fault of this program, please report it: {what} (BOT_DEBUG=1 shows where)", err=True
        )
    return 1
