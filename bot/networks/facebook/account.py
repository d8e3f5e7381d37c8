"""One Facebook page: publishing, looking and verifying through facebook-sdk."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from bot.model.message import Part, Role
from bot.model.outcome import AccountHealth, CannotLook, Cause, Outcome, RemotePost
from bot.model.sending import Sending
from bot.networks.answer import Answer, CallError, iso_time, member, objects, unreadable
from bot.networks.base import Connection, NetworkType
from bot.networks.facebook.answers import ANSWERS, MAKE_ANEW, again_at, complaint
from bot.networks.judge import Judge, instant
from bot.networks.looking import Candidate, Likeness, Page, earliest, look
from bot.networks.matching import nearly_same, same_link, same_text
from bot.networks.quiet import quietly
from bot.networks.transport import Transport
from bot.networks.unable import Unable

with quietly():
    import facebook

TITLE = "Facebook"
SDK_HOST = facebook.FACEBOOK_GRAPH_URL.rstrip("/")
_POST_FIELDS = "id,message,created_time,permalink_url,from,attachments{unshimmed_url}"
_COMMENT_FIELDS = "id,message,created_time,permalink_url,from"
_NEEDED = ("pages_manage_posts", "pages_read_engagement")


class FacebookAccount(Unable):
    """One page on Facebook."""

    title = TITLE

    def __init__(self, kind: NetworkType, connection: Connection) -> None:
        self._page = connection.credentials["PAGE_ID"]
        self._account = connection.account
        self._transport = Transport.to(kind, connection, SDK_HOST, root=r"v\d+\.\d+")
        self._judge = Judge(TITLE, ANSWERS, complaint, again_at, self._transport.redact, connection.clock)
        self._graph = _Graph(connection.credentials["ACCESS_TOKEN"], session=self._transport.session)
        # facebook-sdk 3.1.0 (2018) accepts no version after 3.1 as an argument.
        version = connection.api_version
        self._graph.version = version if version.startswith("v") else f"v{version}"

    def payload(self, sending: Sending) -> Mapping[str, Any]:
        """The form that creates a part, without the token."""
        part, previous = sending.part, sending.previous
        if part.role is Role.COMMENT and previous is None:
            raise ValueError(f"part {part.number} is a comment without a post")
        if part.role is Role.REPLY:
            raise ValueError(f"part {part.number} is a reply, which a page can not post")
        form = {"message": part.text, "link": part.link or ""}
        return {name: value for name, value in form.items() if value}

    def publish(self, sending: Sending) -> Outcome:
        """Send one part."""
        part, previous = sending.part, sending.previous
        form = self.payload(sending)
        parent, connection = self._place(part, previous)

        def call() -> Answer:
            return self._transport.answer(lambda: self._graph.put_object(parent, connection, **form))

        def created(answer: Answer) -> RemotePost | None:
            remote_id = member(answer.value, "id")
            return self._post(str(remote_id), previous) if remote_id else None

        return self._judge.publish(call, created)

    def find(
        self, sending: Sending, since: datetime, known: Collection[str]
    ) -> RemotePost | CannotLook | None:
        """Look for a part in the page's feed, or among the comments of its post."""
        part, previous = sending.part, sending.previous
        under = previous if part.role is Role.COMMENT else None
        try:
            pages = self._pages(
                self._place(part, previous), since, lambda item: self._candidate(item, part, under)
            )
            return look(pages, since, known)
        except CallError as error:
            return self._judge.cannot_look(error)

    def verify(self) -> AccountHealth:
        """Ask Facebook whose token this is: it must be the page's own."""
        try:
            answer = self._get("me", fields="id,name")
            if not member(answer.value, "id"):
                raise unreadable(answer, "id")
        except CallError as error:
            return self._judge.unwell(error)
        found, name = str(answer.value["id"]), str(answer.value.get("name") or answer.value["id"])
        if found == self._page:
            return self._rights(name)
        remedy = "take the page's own token from GET /me/accounts in the Graph API Explorer"
        detail = f"the token is of {name} ({found}) and not of the page {self._page}: {remedy}"
        return AccountHealth(False, name, detail, cause=Cause.CREDENTIALS)

    def _rights(self, name: str) -> AccountHealth:
        """What Facebook says of the page's token: which rights it has, and until when.

        https://developers.facebook.com/docs/graph-api/reference/debug_token (read 2026-11-24). Not every
        token may ask this about itself: then who it is must do.
        """
        try:
            told = member(self._transport.answer(self._graph.debug).value, "data")
        except CallError:
            told = None
        if not isinstance(told, dict) or not isinstance(told.get("scopes"), list):
            return AccountHealth(True, name, f"the token is of the page {name}")
        if told.get("is_valid") is False:
            words = member(told, "error", "message") or "Facebook says that the token is not valid"
            detail = self._judge.reason(200, str(words), MAKE_ANEW)
            return AccountHealth(False, name, detail, cause=Cause.CREDENTIALS)
        if lacking := [scope for scope in _NEEDED if scope not in told["scopes"]]:
            detail = f"the token of {name} lacks {', '.join(lacking)}: {MAKE_ANEW}"
            return AccountHealth(False, name, detail, cause=Cause.PERMISSION)
        # 0 stands for never. After either of them the person behind the token must log in anew.
        ends = [instant(told[field]) for field in ("expires_at", "data_access_expires_at") if told.get(field)]
        until = min((end for end in ends if end), default=None)
        detail = f"the token is of the page {name} and may post"
        return AccountHealth(True, name, detail, until)

    def _place(self, part: Part, previous: RemotePost | None) -> tuple[str, str]:
        if part.role is Role.COMMENT and previous is not None:
            return quote(previous.remote_id, safe=""), "comments"
        return quote(self._page, safe=""), "feed"

    def _get(self, path: str, **fields: Any) -> Answer:
        return self._transport.answer(lambda: self._graph.get_object(path, **fields))

    def _pages(
        self, place: tuple[str, str], since: datetime, candidate: Callable[[Any], Candidate | None]
    ) -> Iterator[Page]:
        params = {"since": str(int(earliest(since).timestamp())), "limit": "100"}
        if place[1] == "comments":
            params |= {"fields": _COMMENT_FIELDS, "filter": "stream", "order": "reverse_chronological"}
        else:
            params |= {"fields": _POST_FIELDS}
        while True:
            answer = self._get("/".join(place), **params)
            items = member(answer.value, "data")
            if not isinstance(items, list) or not all(member(item, "id") for item in items):
                raise unreadable(answer, "list of posts with their ids")
            yield [one for item in items if (one := candidate(item))]
            following = member(answer.value, "paging", "next")
            if not items or not isinstance(following, str):
                return
            # Only the query: the address itself may name another host, and carries the token.
            query = dict(parse_qsl(urlsplit(following).query))
            params = {name: value for name, value in query.items() if name != "access_token"}

    def _candidate(self, item: Mapping[str, Any], part: Part, under: RemotePost | None) -> Candidate | None:
        if str(member(item, "from", "id") or self._page) != self._page:
            return None  # a visitor's
        post = self._post(str(item["id"]), under)
        url = item.get("permalink_url")
        if isinstance(url, str) and url.startswith("https://"):
            post = RemotePost(post.remote_id, url)
        return Candidate(post, iso_time(item.get("created_time")), _likeness(item, part))

    def _post(self, remote_id: str, under: RemotePost | None = None) -> RemotePost:
        """A post, or a comment under one, with its permalink: an id is "<page>_<post>"."""
        page, _, post = (under.remote_id if under else remote_id).rpartition("_")
        url = f"https://www.facebook.com/{page}/posts/{post}" if page else f"https://www.facebook.com/{post}"
        if under:
            url += f"?comment_id={remote_id.rpartition('_')[2]}"
        return RemotePost(remote_id, url)


class _Graph(facebook.GraphAPI):  # type: ignore[misc]
    """facebook-sdk with a request of our own.

    The SDK's drops the status and the headers, breaks on an answer without a Content-Type, and puts the
    token of a GET into the address, from where it gets into logs.
    """

    def request(
        self,
        path: str,
        args: Mapping[str, Any] | None = None,
        post_args: Mapping[str, Any] | None = None,
        files: None = None,
        method: str | None = None,
    ) -> object:
        """One request; the transport keeps the answer."""
        url = facebook.FACEBOOK_GRAPH_URL + path
        if post_args is not None:
            return self.session.post(url, data={**post_args, "access_token": self.access_token})
        headers = {"Authorization": f"Bearer {self.access_token}"}
        return self.session.get(url, params=args, headers=headers)

    def debug(self) -> object:
        """What Facebook knows of the token itself.

        As a POST that stands for a GET, which the Graph API allows: the token is to be named as an argument,
        and in the address it would get into logs.
        """
        form = {"input_token": self.access_token, "method": "get"}
        return self.request(f"{self.version}/debug_token", post_args=form)


def _likeness(item: Mapping[str, Any], part: Part) -> Likeness:
    shown_text = str(item.get("message") or "")
    if not same_text(part.text, shown_text):
        return Likeness.PERHAPS if nearly_same(part.text, shown_text) else Likeness.OTHER
    if part.link is None:
        return Likeness.SAME
    shown = [
        one["unshimmed_url"]
        for one in objects(member(item, "attachments", "data"))
        if isinstance(one.get("unshimmed_url"), str)
    ]
    if any(same_link(part.link, link) for link in shown) or (part.text and not shown):
        return Likeness.SAME
    return Likeness.PERHAPS  # Facebook may show the address that the page itself says is its right one
