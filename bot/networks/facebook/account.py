"""One Facebook page: publishing, looking, changing and verifying through facebook-sdk."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from bot.model.format import VIDEOS
from bot.model.message import Role
from bot.model.outcome import (
    AccountHealth,
    CannotLook,
    Change,
    Figures,
    NotPublished,
    Outcome,
    Rejected,
    RemotePost,
    Uploaded,
)
from bot.model.sending import Sending
from bot.networks.answer import Answer, member
from bot.networks.base import Connection, NetworkType, Upload
from bot.networks.facebook import changing, figures, finding, health, uploading
from bot.networks.facebook.graph import Page
from bot.networks.facebook.places import place_of, post_at, video_post


class FacebookAccount:
    """One page on Facebook."""

    def __init__(self, kind: NetworkType, connection: Connection) -> None:
        self._page = Page(kind, connection)

    def upload(self, upload: Upload) -> Uploaded | NotPublished | Rejected:
        """Bring a photo or a video, unseen."""
        return uploading.bring(self._page, upload)

    def payload(self, sending: Sending) -> Mapping[str, Any]:
        """The form that creates a part, without the token; that of a video is the finish of its upload."""
        part, previous = sending.part, sending.previous
        if part.role is Role.COMMENT and previous is None:
            raise ValueError(f"part {part.number} is a comment without a post")
        if part.role is Role.REPLY:
            raise ValueError(f"part {part.number} is a reply, which a page can not post")
        if _has_video(sending):
            session = uploading.session_of(sending.handles[0])
            return {"upload_phase": "finish", "upload_session_id": session, "description": part.text}
        form = {"message": part.text, "link": part.link or ""}
        if part.media:
            # A list of objects in a form is JSON: requests would write something else.
            form["attached_media"] = json.dumps([{"media_fbid": one} for one in sending.handles])
        return {name: value for name, value in form.items() if value}

    def publish(self, sending: Sending) -> Outcome:
        """Send one part."""
        form = dict(self.payload(sending))
        if _has_video(sending):
            return self._page.judge.publish(
                lambda: self._page.video(form), lambda answer: self._finished(answer, sending)
            )
        place, edge = place_of(self._page, sending)

        def created(answer: Answer) -> RemotePost | None:
            remote_id = member(answer.value, "id")
            return post_at(str(remote_id), sending.previous) if remote_id else None

        return self._page.judge.publish(lambda: self._page.post(place, edge, form), created)

    def _finished(self, answer: Answer, sending: Sending) -> RemotePost | None:
        if member(answer.value, "success") is not True:
            return None
        return video_post(self._page.id, uploading.video_of(sending.handles[0]))

    def find(
        self, sending: Sending, since: datetime, known: Collection[str]
    ) -> RemotePost | CannotLook | None:
        """Look for a part in the page's feed, among the comments of its post, or as the video itself."""
        return finding.find(self._page, sending, since, known)

    def delete(self, post: RemotePost) -> Change:
        """Take it away."""
        return changing.delete(self._page, post)

    def edit(self, post: RemotePost, to: Sending) -> Change:
        """Let it say something else."""
        return changing.edit(self._page, post, to)

    def figures(self, posts: Collection[RemotePost]) -> Mapping[str, Figures] | CannotLook:
        """How posts have done, as far as the token may know."""
        return figures.read(self._page, posts)

    def verify(self) -> AccountHealth:
        """Ask Facebook whose token this is: it must be the page's own."""
        return health.verify(self._page)


def _has_video(sending: Sending) -> bool:
    return any(one.format in VIDEOS for one in sending.part.media)
