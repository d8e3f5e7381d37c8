"""Access of programs: the token in the header `Authorization`, and nothing that a browser sends by itself.

So no other site can act in anybody's name, and no CSRF token is needed. A token never may do more than its
member may at this moment: whoever loses a role, or is shut out, loses it for all programs too.
"""

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from bot.clock import Clock
from bot.errors import SpokenError
from bot.model.scope import Scope
from bot.model.stage import ForbiddenStepError
from bot.planning.moment import MomentError
from bot.planning.queueing import NotQueuedError
from bot.store import Store, StoreError, api_tokens
from bot.store.api_answers import OtherRequestError
from bot.store.api_tokens import ApiToken
from bot.store.desk_error import DeskError
from bot.store.posts import PostError
from bot.web.access import Declaration

BURST = 600  # requests at once
A_SECOND = 10.0  # and from then on


_CONFLICTS = (DeskError, ForbiddenStepError, NotQueuedError, OtherRequestError, PostError)


class ApiError(Exception):
    """The answer to a program whose request is not done, as `{"detail": "…"}`."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.detail, self.headers = status, detail, dict(headers or {})
        super().__init__(detail)


def status_of(error: SpokenError) -> int:
    """With which status a program is told of an error that people are told in words."""
    if isinstance(error, _CONFLICTS):
        return 409  # what it is about is not in a state in which that can be done
    if isinstance(error, MomentError):
        return 422
    return 503 if isinstance(error, StoreError) else 400


@dataclass(frozen=True, slots=True)
class Caller:
    """The program that asks, and for whom."""

    token: ApiToken

    @property
    def name(self) -> str:
        """What the post log calls them."""
        return f"{self.token.member} via {self.token.name}"

    def may(self, scope: Scope) -> bool:
        """Whether they may do what takes a scope."""
        return scope in self.token.scopes and self.token.role.includes(scope.role)


@dataclass(eq=False)
class Pace:
    """How fast each token may ask; each process of the page counts for itself, in memory."""

    burst: int = BURST
    a_second: float = A_SECOND
    _left: dict[int, tuple[float, float]] = field(default_factory=dict)  # by token: requests, and when
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait_s(self, token: int) -> float:
        """Take one request; 0, or the seconds after which there is one again."""
        with self._lock:
            now = time.monotonic()
            left, since = self._left.get(token, (float(self.burst), now))
            left = min(left + (now - since) * self.a_second, self.burst)
            self._left[token] = (left - 1 if left >= 1 else left, now)
            return 0.0 if left >= 1 else (1 - left) / self.a_second


@dataclass(frozen=True)
class NeedsScope(Declaration):
    """A dependency of a route: it is for tokens with a scope, of members whose role includes it."""

    store: Store
    clock: Clock
    pace: Pace
    scope: Scope

    async def __call__(self, request: Request) -> Caller:
        """Who asks.

        Raises:
            ApiError: nobody whom we know, too often, or somebody who may not.
        """
        now = self.clock.real(self.clock.now())
        token = await run_in_threadpool(_token, self.store, _shown(request), now)
        if token is None:
            header = {"WWW-Authenticate": 'Bearer realm="api", error="invalid_token"'}
            raise ApiError(401, "this token is unknown, or has ended", header)
        if wait := self.pace.wait_s(token.id):
            seconds = {"Retry-After": str(ceil(wait))}
            raise ApiError(429, "too many requests with this token: wait a moment", seconds)
        if self.scope not in token.scopes:
            raise _forbidden(self.scope, f"this token lacks the scope '{self.scope}'")
        if not token.role.includes(self.scope.role):
            raise _forbidden(
                self.scope,
                f"the scope '{self.scope}' takes the role {self.scope.role}; {token.member} is {token.role}",
            )
        caller = Caller(token)
        request.state.caller = caller
        return caller


def the_caller(request: Request) -> Caller:
    """Who asks; for routes that need somebody."""
    found = request.state.caller
    assert isinstance(found, Caller)  # noqa: S101  (the route's own dependency has let them in)
    return found


Calling = Annotated[Caller, Depends(the_caller)]


def _shown(request: Request) -> str:
    """The token in the header.

    Raises:
        ApiError: there is none.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        header = {"WWW-Authenticate": 'Bearer realm="api"'}
        raise ApiError(401, "send a token: Authorization: Bearer bot_…", header)
    return token.strip()


def _token(store: Store, shown: str, now: datetime) -> ApiToken | None:
    with store.read() as connection:
        found = api_tokens.token_of(connection, shown)
    if found is None or not found.works(now):
        return None
    if found.last_used_at is None or now - found.last_used_at >= api_tokens.USED_EVERY:
        with suppress(StoreError), store.write() as connection:
            api_tokens.used(connection, found.id, now)
    return found


def _forbidden(scope: Scope, detail: str) -> ApiError:
    header = f'Bearer realm="api", error="insufficient_scope", scope="{scope}"'
    return ApiError(403, detail, {"WWW-Authenticate": header})
