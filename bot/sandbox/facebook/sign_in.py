"""Facebook Login: the dialog, the tokens of a person, and the pages that she may post on.

https://developers.facebook.com/documentation/facebook-login/guides/advanced/manual-flow and
https://developers.facebook.com/documentation/facebook-login/guides/access-tokens/get-long-lived (read
2026-11-25). One person keeps all pages of the sandbox. The real dialog stands on www.facebook.com.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from threading import Lock
from typing import Any
from urllib.parse import urlencode, urlsplit

from werkzeug.wrappers import Request

from bot.sandbox.answer import Answer
from bot.sandbox.books import Books
from bot.sandbox.facebook import access, errors
from bot.sandbox.records import Account

SHORT, LONG = timedelta(hours=2), timedelta(days=60)
CODE = timedelta(minutes=10)
PERSON = {"name": "Ana Sandbox", "id": "122093000000000001"}
_TASKS = ("ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MANAGE", "MESSAGING", "MODERATE")
_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Given:
    """A code or a token that was given out."""

    app: str
    scopes: tuple[str, ...]
    ends_at: datetime
    redirect: str = ""  # of a code


class SignIn:
    """The login of the one person that the sandbox knows."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._codes: dict[str, _Given] = {}
        self._tokens: dict[str, _Given] = {}
        self._lock = Lock()

    def dialog(self, request: Request) -> Answer:
        """The page on which the person agrees, and her answer to it."""
        values = request.args
        redirect, app = values.get("redirect_uri", ""), values.get("client_id", "")
        if not self._has_app(app):
            return _page(f"Invalid App ID: the app ID {app} does not look like a valid app ID", 400)
        if urlsplit(redirect).scheme not in ("http", "https") or not urlsplit(redirect).hostname:
            return _page("URL blocked: the redirect_uri is not in the app's settings", 400)
        scopes = tuple(one for one in values.get("scope", "").split(",") if one)
        if unknown := [one for one in scopes if one not in access.SCOPES]:
            return _page(f"Invalid Scopes: {', '.join(unknown)}", 400)
        answer = values.get("answer", "")
        if answer not in ("agree", "cancel"):
            return _form(values.to_dict(), scopes)
        state = values.get("state", "")
        if answer == "cancel":
            refused = {
                "error": "access_denied",
                "error_code": "200",
                "error_description": "Permissions error",
                "error_reason": "user_denied",
                "state": state,
            }
            return _redirect(redirect, refused)
        given = _Given(app, scopes, self._books.now() + CODE, redirect)
        with self._lock:
            code = f"AQ{hashlib.sha256(f'{app}/{len(self._codes)}/{state}'.encode()).hexdigest()}"
            self._codes[code] = given
        return _redirect(redirect, {"code": code, "state": state})

    def token(self, request: Request) -> Answer:
        """A token for a code, or one that lasts for one that does not. Raises RefusedError."""
        values = {name: str(value) for name, value in access.parameters(request).items()}
        app = values.get("client_id", "")
        if not self._has_app(app):
            raise errors.refuse(400, 101, "Error validating application. Cannot get application info")
        if not self._is_secret(app, values.get("client_secret", "")):
            raise errors.refuse(400, 1, "Error validating client secret.")
        if values.get("grant_type") == "fb_exchange_token":
            old = self._valid(values.get("fb_exchange_token", ""))
            if old is None or old.app != app:
                raise errors.refuse(401, 190, "Invalid OAuth access token - Cannot parse access token")
            return self._give(_Given(app, old.scopes, self._books.now() + LONG), LONG)
        with self._lock:
            found = self._codes.pop(values.get("code", ""), None)
        if found is None or found.app != app:
            raise errors.refuse(400, 100, "Invalid verification code format.", 36_009)
        if found.ends_at <= self._books.now():
            raise errors.refuse(400, 100, "This authorization code has expired.", 36_007)
        if found.redirect != values.get("redirect_uri", ""):
            words = "Error validating verification code. Please make sure your redirect_uri is identical to "
            raise errors.refuse(400, 100, f"{words}the one you used in the OAuth dialog request", 36_008)
        return self._give(_Given(app, found.scopes, self._books.now() + SHORT), SHORT)

    def accounts(self, token: str) -> Answer:
        """The person's pages, with their own tokens. Raises RefusedError."""
        given = self._valid(token)
        if given is None:
            raise errors.refuse(401, 190, "Invalid OAuth access token - Cannot parse access token")
        pages = [one for one in self._books.accounts() if one.network == "facebook"]
        may_list = "pages_show_list" in given.scopes
        return Answer(200, {"data": [self._page(one) for one in pages if may_list]})

    def is_person(self, token: str) -> bool:
        """Whether a token is the person's, and valid."""
        return self._valid(token) is not None

    def is_app(self, token: str) -> bool:
        """Whether a token is that of an app: its id and its secret."""
        app, bar, secret = token.partition("|")
        return bool(bar) and self._is_secret(app, secret)

    def debug(self, token: str) -> dict[str, Any] | None:
        """What is known of a token of the person's."""
        given = self._valid(token)
        if given is None:
            return None
        return {
            "app_id": given.app,
            "type": "USER",
            "application": "Sandbox",
            "data_access_expires_at": int((self._books.now() + timedelta(days=90)).timestamp()),
            "expires_at": int(given.ends_at.timestamp()),
            "is_valid": True,
            "scopes": list(given.scopes),
            "user_id": PERSON["id"],
        }

    def _page(self, page: Account) -> dict[str, Any]:
        left_out = ("CREATE_CONTENT", "MANAGE") if self._books.state(page) == "read-only" else ()
        return {
            "access_token": page.token,
            "category": "Non-profit organisation",
            "name": page.title,
            "id": page.id,
            "tasks": [one for one in _TASKS if one not in left_out],
        }

    def _give(self, given: _Given, lasts: timedelta) -> Answer:
        with self._lock:
            digest = hashlib.sha512(f"{given.app}/{len(self._tokens)}".encode()).hexdigest()
            token = f"EAAU{digest}"
            self._tokens[token] = given
        seconds = int(lasts.total_seconds())
        return Answer(200, {"access_token": token, "token_type": "bearer", "expires_in": seconds})

    def _valid(self, token: str) -> _Given | None:
        with self._lock:
            found = self._tokens.get(token)
        return found if found and found.ends_at > self._books.now() else None

    def _has_app(self, app: str) -> bool:
        return any(one.network == "facebook" and one.key == app for one in self._books.accounts())

    def _is_secret(self, app: str, secret: str) -> bool:
        known = [(one.key, one.secret) for one in self._books.accounts() if one.network == "facebook"]
        return (app, secret) in known


def _redirect(to: str, values: dict[str, str]) -> Answer:
    joint = "&" if urlsplit(to).query else "?"
    return Answer(302, "", {"location": f"{to}{joint}{urlencode(values)}"})


def _page(words: str, status: int = 200) -> Answer:
    text = f"<!doctype html><html lang=en><title>Facebook in the sandbox</title><p>{escape(words)}</p>"
    return Answer(status, text, content_type=_HTML)


def _form(values: dict[str, str], scopes: tuple[str, ...]) -> Answer:
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in values.items()
    )
    asked = "".join(f"<li>{escape(one)}</li>" for one in scopes)
    return Answer(
        200,
        "<!doctype html><html lang=en><title>Log in with Facebook, in the sandbox</title>"
        f"<h1>The app wants to</h1><ul>{asked}</ul><form>{hidden}"
        '<button name="answer" value="agree">Continue as Ana</button> '
        '<button name="answer" value="cancel">Cancel</button></form>',
        content_type=_HTML,
    )
