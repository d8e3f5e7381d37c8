"""Output: a table in a terminal, plain columns when piped, one JSON object a line with `--json`."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from bot.export.csv_file import lines

Json = Annotated[bool, typer.Option("--json", help="One JSON object a line; times are ISO 8601 in UTC.")]

COLOURS = {
    "ok": "green",
    "warning": "yellow",
    "no": "bold red",
    "published": "green",
    "scheduled": "cyan",
    "publishing": "blue",
    "uncertain": "bold magenta",
    "failed": "bold red",
    "missed": "red",
    "held": "yellow",
    "cancelled": "dim",
    "new": "green",
    "changed": "yellow",
    "moved": "cyan",
    "kept": "dim",
}


def say(line: str = "") -> None:
    """A line for the reader of the command; where he has stopped reading, the command ends."""
    try:
        typer.echo(line)
    except BrokenPipeError:
        # Else Python would complain once more when it flushes what is left.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


def warn(line: str) -> None:
    """A line for the operator, apart from the output."""
    typer.echo(line, err=True)


def count(number: int, thing: str) -> str:
    """So many of something: "1 post", "2 posts"."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def print_json(value: Mapping[str, Any]) -> None:
    """One object on one line."""
    say(json.dumps(value, ensure_ascii=False, default=str))


def print_table(titles: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str = "") -> None:
    """Rows under titles: drawn in a terminal, else one line a row with tabs between."""
    found = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not found and empty:
        say(empty)
    elif sys.stdout.isatty():
        _draw(titles, found)
    else:
        for row in found:
            say("\t".join(" ".join(cell.split()) for cell in row))


def print_csv(rows: Iterable[Sequence[object]]) -> None:
    """Rows as CSV; a cell that a spreadsheet would run as a formula is quoted with '."""
    for line in lines(iter(rows)):
        say(line)


def _draw(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, style=COLOURS.get(cell, "")) for cell in row))
    Console().print(table)


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Any]:
    """A progress line in a terminal for what may take longer than a second; calls take the count done."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)
