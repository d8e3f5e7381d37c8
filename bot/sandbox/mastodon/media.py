"""Media on a Mastodon server: files that wait for the post that shows them.

https://docs.joinmastodon.org/methods/media/ (read 2026-11-25): pictures are ready at once, films and moving
pictures are worked on first. What no post shows is deleted after a day.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from werkzeug.datastructures import FileStorage

from bot.sandbox.books import Books
from bot.sandbox.mastodon.errors import NOT_FOUND, invalid, refuse
from bot.sandbox.mastodon.text import HOST
from bot.sandbox.records import Account

MOST = 4  # in one post
DESCRIPTION = 1_500
IMAGE_SIZE = 16 * 1024 * 1024
VIDEO_SIZE = 99 * 1024 * 1024
_KEPT = timedelta(days=1)
TYPES = {
    "image/jpeg": (b"\xff\xd8\xff", 0),
    "image/png": (b"\x89PNG\r\n\x1a\n", 0),
    "image/gif": (b"GIF8", 0),
    "image/webp": (b"WEBP", 8),
    "video/mp4": (b"ftyp", 4),
    "video/quicktime": (b"ftyp", 4),
}


@dataclass(frozen=True, slots=True)
class File:
    """One file that somebody has brought."""

    id: str
    account: str
    kind: str  # "image", "gifv" or "video"
    description: str | None
    created_at: datetime  # UTC
    ready_at: datetime  # UTC
    digest: str  # SHA-256 of what came
    shown: bool = False  # whether a post shows it

    def as_json(self, now: datetime) -> dict[str, Any]:
        """As the API gives it; without an address while it is worked on."""
        where = f"https://files.{HOST}/media_attachments/files/{self.id}"
        return {
            "id": self.id,
            "type": self.kind,
            "url": f"{where}/original" if now >= self.ready_at else None,
            "preview_url": f"{where}/small",
            "remote_url": None,
            "meta": {},
            "description": self.description,
            "blurhash": None,
        }


class MediaBox:
    """All files of a server; they are not kept in the journal."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._lock = Lock()
        self._files: dict[str, File] = {}

    def add(self, account: Account, file: FileStorage | None, description: str | None) -> File:
        """Take a file. Raises RefusedError."""
        if file is None:
            raise invalid("Validation failed: File can't be blank")
        if description is not None and len(description) > DESCRIPTION:
            words = f"Validation failed: Description is too long (maximum is {DESCRIPTION} characters)"
            raise invalid(words, "too long")
        kind = self._kind_of(file)
        now = self._books.now()
        works = timedelta() if kind == "image" else self._books.behaviour.processing
        number = self._books.next_number("mastodon", int(now.timestamp() * 1000) << 16)
        digest = hashlib.sha256(file.stream.read()).hexdigest()
        file.stream.seek(0)
        made = File(str(number), account.name, kind, description or None, now, now + works, digest)
        with self._lock:
            self._files[made.id] = made
        return made

    def get(self, account: Account, number: str) -> File:
        """A file that no post shows yet. Raises RefusedError: there is none."""
        found = self._found(account, number)
        if found is None or found.shown:
            raise refuse(404, NOT_FOUND)
        return found

    def take(self, account: Account, numbers: list[str], kept: tuple[str, ...] = ()) -> list[File]:
        """The files for a post, in their order, shown from now on; `kept` are those that it shows already.

        Raises:
            RefusedError: there are too many, or one is not to be had, not ready, or not beside others.
        """
        if len(numbers) > MOST:
            raise invalid(f"Cannot attach more than {MOST} files")
        with self._lock:
            found = [self._found(account, one) for one in numbers]
            files = [one for one in found if one and (not one.shown or one.id in kept)]
            if missing := [one for one in numbers if one not in {file.id for file in files}]:
                words = f"Media with IDs {', '.join(missing)} not found or already attached to another post"
                raise invalid(words)
            if any(one.ready_at > self._books.now() for one in files):
                raise invalid("Cannot attach files that have not finished processing. Try again in a moment!")
            if len(files) > 1 and any(one.kind == "video" for one in files):
                raise invalid("Cannot attach a video to a post that already contains images")
            for one in files:
                self._files[one.id] = replace(one, shown=True)
        return files

    def _found(self, account: Account, number: str) -> File | None:
        found = self._files.get(number)
        if found is None or found.account != account.name:
            return None
        return found if found.shown or self._books.now() < found.created_at + _KEPT else None

    def _kind_of(self, file: FileStorage) -> str:
        start = file.stream.read(16)
        file.stream.seek(0, 2)
        size = file.stream.tell()
        file.stream.seek(0)
        magic, offset = TYPES.get(file.mimetype, (b"", 0))
        if not magic or start[offset : offset + len(magic)] != magic:
            raise invalid("Validation failed: File content type is invalid, File is invalid")
        is_video = file.mimetype.startswith("video/")
        if size >= (VIDEO_SIZE if is_video else IMAGE_SIZE):
            raise invalid("Validation failed: File file size must be less than the limit")
        if is_video:
            return "video"
        return "gifv" if file.mimetype == "image/gif" and self._moves(file) else "image"

    def _moves(self, file: FileStorage) -> bool:
        """Whether a GIF has more than one picture: each has such a block before it."""
        content = file.stream.read()
        file.stream.seek(0)
        return content.count(b"\x21\xf9\x04") > 1
