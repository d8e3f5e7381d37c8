"""A ZIP: files packed while they are read, so that no export must fit into memory."""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import PurePosixPath

COMPRESSED = (".md", ".toml")  # pictures and videos are so already


class _Sink:
    """Takes what the packer writes, until it is fetched."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Take some."""
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """There is nothing behind it."""

    def fetch(self) -> bytes:
        """What has come since the last time."""
        found = b"".join(self._pieces)
        self._pieces.clear()
        return found


def packed(files: Iterable[tuple[PurePosixPath, Iterable[bytes]]], at: datetime) -> Iterator[bytes]:
    """The pieces of the archive; `at` is the time that its files get.

    Raises:
        ValueError: a path leads out of the folder into which it will be unpacked.
    """
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as archive:  # type: ignore[call-overload]  # it only writes and flushes
        for path, pieces in files:
            if path.is_absolute() or ".." in path.parts:
                raise ValueError(f"{path} leads elsewhere")
            entry = zipfile.ZipInfo(str(path), (max(at.year, 1980), *at.timetuple()[1:6]))
            entry.external_attr = 0o644 << 16
            small = path.suffix in COMPRESSED
            entry.compress_type = zipfile.ZIP_DEFLATED if small else zipfile.ZIP_STORED
            with archive.open(entry, "w", force_zip64=not small) as inside:
                for piece in pieces:
                    inside.write(piece)
                    yield sink.fetch()
    yield sink.fetch()
