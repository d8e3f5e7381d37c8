"""One account on a Mastodon server: publishing, looking and changing through Mastodon.py."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from bot.model.message import Part, Role
from bot.model.outcome import (
    AccountHealth,
    CannotLook,
    Cause,
    Change,
    Done,
    Figures,
    NotPublished,
    Outcome,
    Rejected,
    RemotePost,
    Unknown,
    Uploaded,
)
from bot.model.sending import Sending
from bot.networks.answer import Answer, CallError, RefusedError, iso_time, member, objects, unreadable
from bot.networks.base import Connection, NetworkType, Upload
from bot.networks.judge import WE_LOOK
from bot.networks.looking import Candidate, Likeness, Page, look
from bot.networks.mastodon import health, uploading
from bot.networks.mastodon.content import text_of
from bot.networks.mastodon.length import without_servers
from bot.networks.mastodon.server import SDK_HOST, Server, status_id, usable_id
from bot.networks.matching import nearly_same, same_text

_PAGE = 40
_GONE = "it was gone already"


class MastodonAccount:
    """One account on its server."""

    def __init__(self, kind: NetworkType, connection: Connection) -> None:
        self._account = connection.account
        self._home = (connection.credentials.get("SERVER") or SDK_HOST).rstrip("/")
        self._server = Server(kind, connection)
        self._judge = self._server.judge
        self._me = ""

    def payload(self, sending: Sending) -> Mapping[str, Any]:
        """The arguments of Mastodon.py's `status_post`; the key goes into a header."""
        part, previous = sending.part, sending.previous
        if part.role is Role.COMMENT or (part.role is Role.REPLY) != (previous is not None):
            raise ValueError(f"part {part.number} is a {part.role} where that can not be")
        values: dict[str, Any] = {
            "status": part.text,
            # Said, because an account's own settings may be others: a campaign is for everybody.
            "visibility": "public",
            "sensitive": False,
            "idempotency_key": sending.part_key if sending.key else None,
            "in_reply_to_id": previous.remote_id if previous else None,
            "media_ids": list(sending.handles),
        }
        return {name: value for name, value in values.items() if value or name in ("status", "sensitive")}

    def upload(self, upload: Upload) -> Uploaded | NotPublished | Rejected:
        """Bring a picture, a GIF or a video, with its description."""
        return uploading.bring(self._server, upload)

    def publish(self, sending: Sending) -> Outcome:
        """Send one part. With the same key as before, a server gives what that has published already."""
        payload = self.payload(sending)
        return self._judge.publish(lambda: self._server.call("status_post", **payload), self._created)

    def find(
        self, sending: Sending, since: datetime, known: Collection[str]
    ) -> RemotePost | CannotLook | None:
        """Look for a part among the account's own posts.

        Also where a server knows keys: it keeps them for an hour only, and GoToSocial takes no notice.
        """
        try:
            return look(self._pages(sending), since, known)
        except CallError as error:
            return self._judge.cannot_look(error)

    def delete(self, post: RemotePost) -> Change:
        """Take a post away; what answers it stays."""
        outcome = self._judge.change(
            lambda: self._server.call("status_delete", post.remote_id), "it is deleted", _GONE
        )
        return outcome if outcome != Done(_GONE) else self._gone(post)

    def _gone(self, post: RemotePost) -> Change:
        """Whether what this account can not delete is gone, or stands on another account or server."""
        where = f"{post.url or post.remote_id} is not of this account: connect that one, or delete it there"
        if urlsplit(post.url or self._home).hostname != urlsplit(self._home).hostname:
            return Rejected(Cause.REFUSED, where)
        still_there = self._judge.change(lambda: self._server.call("status", post.remote_id), where, _GONE)
        return Rejected(Cause.REFUSED, where) if still_there == Done(where) else still_there

    def edit(self, post: RemotePost, to: Sending) -> Change:
        """Give a post another text; its files must be named again, or the server takes them away."""

        try:
            now = self._server.call("status", post.remote_id)
        except CallError as error:
            failure = self._judge.failure(error)
            if not isinstance(failure, Unknown):
                return failure
            reason = f"{failure.reason.removesuffix(WE_LOOK)}Nothing was changed: do it again."
            return NotPublished(Cause.BUSY, reason, status=failure.status)
        files = [one["id"] for one in objects(member(now.value, "media_attachments")) if one.get("id")]
        arguments: dict[str, Any] = {"media_ids": files} if files else {}
        if warning := member(now.value, "spoiler_text"):
            arguments["spoiler_text"] = warning
        return self._judge.change(
            lambda: self._server.call("status_update", post.remote_id, to.part.text, **arguments),
            "its text is changed",
        )

    def figures(self, posts: Collection[RemotePost]) -> Mapping[str, Figures] | CannotLook:
        """How posts have done, each by a request of its own: not every server gives several at once."""
        found: dict[str, Figures] = {}
        for post in posts:
            try:
                answer = self._server.call("status", post.remote_id)
            except RefusedError as error:
                if error.answer.status in (404, 410):
                    continue
                return self._judge.cannot_look(error)
            except CallError as error:
                return self._judge.cannot_look(error)
            found[post.remote_id] = _figures(answer)
        return found

    def verify(self) -> AccountHealth:
        """Ask the server who the token is, what it may, and what else than usual the server takes."""
        return health.ask(self._server, self._account)

    def _created(self, answer: Answer) -> RemotePost | None:
        remote_id = status_id(answer)
        return self._post(remote_id, member(answer.value, "url")) if remote_id else None

    def _post(self, remote_id: str, url: Any) -> RemotePost:
        if isinstance(url, str) and url.startswith("https://") and url.isprintable():
            return RemotePost(remote_id, url)
        return RemotePost(remote_id, f"{self._home}/@{_name(self._account.handle)}/{remote_id}")

    def _pages(self, sending: Sending) -> Iterator[Page]:
        if not self._me:
            self._me = str(self._server.me()["id"])
        window: dict[str, Any] = {}
        while True:
            answer = self._server.call("account_statuses", self._me, limit=_PAGE, **window)
            items = answer.value
            if not isinstance(items, list) or not all(usable_id(member(item, "id")) for item in items):
                raise unreadable(answer, "list of posts with their ids")
            if not items:
                return
            yield [self._candidate(item, sending) for item in items]
            window = {"max_id": items[-1]["id"]}

    def _candidate(self, item: Mapping[str, Any], sending: Sending) -> Candidate:
        post = self._post(str(item["id"]), item.get("url"))
        return Candidate(
            post, iso_time(item.get("created_at")), _likeness(item, sending.part, sending.previous)
        )


def _likeness(item: Mapping[str, Any], part: Part, previous: RemotePost | None) -> Likeness:
    if item.get("reblog"):
        return Likeness.OTHER
    if item.get("in_reply_to_id") != (previous.remote_id if previous else None):
        return Likeness.OTHER
    sent, shown = (without_servers(text) for text in (part.text, text_of(str(item.get("content") or ""))))
    if not same_text(sent, shown):
        return Likeness.PERHAPS if nearly_same(sent, shown) else Likeness.OTHER
    same_files = len(objects(item.get("media_attachments"))) == len(part.media)
    return Likeness.SAME if same_files else Likeness.PERHAPS


def _figures(answer: Answer) -> Figures:
    def number(name: str) -> int | None:
        value = member(answer.value, name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    return Figures(
        reactions=number("favourites_count"), comments=number("replies_count"), shares=number("reblogs_count")
    )


def _name(handle: str) -> str:
    """The name before the server: "fice" of "@fice@mastodon.social"."""
    return handle.strip().lstrip("@").partition("@")[0]
