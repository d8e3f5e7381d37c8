"""Finding: whether a part is out, by the page's feed, by a post's comments, or by the video itself."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bot.model.format import VIDEOS
from bot.model.message import Part, Role
from bot.model.outcome import CannotLook, RemotePost
from bot.model.sending import Sending
from bot.networks.answer import CallError, RefusedError, iso_time, member, objects, unreadable
from bot.networks.facebook.answers import GONE, complaint
from bot.networks.facebook.graph import Page
from bot.networks.facebook.places import place_of, post_at, video_post
from bot.networks.facebook.uploading import video_of
from bot.networks.looking import Candidate, Likeness, earliest, look
from bot.networks.looking import Page as Listed
from bot.networks.matching import nearly_same, same_link, same_text

_POST_FIELDS = (
    "id,message,created_time,permalink_url,from,"
    "attachments{media_type,unshimmed_url,target{id},subattachments{target{id}}}"
)
_COMMENT_FIELDS = "id,message,created_time,permalink_url,from"
_PHOTOS = ("photo", "album")


def find(
    page: Page, sending: Sending, since: datetime, known: Collection[str]
) -> RemotePost | CannotLook | None:
    """Look for a part; see `Network.find`."""
    try:
        video = _video(sending)
        if video and (itself := _by_itself(page, video)) is not None:
            return itself
        found = look(_Listing(page, sending, known).pages(since), since, known)
        if found is None and video and _is_in_work(page, video):
            return CannotLook("Facebook still works on the video", for_good=False)
    except CallError as error:
        return page.judge.cannot_look(error)
    return found


def _video(sending: Sending) -> str | None:
    """The id that the part's video has had since its upload began."""
    videos = [one.format in VIDEOS for one in sending.part.media]
    return video_of(sending.uploads[0]) if sending.uploads and any(videos) else None


def _by_itself(page: Page, video: str) -> RemotePost | None:
    """The video, if Facebook says that it is published."""
    return video_post(page.id, video) if _phase(page, video, "publishing_phase") == "complete" else None


def _is_in_work(page: Page, video: str) -> bool:
    """Whether the finish has arrived, so that the video comes out when Facebook has worked through it."""
    return _phase(page, video, "processing_phase") not in (None, "not_started", "error")


def _phase(page: Page, video: str, phase: str) -> str | None:
    """How far it is: https://developers.facebook.com/docs/graph-api/reference/video (read 2026-11-25)."""
    try:
        answer = page.get(video, fields="status")
    except RefusedError as error:
        told = complaint(error.answer)
        if told and told.codes & GONE:
            return None
        raise
    found = member(answer.value, "status", phase, "status")
    return found if isinstance(found, str) else None


class _Listing:
    """The posts or comments among which a part would be."""

    def __init__(self, page: Page, sending: Sending, known: Collection[str]) -> None:
        self._page = page
        self._part = sending.part
        self._known = known
        self._handles = {video_of(one) for one in sending.uploads}
        self._place = place_of(page, sending)
        self._under = sending.previous if sending.part.role is Role.COMMENT else None

    def pages(self, since: datetime) -> Iterator[Listed]:
        """Page by page, the newest first. Raises CallError."""
        params = {"since": str(int(earliest(since).timestamp())), "limit": "100"}
        if self._under:
            params |= {"fields": _COMMENT_FIELDS, "filter": "stream", "order": "reverse_chronological"}
        else:
            params |= {"fields": _POST_FIELDS}
        while True:
            answer = self._page.get("/".join(self._place), **params)
            items = member(answer.value, "data")
            if not isinstance(items, list) or not all(member(item, "id") for item in items):
                raise unreadable(answer, "list of posts with their ids")
            yield [one for item in items if (one := self._candidate(item))]
            following = member(answer.value, "paging", "next")
            if not items or not isinstance(following, str):
                return
            # Only the query: the address itself may name another host, and carries the token.
            query = dict(parse_qsl(urlsplit(following).query))
            params = {name: value for name, value in query.items() if name != "access_token"}

    def _candidate(self, item: Mapping[str, Any]) -> Candidate | None:
        page = self._page.id
        if str(member(item, "from", "id") or page) != page:
            return None  # a visitor's
        shown = _Shown.of(item)
        if shown.targets & set(self._known):
            return None  # a video is known by its own id
        post = post_at(str(item["id"]), self._under)
        if shown.video and any(one.format in VIDEOS for one in self._part.media):
            post = video_post(page, shown.video)
        url = item.get("permalink_url")
        if isinstance(url, str) and url.startswith("https://"):
            post = RemotePost(post.remote_id, url)
        likeness = _likeness(str(item.get("message") or ""), shown, self._part, self._handles)
        return Candidate(post, iso_time(item.get("created_time")), likeness)


class _Shown:
    """What a post shows beside its text."""

    def __init__(self, attachments: list[Mapping[str, Any]]) -> None:
        self.kinds = {str(one.get("media_type")) for one in attachments}
        links = (one.get("unshimmed_url") for one in attachments)
        self.links = [link for link in links if isinstance(link, str)]
        within = [sub for one in attachments for sub in objects(member(one, "subattachments", "data"))]
        targets = (member(one, "target", "id") for one in [*attachments, *within])
        self.targets = {str(target) for target in targets if target}
        video = member(attachments[0], "target", "id") if attachments and "video" in self.kinds else None
        self.video = str(video) if video else None

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> "_Shown":
        return cls(objects(member(item, "attachments", "data")))


def _likeness(text: str, shown: _Shown, part: Part, handles: set[str]) -> Likeness:
    if handles & shown.targets:
        return Likeness.SAME  # nobody else could have named what was uploaded for this part
    if not same_text(part.text, text):
        return Likeness.PERHAPS if nearly_same(part.text, text) else Likeness.OTHER
    if part.media:
        has_media = shown.kinds & {*_PHOTOS, "video"}
        return Likeness.SAME if part.text and has_media else Likeness.PERHAPS
    if part.link is None:
        return Likeness.PERHAPS if shown.kinds & set(_PHOTOS) else Likeness.SAME
    if any(same_link(part.link, link) for link in shown.links) or (part.text and not shown.links):
        return Likeness.SAME
    return Likeness.PERHAPS  # Facebook may show the address that the page itself says is its right one
