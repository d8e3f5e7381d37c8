"""A small OpenID provider over real HTTP, which can be told to lie."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "campaign-bot", "s3cret-of-the-client-never-shown"


@dataclass
class Provider:
    """What it knows, and how it lies at the moment."""

    now: datetime
    url: str = ""
    back: str = ""  # the only address to which it sends people
    who: dict[str, Any] = field(default_factory=dict)  # who is signed in there
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    signs_with: RSAKey | bytes | None = None  # None: with its key
    header: dict[str, Any] = field(default_factory=dict)
    spoil: Callable[[dict[str, Any]], object] = lambda claims: None
    describes: dict[str, Any] = field(default_factory=dict)
    denies: str = ""  # an error code instead of a code
    refuses: str = ""  # the same when the code is brought
    told: dict[str, Any] = field(default_factory=dict)  # by its userinfo
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def honest(self, **who: Any) -> "Provider":
        """Somebody is signed in, and it tells the truth."""
        self.who, self.told = who, {}
        self.signs_with, self.header, self.describes = None, {}, {}
        self.spoil, self.denies, self.refuses = (lambda claims: None), "", ""
        return self

    def description(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        } | self.describes

    def authorise(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to."""
        assert asked["client_id"] == CLIENT
        assert asked["redirect_uri"] == self.back
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert set(asked["scope"].split()) >= {"openid", "email"}
        if self.denies:
            return f"{self.back}?{urlencode({'state': asked['state'], 'error': self.denies})}"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{self.back}?{urlencode({'state': asked['state'], 'code': code, 'iss': self.url})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(form["code"], None)
        if self.refuses or asked is None or authorization != f"Basic {basic}":
            return 400, {"error": self.refuses or "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        assert _encoded(digest) == asked["code_challenge"]
        assert form["redirect_uri"] == self.back
        return 200, {
            "access_token": "an-access-token",
            "token_type": "Bearer",
            "id_token": self.signed(asked),
        }

    def signed(self, asked: dict[str, str]) -> str:
        at = int(self.now.timestamp())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": at,
            "exp": at + 300,
            "nonce": asked["nonce"],
            **self.who,
        }
        self.spoil(claims)
        header = {"alg": "RS256", "kid": "one", **self.header}
        if header["alg"] in ("none", "HS256"):  # which no library would do for us
            words = ".".join(_encoded(json.dumps(one).encode()) for one in (header, claims))
            secret = self.signs_with if isinstance(self.signs_with, bytes) else b""
            mac = hmac.digest(secret, words.encode(), "sha256") if header["alg"] == "HS256" else b""
            return f"{words}.{_encoded(mac)}"
        key = self.signs_with if isinstance(self.signs_with, RSAKey) else self.key
        return jwt.encode(header, claims, key, algorithms=[header["alg"]])


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@contextmanager
def providing(now: datetime) -> Iterator[Provider]:
    """The provider, on a port of its own."""
    known = Provider(now)

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            known.asked.append(parts.path)
            match parts.path:
                case "/.well-known/openid-configuration":
                    self.say(200, known.description())
                case "/keys":
                    self.say(200, {"keys": [known.key.as_dict(private=False)]})
                case "/authorize":
                    self.send_response(302)
                    self.send_header("Location", known.authorise(dict(parse_qsl(parts.query))))
                    self.end_headers()
                case "/userinfo":
                    assert self.headers["Authorization"] == "Bearer an-access-token"
                    self.say(200, {"sub": known.who["sub"], **known.told})
                case _:
                    self.say(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.say(*known.token(form, self.headers.get("Authorization", "")))

        def say(self, status: int, what: dict[str, Any]) -> None:
            body = json.dumps(what).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    known.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
