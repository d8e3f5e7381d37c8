"""One author on LinkedIn: publishing, looking and verifying through the official client."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from bot.model.message import Part, Role
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
from bot.networks.answer import Answer, CallError, member, unreadable
from bot.networks.base import Connection, NetworkType, Upload
from bot.networks.judge import Judge, instant
from bot.networks.linkedin import content
from bot.networks.linkedin.answers import ANSWERS, again_at, complaint, permalink
from bot.networks.linkedin.changing import Changing
from bot.networks.linkedin.figures import FigureReader
from bot.networks.linkedin.health import Health
from bot.networks.linkedin.restli import Restli
from bot.networks.linkedin.uploading import Uploading
from bot.networks.looking import Candidate, Likeness, Page, look
from bot.networks.matching import nearly_same, same_text

TITLE = "LinkedIn"
_PAGE = 50
_NOT_OUT = ("DRAFT", "PUBLISH_FAILED")


class LinkedInAccount:
    """One page or person on LinkedIn."""

    def __init__(self, kind: NetworkType, connection: Connection) -> None:
        self._author = connection.credentials["AUTHOR"]
        self._restli = Restli(kind, connection)
        redact = self._restli.transport.redact
        self._judge = Judge(TITLE, ANSWERS, complaint, again_at, redact, connection.clock)
        self._uploading = Uploading(kind, connection, self._restli, self._judge)
        self._changing = Changing(self._author, self._restli, self._judge)
        self._figures = FigureReader(self._author, self._restli, self._judge)
        self._health = Health(kind, connection, self._restli, self._judge)

    def payload(self, sending: Sending) -> Mapping[str, Any]:
        """The JSON that creates a part."""
        part, previous = sending.part, sending.previous
        if part.role is Role.COMMENT and previous is not None:
            return {"actor": self._author, "object": previous.remote_id, "message": content.message(part)}
        if part.role is not Role.POST:
            raise ValueError(f"part {part.number} is a {part.role} without a post, or not for LinkedIn")
        return content.post(self._author, sending)

    def upload(self, upload: Upload) -> Uploaded | NotPublished | Rejected:
        """Bring an image, a video or a document."""
        return self._uploading.bring(upload)

    def publish(self, sending: Sending) -> Outcome:
        """Send one part."""
        part, previous = sending.part, sending.previous
        payload = self.payload(sending)
        place = _place(part, previous)

        def created(answer: Answer) -> RemotePost | None:
            return _created(answer, previous if part.role is Role.COMMENT else None)

        return self._judge.publish(lambda: self._restli.call("create", **place, entity=payload), created)

    def find(
        self, sending: Sending, since: datetime, known: Collection[str]
    ) -> RemotePost | CannotLook | None:
        """Look for a part among the author's posts, or among the comments of its post."""
        part, previous = sending.part, sending.previous

        def candidate(item: Mapping[str, Any]) -> Candidate | None:
            if part.role is Role.COMMENT and previous is not None:
                return _comment(item, part, previous, self._author)
            return _post(item, sending)

        try:
            return look(self._pages(_place(part, previous), candidate), since, known)
        except CallError as error:
            return self._judge.cannot_look(error)

    def delete(self, post: RemotePost) -> Change:
        """Take a post, or a comment, away."""
        return self._changing.delete(post)

    def edit(self, post: RemotePost, to: Sending) -> Change:
        """Give a post, or a comment, another text."""
        return self._changing.edit(post, to)

    def figures(self, posts: Collection[RemotePost]) -> Mapping[str, Figures] | CannotLook:
        """Read how posts have done."""
        return self._figures.read(posts)

    def verify(self) -> AccountHealth:
        """Ask LinkedIn who the author is, as far as the token's scopes let us."""
        return self._health.verify()

    def _pages(
        self, place: Mapping[str, Any], candidate: Callable[[Mapping[str, Any]], Candidate | None]
    ) -> Iterator[Page]:
        start = 0
        while True:
            answer = self._list(place, start)
            items = member(answer.value, "elements")
            if not isinstance(items, list) or not all(member(item, "id") for item in items):
                raise unreadable(answer, "list of posts with their ids")
            yield [one for item in items if (one := candidate(item))]
            links = member(answer.value, "paging", "links")
            more = isinstance(links, list) and any(member(link, "rel") == "next" for link in links)
            if not items or (len(items) < _PAGE and not more):
                return
            start += len(items)

    def _list(self, place: Mapping[str, Any], start: int) -> Answer:
        window = {"count": _PAGE, "start": start}
        if "path_keys" in place:
            return self._restli.call("get_all", **place, query_params=window)
        query = {"author": self._author, "sortBy": "CREATED", **window}
        return self._restli.call("finder", **place, finder_name="author", query_params=query)


def _place(part: Part, previous: RemotePost | None) -> dict[str, Any]:
    """The resource in which a part is created and listed, in the client's words."""
    if part.role is Role.COMMENT and previous is not None:
        return {
            "resource_path": "/socialActions/{post}/comments",
            "path_keys": {"post": previous.remote_id},
        }
    return {"resource_path": "/posts"}


def _created(answer: Answer, under: RemotePost | None) -> RemotePost | None:
    headers = answer.headers
    in_body = member(answer.value, "commentUrn") if under else None
    in_header = headers.get("x-restli-id") or headers.get("x-linkedin-id")
    found = in_body or in_header or member(answer.value, "id")
    if not found:
        return None
    remote_id = unquote(str(found))
    return _comment_post(remote_id, under) if under else RemotePost(remote_id, permalink(remote_id))


def _post(item: Mapping[str, Any], sending: Sending) -> Candidate | None:
    if item.get("lifecycleState") in _NOT_OUT:
        return None
    remote_id = str(item["id"])
    created = item.get("createdAt") or item.get("publishedAt")
    post = RemotePost(remote_id, permalink(remote_id))
    return Candidate(post, _time(created), content.likeness(item, sending))


def _comment(item: Mapping[str, Any], part: Part, under: RemotePost, author: str) -> Candidate | None:
    if item.get("actor") not in (None, author):
        return None
    text = str(member(item, "message", "text") or "")
    likeness = Likeness.PERHAPS if nearly_same(part.text, text) else Likeness.OTHER
    if same_text(part.text, text):
        likeness = Likeness.SAME
    remote_id = str(item.get("commentUrn") or item.get("$URN") or item["id"])
    return Candidate(_comment_post(remote_id, under), _time(member(item, "created", "time")), likeness)


def _comment_post(remote_id: str, under: RemotePost) -> RemotePost:
    url = permalink(under.remote_id)
    if remote_id.startswith("urn:"):
        url += f"?commentUrn={quote(remote_id, safe='')}"
    return RemotePost(remote_id, url)


def _time(milliseconds: Any) -> datetime | None:
    return instant(milliseconds / 1000) if isinstance(milliseconds, int) else None
