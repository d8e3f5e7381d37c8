"""Media on LinkedIn: images, videos and documents, from the beginning of an upload until a post shows them.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api, …/videos-api and
…/documents-api (view li-lms-2026-05, read 2026-11-25). The bytes themselves are not kept. Assumptions, where
nothing is written: how long LinkedIn works on a file, how long an upload address holds, and the words of the
refusals.
"""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import RLock
from typing import Any

from werkzeug.wrappers import Request

from bot.sandbox.books import Books
from bot.sandbox.linkedin import errors
from bot.sandbox.linkedin.access import authors
from bot.sandbox.records import Account, digest_of

PART = 4 * 1024 * 1024  # bytes of a part of a video
UPLOAD_TIME = timedelta(days=1)
_PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file."""

    name: str  # in a URN, and the field of an answer
    most: int  # bytes
    processing: timedelta  # of the sandbox's clock
    looks: re.Pattern[bytes]  # how such a file begins


KINDS = {
    "images": Kind("image", 200_000_000, timedelta(0), re.compile(rb"\xff\xd8\xff|\x89PNG\r\n|GIF8")),
    "videos": Kind("video", 500_000_000, timedelta(seconds=20), re.compile(rb"(?s)....ftyp")),
    "documents": Kind(
        "document", 100_000_000, timedelta(seconds=8), re.compile(rb"%PDF|PK\x03\x04|\xd0\xcf\x11\xe0")
    ),
}


@dataclass(slots=True)
class File:
    """An upload, and what has come of it."""

    kind: Kind
    urn: str
    key: str  # in its upload address: whoever knows it may send the bytes
    owner: str
    account: Account
    expires_at: datetime  # UTC
    size: int = 0  # of a video, as it was told
    heads: dict[int, bytes] = field(default_factory=dict)  # by part: how it begins
    digests: dict[int, str] = field(default_factory=dict)  # by part, SHA-256; of a video they are the ETags
    ready_at: datetime | None = None  # UTC; None: not all of it is here

    @property
    def shown(self) -> str:
        """What a follower would see of it: its kind and its content, in short."""
        parts = "".join(self.digests[number] for number in sorted(self.digests))
        return f"{self.kind.name} {hashlib.sha256(parts.encode()).hexdigest()[:12]}"

    @property
    def digest(self) -> str:
        """Of the whole file."""
        return digest_of([self.digests[number] for number in sorted(self.digests)])

    @property
    def parts(self) -> list[tuple[int, int]]:
        """The first and the last byte of each part of a video."""
        return [(first, min(first + PART, self.size) - 1) for first in range(0, self.size, PART)]

    def status(self, now: datetime) -> str:
        """How it stands, in LinkedIn's words."""
        if self.ready_at is None:
            return "WAITING_UPLOAD"
        if now < self.ready_at:
            return "PROCESSING"
        return "AVAILABLE" if self.kind.looks.match(self.heads.get(0, b"")) else "PROCESSING_FAILED"


class Shelf:
    """All files of all accounts; every method may be called from any thread."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._files: dict[str, File] = {}  # by URN
        self._lock = RLock()

    def begin(
        self, collection: str, account: Account, body: dict[str, Any] | None, root: str
    ) -> dict[str, Any]:
        """The answer to initializeUpload; `root` is the address of the sandbox's LinkedIn.

        Raises RefusedError.
        """
        asked = (body or {}).get("initializeUploadRequest")
        if not isinstance(asked, dict):
            raise errors.field("initializeUploadRequest", "field is required but not found", status=400)
        owner = asked.get("owner")
        if owner not in authors(account):
            raise errors.refuse(403, f"Not enough permissions to upload for {owner}", "ACCESS_DENIED", 100)
        kind, size = KINDS[collection], 0
        if collection == "videos":
            size = asked.get("fileSizeBytes", 0)
            if type(size) is not int or not 0 < size <= kind.most:
                raise errors.field("initializeUploadRequest/fileSizeBytes", "is out of range", status=400)
        with self._lock:
            number = len(self._files) + 1
            key = hashlib.sha256(f"{account.token}/{number}".encode()).hexdigest()[:24]
            urn = f"urn:li:{kind.name}:D4E{key[:18].upper()}"
            file = File(kind, urn, key, owner, account, self._books.now() + UPLOAD_TIME, size)
            self._files[urn] = file
        return _instructions(file, f"{root}/dms-uploads/{key}")

    def receive(self, key: str, part: int | None, request: Request, token_of: Account | None) -> str:
        """Take bytes; the ETag of a part of a video. Raises RefusedError."""
        request.max_content_length = None  # a document may be larger than any request else
        digest, size, head = hashlib.sha256(), 0, b""
        while piece := request.stream.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            head = head or piece[:16]
        with self._lock:
            file = self._with_key(key)
            if file is None or (part is None) is (file.kind.name == "video"):
                raise errors.refuse(404, "No such upload", "NOT_FOUND")
            if part is None and token_of != file.account:
                raise errors.refuse(401, "Invalid access token", "INVALID_ACCESS_TOKEN", 65600)
            if self._books.now() >= file.expires_at:
                raise errors.refuse(403, "The upload URL has expired", "UPLOAD_URL_EXPIRED")
            if size == 0 or size > file.kind.most:
                raise errors.refuse(413, f"A {file.kind.name} of {size} bytes is not taken", "TOO_LARGE")
            if part is not None:
                self._check_part(file, part, size)
            file.heads[part or 0] = head
            file.digests[part or 0] = digest.hexdigest()
            if part is None:
                file.ready_at = self._books.now() + file.kind.processing
            return digest.hexdigest()

    def finish(self, account: Account, body: dict[str, Any] | None) -> None:
        """finalizeUpload of a video. Raises RefusedError."""
        asked = (body or {}).get("finalizeUploadRequest")
        if not isinstance(asked, dict):
            raise errors.field("finalizeUploadRequest", "field is required but not found", status=400)
        if not isinstance(asked.get("uploadToken"), str):
            raise errors.field("finalizeUploadRequest/uploadToken", "field is required", status=400)
        with self._lock:
            file = self._files.get(str(asked.get("video")))
            if file is None or file.kind.name != "video":
                raise errors.refuse(404, f"Could not find entity {asked.get('video')}", "NOT_FOUND")
            if file.account != account:
                raise _forbidden()
            wanted = [file.digests.get(number) for number in range(len(file.parts))]
            if None in wanted or asked.get("uploadedPartIds") != wanted:
                why = "are not the ETags of all parts in their order"
                raise errors.field("finalizeUploadRequest/uploadedPartIds", why, status=400)
            file.ready_at = self._books.now() + file.kind.processing

    def element(self, collection: str, account: Account, urn: str) -> dict[str, Any]:
        """A file as LinkedIn describes it. Raises RefusedError."""
        with self._lock:
            file = self._files.get(urn)
            if file is None or file.kind is not KINDS[collection]:
                raise errors.refuse(404, f"Could not find entity {urn}", "NOT_FOUND")
            if file.account != account:
                raise _forbidden()
            if file.owner.startswith("urn:li:person:") and file.kind.name != "video":
                # As integrators report: w_member_social may write these and not read them.
                raise errors.refuse(
                    403, f"Not enough permissions to access: {collection}.GET", "ACCESS_DENIED"
                )
            status = file.status(self._books.now())
            more = {"processingFailureReason": "The media could not be decoded"} if "FAIL" in status else {}
            return {"id": urn, "owner": file.owner, "status": status, **more}

    def usable(self, urn: Any, author: str, kinds: tuple[str, ...], where: str) -> File:
        """A file that a post of an author may show now; `where` is the field that names it.

        Raises RefusedError.
        """
        with self._lock:
            file = self._files.get(urn) if isinstance(urn, str) else None
            if file is None or file.kind.name not in kinds:
                raise errors.field(where, f"names no {' or '.join(kinds)}: {urn}", "INVALID_CONTENT")
            if file.owner != author:
                raise errors.field(where, f"{urn} is not owned by {author}", "MEDIA_OWNER_MISMATCH", 403)
            status = file.status(self._books.now())
            if status == "PROCESSING":
                raise errors.field(where, f"{urn} is still being processed", "MEDIA_ASSET_PROCESSING", 400)
            if status != "AVAILABLE":
                raise errors.field(where, f"{urn} is {status}", f"MEDIA_ASSET_{status}", 400)
            return file

    def account_of(self, path: str) -> Account | None:
        """Whose upload an address is of."""
        found = re.search(r"/dms-uploads/(\w+)", path)
        with self._lock:
            file = self._with_key(found[1]) if found else None
            return file.account if file else None

    def _with_key(self, key: str) -> File | None:
        return next((one for one in self._files.values() if one.key == key), None)

    def _check_part(self, file: File, part: int, size: int) -> None:
        if part >= len(file.parts):
            raise errors.refuse(404, "No such part", "NOT_FOUND")
        first, last = file.parts[part]
        if size != last - first + 1:
            raise errors.refuse(
                400, f"A part of {last - first + 1} bytes was expected, and not {size}", "SIZE"
            )


def _instructions(file: File, url: str) -> dict[str, Any]:
    ends = int(file.expires_at.timestamp() * 1000)
    if file.kind.name != "video":
        return {"value": {"uploadUrlExpiresAt": ends, "uploadUrl": url, file.kind.name: file.urn}}
    parts = [
        {"uploadUrl": f"{url}/{number}", "firstByte": first, "lastByte": last}
        for number, (first, last) in enumerate(file.parts)
    ]
    value = {"uploadUrlsExpireAt": ends, "video": file.urn, "uploadInstructions": parts, "uploadToken": ""}
    return {"value": value}


def _forbidden() -> Exception:
    words = "Accessing this video resource is forbidden. Please check your permissions for this resource"
    return errors.refuse(403, words)
