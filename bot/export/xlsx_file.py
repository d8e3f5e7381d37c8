"""XLSX: the rows of a sheet as a workbook with real dates, written through a file so that it needs no memory.

Every text is stored as text: nothing is a formula, and no address becomes a link.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, count, islice
from typing import IO, TYPE_CHECKING, Any

from bot.export.sheet import Cell, Sheet

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

ROWS = 1_048_576  # of one worksheet, with its head: what Excel can hold
LONGEST = 32_767  # characters of one cell
TIME = "yyyy-mm-dd hh:mm:ss"
WIDTHS = {"post": 36, "reason": 48, "remote_url": 40, "remote_id": 22, "state": 12, "day": 6}
WIDTH = 20
EARLIEST = datetime(1900, 3, 1)  # noqa: DTZ001  (a cell has no zone; before this, Excel counts a day too many)


def write_xlsx(sheet: Sheet, file: IO[bytes]) -> int:
    """Write a workbook; the number of rows. More than a worksheet can hold goes on in another one."""
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    written = 0
    with xlsxwriter.Workbook(file, options) as book:
        left = iter(sheet.rows)
        for number in count(1):
            first = next(left, None)
            if first is None and number > 1:
                break
            name = sheet.name if number == 1 else f"{sheet.name} {number}"
            rows = chain([first] if first is not None else [], islice(left, ROWS - 2))
            written += _write_page(book, name, sheet.titles, rows)
    return written


def _write_page(book: "Workbook", name: str, titles: Sequence[str], rows: Iterator[Sequence[Cell]]) -> int:
    page = book.add_worksheet(name)
    bold, time = book.add_format({"bold": True}), book.add_format({"num_format": TIME})
    page.freeze_panes(1, 0)
    for column, title in enumerate(titles):
        page.set_column(column, column, WIDTHS.get(title, WIDTH))
        page.write_string(0, column, _title(title), bold)
    number = 0
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            _write(page, number, column, cell, time)
    return number


def _title(title: str) -> str:
    """What is a time says in which zone: a cell can not."""
    return f"{title} (UTC)" if title == "at" or title.endswith("_at") else title


def _write(page: Any, row: int, column: int, cell: Cell, time: Any) -> None:
    if isinstance(cell, datetime):
        at = cell.replace(tzinfo=None)
        if at >= EARLIEST:
            page.write_datetime(row, column, at, time)
        else:
            page.write_string(row, column, cell.isoformat())
    elif isinstance(cell, str):
        page.write_string(row, column, cell if len(cell) <= LONGEST else f"{cell[: LONGEST - 1]}…")
    elif cell is not None:
        page.write_number(row, column, cell)
