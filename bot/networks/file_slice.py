"""A slice of a file: what requests sends piece by piece, so that no file is ever whole in memory."""

from collections.abc import Callable
from typing import BinaryIO


class FileSlice:
    """Some bytes of an open file as the body of one request.

    Args:
        file: open for as long as the request takes.
        start: where in the file it begins, in bytes.
        size: of the slice, in bytes.
        progress: told after each piece how many bytes of the file have been handed out; may raise.
    """

    def __init__(
        self, file: BinaryIO, start: int, size: int, progress: Callable[[int], None] = lambda sent: None
    ) -> None:
        self._file = file
        self._start = start
        self._size = size
        self._given = 0
        self._progress = progress
        file.seek(start)

    def __len__(self) -> int:
        """The Content-Length; requests asks for it."""
        return self._size

    def read(self, most: int = -1) -> bytes:
        """The next piece; empty at the end of the slice, or where the file has become shorter."""
        if self._given:
            self._progress(self._start + self._given)
        left = self._size - self._given
        piece = self._file.read(left if most < 0 else min(most, left))
        self._given += len(piece)
        return piece
