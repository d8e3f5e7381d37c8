"""A media file: what it really is, found out without running into what it may hide."""

import hashlib
import os
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bot.model.format import DOCUMENTS, VIDEOS, Format
from bot.model.media import Facts

LARGEST_PICTURE = 32 * 1024 * 1024  # bytes; no network takes half of it
MOST_PIXELS = 100_000_000  # decoded, that is 400 MB; no network takes half of it
MOST_FRAMES = 2_000
_ENDINGS = {
    ".jpg": Format.JPEG, ".jpeg": Format.JPEG, ".jpe": Format.JPEG, ".png": Format.PNG, ".gif": Format.GIF,
    ".webp": Format.WEBP, ".bmp": Format.BMP, ".tif": Format.TIFF, ".tiff": Format.TIFF,
    ".pdf": Format.PDF, ".mp4": Format.MP4, ".m4v": Format.MP4, ".mov": Format.MOV,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _BadMediaError(Exception):
    problem: str


def examine(path: Path) -> Facts | str:
    """The facts of a file, or a sentence on what is wrong with it."""
    try:
        # Without waiting: a pipe that nobody writes to would hold us for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0))
        with os.fdopen(handle, "rb") as file:
            return _facts(file, path.suffix.lower())
    except OSError as error:
        return f"can not be read: {error.strerror}"
    except _BadMediaError as error:
        return error.problem


def format_of(path: Path) -> Format | None:
    """What a file is by its first bytes, whatever its name; None: nothing that is known here."""
    with path.open("rb") as file:
        return _format(file.read(32))


def ending_of(kind: Format, ending: str = "") -> str:
    """The end of the name of such a file: the one that it has, if that is right."""
    known = [one for one, of in _ENDINGS.items() if of is kind]
    return ending if ending in known else known[0]


def digest_of(path: Path) -> str:
    """The SHA-256 of a file's content, by which another picture under the same name is known.

    Raises:
        OSError: it can not be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _facts(file: BinaryIO, ending: str) -> Facts:
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode):
        raise _BadMediaError("is no file")
    if found.st_size == 0:
        raise _BadMediaError("is empty")
    kind = _format(file.read(32))
    if kind is None:
        known = ", ".join(dict.fromkeys(_ENDINGS.values()))
        raise _BadMediaError(f"is neither a picture, a film nor a document of a known format: use {known}")
    if _ENDINGS.get(ending) is not kind and not {_ENDINGS.get(ending), kind} <= VIDEOS:
        raise _BadMediaError(f"is really a {kind}: give its name the right ending")
    if kind in VIDEOS or kind in DOCUMENTS:
        return Facts(kind, found.st_size)
    if found.st_size > LARGEST_PICTURE:
        size = found.st_size / 1_000_000
        raise _BadMediaError(f"has {size:,.0f} MB: no network takes a picture that large")
    file.seek(0)
    return _picture(file, kind, found.st_size)


def _format(head: bytes) -> Format | None:
    """The format by a file's first bytes."""
    if head[4:8] == b"ftyp":
        return Format.MOV if head[8:12] == b"qt  " else Format.MP4
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Format.WEBP
    marks = (
        (b"\xff\xd8\xff", Format.JPEG),
        (b"\x89PNG\r\n\x1a\n", Format.PNG),
        (b"GIF87a", Format.GIF),
        (b"GIF89a", Format.GIF),
        (b"II*\0", Format.TIFF),
        (b"MM\0*", Format.TIFF),
        (b"%PDF-", Format.PDF),
        (b"BM", Format.BMP),
    )
    return next((kind for mark, kind in marks if head.startswith(mark)), None)


def _picture(file: BinaryIO, kind: Format, size: int) -> Facts:
    from PIL import Image  # 60 ms, and only where there are pictures

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own limit is above ours
            with Image.open(file, formats=[kind.upper()]) as image:
                width, height = image.size
                if width * height > MOST_PIXELS:
                    pixels = f"{width:,} x {height:,}"
                    raise _BadMediaError(f"would have {pixels} pixels: no network takes a picture that large")
                frames = _frames(image) if kind is Format.GIF else None
                image.verify()  # the checksums, where the format has some; decodes nothing
    except Image.DecompressionBombError:
        words = f"would have more than {MOST_PIXELS:,} pixels: no network takes a picture that large"
        raise _BadMediaError(words) from None
    except _BadMediaError:
        raise
    except Exception:  # noqa: BLE001  (Pillow raises anything for a broken file: SyntaxError, struct.error …)
        raise _BadMediaError(f"is a damaged {kind}: save it anew") from None
    return Facts(kind, size, width, height, frames)


def _frames(image: object) -> int:
    """How many pictures a GIF shows; those past the most are not counted."""
    from PIL import ImageSequence

    number = 0
    for _ in ImageSequence.Iterator(image):  # type: ignore[arg-type]
        number += 1
        if number >= MOST_FRAMES:
            break
    return number
