"""The files of a campaign: pictures and films that nobody can take for each other."""

import hashlib
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

_FILM_SIZE = 3_000  # bytes; Facebook takes none with less than 1,000


@dataclass(frozen=True, slots=True)
class File:
    """One file of a post; another version of it is another content under the same name."""

    post: int
    number: int  # among the files of its post, from 1
    is_film: bool

    @property
    def name(self) -> str:
        """Beside the post's own file."""
        return f"{self.post}-{self.number}.{'mp4' if self.is_film else 'png'}"

    @property
    def alt(self) -> str:
        """What it shows, in words."""
        return f"{'A film' if self.is_film else 'A picture'} of week {self.post}, number {self.number}"

    def content(self, version: int = 0) -> bytes:
        """What stands in it."""
        seed = hashlib.sha256(f"{self.name} {version}".encode()).digest()
        return _film(seed) if self.is_film else _picture(seed)

    def write(self, folder: Path, version: int = 0) -> None:
        """Put it in place, whole or not at all."""
        beside = folder / f".{self.name}"
        beside.write_bytes(self.content(version))
        beside.replace(folder / self.name)


def _film(seed: bytes) -> bytes:
    return (b"\0\0\0\x18ftypmp42" + seed).ljust(_FILM_SIZE, b"\0")


def _picture(seed: bytes) -> bytes:
    """A PNG of 30 times 20 pixels in one colour: https://www.w3.org/TR/png-3/ (read 2026-11-25)."""
    rows = b"".join(b"\0" + seed[:3] * 30 for _ in range(20))
    header = struct.pack(">IIBBBBB", 30, 20, 8, 2, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"tEXt", b"Comment\0" + seed.hex().encode()),
        (b"IDAT", zlib.compress(rows)),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*one) for one in (*chunks, (b"IEND", b"")))


def _chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
