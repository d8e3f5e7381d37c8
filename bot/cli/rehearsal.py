"""Commands that rehearse: `demo`, `rehearse`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import CommandError, made, settings, store_if_there
from bot.cli.output import Json, print_json, say, warn

if TYPE_CHECKING:
    from bot.planning.content import Content
    from bot.rehearsal.report import Report

DEMO = "social-service-workforce-week"
Exit = Annotated[bool, typer.Option("--exit", help="End when it is done instead of keeping the pages open.")]
Seconds = Annotated[float, typer.Option("--seconds", min=1, help="About how long it may take.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Begin anew, even if one was stopped in the middle.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    for command in (demo, rehearse):
        app.command(rich_help_panel="Begin here")(command)


def demo(exit_: Exit = False, seconds: Seconds = 50, fresh: Fresh = False) -> None:
    """Rehearse the campaign that is shipped, in about a minute.

    The whole week is queued and published to local stand-ins for the networks, by the real worker.
    Nothing leaves this machine. Exit code 0 only if every delivery is published exactly once.
    """
    _perform(DEMO, seconds, keep_open=not exit_, fresh=fresh, json=False)


def rehearse(
    campaign: Annotated[str, typer.Argument(help="The name of its file in config/campaigns, without .toml.")],
    keep_open: Annotated[bool, typer.Option("--open", help="Keep the pages open when it is done.")] = False,
    seconds: Seconds = 50,
    fresh: Fresh = False,
    json: Json = False,
) -> None:
    """Play a campaign in fast time on local networks, and report what they showed and refused.

    Exit code 0 only if every delivery is published exactly once.
    """
    _perform(campaign, seconds, keep_open=keep_open, fresh=fresh, json=json)


def _perform(campaign: str, seconds: float, *, keep_open: bool, fresh: bool, json: bool) -> None:
    from bot.cli.screen import screen
    from bot.clock import SystemClock
    from bot.rehearsal.rehearsal import rehearsing
    from bot.web.doors import demo_path
    from bot.web.server import serving

    content = _content(campaign)
    folder = Path("var") / "rehearsal" / campaign
    with (
        rehearsing(content, campaign, folder, seconds, fresh=fresh) as played,
        serving(played.stage.settings, played.stage.clock, "127.0.0.1", 0) as page,
    ):
        tell = warn if json else say
        if played.continued:
            tell("Going on with the rehearsal that was stopped; --fresh begins anew.")
        tell(f"The feeds, as followers see them: {played.stage.sandbox.url}")
        tell(f"The page where the team works:    {page}{demo_path(played.stage.store, SystemClock())}")
        with screen(content.campaigns[campaign], quiet=json) as show:
            for moment in played.director.play():
                show(moment)
        report = played.report()
        _show(report, json)
        if keep_open:
            _wait_for_the_reader()
    raise typer.Exit(0 if report.perfect else 1)


def _content(campaign: str) -> "Content":
    from bot.model.message import Level
    from bot.planning.check import check
    from bot.planning.content import read_content

    with store_if_there() as store:
        content = read_content(settings(), only=campaign, made=made(store, campaign))
    if campaign not in content.campaigns:
        raise CommandError(f"there is no campaign '{campaign}' in {content.settings.config}/campaigns")
    errors = [problem for problem in check(content) if problem.level is Level.ERROR]
    for problem in errors:
        warn(str(problem))
    if errors:
        raise CommandError(f"{len(errors)} errors: mend them first")
    return content


def _show(report: "Report", json: bool) -> None:
    if json:
        print_json(report.to_json())
        return
    for line in report.lines():
        say(line)


def _wait_for_the_reader() -> None:
    import threading

    say("The pages stay open; Ctrl-C ends.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        say()
