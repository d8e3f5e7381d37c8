"""LinkedIn's sign-in server: asks members for consent, gives and renews access tokens, and tells of them.

https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow (read 2026-11-25),
…/programmatic-refresh-tokens and …/token-introspection (read 2026-11-24); the errors as RFC 6749, section
5.2, has them. The real one stands on www.linkedin.com and not beside the API. Here each app has one member
only, who need not sign in.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from urllib.parse import urlencode, urlsplit

from markupsafe import Markup
from werkzeug.wrappers import Request

from bot.sandbox.answer import Answer, RefusedError
from bot.sandbox.books import Books
from bot.sandbox.linkedin import access
from bot.sandbox.records import Account

ACCESS_TIME = timedelta(days=60)
REFRESH_TIME = timedelta(days=365)
CODE_TIME = timedelta(minutes=30)
_CONSENT = Markup(
    "<!doctype html><html lang=en><title>LinkedIn (sandbox)</title>"
    "<h1>{app} would like to</h1><ul>{scopes}</ul>"
    '<form method=post action="?{query}"><button name=allow value=yes>Allow</button> '
    "<button name=allow value=no>Cancel</button></form></html>"
)


@dataclass(frozen=True, slots=True)
class _Code:
    """What a member has allowed, until the app fetches its token."""

    account: Account
    redirect_url: str
    scopes: tuple[str, ...]
    ends_at: datetime  # UTC


class SignIn:
    """The calls of a scheduler, and the page on which a member agrees to them."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._opened_at = books.now()
        self._renewals: dict[str, int] = {}  # by account
        self._codes: dict[str, _Code] = {}
        self._given = 0  # tokens for codes
        self._scopes: dict[str, tuple[str, ...]] = {}  # by access token; those of the beginning have all
        self._lock = Lock()

    def account_of(self, request: Request) -> Account | None:
        """Whose app a request comes from."""
        client = request.form.get("client_id", "") or request.args.get("client_id", "")
        apps = (one for one in self._books.accounts() if one.network == "linkedin")
        return next((one for one in apps if one.key == client), None)

    def scopes(self, token: str) -> tuple[str, ...]:
        """What an access token may do."""
        return self._scopes.get(token, access.SCOPES)

    def consent(self, request: Request) -> Answer:
        """The page on which the member agrees."""
        account, _, scopes = self._asked(request)
        items = Markup("").join(Markup("<li>{}</li>").format(one) for one in scopes)
        page = _CONSENT.format(app=account.key, scopes=items, query=request.query_string.decode())
        return Answer(200, str(page), content_type="text/html; charset=utf-8")

    def decide(self, request: Request) -> Answer:
        """Lead back to the app with a code, or with the member's no."""
        account, redirect_url, scopes = self._asked(request)
        state = {"state": request.args["state"]} if request.args.get("state") else {}
        if request.form.get("allow") != "yes":
            words = "The user cancelled the authorization"
            return _back(
                redirect_url, {"error": "user_cancelled_authorize", "error_description": words, **state}
            )
        if unknown := [one for one in scopes if one not in access.SCOPES]:
            words = f'Scope "{unknown[0]}" is not authorized for your application'
            refused = {"error": "unauthorized_scope_error", "error_description": words}
            return _back(redirect_url, {**refused, **state})
        with self._lock:
            code = "AQ" + hashlib.sha256(f"{account.secret}/{len(self._codes)}".encode()).hexdigest()
            self._codes[code] = _Code(account, redirect_url, scopes, self._books.now() + CODE_TIME)
        return _back(redirect_url, {"code": code, **state})

    def token(self, request: Request) -> Answer:
        """A new access token, for a code or for a refresh token."""
        account = self._client(request)
        match _required(request, "grant_type"):
            case "refresh_token":
                return self._renewed(request, account)
            case "authorization_code":
                return self._first(request, account)
        raise _refuse(400, "unsupported_grant_type", "The grant type is not supported by this server")

    def _first(self, request: Request, account: Account) -> Answer:
        code, redirect_url = _required(request, "code"), _required(request, "redirect_uri")
        with self._lock:
            allowed = self._codes.pop(code, None)  # it can be used once
            if allowed is None or allowed.account != account or self._books.now() >= allowed.ends_at:
                words = "Unable to retrieve access token: authorization code not found"
                raise _refuse(400, "invalid_grant", words)
            if allowed.redirect_url != redirect_url:
                words = "Unable to retrieve access token: redirect_uri does not match"
                raise _refuse(400, "invalid_redirect_uri", words)
            self._given += 1
            fresh = f"AQ{hashlib.sha512(f'{account.token}/code/{self._given}'.encode()).hexdigest()}"
            self._scopes[fresh] = allowed.scopes
            number = self._renewals.get(account.name, 0)
        self._books.give_token(account, fresh, self._books.now() + ACCESS_TIME)
        body = {
            "access_token": fresh,
            "expires_in": int(ACCESS_TIME.total_seconds()),
            "scope": ",".join(allowed.scopes),
            "token_type": "Bearer",
        }
        if "w_organization_social" in allowed.scopes:  # only some partners are given refresh tokens
            left = REFRESH_TIME - (self._books.now() - self._opened_at)
            body |= {
                "refresh_token": f"{account.token_secret}~{number}" if number else account.token_secret,
                "refresh_token_expires_in": int(left.total_seconds()),
            }
        return Answer(200, body)

    def _renewed(self, request: Request, account: Account) -> Answer:
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
                "scope": ",".join(self.scopes(fresh)),
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
                "scope": ",".join(self.scopes(token)),
                "auth_type": "3L",
            },
        )

    def _asked(self, request: Request) -> tuple[Account, str, tuple[str, ...]]:
        """The app, where to lead back and the scopes of a request for consent. Raises RefusedError."""
        account = self.account_of(request)
        redirect_url = request.args.get("redirect_uri", "")
        scopes = tuple(request.args.get("scope", "").split())
        if account is None or request.args.get("response_type") != "code" or not scopes:
            raise _refuse(
                400, "invalid_request", "The passed in client_id is invalid, or a parameter is missing"
            )
        if urlsplit(redirect_url).scheme not in ("http", "https"):
            words = "The redirect_uri does not match the registered value"
            raise _refuse(400, "invalid_redirect_uri", words)
        return account, redirect_url, scopes

    def _client(self, request: Request) -> Account:
        _required(request, "client_id")
        secret = _required(request, "client_secret")
        account = self.account_of(request)
        if account is None or secret != account.secret:
            raise _refuse(401, "invalid_client", "Client authentication failed")
        return account


def _back(redirect_url: str, values: dict[str, str]) -> Answer:
    mark = "&" if urlsplit(redirect_url).query else "?"
    return Answer(302, headers={"location": f"{redirect_url}{mark}{urlencode(values)}"})


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
