"""Multipart: a form with one file in it, read piece by piece while it is sent (RFC 7578)."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

_PIECE = 1 << 16  # bytes


class Multipart:
    """The body of one request; requests and urllib3 read it as a file whose length is known.

    Args:
        fields: the values of the form.
        name: of the file's field.
        file: open; what is sent of it are `length` bytes from `start` on.
        filename: as the server is told; ASCII.
        content_type: of the file.
        progress: called with how many bytes of the file were read for sending; may raise to stop.
    """

    def __init__(
        self,
        fields: Mapping[str, str],
        name: str,
        file: BinaryIO,
        length: int,
        *,
        filename: str,
        content_type: str,
        start: int = 0,
        progress: Callable[[int], None] = lambda sent: None,
    ) -> None:
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        head = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
            for field, value in fields.items()
        ]
        head.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
            f"Content-Type: {content_type}\r\n\r\n"
        )
        self._head = "".join(head).encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()
        self._file = file
        self._left = length
        self._sent = 0
        self._progress = progress
        self._length = len(self._head) + length + len(self._tail)
        file.seek(start)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(_PIECE):
            yield piece

    def read(self, size: int) -> bytes:
        """The next bytes, `size` at most; none at the end.

        Raises:
            OSError: the file is shorter than it was.
        """
        if self._head:
            piece, self._head = self._head[:size], self._head[size:]
            return piece
        if self._left:
            piece = self._file.read(min(size, self._left))
            if not piece:
                raise OSError("the file has become shorter")
            self._left -= len(piece)
            self._sent += len(piece)
            self._progress(self._sent)
            return piece
        piece, self._tail = self._tail[:size], self._tail[size:]
        return piece
