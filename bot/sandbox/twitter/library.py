"""The library of X: files that were brought in pieces, worked on for a while, described, and then forgotten.

As X's published description has it, version 2.167, and
https://docs.x.com/x-api/media/quickstart/media-upload-chunked and …/best-practices (read 2026-11-25). What X
says where something is wrong with a file is not documented for this version: the words are those of
version 1.1.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import RLock
from typing import Any

from werkzeug.wrappers import Request

from bot.sandbox import shape
from bot.sandbox.answer import Answer
from bot.sandbox.books import Books
from bot.sandbox.network import json_object
from bot.sandbox.records import Account, digest_of
from bot.sandbox.shape import Shape
from bot.sandbox.twitter import errors
from bot.sandbox.twitter.request import APPEND, INITIALIZE, METADATA, UPLOAD

_TO_FILL = timedelta(seconds=1_296_000)  # from the beginning of an upload to its end
_KEPT = timedelta(days=1)  # from its end to the post
_ASK_AGAIN = 5  # seconds, at most
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Kind:
    """What X takes a file for."""

    prefix: str  # of its media key
    most: int  # bytes
    worked_on: bool = False  # whether it is to be shown only after a while


_IMAGE, _GIF, _VIDEO = _Kind("3", 5 * _MB), _Kind("16", 15 * _MB, True), _Kind("13", 512 * _MB, True)
_KINDS = {
    "tweet_image": _IMAGE,
    "tweet_gif": _GIF,
    "tweet_video": _VIDEO,
    "amplify_video": _VIDEO,
}
# How a file of a type begins, after so many bytes.
_BEGINNINGS: Mapping[str, tuple[int, bytes]] = {
    "image/jpeg": (0, b"\xff\xd8\xff"),
    "image/png": (0, b"\x89PNG"),
    "image/gif": (0, b"GIF8"),
    "image/webp": (0, b"RIFF"),
    "video/mp4": (4, b"ftyp"),
    "video/quicktime": (4, b"ftyp"),
}


@dataclass(frozen=True, slots=True)
class _File:
    """One upload as it stands."""

    id: str
    account: str
    kind: _Kind
    type: str
    total: int  # bytes
    expires_at: datetime  # UTC
    pieces: Mapping[int, int] = field(default_factory=dict)  # bytes, by the number of the piece
    digests: Mapping[int, str] = field(default_factory=dict)  # SHA-256, likewise
    beginning: bytes = b""
    ended_at: datetime | None = None
    alt: str = ""

    @property
    def digest(self) -> str:
        """Of the whole file."""
        return digest_of([self.digests[number] for number in sorted(self.digests)])

    @property
    def is_what_it_says(self) -> bool:
        """Whether its first bytes are those of its type."""
        place, mark = _BEGINNINGS.get(self.type, (0, b""))
        return self.beginning[place:].startswith(mark)


class Library:
    """All files; none is kept beyond the sandbox's end."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._lock = RLock()
        self._files: dict[str, _File] = {}

    def initialize(self, account: Account, request: Request) -> Answer:
        """Begin an upload."""
        body = _checked(json_object(request), INITIALIZE)
        category, total = body.get("media_category", "tweet_image"), body.get("total_bytes", 0)
        file = self._new(account, category, body.get("media_type", ""), total)
        seconds = int(_TO_FILL.total_seconds()) - 1
        return Answer(200, {"data": {"id": file.id, "media_key": _key(file), "expires_after_secs": seconds}})

    def append(self, account: Account, request: Request, media_id: str) -> Answer:
        """Take a piece; the same one again takes its place."""
        body, content = _with_content(request, APPEND)
        number = body["segment_index"]
        with self._lock:
            file = self._get(account, media_id)
            if file.ended_at is not None:
                raise errors.bad("media upload has been finalized already.")
            beginning = content[:16] if number == 0 else file.beginning
            pieces = {**file.pieces, number: len(content)}
            if sum(pieces.values()) > file.total:
                raise errors.bad("Segments exceed the provided total file size.")
            digests = {**file.digests, number: hashlib.sha256(content).hexdigest()}
            self._files[media_id] = replace(file, pieces=pieces, beginning=beginning, digests=digests)
        return Answer(200, {"data": {"expires_at": int(file.expires_at.timestamp())}})

    def finalize(self, account: Account, request: Request, media_id: str) -> Answer:
        """End an upload, if it is whole."""
        with self._lock:
            file = self._get(account, media_id)
            whole = sorted(file.pieces) == list(range(len(file.pieces)))
            if not whole or sum(file.pieces.values()) != file.total:
                raise errors.bad("Segments do not add up to provided total file size.")
            if file.ended_at is None:
                file = self._end(file)
        return Answer(200, {"data": self._standing(file)})

    def status(self, account: Account, request: Request) -> Answer:
        """How an upload stands that X works on; of others it knows nothing."""
        media_id, command = request.args.get("media_id", ""), request.args.get("command", "STATUS")
        if not (media_id.isascii() and media_id.isdecimal()) or len(media_id) > 19:
            words = f"The `media_id` query parameter value [{media_id}] does not match ^[0-9]{{1,19}}$"
            raise errors.invalid("media_id", media_id, words)
        if command != "STATUS":
            words = f"The `command` query parameter value [{command}] is not one of [STATUS]"
            raise errors.invalid("command", command, words)
        file = self._get(account, media_id)
        if file.ended_at is None or not file.kind.worked_on:
            raise errors.bad("Not found")
        return Answer(200, {"data": self._standing(file)})

    def describe(self, account: Account, request: Request) -> Answer:
        """Say what is seen on a picture."""
        body = json_object(request)
        told = body.get("metadata") if body else None
        known = {"alt_text": told["alt_text"]} if isinstance(told, dict) and "alt_text" in told else {}
        text = _checked(body and {**body, "metadata": known}, METADATA)["metadata"].get("alt_text", {})
        media_id = str(body["id"] if body else "")
        with self._lock:
            file = self._get(account, media_id)
            if file.kind is _VIDEO:
                raise errors.bad("alt text is not supported for this media.")
            self._files[media_id] = replace(file, alt=text.get("text", ""))
        return Answer(200, {"data": {"id": media_id, "associated_metadata": known}})

    def upload(self, account: Account, request: Request) -> Answer:
        """Take a small file in one request."""
        body, content = _with_content(request, UPLOAD)
        with self._lock:
            file = self._new(account, body["media_category"], "", len(content))
            digests = {0: hashlib.sha256(content).hexdigest()}
            file = replace(file, pieces={0: len(content)}, beginning=content[:16], digests=digests)
            file = self._end(file)
        return Answer(200, {"data": self._standing(file)})

    def shown(self, account: Account, media_ids: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The descriptions and the digests of the files of a post.

        Raises RefusedError: it can not show them.
        """
        files = [self._files.get(one) for one in media_ids]
        for media_id, file in zip(media_ids, files, strict=True):
            if file is None or not self._is_ready(account, file):
                raise errors.invalid("media.media_ids", media_id, "Your media IDs are invalid.")
        kinds = [file.kind for file in files if file]
        if len(kinds) > 1 and any(kind is not _IMAGE for kind in kinds):
            words = "media_ids: up to 4 photos, or 1 animated GIF, or 1 video can be in a post"
            raise errors.invalid("media.media_ids", ",".join(media_ids), words)
        return tuple(file.alt for file in files if file), tuple(file.digest for file in files if file)

    def is_video(self, media_id: str) -> bool:
        """Whether a file is a film, for its address."""
        return media_id in self._files and self._files[media_id].kind is _VIDEO

    def _is_ready(self, account: Account, file: _File) -> bool:
        if file.account != account.name or file.ended_at is None or file.expires_at <= self._books.now():
            return False
        return not file.kind.worked_on or self._standing(file)["processing_info"]["state"] == "succeeded"

    def _new(self, account: Account, category: str, kind: str, total: int) -> _File:
        what = _KINDS.get(category, _IMAGE)
        if total > what.most:
            raise errors.bad(f"File size exceeds {what.most} bytes.")
        now = self._books.now()
        number = self._books.next_number("twitter media", max(10**18, int(now.timestamp() * 1000) << 20))
        file = _File(str(number), account.name, what, kind, total, now + _TO_FILL)
        with self._lock:
            self._files[file.id] = file
        return file

    def _end(self, file: _File) -> _File:
        if not file.kind.worked_on and not file.is_what_it_says:
            raise errors.bad("media type unrecognized.")
        now = self._books.now()
        file = replace(file, ended_at=now, expires_at=now + _KEPT)
        self._files[file.id] = file
        return file

    def _get(self, account: Account, media_id: str) -> _File:
        file = self._files.get(media_id)
        if file is None or file.account != account.name or file.expires_at <= self._books.now():
            raise errors.bad("Not found")
        return file

    def _standing(self, file: _File) -> dict[str, Any]:
        now = self._books.now()
        left = max(0, int((file.expires_at - now).total_seconds()))
        said = {"id": file.id, "media_key": _key(file), "size": file.total, "expires_after_secs": left}
        if not file.kind.worked_on:
            return {**said, "image": {"image_type": file.type or "image/jpeg"}}
        return {**said, "processing_info": self._work(file, now)}

    def _work(self, file: _File, now: datetime) -> dict[str, Any]:
        takes = self._books.behaviour.processing
        done = now - (file.ended_at or now)
        if done >= takes:
            # The description has no word on why; version 1.1 said it so.
            why = {"code": 1, "name": "InvalidMedia", "message": "Unsupported video format"}
            if not file.is_what_it_says:
                return {"state": "failed", "progress_percent": 100, "error": why}
            return {"state": "succeeded", "progress_percent": 100}
        wait = min(_ASK_AGAIN, -int(-(takes - done).total_seconds() // 1))
        if done <= timedelta():
            return {"state": "pending", "check_after_secs": wait}
        percent = int(100 * (done / takes))
        return {"state": "in_progress", "check_after_secs": wait, "progress_percent": percent}


def _key(file: _File) -> str:
    return f"{file.kind.prefix}_{file.id}"


def _checked(body: dict[str, Any] | None, wanted: Shape) -> dict[str, Any]:
    if body is None:
        raise errors.invalid("body", "", "Request body is not valid JSON.")
    for path, words in shape.problems(body, wanted):
        raise errors.invalid(path, "", words)
    return body


def _with_content(request: Request, wanted: Shape) -> tuple[dict[str, Any], bytes]:
    """The fields of a request with a piece of a file, and the piece."""
    if request.mimetype == "multipart/form-data":
        file = request.files.get("media")
        fields: dict[str, Any] = dict(request.form)
        if str(fields.get("segment_index", "")).isdecimal():
            fields["segment_index"] = int(fields["segment_index"])
        content = file.read() if file else b""
        if file:
            file.close()
        return _checked({**fields, "media": "bytes"} if file else fields, wanted), content
    body = _checked(json_object(request), wanted)
    try:
        return body, base64.b64decode(body["media"], validate=True)
    except (binascii.Error, ValueError):
        raise errors.invalid("media", "", "media: is not base64") from None
