"""The command `report`: how a campaign's posts have done, as tables, CSV, JSON and plots."""

import csv
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import CommandError, opened_store, settings
from bot.cli.output import Json, print_csv, print_json, print_table, say, warn
from bot.export.csv_file import harmless
from bot.model.figures import MEASURES

if TYPE_CHECKING:
    from bot.aftercare.report import Line, Report, Sum

CSV_TITLES = (
    "post", "account", "network", "day", "theme", "published_at", "url", "removed_at",
    *MEASURES, "collected_at",
)  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command(rich_help_panel="After publishing")(report)


def report(
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="A campaign that was applied.")],
    as_csv: Annotated[
        str | None, typer.Option("--csv", metavar="FILE", help="A row a post and account; - prints it.")
    ] = None,
    plots: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write a picture (SVG) a network there.")
    ] = None,
    json: Json = False,
) -> None:
    """Show how the posts of a campaign have done: each one, and the sums by network and by day.

    The figures are collected by the worker. What a network does not say stays empty, and is no 0.
    """
    from bot.aftercare.report import make_report

    with opened_store() as store, store.read() as connection:
        made = make_report(connection, campaign, settings())
    if as_csv == "-":
        print_csv([CSV_TITLES, *map(_row, made.lines)])
    elif as_csv is not None:
        _write_csv(Path(as_csv), made)
    if json:
        _print_json(made)
    elif as_csv is None and plots is None:
        _show(made)
    if plots is not None:
        _write_plots(made, plots)


def _show(made: "Report") -> None:
    if not made.lines:
        say(f"Nothing of {made.campaign} is published yet.")
        return
    titles = ("post", "account", "published (UTC)", *MEASURES, "as of (UTC)", "")
    rows = ((one.post, one.account, f"{one.published_at:%Y-%m-%d %H:%M}", *astuple(one.figures),
             f"{one.collected_at:%Y-%m-%d %H:%M}" if one.collected_at else "",
             "taken away" if one.removed_at else "") for one in made.lines)  # fmt: skip
    print_table(titles, rows)
    for what, sums in (("network", made.networks), ("day", made.days)):
        say()
        print_table((what, "posts", "with figures", *MEASURES), map(_sum_row, sums))
    for note in made.notes:
        warn(note)


def _sum_row(one: "Sum") -> tuple[object, ...]:
    return one.name, one.posts, one.told, *astuple(one.figures)


def _print_json(made: "Report") -> None:
    for line in made.lines:
        print_json({"of": "post", **line.to_json()})
    for of, sums in (("network", made.networks), ("day", made.days)):
        for one in sums:
            print_json(one.to_json(of))


def _row(line: "Line") -> list[object]:
    values = line.to_json()
    return ["" if values[title] is None else values[title] for title in CSV_TITLES]


def _write_csv(path: Path, made: "Report") -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [harmless(cell) for cell in row] for row in [CSV_TITLES, *map(_row, made.lines)]
            )
    except OSError as error:
        raise CommandError(f"{path} can not be written: {error.strerror}") from None
    warn(f"{len(made.lines)} rows are in {path}")


def _write_plots(made: "Report", folder: Path) -> None:
    from bot.aftercare.plots import write_plots

    try:
        written = write_plots(made, folder)
    except OSError as error:
        raise CommandError(f"no plots can be written to {folder}: {error.strerror}") from None
    for path in written:
        warn(f"written: {path}")
    if not written:
        warn("There is nothing to draw: no figures are known yet.")
