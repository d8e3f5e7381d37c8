"""OpenID Connect: asks a provider who somebody is, and believes only what it has signed for us, just now.

The authorization code flow with PKCE: https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth
Nothing is kept of a provider between two sign-ins: its keys change, and people sign in seldom.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from bot.errors import SpokenError
from bot.logs import event
from bot.page_settings import OpenId
from bot.web.words import gettext as _

# Signatures that only the provider can make; those with a shared secret (HS…) and "none" are refused.
ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
TIMEOUT_S = 10
LARGEST = 512 * 1024  # bytes of one answer
LEEWAY_S = 60  # by which its clock may differ from ours
_log = logging.getLogger("bot.web")


class OpenIdError(SpokenError):
    """Somebody can not be signed in by their provider."""


@dataclass(frozen=True, slots=True)
class Way:
    """What one sign-in is recognised by when it comes back."""

    verifier: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the provider vouches for."""

    issuer: str
    subject: str
    name: str
    email: str  # empty: none that it has verified


class Provider:
    """The provider of the settings."""

    def __init__(self, options: OpenId, secret: str, back: str) -> None:
        self._options = options
        self._secret = secret
        self._back = back  # where it sends people to

    def address(self, state: str, way: Way) -> str:
        """Where somebody signs in.

        Raises:
            OpenIdError: the provider can not be reached, or is not the one of the settings.
        """
        known = self._described()
        with self._session(known) as session:
            asked, _state = session.create_authorization_url(
                self._endpoint(known, "authorization_endpoint"), state=state, code_verifier=way.verifier,
                nonce=way.nonce,
            )  # fmt: skip
        return str(asked)

    def recognised(self, code: str, way: Way, now: datetime) -> Person:
        """Who has come back with this code.

        Raises:
            OpenIdError: the provider does not vouch for anybody.
        """
        from authlib.common.errors import AuthlibBaseError
        from joserfc.errors import JoseError
        from requests import RequestException

        known = self._described()
        try:
            with self._session(known) as session:
                answer = session.fetch_token(
                    self._endpoint(known, "token_endpoint"), grant_type="authorization_code", code=code,
                    redirect_uri=self._back, code_verifier=way.verifier, allow_redirects=False,
                )  # fmt: skip
                claims = self._verified(known, answer, way.nonce, now)
                told = {**self._asked(known, session, claims), **claims}
        except AuthlibBaseError as error:
            raise self._refused("token", error) from None
        except (JoseError, RequestException, ValueError, TypeError, KeyError) as error:
            raise self._unclear(error) from None
        return _person(self._options.issuer, told)

    def _verified(self, known: Mapping[str, Any], answer: Any, nonce: str, now: datetime) -> dict[str, Any]:
        """The claims of the ID token, after its signature and all that it is for was looked at."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.jwk import KeySet
        from joserfc.jws import JWSRegistry

        found = self._fetched(self._endpoint(known, "jwks_uri"))
        keys = [one for one in found["keys"] if one["kty"] in ("RSA", "EC", "OKP")]
        token = jwt.decode(
            str(answer["id_token"]),
            KeySet.import_key_set({"keys": [one for one in keys if one.get("use", "sig") == "sig"]}),
            registry=JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False),
        )
        claims = CodeIDToken(
            token.claims,
            token.header,
            {
                "iss": {"essential": True, "value": self._options.issuer},
                "aud": {"essential": True, "value": self._options.client_id},
                "sub": {"essential": True},
                "nonce": {"essential": True, "value": nonce},
            },
            {
                "nonce": nonce,
                "client_id": self._options.client_id,
                "access_token": answer.get("access_token"),
            },
        )
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_S)
        return dict(claims)

    def _asked(self, known: Mapping[str, Any], session: Any, claims: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the provider tells beside the ID token, where that says too little."""
        if "userinfo_endpoint" not in known or {"name", "email", "email_verified"} <= claims.keys():
            return {}
        where = self._endpoint(known, "userinfo_endpoint")
        told: dict[str, Any] = _json(session.get(where, allow_redirects=False, stream=True))
        if told.get("sub") != claims["sub"]:
            raise ValueError("the userinfo is of somebody else")
        if claims.get("email", told.get("email")) != told.get("email"):
            told.pop("email_verified", None)  # of another address
        return told

    def _described(self) -> Mapping[str, Any]:
        """What the provider says of itself.

        Raises:
            OpenIdError: it says nothing, or calls itself otherwise.
        """
        from requests import RequestException

        where = f"{self._options.issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            known = self._fetched(where)
        except (RequestException, ValueError) as error:
            _log.warning("%s: %s", where, type(error).__name__, extra=event("openid-unreachable"))
            words = _("%(provider)s can not be reached now: try again later, or sign in with a password.")
            raise OpenIdError(words % {"provider": self._options.name}) from None
        if known.get("issuer") != self._options.issuer:
            raise self._unclear(ValueError("it calls itself otherwise than [page.openid] issuer"))
        return known

    def _endpoint(self, known: Mapping[str, Any], which: str) -> str:
        """One of its addresses, which must be as safe as the one that the settings have."""
        address = str(known.get(which) or "")
        scheme, ours = urlsplit(address).scheme, urlsplit(self._options.issuer).scheme
        if scheme != "https" and scheme != ours:
            raise self._unclear(ValueError(f"its {which} is no safe address"))
        return address

    def _fetched(self, address: str) -> dict[str, Any]:
        import requests

        with requests.get(address, timeout=TIMEOUT_S, allow_redirects=False, stream=True) as answer:
            return _json(answer)

    def _session(self, known: Mapping[str, Any]) -> Any:
        from authlib.integrations.requests_client import OAuth2Session

        offered = known.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
        return OAuth2Session(
            self._options.client_id, self._secret or None,
            token_endpoint_auth_method=method if self._secret else "none",
            scope="openid profile email", redirect_uri=self._back, code_challenge_method="S256",
            default_timeout=TIMEOUT_S,
        )  # fmt: skip

    def _refused(self, where: str, error: Exception) -> OpenIdError:
        code = str(getattr(error, "error", "") or "")
        _log.warning("openid %s: %s", where, code[:60], extra=event("openid-refused"))
        return refusal(self._options.name, code)

    def _unclear(self, error: Exception) -> OpenIdError:
        """For people one sentence; what it was exactly is for the log, without what the provider has sent."""
        what = getattr(error, "error", "") or (str(error) if type(error) is ValueError else "")
        _log.warning("openid: %s %s", type(error).__name__, what[:200], extra=event("openid-unclear"))
        words = _("What %(provider)s says can not be verified, so nobody is signed in. Try again.")
        return OpenIdError(words % {"provider": self._options.name})


def refusal(provider: str, code: str) -> OpenIdError:
    """What to tell of an error that a provider names."""
    if code == "access_denied":
        return OpenIdError(_("%(provider)s was not allowed to say who you are.") % {"provider": provider})
    return OpenIdError(
        _("%(provider)s refuses to say who you are. Try again, or ask an administrator.")
        % {"provider": provider}
    )


def _person(issuer: str, told: Mapping[str, Any]) -> Person:
    verified = told.get("email_verified")
    email = str(told.get("email") or "") if verified is True or verified == "true" else ""
    name = told.get("name") or told.get("preferred_username") or email
    return Person(issuer, str(told["sub"]), str(name or ""), email.casefold())


def _json(answer: Any) -> dict[str, Any]:
    """An answer's object, if it is one and not too long."""
    answer.raise_for_status()
    if answer.status_code != 200:
        raise ValueError(f"it answers {answer.status_code}")
    body = b""
    for piece in answer.iter_content(64 * 1024):
        body += piece
        if len(body) > LARGEST:
            raise ValueError("it answers with too much")
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("it answers with no object")
    return found
