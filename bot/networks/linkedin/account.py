"""One author on LinkedIn: publishing, looking and verifying through the official client."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from linkedin_api.clients.restli.client import RestliClient
from linkedin_api.common.constants import VERSIONED_BASE_URL
from linkedin_api.common.errors import ResponseFormattingError

from bot.model.message import Part, Role
from bot.model.outcome import AccountHealth, CannotLook, Cause, Outcome, RemotePost
from bot.model.sending import Sending
from bot.networks.answer import Answer, CallError, RefusedError, member, objects, unreadable
from bot.networks.base import Connection, NetworkType
from bot.networks.judge import Judge, instant
from bot.networks.linkedin.answers import ANSWERS, again_at, complaint, permalink
from bot.networks.linkedin.little_text import shown
from bot.networks.linkedin.renewal import LinkedInRenewer
from bot.networks.looking import Candidate, Likeness, Page, look
from bot.networks.matching import nearly_same, same_link, same_text
from bot.networks.transport import Transport
from bot.networks.unable import Unable

TITLE = "LinkedIn"
SDK_HOST = VERSIONED_BASE_URL.removesuffix("/rest")
_PAGE = 50
_MAY_POST = {"ADMINISTRATOR", "CONTENT_ADMIN", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER"}
_NOT_OUT = ("DRAFT", "PUBLISH_FAILED")


class LinkedInAccount(Unable):
    """One page or person on LinkedIn."""

    title = TITLE

    def __init__(self, kind: NetworkType, connection: Connection) -> None:
        self._author = connection.credentials["AUTHOR"]
        self._token = connection.credentials["ACCESS_TOKEN"]
        self._version = connection.api_version
        self._transport = Transport.to(kind, connection, SDK_HOST, root="rest|v2")
        self._judge = Judge(TITLE, ANSWERS, complaint, again_at, self._transport.redact, connection.clock)
        may_ask = all(field in connection.credentials for field in ("CLIENT_ID", "CLIENT_SECRET"))
        self._sign_in = LinkedInRenewer(kind, connection) if may_ask else None
        self._client = RestliClient()
        self._client.session = self._transport.session

    def payload(self, sending: Sending) -> Mapping[str, Any]:
        """The JSON that creates a part."""
        part, previous = sending.part, sending.previous
        if part.role is Role.COMMENT and previous is not None:
            return {"actor": self._author, "object": previous.remote_id, "message": {"text": part.text}}
        if part.role is not Role.POST:
            raise ValueError(f"part {part.number} is a {part.role} without a post, or not for LinkedIn")
        post: dict[str, Any] = {
            "author": self._author,
            "commentary": part.text,
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        if part.link:
            post["content"] = {"article": {"source": part.link, "title": part.link_title or part.link}}
        return post

    def publish(self, sending: Sending) -> Outcome:
        """Send one part."""
        part, previous = sending.part, sending.previous
        payload = self.payload(sending)
        place = _place(part, previous)

        def created(answer: Answer) -> RemotePost | None:
            return _created(answer, previous if part.role is Role.COMMENT else None)

        return self._judge.publish(lambda: self._call("create", **place, entity=payload), created)

    def find(
        self, sending: Sending, since: datetime, known: Collection[str]
    ) -> RemotePost | CannotLook | None:
        """Look for a part among the author's posts, or among the comments of its post."""
        part, previous = sending.part, sending.previous

        def candidate(item: Mapping[str, Any]) -> Candidate | None:
            if part.role is Role.COMMENT and previous is not None:
                return _comment(item, part, previous, self._author)
            return _post(item, part)

        try:
            return look(self._pages(_place(part, previous), candidate), since, known)
        except CallError as error:
            return self._judge.cannot_look(error)

    def verify(self) -> AccountHealth:
        """Ask LinkedIn who the author is, as far as the token's scopes let us."""
        kind, _, number = self._author.removeprefix("urn:li:").partition(":")
        try:
            if kind == "person":
                self._check_version()
                answer = self._call("get", resource_path="/userinfo", versioned=False)
            else:
                keys = {"id": number}
                answer = self._call("get", resource_path="/organizations/{id}", path_keys=keys)
        except RefusedError as error:
            if error.answer.status == 403:
                detail = f"the token lacks the scope to ask, so it can not be checked: {self._author}"
                return AccountHealth(True, self._author, detail, self._ends_at())
            return self._judge.unwell(error)
        except CallError as error:
            return self._judge.unwell(error)
        return self._health(answer, kind, number)

    def _check_version(self) -> None:
        """Fail if the API's version is gone, which /userinfo would not tell.

        Raises:
            CallError: LinkedIn serves it no more, or was not reached.
        """
        try:
            self._call("get", resource_path="/me")
        except RefusedError as error:
            if error.answer.status == 426:
                raise  # any other no, such as for a missing scope, is about something else

    def _health(self, answer: Answer, kind: str, number: str) -> AccountHealth:
        found = str(member(answer.value, "sub" if kind == "person" else "id") or "")
        name = member(answer.value, "name" if kind == "person" else "localizedName")
        identity = str(name or self._author)
        if not found:
            return self._judge.unwell(unreadable(answer, "id"))
        if found != number:
            detail = f"the token is of {identity} ({found}) and not of {self._author}: correct the author"
            return AccountHealth(False, identity, detail, cause=Cause.CREDENTIALS)
        if self._author.startswith("urn:li:organization:") and (role := self._lacking_role()):
            detail = f"the token's member is {role} on {identity}: let an administrator give the role"
            return AccountHealth(False, identity, detail, cause=Cause.PERMISSION)
        return AccountHealth(True, identity, f"may be asked as {identity}", self._ends_at())

    def _ends_at(self) -> datetime | None:
        return self._sign_in.ends_at(self._token) if self._sign_in else None

    def _lacking_role(self) -> str | None:
        """What the token's member is on the page where that may not publish; None: she may, or who knows.

        https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-access-control-by-role
        (read 2026-11-24). It needs a scope that a token for publishing may lack.
        """
        asked = {"state": "APPROVED", "count": 100}
        try:
            answer = self._call(
                "finder", resource_path="/organizationAcls", finder_name="roleAssignee", query_params=asked
            )
        except CallError:
            return None
        roles = member(answer.value, "elements")
        if not isinstance(roles, list):
            return None
        ours = {
            str(one.get("role"))
            for one in objects(roles)
            if self._author in (one.get("organization"), one.get("organizationTarget"))
        }
        return None if ours & _MAY_POST else " and ".join(sorted(ours)) or "nobody"

    def _call(self, method: str, versioned: bool = True, **arguments: Any) -> Answer:
        # The client never raises for an error and raises an empty one where it can not read a body; the
        # transport sees to the first, and has kept what came for the second.
        version = {"version_string": self._version} if versioned else {}
        call = getattr(self._client, method)
        return self._transport.answer(
            lambda: call(access_token=self._token, **version, **arguments), ResponseFormattingError
        )

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
            return self._call("get_all", **place, query_params=window)
        query = {"author": self._author, "sortBy": "CREATED", **window}
        return self._call("finder", **place, finder_name="author", query_params=query)


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


def _post(item: Mapping[str, Any], part: Part) -> Candidate | None:
    if item.get("lifecycleState") in _NOT_OUT:
        return None
    remote_id = str(item["id"])
    created = item.get("createdAt") or item.get("publishedAt")
    return Candidate(RemotePost(remote_id, permalink(remote_id)), _time(created), _likeness(item, part))


def _likeness(item: Mapping[str, Any], part: Part) -> Likeness:
    sent, seen = shown(part.text), shown(str(item.get("commentary") or ""))
    if not same_text(sent, seen):
        return Likeness.PERHAPS if nearly_same(sent, seen) else Likeness.OTHER
    if item.get("lifecycleState") == "PUBLISH_REQUESTED":
        return Likeness.PERHAPS  # it is on its way
    source = member(item, "content", "article", "source")
    if source == part.link or (source and part.link and same_link(part.link, str(source))):
        return Likeness.SAME
    return Likeness.PERHAPS


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
