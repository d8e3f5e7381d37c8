"""One account on Bluesky: publishing exactly once by record keys, looking, deleting and counting."""

import logging
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.model.message import Part, Role, fingerprint
from bot.model.outcome import (
    AccountHealth,
    CannotLook,
    Cause,
    Change,
    Figures,
    NotPublished,
    Outcome,
    Published,
    Rejected,
    RemotePost,
    Unknown,
    Uploaded,
)
from bot.model.sending import Sending
from bot.networks.answer import Answer, CallError, RefusedError, member, objects, unreadable
from bot.networks.base import Connection, NetworkType, Upload
from bot.networks.bluesky import uploading
from bot.networks.bluesky.answers import ANSWERS, NO_RECORD, again_at, complaint
from bot.networks.bluesky.record_key import record_key
from bot.networks.bluesky.records import COLLECTION, Ref, cid_of, record_of, uri_of
from bot.networks.bluesky.session import NoSessionError, Session, Sessions, is_over
from bot.networks.bluesky.xrpc import Xrpc
from bot.networks.judge import WE_LOOK, WE_TRY_AGAIN, Judge
from bot.networks.unable import Unable

log = logging.getLogger("bot.networks")
TITLE = "Bluesky"
_PUT = "com.atproto.repo.putRecord"
_APPLY = "com.atproto.repo.applyWrites"
_AT_ONCE = 25  # posts that may be asked for in one request


class BlueskyAccount(Unable):
    """One account on Bluesky.

    A part's record has a key that is the same at every try, so sending it again changes nothing, and asking
    for it proves whether it is out. A thread goes out in one commit: all of it or nothing.
    """

    title = TITLE

    def __init__(self, kind: NetworkType, connection: Connection) -> None:
        self._account = connection.account
        self._clock = connection.clock
        self._identifier = connection.credentials["IDENTIFIER"].lstrip("@")
        self._xrpc = Xrpc(kind, connection)
        self._sessions = Sessions(self._xrpc, self._identifier, connection.credentials["APP_PASSWORD"])
        self._judge = Judge(TITLE, ANSWERS, complaint, again_at, self._xrpc.redact, self._clock)
        self._people: dict[str, str | None] = {}  # by handle: the id of whose it is; None: nobody's

    def payload(self, sending: Sending) -> Mapping[str, Any]:
        """The JSON that writes a part's record, or those of a whole thread; what only the server knows
        stands in <angle brackets>."""
        known = replace(sending, part=_marked(sending.part), following=tuple(map(_marked, sending.following)))
        refs = None
        if sending.previous:
            first = sending.first or sending.previous
            refs = (
                Ref(first.remote_id, f"<cid of {_plain(first)}>"),
                Ref(sending.previous.remote_id, f"<cid of {_plain(sending.previous)}>"),
            )
        return self._request(known, self._sessions.did or "<did>", refs)[1]

    def upload(self, upload: Upload) -> Uploaded | NotPublished | Rejected:
        """Bring a file to the account's server as a blob."""
        if words := uploading.fault(upload):
            return Rejected(Cause.CONTENT, words)
        try:
            # A session that is over is noticed before a long file is on its way: a server that refuses one
            # in the middle of it may not be heard.
            self._me()
            answer = self._signed(lambda token: uploading.send(upload, self._xrpc, token))
        except NoSessionError as error:
            return self._judge.upload_failed(error.error)
        except CallError as error:
            return self._judge.upload_failed(error)
        return uploading.uploaded(upload, answer, self._clock.now())

    def publish(self, sending: Sending) -> Outcome:
        """Send one part, or a whole thread with its first part."""
        _check(sending.part, sending.previous)
        later = sending.previous is not None
        if later or _is_thread(sending):
            # With its first part a thread is out as a whole; a commit that was made can not be made again.
            try:
                if found := self._record(sending):
                    return Published(_post(found))
            except CallError as error:
                failure = self._judge.failure(error)
                # Of a later part nobody knows: it may have gone out with the first.
                return Unknown(failure.reason, failure.status) if later else self._not_begun(error)
        try:
            known = self._with_people(sending)
            session = self._sessions.current()
            refs = self._refs(sending)
        except (CallError, NoSessionError) as error:
            return self._not_begun(error)
        method, body = self._request(known, session.did, refs)
        try:
            return self._judge.publish(
                lambda: self._signed(lambda token: self._xrpc.do(method, body, token)), _created
            )
        except NoSessionError as error:
            return self._not_begun(error)

    def find(
        self, sending: Sending, since: datetime, known: Collection[str]
    ) -> RemotePost | CannotLook | None:
        """Ask for the part's record: it is there or it is not."""
        try:
            found = self._record(sending)
        except CallError as error:
            return self._judge.cannot_look(error)
        if found is None or found.uri in known:
            return None
        return _post(found)

    def delete(self, post: RemotePost) -> Change:
        """Delete a post's record; the server agrees where there is none."""
        key = _key_in(post.remote_id)
        if key is None:
            return Rejected(Cause.REFUSED, f"{post.remote_id} does not say which post it is")
        body = {"repo": self._identifier, "collection": COLLECTION, "rkey": key}
        try:
            return self._judge.change(
                lambda: self._signed(
                    lambda token: self._xrpc.do("com.atproto.repo.deleteRecord", body, token)
                ),
                "its record is deleted",
            )
        except NoSessionError as error:
            return self._not_begun(error)

    def figures(self, posts: Collection[RemotePost]) -> Mapping[str, Figures] | CannotLook:
        """Likes, replies, and reposts together with quotes.

        https://docs.bsky.app/docs/api/app-bsky-feed-get-posts (read 2026-11-25).
        """
        asked = {key: post.remote_id for post in posts if (key := _key_in(post.remote_id))}
        found: dict[str, Figures] = {}
        keys = list(asked)
        try:
            for start in range(0, len(keys), _AT_ONCE):
                found |= self._counted({key: asked[key] for key in keys[start : start + _AT_ONCE]})
        except NoSessionError as error:
            return self._judge.cannot_look(error.error)
        except CallError as error:
            return self._judge.cannot_look(error)
        return found

    def verify(self) -> AccountHealth:
        """Ask the server whose the app password is, and whether the account is active."""
        try:
            answer = self._me()
        except NoSessionError as error:
            return self._judge.unwell(error.error)
        except CallError as error:
            return self._judge.unwell(error)
        did, handle = member(answer.value, "did"), member(answer.value, "handle")
        if not isinstance(did, str) or not did:
            return self._judge.unwell(unreadable(answer, "account"))
        identity = f"@{handle}" if handle else did
        if member(answer.value, "active") is False:
            detail = f"the account is {member(answer.value, 'status') or 'not active'}: log in to bsky.app"
            return AccountHealth(False, identity, detail, cause=Cause.BLOCKED)
        detail = f"may write as {identity}"
        ours = self._account.handle.strip().lstrip("@")
        if "." in ours and identity.lower() != f"@{ours}".lower():
            detail += f", although {self._account.name} is to be @{ours}"
        return AccountHealth(True, identity, detail)

    def _me(self) -> Answer:
        """Whom the server takes us for. Raises CallError or NoSessionError."""
        return self._signed(lambda token: self._xrpc.ask("com.atproto.server.getSession", {}, token))

    def _request(
        self, sending: Sending, did: str, refs: tuple[Ref, Ref] | None
    ) -> tuple[str, Mapping[str, Any]]:
        """The method that publishes, and what it is given."""
        part = sending.part
        _check(part, sending.previous)
        due_at = sending.due_at or self._clock.now()
        key = record_key(_delivery_key(sending), part.number)
        root, parent = refs or (None, None)
        record = record_of(part, sending.handles, due_at, root, parent)
        if not _is_thread(sending):
            return _PUT, {"repo": did, "collection": COLLECTION, "rkey": key, "record": record}
        certain = "<" not in did + key and len(sending.uploads) == len(part.files)
        writes = [_create(key, record)]
        top = above = _refer(did, key, record, certain)
        for later in sending.following:
            key = record_key(_delivery_key(sending), later.number)
            record = record_of(later, (), due_at, top, above)
            writes.append(_create(key, record))
            above = _refer(did, key, record, certain)
        return _APPLY, {"repo": did, "writes": writes}

    def _record(self, sending: Sending) -> Ref | None:
        """A part's record, if it is there. Without a session, for everybody may read it. Raises CallError."""
        key = record_key(_delivery_key(sending), sending.part.number)
        try:
            return self._ref(self._sessions.did or self._identifier, key)
        except RefusedError as error:
            told = complaint(error.answer)
            if error.answer.status == 400 and told and NO_RECORD in told.codes:
                return None
            raise

    def _ref(self, repository: str, key: str) -> Ref:
        asked = {"repo": repository, "collection": COLLECTION, "rkey": key}
        answer = self._xrpc.ask("com.atproto.repo.getRecord", asked)
        uri, cid = member(answer.value, "uri"), member(answer.value, "cid")
        if not isinstance(uri, str) or not uri.startswith("at://") or not isinstance(cid, str):
            raise unreadable(answer, "record with its address")
        return Ref(uri, cid)

    def _refs(self, sending: Sending) -> tuple[Ref, Ref] | None:
        """The top of the thread and the part before, as a reply names them. Raises CallError."""
        if sending.previous is None:
            return None
        parent = self._ref_of(sending.previous)
        first = sending.first
        root = parent if first in (None, sending.previous) else self._ref_of(first or sending.previous)
        return root, parent

    def _ref_of(self, post: RemotePost) -> Ref:
        return self._ref(self._sessions.did or self._identifier, _key_in(post.remote_id) or post.remote_id)

    def _counted(self, asked: Mapping[str, str]) -> dict[str, Figures]:
        """The figures of some posts, by their ids. Raises CallError or NoSessionError."""
        session = self._sessions.current()
        uris = [uri_of(session.did, key) for key in asked]
        answer = self._signed(lambda token: self._xrpc.ask("app.bsky.feed.getPosts", {"uris": uris}, token))
        found = member(answer.value, "posts")
        if not isinstance(found, list):
            raise unreadable(answer, "list of posts")
        by_key = {_key_in(str(one.get("uri"))): one for one in objects(found)}
        return {
            remote_id: Figures(
                reactions=_number(by_key[key], "likeCount"),
                comments=_number(by_key[key], "replyCount"),
                shares=_sum(_number(by_key[key], "repostCount"), _number(by_key[key], "quoteCount")),
            )
            for key, remote_id in asked.items()
            if key in by_key
        }

    def _with_people(self, sending: Sending) -> Sending:
        """The sending with the ids of those whom it mentions; whom nobody knows is not linked, as when
        posting by hand. Raises CallError."""
        following = tuple(self._known(part) for part in sending.following)
        return replace(sending, part=self._known(sending.part), following=following)

    def _known(self, part: Part) -> Part:
        who = [(words, self._person(person)) for words, person in part.mentions]
        return replace(part, mentions=tuple((words, did) for words, did in who if did))

    def _person(self, who: str) -> str | None:
        """https://docs.bsky.app/docs/api/com-atproto-identity-resolve-handle (read 2026-11-25)."""
        if who.startswith("did:"):
            return who
        handle = who.lstrip("@")
        if handle not in self._people:
            try:
                answer = self._xrpc.ask("com.atproto.identity.resolveHandle", {"handle": handle})
            except RefusedError as error:
                if error.answer.status != 400:
                    raise
                log.warning("@%s is nobody on Bluesky: it is sent as mere text", handle)
                return None
            did = member(answer.value, "did")
            if not isinstance(did, str) or not did.startswith("did:"):
                raise unreadable(answer, "id of a person")
            self._people[handle] = did
        return self._people[handle]

    def _signed(self, call: Callable[[str], Answer]) -> Answer:
        """The answer to a call with a token; where the session was over, to that with the next one.

        Raises:
            CallError: it did not end in a 2xx answer.
            NoSessionError: there is no session for it, so nothing came of it.
        """
        session: Session = self._sessions.current()
        try:
            return call(session.access)
        except RefusedError as error:
            if not is_over(error):
                raise
        return call(self._sessions.after(session).access)

    def _not_begun(self, error: CallError | NoSessionError) -> NotPublished | Rejected:
        """What a failure before the one call that publishes comes to: in any case nothing is out."""
        failure = self._judge.failure(error.error if isinstance(error, NoSessionError) else error)
        if not isinstance(failure, Unknown):
            return failure
        words = failure.reason.removesuffix(f" {WE_LOOK}")
        return NotPublished(Cause.BUSY, f"{words} {WE_TRY_AGAIN}", status=failure.status)


def _check(part: Part, previous: RemotePost | None) -> None:
    if part.role is Role.POST or (part.role is Role.REPLY and previous is not None):
        return
    raise ValueError(f"part {part.number} is a {part.role} without a part before it, or not for Bluesky")


def _is_thread(sending: Sending) -> bool:
    """Whether all parts can go out in one commit: the files of later ones are not on the server yet."""
    later = sending.following
    return (
        sending.previous is None
        and bool(later)
        and all(part.role is Role.REPLY and not part.files for part in later)
    )


def _delivery_key(sending: Sending) -> str:
    """The delivery's key; what was never queued has none, and its content stands for one."""
    return sending.key or fingerprint(sending.part.to_json())


def _create(key: str, record: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"$type": f"{_APPLY}#create", "collection": COLLECTION, "rkey": key, "value": record}


def _refer(did: str, key: str, record: Mapping[str, Any], certain: bool) -> Ref:
    """A record of ours as the next one names it; `certain`: nothing in it only stands for something."""
    return Ref(uri_of(did, key), cid_of(record) if certain else f"<cid of {key}>")


def _marked(part: Part) -> Part:
    """A part whose mentions have what stands for an id where only the server knows it."""
    mentions = tuple(
        (words, who if who.startswith("did:") else f"<did of {who}>") for words, who in part.mentions
    )
    return replace(part, mentions=mentions)


def _plain(post: RemotePost) -> str:
    return post.remote_id.strip("<>")


def _created(answer: Answer) -> RemotePost | None:
    results = objects(member(answer.value, "results"))
    uri = member(answer.value, "uri") or (results[0].get("uri") if results else None)
    if not isinstance(uri, str) or not _key_in(uri):
        return None
    return _post(Ref(uri, ""))


def _post(ref: Ref) -> RemotePost:
    """Readers find it under the account's own id, which stays when its handle changes."""
    repository, _, key = ref.uri.removeprefix("at://").partition(f"/{COLLECTION}/")
    return RemotePost(ref.uri, f"https://bsky.app/profile/{repository}/post/{key}")


def _key_in(remote_id: str) -> str | None:
    found = re.fullmatch(rf"at://[^/]+/{re.escape(COLLECTION)}/([A-Za-z0-9._~:-]{{1,512}})", remote_id)
    return found[1] if found else None


def _number(post: Mapping[str, Any], name: str) -> int | None:
    value = post.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None and other is None else (one or 0) + (other or 0)
