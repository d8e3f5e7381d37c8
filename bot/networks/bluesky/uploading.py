"""Uploading: brings a file to an account's server as a blob, streamed.

https://docs.bsky.app/docs/api/com-atproto-repo-upload-blob (read 2026-11-25). A video is brought in the
simple way of https://docs.bsky.app/docs/tutorials/video (read 2026-11-25): the network works on it once the
post is out, and for some seconds readers see that there will be one.
"""

from datetime import datetime, timedelta
from pathlib import Path

from bot.model.format import STILLS
from bot.model.outcome import Cause, NotPublished, Uploaded
from bot.networks.answer import Answer, member
from bot.networks.base import Upload
from bot.networks.bluesky import thumbnail
from bot.networks.bluesky.records import Blob
from bot.networks.bluesky.xrpc import Xrpc
from bot.networks.file_slice import FileSlice

# A blob that no record names is deleted after a time that is each server's own. The network's keep it for as
# long as somebody needs who does both by hand: https://github.com/bluesky-social/atproto/issues/1781 (read
# 2026-11-25). This is long enough for what the worker brings ahead of time.
KEPT_FOR = timedelta(minutes=20)
_TURNED = {5, 6, 7, 8}  # EXIF: the picture is shown with its sides changed
_ORIENTATION = 0x0112


def fault(upload: Upload) -> str | None:
    """Why a file can not be sent. Raises OSError: it can not be read."""
    words = thumbnail.fault(upload.path.stat().st_size) if upload.as_thumbnail else None
    return f"{upload.media.file}: {words}. Take a smaller one, then: bot apply." if words else None


def send(upload: Upload, xrpc: Xrpc, token: str) -> Answer:
    """What the server answers to the file.

    Raises:
        CallError: it refused, or no whole answer came.
        OSError: the file can not be read.
    """
    kind = upload.media.format
    content_type = kind.content_type if kind else "application/octet-stream"
    with upload.path.open("rb") as file:
        whole = FileSlice(file, 0, upload.path.stat().st_size, upload.progress)
        return xrpc.send("com.atproto.repo.uploadBlob", whole, content_type, token)


def uploaded(upload: Upload, answer: Answer, now: datetime) -> Uploaded | NotPublished:
    """What has become of a file that the server has taken at an instant (UTC)."""
    blob = member(answer.value, "blob")
    if not isinstance(blob, dict) or not isinstance(member(blob, "ref", "$link"), str):
        words = f"Bluesky took {upload.media.file} and did not say as what. The bot tries again."
        return NotPublished(Cause.BUSY, words, status=answer.status)
    width, height = _sides(upload.path) if upload.media.format in STILLS else (None, None)
    return Uploaded(Blob(blob, width, height).handle, now + KEPT_FOR)


def _sides(path: Path) -> tuple[int, int] | tuple[None, None]:
    """Width and height as a picture is shown; nothing where it can not be read, for they are a help only."""
    from PIL import Image  # 60 ms, and only where there are pictures

    try:
        with Image.open(path) as image:
            width, height = image.size
            turned = image.getexif().get(_ORIENTATION) in _TURNED
    except Exception:  # noqa: BLE001  (Pillow raises anything for a broken file: SyntaxError, struct.error …)
        return None, None
    return (height, width) if turned else (width, height)
