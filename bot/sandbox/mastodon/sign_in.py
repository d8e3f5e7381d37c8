"""Sign-in on a Mastodon server: apps, the page on which a person agrees, and tokens.

https://docs.joinmastodon.org/methods/apps/ and …/methods/oauth/ (read 2026-11-25).
"""

import html
import secrets
from dataclasses import dataclass
from threading import Lock
from urllib.parse import urlencode

from werkzeug.wrappers import Request

from bot.sandbox.answer import Answer
from bot.sandbox.books import Books
from bot.sandbox.mastodon.errors import invalid, refuse

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
KNOWN = frozenset(
    (
        *("read", "write", "follow", "push", "profile", "read:accounts", "read:statuses"),
        *("write:accounts", "write:statuses", "write:media"),
    )
)
_HTML = "text/html; charset=utf-8"
_NO_CLIENT = (
    "Client authentication failed due to unknown client, no client authentication included, or unsupported "
    "authentication method."
)
_NO_GRANT = (
    "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used "
    "in the authorization request, or was issued to another client."
)


@dataclass(frozen=True, slots=True)
class App:
    """A program that has registered itself."""

    client_id: str
    secret: str
    scopes: frozenset[str]
    redirects: tuple[str, ...]


class SignIn:
    """What a server knows of apps and of codes that wait to be exchanged."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._lock = Lock()
        self._apps: dict[str, App] = {}
        self._codes: dict[str, tuple[str, str, str]] = {}  # code -> client, account, redirect
        self.scopes: dict[str, tuple[str, ...]] = {}  # what tokens were given with

    def register(self, request: Request) -> Answer:
        """Make an app."""
        asked = request.form
        name, redirects = asked.get("client_name", "").strip(), tuple(asked.get("redirect_uris", "").split())
        scopes = (asked.get("scopes") or "read").split()
        if not name:
            raise invalid("Validation failed: Application name can't be blank")
        if not redirects or any("://" not in one and one != OUT_OF_BAND for one in redirects):
            raise invalid("Validation failed: Redirect URI must be an absolute URI.")
        if unknown := [one for one in scopes if one not in KNOWN]:
            raise invalid(f"Validation failed: Scopes doesn't match configured on the server: {unknown[0]}")
        made = App(secrets.token_urlsafe(32), secrets.token_urlsafe(32), frozenset(scopes), redirects)
        with self._lock:
            self._apps[made.client_id] = made
        return Answer(
            200,
            {
                "id": str(len(self._apps)),
                "name": name,
                "website": None,
                "scopes": scopes,
                "redirect_uri": "\n".join(redirects),
                "redirect_uris": list(redirects),
                "client_id": made.client_id,
                "client_secret": made.secret,
                "client_secret_expires_at": 0,
            },
        )

    def authorize(self, request: Request) -> Answer:
        """The page: who shall publish; then the code. Nobody has a password here."""
        asked = dict(request.args)
        app = self._apps.get(asked.get("client_id", ""))
        if app is None:
            return Answer(401, f"<p>{html.escape(_NO_CLIENT)}</p>", content_type=_HTML)
        wanted = set((asked.get("scope") or "read").split())
        fits = asked.get("redirect_uri") in app.redirects and asked.get("response_type") == "code"
        if not fits or not wanted <= app.scopes:
            words = "The requested scope is invalid, unknown, or malformed." if fits else "Invalid redirect."
            return Answer(400, f"<p>{words}</p>", content_type=_HTML)
        accounts = [one for one in self._books.accounts() if one.network == "mastodon"]
        chosen = next((one for one in accounts if one.name == asked.get("account")), None)
        if chosen is None:
            links = [
                f'<li><a href="?{html.escape(urlencode({**asked, "account": one.name}))}">'
                f"{html.escape(one.title)}</a></li>"
                for one in accounts
            ]
            words = f"<h1>Authorize as</h1><ul>{''.join(links)}</ul>"
            return Answer(200, words, content_type=_HTML)
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._codes[code] = app.client_id, chosen.name, asked["redirect_uri"]
            self.scopes[chosen.token] = tuple(sorted(wanted))
        if asked["redirect_uri"] == OUT_OF_BAND:
            return Answer(200, f"<h1>Authorized</h1><code>{code}</code>", content_type=_HTML)
        back = {"code": code, **({"state": asked["state"]} if "state" in asked else {})}
        return Answer(302, "", {"location": f"{asked['redirect_uri']}?{urlencode(back)}"})

    def token(self, request: Request) -> Answer:
        """Exchange a code."""
        asked = request.form
        with self._lock:
            app = self._apps.get(asked.get("client_id", ""))
            if app is None or not secrets.compare_digest(app.secret, asked.get("client_secret", "")):
                raise refuse(401, "invalid_client", error_description=_NO_CLIENT)
            known = self._codes.pop(asked.get("code", ""), None)
        if asked.get("grant_type") != "authorization_code" or known is None:
            raise refuse(400, "invalid_grant", error_description=_NO_GRANT)
        client, name, redirect = known
        if (client, redirect) != (app.client_id, asked.get("redirect_uri")):
            raise refuse(400, "invalid_grant", error_description=_NO_GRANT)
        account = self._books.account("mastodon", name)
        body = {
            "access_token": account.token,
            "token_type": "Bearer",
            "scope": " ".join(self.scopes[account.token]),
            "created_at": int(self._books.now().timestamp()),
        }
        return Answer(200, body)
