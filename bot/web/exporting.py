"""Exporting: what is filtered on a page as a file to take away, sent as it is read from the store."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import IO, TYPE_CHECKING
from zoneinfo import ZoneInfo

from fastapi import Response
from fastapi.responses import StreamingResponse

from bot.web import words

if TYPE_CHECKING:
    from bot.export.sheet import Sheet

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PIECE = 256 * 1024


def csv_answer(sheet: "Sheet", now: datetime) -> Response:
    """The sheet as lines; no more than some of them are in memory."""
    from bot.export.csv_file import in_pieces

    return StreamingResponse(in_pieces(sheet), media_type=CSV, headers=_named(sheet, now, "csv"))


def xlsx_answer(sheet: "Sheet", now: datetime) -> Response:
    """The sheet as a workbook, which must be written whole before its first byte is sent."""
    from bot.export.xlsx_file import write_xlsx

    file = tempfile.TemporaryFile()  # noqa: SIM115  (it is closed, and with that gone, once it is sent)
    try:
        write_xlsx(sheet, file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return StreamingResponse(_pieces(file), media_type=XLSX, headers=_named(sheet, now, "xlsx"))


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def _named(sheet: "Sheet", now: datetime, ending: str) -> dict[str, str]:
    """The name under which a browser keeps it: with the reader's day."""
    day = now.astimezone(ZoneInfo(words.zone())).date()
    return {"Content-Disposition": f'attachment; filename="{sheet.name}-{day}.{ending}"'}
