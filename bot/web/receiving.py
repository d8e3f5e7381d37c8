"""Receiving: writes what a browser sends of a file to the disk, piece by piece, and stops in time."""

import hashlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from bot.planning.receiving import LARGEST
from bot.store.media import PIECE, MediaError
from bot.web.words import gettext as _

SPARE = 256_000_000  # bytes that must stay free on the disk


@dataclass(frozen=True, slots=True)
class Received:
    """A file that has come in whole."""

    path: Path
    digest: str


async def received(body: AsyncIterator[bytes], announced: int, folder: Path) -> Received:
    """What comes in, as a file in the folder.

    Raises:
        MediaError: it is too large, there is no room for it, or it ended before its end.
    """
    _refuse_size(announced)
    if shutil.disk_usage(folder).free < 3 * announced + SPARE:  # it goes into the database, and on the shelf
        raise MediaError(_("There is too little room on the server for this file: tell who runs it."))
    path, digest, size, waiting = folder / "upload", hashlib.sha256(), 0, bytearray()
    with path.open("wb") as file:
        async for piece in body:
            size += len(piece)
            _refuse_size(size)
            digest.update(piece)
            waiting += piece
            if len(waiting) >= PIECE:
                await run_in_threadpool(file.write, bytes(waiting))
                waiting.clear()
        file.write(waiting)
    if announced and size != announced:
        raise MediaError(_("The file did not arrive whole: try again."))
    return Received(path, digest.hexdigest())


def _refuse_size(size: int) -> None:
    if size > LARGEST:
        words = _("The file is too large: %(most)s MB are the most.") % {"most": LARGEST // 1_000_000}
        raise MediaError(words)
