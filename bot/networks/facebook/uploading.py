"""Uploading: photos that wait unpublished, and videos in the pieces that Facebook names.

https://developers.facebook.com/docs/graph-api/reference/page/photos,
https://developers.facebook.com/docs/graph-api/reference/page/videos and
https://developers.facebook.com/documentation/video-api/reference/error-codes (read 2026-11-25).

A video goes through start, transfer and finish, and not through the newer /{app}/uploads: that one wants the
token of a person with a role in the app, where we have the page's own, and gives its handle only when the
whole file is there. Here the video has its id from the start, by which it is found again, and one session
can never become two videos.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import BinaryIO

from bot.model.format import VIDEOS, Format
from bot.model.outcome import Cause, NotPublished, Rejected, Unknown, Uploaded
from bot.networks.answer import Answer, CallError, RefusedError, member, unreadable
from bot.networks.base import Upload
from bot.networks.facebook.graph import Page
from bot.networks.judge import WE_LOOK, WE_TRY_AGAIN
from bot.networks.multipart import Multipart

# Facebook deletes a photo that no post has named for about 24 hours.
LASTS = timedelta(hours=23)
MOST_AGAIN = 3  # times that a piece is sent once more, in one video


def bring(page: Page, upload: Upload) -> Uploaded | NotPublished | Rejected:
    """Bring a photo or a video to the page.

    Raises:
        OSError: the file can not be opened.
    """
    with upload.path.open("rb") as file:
        length = upload.path.stat().st_size
        try:
            if upload.media.format in VIDEOS:
                handle = _bring_video(page, upload, file, length)
            else:
                handle = _bring_photo(page, upload, file, length)
        except CallError as error:
            return _not_brought(page, error)
    return Uploaded(handle, page.clock.now() + LASTS)


def session_of(handle: str) -> str:
    """What the finish of a video names; in a preview the file's name stands for it."""
    return handle if handle.startswith("<") else handle.partition("/")[0]


def video_of(handle: str) -> str:
    """The id of the video itself."""
    return handle.rpartition("/")[2]


def _bring_photo(page: Page, upload: Upload, file: BinaryIO, length: int) -> str:
    fields = {"published": "false"}
    if upload.media.alt:
        fields["alt_text_custom"] = upload.media.alt
    answer = page.send_photo(_body(fields, "source", upload, file, range(length), upload.progress))
    photo = member(answer.value, "id")
    if not photo:
        raise unreadable(answer, "id of a photo")
    return str(photo)


def _bring_video(page: Page, upload: Upload, file: BinaryIO, length: int) -> str:
    answer = page.video({"upload_phase": "start", "file_size": str(length)})
    session, video = member(answer.value, "upload_session_id"), member(answer.value, "video_id")
    if not session or not video:
        raise unreadable(answer, "upload_session_id and video_id")
    piece = _piece(answer, answer.value, length)
    again = 0
    while piece:
        try:
            answer = _transfer(page, upload, file, str(session), piece)
            following = _piece(answer, answer.value, length)
        except CallError as error:
            # Nobody sees a piece, so sending it again is harmless; the video is not begun anew for it.
            if again == MOST_AGAIN or not isinstance(_not_brought(page, error), NotPublished):
                raise
            following = _wanted(error, length) or piece
        again += bool(following and following.start <= piece.start)
        if again > MOST_AGAIN:
            raise unreadable(answer, "offset that is further on")
        piece = following
    return f"{session}/{video}"


def _transfer(page: Page, upload: Upload, file: BinaryIO, session: str, piece: range) -> Answer:
    fields = {"upload_phase": "transfer", "upload_session_id": session, "start_offset": str(piece.start)}

    def progress(sent: int) -> None:
        upload.progress(piece.start + sent)

    return page.send_video(_body(fields, "video_file_chunk", upload, file, piece, progress))


def _body(
    fields: dict[str, str],
    name: str,
    upload: Upload,
    file: BinaryIO,
    piece: range,
    progress: Callable[[int], None],
) -> Multipart:
    what = upload.media.format or Format.JPEG
    return Multipart(
        fields,
        name,
        file,
        len(piece),
        start=piece.start,
        filename=f"file.{what.lower()}",
        content_type=what.content_type,
        progress=progress,
    )


def _piece(answer: Answer, told: object, length: int) -> range | None:
    """The bytes that Facebook wants next; None: it has them all."""
    found = [str(member(told, name)) for name in ("start_offset", "end_offset")]
    if all(one.isdecimal() and len(one) < 16 for one in found):
        start, end = map(int, found)
        if start == end:
            return None
        if start < min(end, length):
            return range(start, min(end, length))
    raise unreadable(answer, "start_offset and end_offset")


def _wanted(error: CallError, length: int) -> range | None:
    """From where Facebook wants to go on, where that is not what was sent."""
    if not isinstance(error, RefusedError):
        return None
    told = member(error.answer.value, "error", "error_data")
    try:
        told = json.loads(told) if isinstance(told, str) else told
        return _piece(error.answer, told, length)
    except (ValueError, CallError):
        return None


def _not_brought(page: Page, error: CallError) -> NotPublished | Rejected:
    failure = page.judge_of_uploads.failure(error)
    if not isinstance(failure, Unknown):
        return failure
    reason = f"{failure.reason.removesuffix(WE_LOOK)}{WE_TRY_AGAIN}"
    return NotPublished(Cause.BUSY, reason, status=failure.status)
