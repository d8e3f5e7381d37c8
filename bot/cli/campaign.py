"""Commands on a campaign's files: `check`, `plan`, `apply`."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import actor, clock, opened_store, settings, store_if_there, usage
from bot.cli.context import made as made_on_page
from bot.cli.output import Json, count, print_json, print_table, progress, say, warn

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.planning.content import Content
    from bot.planning.plan import Plan
    from bot.store import Store

Starts = Annotated[
    str | None,
    typer.Option("--starts", metavar="DATE", help="Move the campaign: its first day, as YYYY-MM-DD."),
]
Name = Annotated[
    str | None, typer.Argument(metavar="[CAMPAIGN]", help="Only this campaign; without it, all.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    panel = "Write and queue"
    for command in (check, plan, apply):
        app.command(rich_help_panel=panel)(command)


def check(
    json: Json = False,
    links: Annotated[
        bool, typer.Option("--links", help="Also ask the pages behind the links whether they answer.")
    ] = False,
) -> None:
    """Say every problem in posts/ and config/, as file:line: level: message.

    With a database, the posts that were made on the page and are in the queue are looked at too.
    Exit code 1 if any of them is an error; warnings alone exit with 0.
    """
    from bot.model.message import Level
    from bot.planning.check import check as check_content

    with progress("Reading"):
        with store_if_there() as store:
            content = _content(store)
        problems = check_content(content)
    if links:
        from bot.planning.dead_links import dead_links

        with progress("Asking the links") as advance:
            problems = [*problems, *dead_links(content, advance)]
        problems.sort(key=lambda problem: (problem.file, problem.line))
    for problem in problems:
        if json:
            print_json(
                {
                    "file": problem.file,
                    "line": problem.line,
                    "level": problem.level,
                    "message": problem.message,
                }
            )
        else:
            say(str(problem))
    errors = sum(problem.level is Level.ERROR for problem in problems)
    if not json:
        both = f"{count(errors, 'error')}, {count(len(problems) - errors, 'warning')}"
        where = f"{count(len(content.posts), 'post')} in {count(len(content.campaigns), 'campaign')}"
        warn(f"{where}: {both if problems else 'no problems'}")
    if errors:
        raise typer.Exit(1)


def plan(
    campaign: Name = None,
    starts: Starts = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 2 if anything would change.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show what does not change as well.")] = False,
    json: Json = False,
) -> None:
    """Say what `bot apply` would change in the queue, and change nothing."""
    with opened_store() as store:
        make = _planner(store, campaign, starts)
        with store.read() as connection:
            made = make(connection)
    _show(made, json, everything)
    if detailed_exitcode and made.active:
        raise typer.Exit(2)


def apply(campaign: Name = None, starts: Starts = None, json: Json = False) -> None:
    """Make the queue say what the files say: all of it, or nothing.

    A delivery that is already out is never touched. Doing it twice changes nothing the second time.
    """
    from bot.planning.apply import apply_plan
    from bot.store.restored import arrive

    with opened_store() as store:
        make = _planner(store, campaign, starts)
        if (restoration := arrive(store, actor(), clock().now())) is not None:
            warn(f"note: {restoration.words}")
        with progress("Applying") as advance:
            made = apply_plan(store, make, actor=actor(), now=clock().now(), progress=advance)
    _show(made, json, everything=False)


def _content(store: "Store | None", campaign: str | None = None) -> "Content":
    from bot.planning.content import read_content

    return read_content(settings(), only=campaign, made=made_on_page(store, campaign))


def _planner(store: "Store", campaign: str | None, starts: str | None) -> "Callable[[Connection], Plan]":
    """Reads and checks the files, and gives what makes a plan of them.

    Raises:
        HasErrorsError: the files have errors, which are said.
        NoSuchCampaignError: there is none of that name.
    """
    from bot.planning.planner import HasErrorsError, Planner, refuse_errors

    try:
        with progress("Reading"):
            content = _content(store, campaign)
            refuse_errors(content, campaign)
    except HasErrorsError as error:
        for problem in error.problems:
            warn(str(problem))
        raise
    return Planner(content, clock().now(), campaign, dates_of(content, starts))


def dates_of(content: "Content", starts: str | None) -> dict[str, date]:
    """The first day that `--starts` gives the only campaign of the content."""
    if starts is None:
        return {}
    try:
        day = datetime.strptime(starts, "%Y-%m-%d").date()  # noqa: DTZ007  (a date has no zone)
    except ValueError:
        raise usage(f"--starts {starts}: write a date as YYYY-MM-DD") from None
    if len(content.campaigns) != 1:
        raise usage(f"--starts moves one campaign: name it, one of {', '.join(sorted(content.campaigns))}")
    return dict.fromkeys(content.campaigns, day)


def _show(made: "Plan", json: bool, everything: bool) -> None:
    from bot.planning.plan import Action

    shown = (
        made.changes if everything else [*made.active, *(c for c in made.changes if c.action is Action.KEPT)]
    )
    if json:
        for change in shown:
            print_json(change.to_json())
        return
    rows = [
        (
            c.action,
            c.post,
            c.account,
            f"{c.due_at:%Y-%m-%d %H:%M} UTC",
            c.why + (" (too late!)" if c.late else ""),
        )
        for c in shown
    ]
    print_table(("", "post", "account", "due", "why"), rows)
    for note in made.notes:
        warn(f"note: {note}")
    if late := sum(change.late for change in made.active):
        warn(f"note: {late} are too late by their tolerance and will be missed: --starts DATE moves them")
    figures = ", ".join(f"{made.count(action)} {action}" for action in Action if made.count(action))
    warn(f"{figures or 'nothing planned'}{'' if made.active else ': nothing to do'}")
