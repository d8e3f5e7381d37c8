"""LinkedIn's sign-in server: renews access tokens, and tells what becomes of one.

https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens and
…/token-introspection (read 2026-11-24); the errors as RFC 6749, section 5.2, has them. The real one stands on
www.linkedin.com and not beside the API.
"""

import hashlib
import re
from datetime import timedelta
from threading import Lock

from werkzeug.wrappers import Request

from bot.sandbox.answer import Answer, RefusedError
from bot.sandbox.books import Books
from bot.sandbox.linkedin import access
from bot.sandbox.records import Account

ACCESS_TIME = timedelta(days=60)
REFRESH_TIME = timedelta(days=365)


class SignIn:
    """The two calls that a scheduler makes after a member has signed in."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._opened_at = books.now()
        self._renewals: dict[str, int] = {}  # by account
        self._lock = Lock()

    def account_of(self, request: Request) -> Account | None:
        """Whose app a request comes from."""
        client = request.form.get("client_id", "")
        apps = (one for one in self._books.accounts() if one.network == "linkedin")
        return next((one for one in apps if one.key == client), None)

    def renew(self, request: Request) -> Answer:
        """A new access token for a refresh token."""
        account = self._client(request)
        if _required(request, "grant_type") != "refresh_token":
            raise _refuse(400, "unsupported_grant_type", "The grant type is not supported by this server")
        given = _required(request, "refresh_token")
        with self._lock:
            number = self._renewals.get(account.name, 0)
            rotates = self._books.behaviour.rotate_refresh_tokens
            if not _is_refresh_token(given, account, number if rotates else None):
                raise _refuse(400, "invalid_grant", "Token has been expired or revoked.")
            left = REFRESH_TIME - (self._books.now() - self._opened_at)
            if left <= timedelta() or self._books.state(account) == "revoked":
                raise _refuse(400, "invalid_grant", "Token has been expired or revoked.")
            self._renewals[account.name] = number + 1
        fresh = f"AQ{hashlib.sha512(f'{account.token}/{number + 1}'.encode()).hexdigest()}"
        holds = min(ACCESS_TIME, left)
        self._books.give_token(account, fresh, self._books.now() + holds)
        return Answer(
            200,
            {
                "access_token": fresh,
                "expires_in": int(holds.total_seconds()),
                "refresh_token": f"{account.token_secret}~{number + 1}" if rotates else given,
                "refresh_token_expires_in": int(left.total_seconds()),
                "scope": "r_organization_social,w_organization_social",
            },
        )

    def introspect(self, request: Request) -> Answer:
        """What becomes of an access token."""
        account = self._client(request)
        token = _required(request, "token")
        if self._books.with_token("linkedin", token) != account:
            return Answer(200, {"active": False})
        state = access.state(self._books, account, token)
        ends = self._books.token_ends_at("linkedin", token) or self._opened_at + ACCESS_TIME
        began = int((ends - ACCESS_TIME).timestamp())
        return Answer(
            200,
            {
                "active": state == "valid",
                "status": "active" if state == "valid" else state,
                "client_id": account.key,
                "authorized_at": began,
                "created_at": began,
                "expires_at": int(ends.timestamp()),
                "scope": "r_organization_social,w_organization_social",
                "auth_type": "3L",
            },
        )

    def _client(self, request: Request) -> Account:
        _required(request, "client_id")
        secret = _required(request, "client_secret")
        account = self.account_of(request)
        if account is None or secret != account.secret:
            raise _refuse(401, "invalid_client", "Client authentication failed")
        return account


def _is_refresh_token(given: str, account: Account, current: int | None) -> bool:
    """Whether a refresh token is the account's; with rotation only the newest, so `current` is its number."""
    found = re.fullmatch(rf"{re.escape(account.token_secret)}(?:~(\d{{1,9}}))?", given, re.ASCII)
    return found is not None and (current is None or int(found[1] or 0) == current)


def _required(request: Request, name: str) -> str:
    value = request.form.get(name, "")
    if not value:
        raise _refuse(400, "invalid_request", f'A required parameter "{name}" is missing')
    return value


def _refuse(status: int, code: str, words: str) -> RefusedError:
    return RefusedError(Answer(status, {"error": code, "error_description": words}), code, words)
