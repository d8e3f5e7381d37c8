"""Uploading: brings images, videos and documents to LinkedIn.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api, …/videos-api and
…/documents-api (view li-lms-2026-05, read 2026-11-25): an upload is begun for an owner, the bytes go to the
address that the answer names (of a video in the parts that it names, each answered with an ETag), and
LinkedIn works on the file before a post may show it. With a member's token the state of a video can be read,
and that of images and documents can not.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO

import requests

from bot.clock import Clock
from bot.model.format import DOCUMENTS, VIDEOS
from bot.model.outcome import Cause, NotPublished, Rejected, Uploaded
from bot.model.post import Media
from bot.networks.address import Address
from bot.networks.answer import Answer, CallError, NoAnswerError, RefusedError, member, objects, unreadable
from bot.networks.base import Connection, NetworkType, Upload
from bot.networks.file_slice import FileSlice
from bot.networks.judge import Judge, instant, one_line
from bot.networks.linkedin.restli import SDK_HOST, Restli
from bot.networks.linkedin.upload_address import UploadAddress
from bot.networks.transport import Transport, secrets_in


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of LinkedIn's three kinds of files."""

    resource: str  # the name of its collection
    urn: str  # the field of an answer in which its URN stands
    wait: timedelta  # after which to ask whether it is ready


_IMAGE = _Kind("/images", "image", timedelta(seconds=5))
_VIDEO = _Kind("/videos", "video", timedelta(seconds=15))
_DOCUMENT = _Kind("/documents", "document", timedelta(seconds=10))
_UNDER_WAY = ("PROCESSING", "WAITING_UPLOAD")
_FAILED = ("PROCESSING_FAILED", "FAILED")
_STRANGE = "address of its own at which it takes the file"


class Uploading:
    """One author's way of bringing files."""

    def __init__(self, kind: NetworkType, connection: Connection, restli: Restli, judge: Judge) -> None:
        self._author = connection.credentials["AUTHOR"]
        self._token = connection.credentials["ACCESS_TOKEN"]
        self._clock: Clock = connection.clock
        self._restli = restli
        self._judge = judge
        variable = connection.base_variable or kind.url_variable
        base = Address.of(SDK_HOST, connection.base_url, "rest|v2", variable).base
        self._address = UploadAddress(SDK_HOST, base)
        self._transport = Transport(self._address, connection.timeout, secrets_in(kind, connection))

    def bring(self, upload: Upload) -> Uploaded | NotPublished | Rejected:
        """See `Network.upload`. Raises OSError: the file can not be read."""
        kind = _kind_of(upload.media)
        try:
            if upload.begun is not None and (found := self._ask_again(kind, upload.media, upload.begun)):
                return found
            urn = self._send(kind, upload)
        except CallError as error:
            return self._judge.upload_failed(error)
        return self._look_at_once(kind, upload.media, urn)

    def _send(self, kind: _Kind, upload: Upload) -> str:
        with upload.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            wanted: dict[str, Any] = {"owner": self._author}
            if kind is _VIDEO:
                wanted |= {"fileSizeBytes": size, "uploadCaptions": False, "uploadThumbnail": False}
            answer = self._act(kind, "initializeUpload", {"initializeUploadRequest": wanted})
            value = member(answer.value, "value")
            urn, until = member(value, kind.urn), _instant(member(value, "uploadUrlExpiresAt"))
            if not isinstance(urn, str) or not urn:
                raise unreadable(answer, kind.urn)
            if kind is _VIDEO:
                self._send_parts(answer, value, file, size, upload)
            else:
                url = self._checked(answer, member(value, "uploadUrl"))
                body = FileSlice(file, 0, size, upload.progress)
                # The documents send the token along here, and not with the parts of a video.
                self._put(url, body, {"Authorization": f"Bearer {self._token}"}, until)
        return urn

    def _send_parts(self, answer: Answer, value: Any, file: BinaryIO, size: int, upload: Upload) -> None:
        until = _instant(member(value, "uploadUrlsExpireAt"))
        parts = [self._part(answer, one) for one in objects(member(value, "uploadInstructions"))]
        ends = [-1, *(last for _, _, last in parts)]
        # Their sizes are LinkedIn's to choose; together they must be the file.
        if any(first != end + 1 or last < first for (_, first, last), end in zip(parts, ends, strict=False)):
            raise unreadable(answer, "parts that follow each other")
        if ends[-1] != size - 1:
            raise unreadable(answer, "parts that make up the file")
        tags = []
        for url, first, last in parts:
            body = FileSlice(file, first, last - first + 1, upload.progress)
            put = self._put(url, body, {"Content-Type": "application/octet-stream"}, until)
            tag = put.headers.get("etag", "").strip().removeprefix("W/").strip('"')
            if not tag:
                raise unreadable(put, "ETag")
            tags.append(tag)
        token = member(value, "uploadToken")
        done = {
            "video": member(value, "video"),
            "uploadToken": token if isinstance(token, str) else "",
            "uploadedPartIds": tags,
        }
        self._act(_VIDEO, "finalizeUpload", {"finalizeUploadRequest": done})

    def _part(self, answer: Answer, told: Mapping[str, Any]) -> tuple[str, int, int]:
        first, last = told.get("firstByte"), told.get("lastByte")
        if type(first) is not int or type(last) is not int:
            raise unreadable(answer, "bytes of each part")
        return self._checked(answer, told.get("uploadUrl")), first, last

    def _checked(self, answer: Answer, url: Any) -> str:
        if not isinstance(url, str) or not self._address.takes(url):
            raise unreadable(answer, _STRANGE)
        return url

    def _put(self, url: str, body: FileSlice, headers: dict[str, str], until: datetime | None) -> Answer:
        def is_over() -> bool:
            return until is not None and until <= self._clock.now()

        over = NoAnswerError("the time that it gave for the upload is over", never_left=False)
        if is_over():
            raise over
        request = requests.Request("PUT", url, headers=headers, data=body).prepare()
        try:
            return self._transport.answer(lambda: self._transport.session.send(request))
        except RefusedError as error:
            if is_over():
                raise over from error
            raise

    def _act(self, kind: _Kind, action: str, parameters: dict[str, Any]) -> Answer:
        return self._restli.call(
            "action", resource_path=kind.resource, action_name=action, action_params=parameters
        )

    def _look_at_once(self, kind: _Kind, media: Media, urn: str) -> Uploaded | Rejected:
        """How an upload stands that has just ended: whatever goes wrong here, the file is there."""
        later = Uploaded(urn, ready_at=self._clock.now() + kind.wait)
        try:
            return self._standing(kind, media, urn)
        except CallError:
            return later

    def _ask_again(self, kind: _Kind, media: Media, urn: str) -> Uploaded | Rejected | None:
        """How an upload of an earlier try stands; None: there is none any more."""
        try:
            return self._standing(kind, media, urn)
        except RefusedError as error:
            if error.answer.status == 403:  # the token may not ask; the post will show
                return Uploaded(urn)
            if error.answer.status == 404:
                return None
            raise

    def _standing(self, kind: _Kind, media: Media, urn: str) -> Uploaded | Rejected:
        where = f"{kind.resource}/{{urn}}"
        answer = self._restli.call("get", resource_path=where, path_keys={"urn": urn})
        status = member(answer.value, "status")
        if status in _FAILED:
            why = member(answer.value, "processingFailureReason")
            words = f"LinkedIn could not process {media.file}" + (f" ({why})" if why else "")
            words += ". See whether it can be opened, then: bot reschedule."
            return Rejected(Cause.CONTENT, one_line(self._judge.redact(words)))
        if status in _UNDER_WAY:
            return Uploaded(urn, ready_at=self._clock.now() + kind.wait)
        return Uploaded(urn)


def _kind_of(media: Media) -> _Kind:
    """What LinkedIn takes a file for."""
    if media.format in VIDEOS:
        return _VIDEO
    return _DOCUMENT if media.format in DOCUMENTS else _IMAGE


def _instant(milliseconds: Any) -> datetime | None:
    return instant(milliseconds / 1000) if isinstance(milliseconds, int) else None
