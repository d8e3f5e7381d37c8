"""Sessions: who has signed in, with which tokens, and until when.

An access token lasts two hours, a refresh token ninety days, of an app password; using one ends it:
packages/pds/src/account-manager in https://github.com/bluesky-social/atproto (read 2026-11-25).
"""

import base64
import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from werkzeug.wrappers import Request

from bot.sandbox.bluesky import errors
from bot.sandbox.books import Books
from bot.sandbox.records import Account

ACCESS, REFRESH = "com.atproto.appPass", "com.atproto.refresh"
_LASTS = {ACCESS: timedelta(hours=2), REFRESH: timedelta(days=90)}
_ENDED = ("expired", "revoked")  # the states of an account whose app password is gone


@dataclass(frozen=True, slots=True)
class _Token:
    account: Account
    scope: str
    ends_at: datetime  # UTC


class Sessions:
    """The tokens that are out; they are not kept in the journal, so that a new sandbox knows none."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._lock = Lock()
        self._tokens: dict[str, _Token] = {}

    def sign_in(self, body: dict[str, Any]) -> tuple[Account, dict[str, str]]:
        """The account of an identifier and an app password, and its tokens. Raises RefusedError: 400, 401."""
        for name in ("identifier", "password"):
            if not isinstance(body.get(name), str):
                raise errors.invalid(f'Missing required key "{name}" at $')
        account = find(self._books, body["identifier"])
        known = account is not None and secrets.compare_digest(account.token, body["password"])
        if account is None or not known or self._books.state(account) in _ENDED:
            raise errors.refuse(401, "AuthenticationRequired", "Invalid identifier or password")
        if self._books.state(account) == "blocked":
            raise errors.refuse(401, "AccountTakedown", "Account has been taken down")
        return account, self._pair(account)

    def prolong(self, request: Request) -> tuple[Account, dict[str, str]]:
        """The same for a refresh token, which ends by that. Raises RefusedError: 400, 401."""
        account = self.account(request, REFRESH)
        with self._lock:
            self._tokens.pop(bearer(request), None)
        return account, self._pair(account)

    def account(self, request: Request, scope: str = ACCESS) -> Account:
        """Whose token of this scope came with a request. Raises RefusedError: 400, 401."""
        given = bearer(request)
        if not given:
            raise errors.refuse(401, "AuthMissing", "Authentication Required")
        with self._lock:
            token = self._tokens.get(given)
        if token is None or token.scope != scope:
            raise errors.refuse(400, "InvalidToken", "Token could not be verified")
        if self._books.state(token.account) in _ENDED:
            raise errors.refuse(400, "ExpiredToken", "Token has been revoked")
        if token.ends_at <= self._books.now():
            raise errors.refuse(400, "ExpiredToken", "Token has expired")
        return token.account

    def claimed(self, request: Request) -> Account | None:
        """Whose token came with a request, without a check of it."""
        with self._lock:
            token = self._tokens.get(bearer(request))
        return token.account if token else None

    def _pair(self, account: Account) -> dict[str, str]:
        now = self._books.now()
        pair = {scope: _jwt(account, scope, now) for scope in (ACCESS, REFRESH)}
        with self._lock:
            for scope, token in pair.items():
                self._tokens[token] = _Token(account, scope, now + _LASTS[scope])
        return {"accessJwt": pair[ACCESS], "refreshJwt": pair[REFRESH]}


def find(books: Books, identifier: str) -> Account | None:
    """The account of a handle or a DID."""
    ours = (one for one in books.accounts() if one.network == "bluesky")
    return next((one for one in ours if identifier.lower() in (one.id, handle(one))), None)


def handle(account: Account) -> str:
    """What an account is called there: a domain, its own or one of the server's."""
    domain = account.title.lower()
    if re.fullmatch(r"(?:[a-z0-9][a-z0-9-]{0,61}\.)+[a-z][a-z0-9-]{0,61}", domain):
        return domain
    label = re.sub(r"[^a-z0-9]+", "-", account.name.lower()).strip("-") or "account"
    return f"{label[:60]}.bsky.social"


def bearer(request: Request) -> str:
    """The token of a request; empty where there is none."""
    header = request.headers.get("Authorization", "")
    return header[7:].strip() if header[:7].lower() == "bearer " else ""


def _jwt(account: Account, scope: str, now: datetime) -> str:
    kind = "refresh+jwt" if scope == REFRESH else "at+jwt"
    until = now + _LASTS[scope]
    claims = {"scope": scope, "sub": account.id, "iat": int(now.timestamp()), "exp": int(until.timestamp())}
    head = _encoded({"typ": kind, "alg": "HS256"})
    # The signature is a random number: only this server must know its tokens again.
    return f"{head}.{_encoded(claims)}.{secrets.token_urlsafe(32)}"


def _encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
