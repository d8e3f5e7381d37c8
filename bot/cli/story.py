"""Commands that tell: `status`, `queue`, `log`."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import CommandError, clock, opened_store, settings, usage
from bot.cli.output import Json, count, print_csv, print_json, print_table, say, warn

if TYPE_CHECKING:
    from bot.export.sheet import Sheet
    from bot.store.post_log import Entry

Campaign = Annotated[str | None, typer.Option(help="Only this campaign.")]
Account = Annotated[str | None, typer.Option(help="Only this account.")]
Network = Annotated[str | None, typer.Option(help="Only this network.")]
Post = Annotated[str | None, typer.Option(help="Only posts whose path begins so.")]
StateName = Annotated[str | None, typer.Option("--state", help="Only deliveries that are (or became) this.")]
Xlsx = Annotated[
    Path | None,
    typer.Option("--xlsx", metavar="FILE", help="Into this file, as a workbook for a spreadsheet."),
]
IN_A_TERMINAL = 100  # rows of the log, unless more are asked for


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    for command in (status, queue, log):
        app.command(rich_help_panel="Look")(command)


def queue(
    campaign: Campaign = None,
    account: Account = None,
    state: StateName = None,
    post: Post = None,
    everything: Annotated[bool, typer.Option("--all", help="With those that have ended.")] = False,
    xlsx: Xlsx = None,
    json: Json = False,
) -> None:
    """List the deliveries that have not ended, the next one first."""
    from bot.store import listing

    wanted = listing.QueueFilter(campaign, account, _state(state), post, ended=everything)
    if xlsx is not None:
        from bot.export.sheet import queue_sheet
        from bot.store import queue_pages

        with opened_store() as store:
            _write_xlsx(queue_sheet(queue_pages.stream(store, wanted)), xlsx)
        return
    with opened_store() as store, store.read() as connection:
        found = listing.queue(connection, wanted)
    if json:
        for one in found:
            print_json(one.to_json())
        return
    print_table(
        ("id", "due (UTC)", "state", "account", "post", "why"),
        (
            (one.id, f"{one.due_at:%Y-%m-%d %H:%M}", one.state, one.account, one.post, one.reason)
            for one in found
        ),
        empty=(
            "The queue is empty: bot plan says what the files would add."
            if wanted == listing.QueueFilter(ended=everything)
            else "There is no such delivery in the queue."
        ),
    )


def log(
    campaign: Campaign = None,
    account: Account = None,
    network: Network = None,
    state: StateName = None,
    post: Post = None,
    delivery: Annotated[int | None, typer.Option(help="Only this delivery: its whole story.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Only from then on: 2018-09-25, or 2h for two hours.")
    ] = None,
    last: Annotated[int | None, typer.Option(min=1, help="Only so many of the latest.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as new entries come.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV with a header.")] = False,
    xlsx: Xlsx = None,
    json: Json = False,
) -> None:
    """Tell what happened: every change of state, with who, when, why and the link."""
    import sys

    from bot.store.post_log import Filter, entries, every

    wanted = Filter(delivery, post, account, network, _state(state), _since(since), campaign=campaign)
    newest = last or (IN_A_TERMINAL if sys.stdout.isatty() and not (json or as_csv) else None)
    if xlsx is not None and (json or as_csv or follow):
        raise usage("--xlsx writes a file that ends: without --csv, --json and --follow")
    with opened_store() as store:
        if newest is None and not follow and (json or as_csv or xlsx):  # it may be long: nothing is kept
            _print_all(every(store, wanted), json, xlsx)
            return
        with store.read() as connection:
            found = entries(connection, wanted, newest=newest)
        if xlsx is not None:
            _print_all(iter(found), json, xlsx)
            return
        empty = "The post log is empty." if wanted == Filter() else "The post log has nothing like that."
        _print_entries(found, json, as_csv, empty)
        while follow:
            after = found[-1].id if found else wanted.after_id
            time.sleep(0.5)
            with store.read() as connection:
                fresh = entries(connection, wanted.after(after))
            _print_entries(fresh, json, as_csv)
            found = fresh or found


def _print_all(found: "Iterator[Entry]", json: bool, xlsx: Path | None) -> None:
    """The entries as they come from the store."""
    from bot.export.sheet import LOG, log_row, log_sheet

    if xlsx is not None:
        _write_xlsx(log_sheet(found), xlsx)
    elif json:
        for entry in found:
            print_json(entry.to_json())
    else:
        print_csv(chain([LOG], map(log_row, found)))


def _write_xlsx(sheet: "Sheet", path: Path) -> None:
    from bot.export.xlsx_file import write_xlsx

    try:
        with path.open("wb") as file:
            number = write_xlsx(sheet, file)
    except OSError as error:
        raise CommandError(f"{path} can not be written: {error.strerror}") from None
    warn(f"{count(number, 'row')} in {path}")


def _print_entries(found: "Sequence[Entry]", json: bool, as_csv: bool, empty: str = "") -> None:
    """The entries; `empty` is said where there are none, and is empty itself for what follows the first."""
    from bot.export.sheet import LOG, log_row

    if json:
        for entry in found:
            print_json(entry.to_json())
    elif as_csv:
        print_csv(chain([LOG] if empty else [], map(log_row, found)))
    else:
        print_table(
            ("at (UTC)", "id", "state", "account", "post", "what"),
            (
                (f"{e.at:%Y-%m-%d %H:%M:%S}", e.delivery, e.to_state, e.account, e.post, _what(e))
                for e in found
            ),
            empty=empty,
        )


def _what(entry: "Entry") -> str:
    late = f"{entry.lateness_s:.0f} s late" if entry.lateness_s and entry.lateness_s >= 60 else ""
    return "  ".join(filter(None, (entry.remote_url, entry.reason, late)))


def status(
    worker: Annotated[
        bool, typer.Option("--worker", help="Only whether a worker of this machine (or container) is alive.")
    ] = False,
    json: Json = False,
) -> None:
    """One screen: is a worker alive, what is next, what needs a person. Exit code 1 if anything does."""
    from bot.alerts.outlook import targets_now
    from bot.planning.status import look

    if worker:
        _worker_here(json)
        return
    with opened_store() as store:
        found = look(store, settings(), clock())
        untold = [target for target in targets_now(store, settings()) if not target.fine]
    if json:
        print_json(found.to_json() | {"alerts_failing": [target.name for target in untold]})
    else:
        for line in found.lines():
            say(line)
        for target in untold:
            say(f"alerts to {target.name} do not arrive: {target.said}")
        print_table(
            ("account", "network", "", "scheduled", "published", "needs a person"),
            (
                (a.account, a.network, a.said, a.scheduled, a.published, a.needs_a_person)
                for a in found.accounts
            ),
        )
        print_table(
            ("id", "state", "account", "post", "why, and what to do"),
            ((o.id, o.state, o.account, o.post, o.reason) for o in found.attention),
        )
        warn("fine" if found.fine else "needs a person")
    if not found.fine:
        raise typer.Exit(1)


def _worker_here(as_json: bool) -> None:
    """For whoever supervises the worker: it looks at nothing but the sign of life."""
    from socket import gethostname

    from bot.store import workers
    from bot.store.engine import connect

    store = connect(settings().database_url)
    try:
        with store.read() as connection:
            now = clock()
            alive = workers.alive(connection, now.real(now.now()))
    finally:
        store.close()
    here = [one for one in alive if one.host == gethostname()]
    if as_json:
        for one in here:
            print_json({"worker": one.id, "pid": one.pid, "heartbeat_at": one.heartbeat_at.isoformat()})
    else:
        for one in here:
            say(f"alive: {one.id}, heard of at {one.heartbeat_at:%H:%M:%S} UTC")
    if not here:
        raise CommandError(f"no worker on {gethostname()} was heard of for {workers.ALIVE.seconds} s")


def _state(word: str | None) -> str | None:
    from bot.model.state import State

    if word is not None and word not in list(State):
        raise usage(f"--state {word}: known are {', '.join(State)}")
    return word


def _since(text: str | None) -> datetime | None:
    from bot.model.lateness import parse_duration

    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found
    except ValueError:
        pass
    try:
        return clock().now() - min(parse_duration(text), timedelta(days=36500))
    except ValueError:
        raise usage(f"--since {text}: write a date like 2018-09-25, or a duration like 2h") from None
