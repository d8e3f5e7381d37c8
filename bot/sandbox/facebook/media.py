"""Media on Facebook: photos that wait for a post, and videos that come in pieces.

https://developers.facebook.com/docs/graph-api/reference/page/photos,
https://developers.facebook.com/docs/graph-api/reference/page/videos and
https://developers.facebook.com/documentation/video-api/reference/error-codes (read 2026-11-25).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from werkzeug.datastructures import FileStorage

from bot.sandbox.books import Books
from bot.sandbox.facebook import errors
from bot.sandbox.records import Account

MOST_PHOTOS = 10  # in one post; not in the reference, as seen in the field
LARGEST_PHOTO = 10_000_000  # bytes
SMALLEST_VIDEO, LARGEST_VIDEO = 1_000, 10_000_000_000
PIECE = 1 << 18  # bytes of a video that are asked for at once; the real one chooses by the connection
_LASTS = timedelta(hours=24)  # a photo that no post has named
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\0", b"MM\0*")


@dataclass(slots=True)
class Photo:
    """A photo that is not published."""

    id: str
    page: str
    alt: str
    digest: str  # SHA-256 of what came
    at: datetime
    used: bool = False


@dataclass(slots=True)
class Session:
    """The upload of one video, which has its id from the start."""

    id: str
    video: str
    page: str
    size: int
    received: int = 0
    finished: bool = False
    digest: Any = field(default_factory=hashlib.sha256)

    @property
    def wanted(self) -> dict[str, str]:
        """The piece that is to come next; from and to the same: all is there."""
        end = min(self.received + PIECE, self.size)
        return {"start_offset": str(self.received), "end_offset": str(end)}


class MediaStore:
    """All uploads; they are forgotten when the sandbox stops."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._photos: dict[str, Photo] = {}
        self._sessions: dict[str, Session] = {}
        self._lock = Lock()

    def add_photo(self, page: Account, file: FileStorage | None, alt: str) -> Photo:
        """Take a photo. Raises RefusedError."""
        content = file.read() if file else b""
        if file and (not content.startswith(_PICTURES) or len(content) > LARGEST_PHOTO):
            raise errors.refuse(
                400,
                100,
                "Invalid parameter",
                1_366_046,
                is_transient=False,
                error_user_title="Can't Read Files",
                error_user_msg="Your photos couldn't be uploaded.",
            )
        digest = hashlib.sha256(content).hexdigest()
        photo = Photo(self._number(), page.name, alt, digest, self._books.now())
        with self._lock:
            self._photos[photo.id] = photo
        return photo

    def photos(self, page: Account, ids: list[str]) -> list[Photo]:
        """The photos that a post names. Raises RefusedError."""
        if len(ids) > MOST_PHOTOS:
            raise errors.parameter(f"Param attached_media has more than {MOST_PHOTOS} elements")
        if len(set(ids)) < len(ids):
            raise errors.parameter("Param attached_media names the same photo twice")
        return [self._photo(page, one) for one in ids]

    def use(self, photos: list[Photo]) -> None:
        """Let no other post name them."""
        for one in photos:
            one.used = True

    def start(self, page: Account, form: Mapping[str, object]) -> dict[str, str]:
        """Begin with a video. Raises RefusedError."""
        size = _whole(form, "file_size")
        if size < SMALLEST_VIDEO:
            raise errors.refuse(400, 352, "The video you tried to upload is too small.", 1_363_022)
        if size > LARGEST_VIDEO:
            raise errors.refuse(400, 352, "The video you tried to upload is too large.", 1_363_023)
        session = Session(self._number(), self._number(), page.name, size)
        with self._lock:
            self._sessions[session.id] = session
        return {"upload_session_id": session.id, "video_id": session.video, **session.wanted}

    def transfer(self, page: Account, form: Mapping[str, object], file: FileStorage | None) -> dict[str, str]:
        """Take a piece, where it begins with what is wanted. Raises RefusedError."""
        session = self.session(page, form)
        if file is None:
            raise errors.refuse(400, 100, "No Video Selected.", 1_363_020)
        piece = file.read()
        with self._lock:
            if _whole(form, "start_offset") != session.received:
                words = "There was a problem uploading your video. Please try uploading it again."
                raise errors.refuse(400, 6000, words, 1_363_037, error_data=session.wanted)
            if not piece or session.received + len(piece) > session.size:
                words = "There was a problem uploading your video. Please try uploading it again."
                raise errors.refuse(400, 6000, words, 1_363_033)
            if session.received == 0 and piece[4:8] != b"ftyp":
                raise errors.refuse(400, 352, "No Video Detected.", 1_363_031)
            session.digest.update(piece)
            session.received += len(piece)
            return session.wanted

    def session(self, page: Account, form: Mapping[str, object]) -> Session:
        """The upload that a request names. Raises RefusedError."""
        name = str(form.get("upload_session_id", ""))
        with self._lock:
            found = self._sessions.get(name)
        if found is None or found.page != page.name:
            raise errors.parameter(f"Param upload_session_id: there is no upload {name}")
        return found

    def finish(self, page: Account, form: Mapping[str, object]) -> Session:
        """End an upload that is whole. Raises RefusedError.

        Assumption, the documents are silent: a second finish is refused, and makes no second video.
        """
        session = self.session(page, form)
        with self._lock:
            if session.received < session.size:
                words = "There was a problem uploading your video. Please try uploading it again."
                raise errors.refuse(400, 6000, words, 1_363_033)
            if session.finished:
                raise errors.parameter(f"Param upload_session_id: the upload {session.id} is finished")
            session.finished = True
        return session

    def with_video(self, page: Account, video: str) -> Session | None:
        """The upload of a video that its page asks about."""
        with self._lock:
            found = [one for one in self._sessions.values() if one.video == video and one.page == page.name]
        return found[0] if found else None

    def _photo(self, page: Account, photo: str) -> Photo:
        with self._lock:
            found = self._photos.get(photo)
        if found is None or found.page != page.name or self._books.now() - found.at > _LASTS:
            raise errors.parameter(f"Param attached_media: there is no photo {photo} to attach")
        if found.used:  # assumption: what a post showed once can not be attached to another
            raise errors.parameter(f"Param attached_media: the photo {photo} was already posted")
        return found

    def _number(self) -> str:
        return str(self._books.next_number("facebook media", 10**15))


def _whole(form: Mapping[str, object], name: str) -> int:
    value = str(form.get(name, ""))
    if not value.isdecimal() or len(value) > 15:
        raise errors.parameter(f"Param {name} must be a whole number")
    return int(value)
