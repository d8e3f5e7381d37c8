"""Exports: a spreadsheet opens what a list shows, nothing of it runs, and a long one needs no memory."""

import csv
import io
import re
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from bot.export import xlsx_file
from bot.export.csv_file import in_pieces
from bot.export.sheet import LOG, QUEUE, Cell, Sheet, log_sheet, queue_sheet
from bot.export.xlsx_file import write_xlsx
from bot.store import Store, log_pages, queue_pages
from bot.store.listing import QueueFilter
from bot.store.post_log import Filter
from tests.store.acts import OUT, claim, publish
from tests.store.conftest import NOON, delivery, queue_up
from tests.store.conftest import file_store as file_store
from tests.store.conftest import set_up as set_up

SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
EXCEL_DAY_0 = datetime(1899, 12, 30, tzinfo=UTC)
RISKY = ("=1+1", "+1", "-1", "@SUM(A1)", "\tcmd", "\r=1")


def sheet(*rows: Sequence[Cell]) -> Sheet:
    return Sheet("log", ("at", "words"), iter(rows))


def read_csv(one: Sheet) -> list[list[str]]:
    text = b"".join(in_pieces(one)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def book(one: Sheet) -> zipfile.ZipFile:
    file = io.BytesIO()
    write_xlsx(one, file)
    return zipfile.ZipFile(file)


def page(of: zipfile.ZipFile, number: int = 1) -> ElementTree.Element:
    return ElementTree.fromstring(of.read(f"xl/worksheets/sheet{number}.xml"))


def cells(root: ElementTree.Element) -> list[list[Any]]:
    """The rows; a text as text, a number as float. Anything else, as a formula, fails."""
    found: list[list[Any]] = []
    for row in root.iter(f"{SPREADSHEET}row"):
        found.append([])
        for cell in row:
            [value] = cell
            if cell.get("t") == "inlineStr":
                found[-1].append(
                    re.sub("_x([0-9A-F]{4})_", lambda sign: chr(int(sign[1], 16)), "".join(value.itertext()))
                )
            else:
                assert value.tag == f"{SPREADSHEET}v"
                found[-1].append(float(value.text or ""))
    return found


def test_a_csv_is_what_a_spreadsheet_opens() -> None:
    one = b"".join(in_pieces(sheet((NOON, 'Ünï, "quoted"\nsecond line'), (None, "x"))))
    assert one.startswith(b"\xef\xbb\xbfat,words\r\n2018-09-24T12:00:00+00:00,")
    assert read_csv(sheet((NOON, 'a "b"\nc'), (None, ""), (None, "one\ntwo"), (None, "one\rtwo"))) == [
        ["at", "words"],
        ["2018-09-24T12:00:00+00:00", 'a "b"\nc'],
        ["", ""],
        ["", "one\ntwo"],
        ["", "one\rtwo"],
    ]


def test_no_cell_of_a_csv_is_a_formula() -> None:
    rows = read_csv(sheet(*((None, text) for text in RISKY), (None, " =1"), (None, -1.5)))
    assert [row[1] for row in rows[1:]] == [*(f"'{text}" for text in RISKY), " =1", "-1.5"]


def test_no_cell_of_a_workbook_is_a_formula_or_a_link() -> None:
    texts = (*RISKY, "https://example.org/", "{=1}", "007", "1e9", "a\x00b\x0bc", "_x0041_")
    made = book(sheet(*((None, text) for text in texts)))
    root = page(made)
    assert [row[-1] for row in cells(root)] == ["words", *texts]
    assert root.find(f".//{SPREADSHEET}f") is None
    assert root.find(f".//{SPREADSHEET}hyperlinks") is None
    assert not [name for name in made.namelist() if "rels" in name and "sheet" in name]


def test_an_instant_is_a_date_in_a_workbook_and_its_title_says_the_zone() -> None:
    at = datetime(2018, 9, 24, 12, 30, 15, 250_000, tzinfo=UTC)
    made = book(sheet((at, "x"), (datetime(1, 1, 1, tzinfo=UTC), "long ago")))
    head, row, old = cells(page(made))
    assert head == ["at (UTC)", "words"]
    assert abs(EXCEL_DAY_0 + timedelta(days=row[0]) - at) < timedelta(milliseconds=2)
    assert old[0] == "0001-01-01T00:00:00+00:00"
    assert xlsx_file.TIME in made.read("xl/styles.xml").decode()


def test_the_head_of_a_workbook_stays_where_it_is() -> None:
    pane = page(book(sheet())).find(f".//{SPREADSHEET}pane")
    assert pane is not None
    assert (pane.get("ySplit"), pane.get("state")) == ("1", "frozen")


def test_a_text_that_is_too_long_for_a_cell_is_cut() -> None:
    [_, row] = cells(page(book(sheet((None, "x" * 100_000)))))
    assert row[-1] == "x" * (xlsx_file.LONGEST - 1) + "…"


def test_what_a_worksheet_can_not_hold_goes_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_file, "ROWS", 4)
    made = book(sheet(*((None, str(number)) for number in range(7))))
    pages = [cells(page(made, number)) for number in (1, 2, 3)]
    assert [[row[-1] for row in one] for one in pages] == [
        ["words", "0", "1", "2"],
        ["words", "3", "4", "5"],
        ["words", "6"],
    ]
    monkeypatch.setattr(xlsx_file, "ROWS", 3)
    made = book(sheet(*((None, str(number)) for number in range(4))))
    assert [name for name in made.namelist() if "worksheets/sheet" in name and "rels" not in name] == [
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet2.xml",
    ]


def test_what_is_filtered_is_exported(file_store: Store) -> None:
    one, _ = queue_up(file_store, delivery(), delivery("week/2.md", "kenya-x"))
    publish(file_store, claim(file_store))
    log = read_csv(log_sheet(log_pages.stream(file_store, Filter(account="fice-x"))))
    assert log[0] == list(LOG)
    assert [row[6] for row in log[1:]] == ["scheduled", "publishing", "published"]
    assert log[3][:10] == [
        "2018-09-24T12:00:00+00:00", str(one), "week/1.md", "fice-x", "twitter", "publishing", "published",
        "1", OUT.remote_id, OUT.url,
    ]  # fmt: skip
    queue = cells(page(book(queue_sheet(queue_pages.stream(file_store, QueueFilter(ended=True))))))
    assert queue[0][0] == "id"
    assert len(queue[0]) == len(QUEUE)
    assert [row[4] for row in queue[1:]] == ["week/1.md", "week/2.md"]


def test_a_long_export_is_never_in_memory_as_a_whole() -> None:
    def rows(number: int) -> Iterator[Sequence[Cell]]:
        return ((NOON, f"{one} {'x' * 500}") for one in range(number))

    def peak(number: int) -> int:
        tracemalloc.start()
        for piece in in_pieces(Sheet("log", ("at", "words"), rows(number))):
            assert piece
        write_xlsx(Sheet("log", ("at", "words"), rows(number)), io.BytesIO())
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(8_000) < peak(1_000) + 1_500_000  # all of it are four million


def test_who_does_not_export_loads_no_library_for_it() -> None:
    words = "import sys, bot.cli, bot.cli.story; print('xlsxwriter' in sys.modules)"
    assert subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, check=True
    ).stdout == ("False\n")
