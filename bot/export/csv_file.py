"""CSV: the rows of a sheet as lines that a spreadsheet opens, and of which it runs none."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, islice

from bot.export.sheet import Sheet

BYTE_ORDER_MARK = "\ufeff"  # by which Excel knows that the file is UTF-8
LINES_AT_ONCE = 500

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: object) -> object:
    """A cell that no spreadsheet runs as a formula."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell


def lines(rows: Iterator[Sequence[object]]) -> Iterator[str]:
    """Each row as a line, without its end."""
    for row in rows:
        line = io.StringIO()
        # The signs that end a line here are those because of which a cell that has one is quoted.
        csv.writer(line, lineterminator="\r\n").writerow([_plain(cell) for cell in row])
        yield line.getvalue().removesuffix("\r\n")


def _plain(cell: object) -> object:
    return cell.isoformat() if isinstance(cell, datetime) else harmless(cell)


def in_pieces(sheet: Sheet) -> Iterator[bytes]:
    """The file, some lines at a time."""
    left = chain([BYTE_ORDER_MARK + next(lines(iter([sheet.titles])))], lines(sheet.rows))
    while some := list(islice(left, LINES_AT_ONCE)):
        yield "".join(f"{line}\r\n" for line in some).encode()
