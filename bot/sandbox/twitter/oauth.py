"""OAuth 1.0a: whose signature a request to X carries, and whether it is right (RFC 5849)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from urllib.parse import urlsplit

from oauthlib.oauth1.rfc5849 import signature
from oauthlib.oauth1.rfc5849.utils import parse_authorization_header, unescape
from werkzeug.wrappers import Request

from bot.sandbox import named
from bot.sandbox.books import Books
from bot.sandbox.records import Account
from bot.sandbox.twitter import errors

_TOLERANCE_SECONDS = 300
_HOSTS = ("https://api.twitter.com", "https://api.x.com")  # tweepy signs for the first wherever it sends to


@dataclass(frozen=True, slots=True)
class _Signed:
    """A request as oauthlib wants it."""

    uri: str
    http_method: str
    params: list[tuple[str, str]]
    signature: str


class Gate:
    """Lets a request in if it is signed with an account's four secrets, and only once."""

    def __init__(self, books: Books, base: str) -> None:
        self._books = books
        self._base = base
        self._lock = Lock()
        self._nonces: dict[tuple[str, str], float] = {}

    def claimed(self, request: Request) -> Account | None:
        """The account whose token a request names."""
        return self._books.with_token("twitter", oauth_fields(request).get("oauth_token", ""))

    def account(self, request: Request) -> Account:
        """The account that signed a request.

        Raises:
            RefusedError: 401 for anything wrong with the signature, 403 for an app's bearer token.
        """
        if request.headers.get("Authorization", "").lower().startswith("bearer "):
            raise errors.unsupported()
        fields, account = oauth_fields(request), self.claimed(request)
        if account is None or fields.get("oauth_consumer_key") != account.key:
            raise errors.refuse(401, code="unknown key or token")
        self.check(request, fields, account.secret, account.token, account.token_secret)
        state = self._books.state(account)
        if state == "blocked":
            named.check("twitter", state, self._books.now())
        if state in ("expired", "revoked"):
            raise errors.refuse(401, code=state)
        return account

    def check(
        self, request: Request, fields: Mapping[str, str], secret: str, token: str, token_secret: str
    ) -> None:
        """Whether a request is signed with an app's secret and a token's, just now and only once.

        Raises:
            RefusedError: 401 for anything that is wrong.
        """
        if fields.get("oauth_signature_method") != "HMAC-SHA1" or fields.get("oauth_version", "1.0") != "1.0":
            raise errors.refuse(401, code="signature method")
        # The client signs with its system's clock, which no rehearsal makes faster.
        stamp, now = fields.get("oauth_timestamp", ""), time.time()
        if not stamp.isdecimal() or abs(int(stamp) - now) > _TOLERANCE_SECONDS:
            raise errors.refuse(401, "Timestamp out of bounds.", code="timestamp")
        if not self._is_signed(request, fields.get("oauth_signature", ""), secret, token_secret):
            raise errors.refuse(401, code="signature")
        if not self._is_new(token, fields.get("oauth_nonce", ""), now):
            raise errors.refuse(401, code="nonce")

    def _is_signed(self, request: Request, given: str, secret: str, token_secret: str) -> bool:
        form = request.mimetype == "application/x-www-form-urlencoded"
        parameters = signature.collect_parameters(
            uri_query=request.query_string.decode(),
            body=request.get_data(as_text=True) if form else None,
            headers={"Authorization": request.headers["Authorization"]},
        )
        path = urlsplit(request.environ.get("REQUEST_URI", request.path)).path
        below = path.removeprefix(self._base)
        addresses = [host + below for host in _HOSTS] + [request.host_url.rstrip("/") + path]
        signed = (_Signed(one, request.method, parameters, given) for one in addresses)
        return any(signature.verify_hmac_sha1(one, secret, token_secret) for one in signed)

    def _is_new(self, token: str, nonce: str, now: float) -> bool:
        with self._lock:
            for key, at in list(self._nonces.items()):
                if at >= now - 2 * _TOLERANCE_SECONDS:
                    break  # they are in the order of their times
                del self._nonces[key]
            if not nonce or (token, nonce) in self._nonces:
                return False
            self._nonces[token, nonce] = now
            return True


def oauth_fields(request: Request) -> dict[str, str]:
    """What the Authorization header says, by the names of its fields."""
    header = request.headers.get("Authorization", "")
    if not header.lower().startswith("oauth "):
        return {}
    try:
        pairs = parse_authorization_header(header)
    except ValueError:
        return {}
    fields = dict(pairs)
    return {name: _unescaped(value) for name, value in fields.items()}


def _unescaped(value: str) -> str:
    plain: str = unescape(value)
    return plain
