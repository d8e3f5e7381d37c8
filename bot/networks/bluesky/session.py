"""A session: what a server gives for an app password, and lets an account write with for a while.

https://docs.bsky.app/docs/api/com-atproto-server-create-session and …-refresh-session (read 2026-11-25). An
access token lasts about two hours. Beginning a session is limited to 30 in five minutes and 300 a day, so one
is kept for as long as its adapter is, and prolonged. It is not kept in the store: the keeper of tokens
(`networks.token_keeper`) keeps what a person has set and a network has renewed, and here the app password can
give a new session at any time; a worker that starts begins one.
"""

import threading
from dataclasses import dataclass, field

from bot.networks.answer import Answer, CallError, RefusedError, member, unreadable
from bot.networks.bluesky.answers import SESSION_OVER, complaint
from bot.networks.bluesky.xrpc import Xrpc


@dataclass(frozen=True, slots=True)
class Session:
    """Whom the server knows us as."""

    did: str
    handle: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)


class NoSessionError(Exception):
    """None could be begun, so that nothing was asked of the server in the account's name."""

    def __init__(self, error: CallError) -> None:
        self.error = error
        super().__init__(str(error))


class Sessions:
    """The session of one account; safe for several threads."""

    def __init__(self, xrpc: Xrpc, identifier: str, password: str) -> None:
        self._xrpc = xrpc
        self._identifier = identifier
        self._password = password
        self._lock = threading.Lock()
        self._session: Session | None = None

    @property
    def did(self) -> str | None:
        """The account's own id, as far as it is known without asking."""
        if self._session:
            return self._session.did
        return self._identifier if self._identifier.startswith("did:") else None

    def current(self) -> Session:
        """The session that is there, or a new one. Raises NoSessionError."""
        with self._lock:
            if self._session is None:
                self._session = self._begun()
            return self._session

    def after(self, ended: Session) -> Session:
        """The session that follows one that is over. Raises NoSessionError."""
        with self._lock:
            if self._session is ended:
                self._session = None
                self._session = self._prolonged(ended) or self._begun()
            return self._session or self._begun()

    def _begun(self) -> Session:
        body = {"identifier": self._identifier, "password": self._password}
        try:
            return _session(self._xrpc.do("com.atproto.server.createSession", body))
        except CallError as error:
            raise NoSessionError(error) from error

    def _prolonged(self, ended: Session) -> Session | None:
        """The next session; None where the server says that this one can have none."""
        try:
            return _session(self._xrpc.do("com.atproto.server.refreshSession", None, ended.refresh))
        except RefusedError as error:
            if error.answer.status == 401 or is_over(error):
                return None
            raise NoSessionError(error) from error
        except CallError as error:
            raise NoSessionError(error) from error


def is_over(error: RefusedError) -> bool:
    """Whether a refusal says that the token is not valid any more."""
    told = complaint(error.answer)
    return error.answer.status in (400, 401) and told is not None and bool(told.codes & SESSION_OVER)


def _session(answer: Answer) -> Session:
    names = ("did", "handle", "accessJwt", "refreshJwt")
    did, handle, access, refresh = (member(answer.value, name) for name in names)
    if not all(isinstance(one, str) and one for one in (did, access, refresh)):
        raise unreadable(answer, "session")
    return Session(did, str(handle or did), access, refresh)
