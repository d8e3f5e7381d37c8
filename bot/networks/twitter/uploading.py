"""Uploading: brings pictures, GIFs and videos to X, piece by piece.

https://docs.x.com/x-api/media/quickstart/media-upload-chunked, …/best-practices and X's published
description, version 2.167 (read 2026-11-25): an upload is begun, its pieces follow, it is ended, and X may
then work on it for a while. The pieces go as base64 in JSON, as the description allows: at times X refused
all other bodies (https://github.com/plhery/node-twitter-api-v2/issues/591). What is seen is described apart,
and not of a video (https://docs.x.com/x-api/fundamentals/data-dictionary, alt_text).
"""

import base64
import os
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from bot.model.format import VIDEOS, Format
from bot.model.outcome import Cause, NotPublished, Rejected, Uploaded
from bot.model.post import Media
from bot.networks.answer import Answer, CallError, RefusedError, member, objects, unreadable
from bot.networks.base import Upload
from bot.networks.judge import Judge, one_line

PIECE = 1 << 20  # bytes, as in X's own example; a slow line must send one within the time for an answer
_MARGIN = timedelta(minutes=1)  # before the end of an upload, for the post to arrive
_WAIT = 5  # seconds, where X does not say when to ask again
_LONGEST_WAIT = 600


class Uploading:
    """One account's way of bringing files."""

    def __init__(self, call: Callable[..., Answer], judge: Judge, clock: Clock) -> None:
        self._call = call
        self._judge = judge
        self._clock = clock

    def bring(self, upload: Upload) -> Uploaded | NotPublished | Rejected:
        """See `Network.upload`. Raises OSError: the file can not be read."""
        try:
            if upload.begun is not None and (found := self._ask_again(upload, upload.begun)):
                return found
            return self._send(upload)
        except CallError as error:
            return self._judge.upload_failed(error)

    def _send(self, upload: Upload) -> Uploaded | Rejected:
        media = upload.media
        if media.format is None:
            return Rejected(Cause.CONTENT, f"{media.file} was never looked at. Queue it anew: bot apply.")
        with upload.path.open("rb") as file:
            wanted = {
                "media_type": media.format.content_type,
                "media_category": _category(media.format),
                "total_bytes": os.fstat(file.fileno()).st_size,
            }
            begun = self._call("POST", "media/upload/initialize", json=wanted)
            media_id = member(begun.value, "data", "id")
            if not isinstance(media_id, str) or not re.fullmatch(r"\d{1,19}", media_id, re.ASCII):
                raise unreadable(begun, "id for the upload")
            sent = 0
            for number, piece in enumerate(iter(lambda: file.read(PIECE), b"")):
                body = {"segment_index": number, "media": base64.b64encode(piece).decode()}
                self._call("POST", f"media/upload/{media_id}/append", json=body)
                sent += len(piece)
                upload.progress(sent)
        ended = self._call("POST", f"media/upload/{media_id}/finalize")
        return self._standing(ended, media, media_id)

    def _ask_again(self, upload: Upload, media_id: str) -> Uploaded | Rejected | None:
        """How an upload of an earlier try stands; None: X does not know it any more."""
        try:
            params = {"command": "STATUS", "media_id": media_id}
            answer = self._call("GET", "media/upload", params=params)
        except RefusedError as error:
            if error.answer.status in (400, 404):
                return None
            raise
        return self._standing(answer, upload.media, media_id)

    def _standing(self, answer: Answer, media: Media, media_id: str) -> Uploaded | Rejected:
        """How a whole upload stands by an answer about it; one that is ready is described."""
        data = member(answer.value, "data")
        if member(data, "id") != media_id:
            raise unreadable(answer, "upload that was asked for")
        expires_at = None
        if isinstance(left := member(data, "expires_after_secs"), int):
            expires_at = self._clock.now() + max(timedelta(seconds=min(left, 10**8)) - _MARGIN, timedelta())
        match member(data, "processing_info", "state"):
            case "failed":
                return self._unusable(answer, media)
            case "pending" | "in_progress":
                wait = member(data, "processing_info", "check_after_secs")
                seconds = min(max(wait, 1), _LONGEST_WAIT) if isinstance(wait, int) else _WAIT
                ready_at = self._clock.now() + timedelta(seconds=seconds)
                return Uploaded(media_id, expires_at, ready_at)
        self._describe(media, media_id)
        return Uploaded(media_id, expires_at)

    def _describe(self, media: Media, media_id: str) -> None:
        if media.alt and media.format not in VIDEOS:
            body = {"id": media_id, "metadata": {"alt_text": {"text": media.alt}}}
            self._call("POST", "media/metadata", json=body)

    def _unusable(self, answer: Answer, media: Media) -> Rejected:
        """Why X can not show a file, in its own words where it has any."""
        info = member(answer.value, "data", "processing_info")
        told: list[Any] = [member(info, "error", "message"), member(info, "error", "name")]
        told += [one.get("detail") or one.get("message") for one in objects(answer.fields.get("errors"))]
        words = next((one for one in told if isinstance(one, str) and one), "it does not say why")
        reason = (
            f"X can not show {media.file}: {words.rstrip('.')}. Put another file in its place: bot apply."
        )
        return Rejected(Cause.CONTENT, one_line(self._judge.redact(reason)), status=answer.status)


def _category(kind: Format) -> str:
    if kind in VIDEOS:
        return "tweet_video"
    return "tweet_gif" if kind is Format.GIF else "tweet_image"
