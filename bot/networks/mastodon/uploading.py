"""Uploading: brings files to the server, which works on the large ones before a post may show them.

https://docs.joinmastodon.org/methods/media/ (read 2026-11-25): 200 where the file is ready, 202 and later 206
while it is not. Files that no post shows are deleted by the server after a day.
"""

from datetime import timedelta

from bot.model.format import VIDEOS, Format
from bot.model.outcome import NotPublished, Rejected, Uploaded
from bot.networks.answer import Answer, CallError, RefusedError, unreadable
from bot.networks.base import Upload
from bot.networks.mastodon.server import Server, status_id
from bot.networks.multipart import Multipart

LASTS = timedelta(hours=23)
_SOON = timedelta(seconds=5)
_LATER = timedelta(seconds=15)  # a video takes its time


def bring(server: Server, upload: Upload) -> Uploaded | NotPublished | Rejected:
    """Bring a file, or ask again about one that was brought.

    Raises:
        OSError: the file can not be read.
    """
    try:
        if upload.begun is not None:
            try:
                return _found(server, upload, server.call("media", upload.begun))
            except RefusedError as error:
                if error.answer.status != 404:
                    raise  # it is gone: bring it anew
        return _found(server, upload, _send(server, upload))
    except CallError as error:
        return server.judge.upload_failed(error)


def _send(server: Server, upload: Upload) -> Answer:
    what = upload.media.format or Format.JPEG
    with upload.path.open("rb") as file:
        body = Multipart(
            {"description": upload.media.alt} if upload.media.alt else {},
            "file",
            file,
            upload.path.stat().st_size,
            filename=f"file.{what.lower()}",
            content_type=what.content_type,
            progress=upload.progress,
        )
        return server.send("/api/v2/media", body, body.content_type)


def _found(server: Server, upload: Upload, answer: Answer) -> Uploaded:
    handle = status_id(answer)
    if handle is None:
        raise unreadable(answer, "id of a file")
    now = server.clock.now()
    wait = _LATER if upload.media.format in VIDEOS else _SOON
    ready_at = now + wait if answer.status in (202, 206) else None
    return Uploaded(handle, None if upload.begun else now + LASTS, ready_at)
