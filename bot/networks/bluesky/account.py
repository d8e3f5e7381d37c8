"""One account on Bluesky: publishing exactly once by record keys, looking, deleting and counting."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

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
from bot.networks.answer import Answer, CallError, RefusedError, member, unreadable
from bot.networks.base import Connection, NetworkType, Upload
from bot.networks.bluesky import uploading, writing
from bot.networks.bluesky.answers import ANSWERS, NO_RECORD, again_at, complaint
from bot.networks.bluesky.figures import figures
from bot.networks.bluesky.naming import (
    COLLECTION,
    created_post,
    is_of_another,
    key_in,
    post_of,
    together,
    uri_of,
)
from bot.networks.bluesky.people import People
from bot.networks.bluesky.records import Ref
from bot.networks.bluesky.session import NoSessionError, Sessions, is_over
from bot.networks.bluesky.xrpc import Xrpc
from bot.networks.judge import WE_LOOK, WE_TRY_AGAIN, Judge
from bot.networks.unable import Unable

TITLE = "Bluesky"


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
        self._people = People(self._xrpc)

    def payload(self, sending: Sending) -> Mapping[str, Any]:
        """The JSON that writes a part's record, or those of a whole thread; what only the server knows
        stands in <angle brackets>."""
        writing.check(sending)
        known, refs = writing.marked(sending)
        due_at = sending.due_at or self._clock.now()
        return writing.request(known, self._sessions.did or "<did>", refs, due_at)[1]

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
        writing.check(sending)
        later = sending.previous is not None
        if later or writing.is_thread(sending):
            # With its first part a thread is out as a whole; a commit that was made can not be made again.
            try:
                if found := self._post(sending):
                    return Published(found)
            except CallError as error:
                failure = self._judge.failure(error)
                # Of a later part nobody knows: it may have gone out with the first.
                return Unknown(failure.reason, failure.status) if later else self._not_begun(error)
        try:
            known = self._people.identify(sending)
            session = self._sessions.current()
            refs = self._refs(sending)
        except (CallError, NoSessionError) as error:
            return self._not_begun(error)
        due_at = sending.due_at or self._clock.now()
        method, body = writing.request(known, session.did, refs, due_at)
        try:
            return self._judge.publish(
                lambda: self._signed(lambda token: self._xrpc.do(method, body, token)), created_post
            )
        except NoSessionError as error:
            return self._not_begun(error)

    def find(
        self, sending: Sending, since: datetime, known: Collection[str]
    ) -> RemotePost | CannotLook | None:
        """Ask for the part's record: it is there or it is not."""
        try:
            found = self._post(sending)
        except CallError as error:
            return self._judge.cannot_look(error)
        return None if found is None or found.remote_id in known else found

    def delete(self, post: RemotePost) -> Change:
        """Delete a post's record; the server agrees where there is none."""
        key = key_in(post.remote_id)
        if key is None:
            return Rejected(Cause.REFUSED, f"{post.remote_id} does not say which post it is")
        try:
            did = self._sessions.current().did
            if is_of_another(post.remote_id, did):  # which the server would call done
                words = f"{post.remote_id} is not of this account: connect that one, or delete it there"
                return Rejected(Cause.REFUSED, words)
            body = {"repo": did, "collection": COLLECTION, "rkey": key}
            return self._judge.change(
                lambda: self._signed(
                    lambda token: self._xrpc.do("com.atproto.repo.deleteRecord", body, token)
                ),
                "its record is deleted",
            )
        except NoSessionError as error:
            return self._not_begun(error)

    def figures(self, posts: Collection[RemotePost]) -> Mapping[str, Figures] | CannotLook:
        """Likes, replies, and reposts together with quotes."""

        def ask(keys: list[str]) -> Answer:
            session = self._sessions.current()
            asked = {"uris": [uri_of(session.did, key) for key in keys]}
            return self._signed(lambda token: self._xrpc.ask("app.bsky.feed.getPosts", asked, token))

        try:
            return figures(posts, ask)
        except NoSessionError as error:
            return self._judge.cannot_look(error.error)
        except CallError as error:
            return self._judge.cannot_look(error)

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

    def _post(self, sending: Sending) -> RemotePost | None:
        """A part, if it is there, with those after it that came out with it. Raises CallError."""
        parts = (sending.part, *(sending.following if writing.is_thread(sending) else ()))
        return together(self._record(writing.key_of(sending, part)) for part in parts)

    def _record(self, key: str) -> RemotePost | None:
        """A record, if it is there. Without a session, for everybody may read it. Raises CallError."""
        try:
            return post_of(self._ref(key).uri)
        except RefusedError as error:
            told = complaint(error.answer)
            if error.answer.status == 400 and told and NO_RECORD in told.codes:
                return None
            raise

    def _ref(self, key: str) -> Ref:
        """A record of ours, as others name it. Raises CallError."""
        asked = {"repo": self._repository(), "collection": COLLECTION, "rkey": key}
        answer = self._xrpc.ask("com.atproto.repo.getRecord", asked)
        uri, cid = member(answer.value, "uri"), member(answer.value, "cid")
        if not isinstance(uri, str) or not key_in(uri) or not isinstance(cid, str):
            raise unreadable(answer, "record with its address")
        return Ref(uri, cid)

    def _repository(self) -> str:
        """What the repository goes by: the account's id, or, not known yet, its handle. Raises CallError."""
        if "@" in self._identifier:  # an e-mail address, with which one can sign in and nothing else
            try:
                return self._sessions.current().did
            except NoSessionError as error:
                raise error.error from error
        return self._sessions.did or self._identifier

    def _refs(self, sending: Sending) -> writing.Refs | None:
        """The top of the thread and the part before, as a reply names them. Raises CallError."""
        if sending.previous is None:
            return None
        top, before = (sending.first or sending.previous).remote_id, sending.previous.remote_id
        parent = self._ref(key_in(before) or before)
        return (parent if top == before else self._ref(key_in(top) or top)), parent

    def _signed(self, call: Callable[[str], Answer]) -> Answer:
        """The answer to a call with a token; where the session was over, to that with the next one.

        Raises:
            CallError: it did not end in a 2xx answer.
            NoSessionError: there is no session for it, so nothing came of it.
        """
        session = self._sessions.current()
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
