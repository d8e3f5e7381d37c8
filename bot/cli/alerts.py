"""Commands on alerts: `alerts`, `alerts test`."""

import typer

from bot.cli.context import CommandError, clock, opened_store, settings
from bot.cli.output import Json, print_json, print_table, progress


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(invoke_without_command=True, no_args_is_help=False)
    group.callback()(alerts)
    group.command("test")(send_test)
    app.add_typer(group, name="alerts", rich_help_panel="Look")


def alerts(context: typer.Context, json: Json = False) -> None:
    """List where alerts go, and how sending to each goes. Exit code 1 if any does not work."""
    if context.invoked_subcommand is not None:
        return
    from bot.alerts.outlook import targets_now

    known = settings()
    with opened_store() as store:
        found = targets_now(store, known)
    if json:
        for one in found:
            print_json(one.to_json())
    else:
        print_table(
            ("target", "service", "last told (UTC)", "waiting", "given up", ""),
            (
                (
                    one.name,
                    one.service,
                    f"{one.sent_at:%Y-%m-%d %H:%M}" if one.sent_at else "never",
                    one.waiting,
                    one.given_up,
                    one.said,
                )
                for one in found
            ),
            empty=f"Alerts go to nobody: {known.config / 'bot.toml'} names no target in [alerts] to.",
        )
    if any(not one.fine for one in found):
        raise typer.Exit(1)


def send_test(json: Json = False) -> None:
    """Send one message to each target and say whether it took it. Exit code 1 if any did not."""
    from bot.alerts.courier import Courier
    from bot.alerts.targets import all_targets
    from bot.alerts.texts import trial

    known = settings()
    targets = all_targets(known)
    if not targets:
        raise CommandError(
            f'{known.config / "bot.toml"} names no target: write [alerts] to = ["BOT_ALERT_MAIL"]'
        )
    courier = Courier.of(known)
    told = trial(known, clock().now())
    results = []
    with progress("Sending", len(targets)) as advance:
        for done, target in enumerate(targets, 1):
            results.append((target, courier.send(target, told.subject, told.body, "test")))
            advance(done)
    if json:
        for target, answer in results:
            print_json({"target": target.name, "ok": answer.ok, "said": answer.words})
    else:
        print_table(
            ("target", "service", "", "what"),
            ((target.name, target.service, "works" if a.ok else "no", a.words) for target, a in results),
        )
    if not all(answer.ok for _, answer in results):
        raise typer.Exit(1)
