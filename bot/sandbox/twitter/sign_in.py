"""Signing in to X: how an app without a page of its own gets a user's token, by a PIN.

https://docs.x.com/fundamentals/authentication/oauth-1-0a/pin-based-oauth and …/obtaining-user-access-tokens
(read 2026-11-25). In the sandbox the owner of the app agrees at once.
"""

import html
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import randbelow, token_urlsafe
from threading import Lock
from urllib.parse import urlencode

from werkzeug.wrappers import Request

from bot.sandbox.answer import Answer, RefusedError
from bot.sandbox.books import Books
from bot.sandbox.network import READ, TOKEN, Route
from bot.sandbox.records import Account
from bot.sandbox.twitter.oauth import Gate, oauth_fields

_HTML = "text/html; charset=utf-8"
_LIFE = timedelta(minutes=15)  # of a request for a token; X does not say how long it is


@dataclass(frozen=True, slots=True)
class _Asked:
    """A token that stands for the question whether the app may act for a user."""

    account: Account
    secret: str
    pin: str
    asked_at: datetime  # UTC
    agreed: bool = False


class SignIn:
    """The three steps."""

    def __init__(self, books: Books, gate: Gate) -> None:
        self._books = books
        self._gate = gate
        self._lock = Lock()
        self._asked: dict[str, _Asked] = {}

    def routes(self) -> Iterable[Route]:
        """Two calls of the app, and between them a page for the user."""
        yield Route("POST", "/oauth/request_token", "request_token", TOKEN, self._request)
        yield Route("GET", "/oauth/authorize", "authorize", READ, self._authorize)
        yield Route("POST", "/oauth/access_token", "access_token", TOKEN, self._access)

    def _request(self, request: Request) -> Answer:
        fields = oauth_fields(request)
        key = fields.get("oauth_consumer_key", "")
        account = next(
            (one for one in self._books.accounts() if one.network == "twitter" and one.key == key), None
        )
        if account is None:
            raise _refused("Could not authenticate you.", 32)
        self._gate.check(request, fields, account.secret, f"app {key}", "")
        if fields.get("oauth_callback") != "oob":
            raise _refused("Callback URL not approved for this client application.", 415, 403)
        token, secret = token_urlsafe(20), token_urlsafe(24)
        with self._lock:
            pin = f"{randbelow(10**7):07}"
            self._asked[token] = _Asked(account, secret, pin, self._books.now())
        given = {"oauth_token": token, "oauth_token_secret": secret, "oauth_callback_confirmed": "true"}
        return Answer(200, urlencode(given), content_type=_HTML)

    def _authorize(self, request: Request) -> Answer:
        token = request.args.get("oauth_token", "")
        with self._lock:
            asked = self._asked.get(token)
            if asked is None or not self._holds(asked):
                return Answer(403, "<p>The request token for this page is invalid.</p>", content_type=_HTML)
            self._asked[token] = _Asked(asked.account, asked.secret, asked.pin, asked.asked_at, agreed=True)
        who = html.escape(asked.account.username)
        page = (
            f"<!doctype html><title>Authorize an application</title><p>The app may act for @{who} now. "
            f"Return to it and enter this PIN:</p><p><code>{asked.pin}</code></p>"
        )
        return Answer(200, page, content_type=_HTML)

    def _access(self, request: Request) -> Answer:
        fields = oauth_fields(request)
        token = fields.get("oauth_token", "")
        with self._lock:
            asked = self._asked.get(token)
        if asked is None or fields.get("oauth_consumer_key") != asked.account.key or not self._holds(asked):
            raise _refused("Invalid or expired token.", 89)
        self._gate.check(request, fields, asked.account.secret, token, asked.secret)
        if not asked.agreed or fields.get("oauth_verifier") != asked.pin:
            words = "Error processing your OAuth request: Invalid oauth_verifier parameter"
            raise RefusedError(Answer(401, words, content_type=_HTML), "verifier", words)
        with self._lock:
            self._asked.pop(token, None)  # a PIN works once
        account = asked.account
        given = {
            "oauth_token": account.token,
            "oauth_token_secret": account.token_secret,
            "user_id": account.id,
            "screen_name": account.username,
        }
        return Answer(200, urlencode(given), content_type=_HTML)

    def _holds(self, asked: _Asked) -> bool:
        return self._books.now() < asked.asked_at + _LIFE


def _refused(message: str, code: int, status: int = 401) -> RefusedError:
    return RefusedError(Answer(status, {"errors": [{"code": code, "message": message}]}), str(code), message)
