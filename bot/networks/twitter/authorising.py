"""Authorising: the PIN that a person reads on X and gives the program, for the keys of the account.

https://docs.x.com/fundamentals/authentication/oauth-1-0a/pin-based-oauth and …/obtaining-user-access-tokens
(read 2026-11-25). tweepy's own OAuth1UserHandler makes its sessions itself, without a time-out and to a fixed
host, so the two calls go through our transport, signed by the library that tweepy signs with.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from bot.networks.address import Address
from bot.networks.answer import Answer, CallError
from bot.networks.authorising import (
    Ask,
    Authorisation,
    AuthorisationError,
    Beginning,
    Visit,
    answer_or_ask,
)
from bot.networks.base import Connection, NetworkType
from bot.networks.judge import Judge, Row, Verdict
from bot.networks.transport import Transport
from bot.networks.twitter.answers import ANSWERS, again_at, complaint

SDK_HOST = "https://api.twitter.com"
_APP = "developer.x.com: your app, Keys and tokens"
_WRONG = {
    "request_token": Row({401}, Verdict.NO, remedy="See whether the API key and its secret are the app's."),
    "access_token": Row({401}, Verdict.NO, remedy="Begin again: a PIN works once, and for a few minutes."),
}
_NO_CALLBACK = Row(
    {403}, Verdict.NO, words="callback", remedy="Give the app a callback URL, any, at developer.x.com."
)


def authorise(kind: NetworkType, beginning: Beginning) -> Authorisation:
    """Gives API_KEY, API_SECRET, ACCESS_TOKEN and ACCESS_TOKEN_SECRET.

    Raises:
        AuthorisationError: it came to nothing.
    """
    key = yield from answer_or_ask(beginning, Ask("API_KEY", f"{_APP}, API key"))
    secret = yield from answer_or_ask(beginning, Ask("API_SECRET", "the same page, API key secret"))
    asking = _Asking(kind, beginning, {"API_KEY": key, "API_SECRET": secret})
    asked = asking.call("request_token", callback_uri="oob")
    pin = yield Visit(
        asking.page(asked["oauth_token"]),
        "Sign in to X as the account that publishes, and authorize the app, which must be set to 'Read and "
        "write' before. The page then shows a PIN.",
    )
    given = asking.call(
        "access_token",
        resource_owner_key=asked["oauth_token"],
        resource_owner_secret=asked["oauth_token_secret"],
        verifier=re.sub(r"\s", "", pin),
    )
    return {
        "API_KEY": key,
        "API_SECRET": secret,
        "ACCESS_TOKEN": given["oauth_token"],
        "ACCESS_TOKEN_SECRET": given["oauth_token_secret"],
    }


class _Asking:
    """One app's way to a user's token."""

    def __init__(self, kind: NetworkType, beginning: Beginning, app: Mapping[str, str]) -> None:
        self._app = app
        connection = Connection(
            account=beginning.account,
            credentials=app,
            base_url=beginning.base_url,
            api_version=beginning.api_version,
            timeout=beginning.timeout,
            clock=beginning.clock,
        )
        root = re.escape(beginning.api_version)
        self._address = Address.of(SDK_HOST, beginning.base_url, root, kind.url_variable)
        self._transport = Transport.to(kind, connection, SDK_HOST, root)
        self._clock = beginning.clock

    def page(self, token: str) -> str:
        """Where the person agrees."""
        return self._address.rebase(f"{SDK_HOST}/oauth/authorize?{urlencode({'oauth_token': token})}")

    def call(self, step: str, **signed_with: Any) -> Mapping[str, str]:
        """What X gives in one step, a token and its secret among it."""
        from requests_oauthlib import OAuth1

        auth = OAuth1(self._app["API_KEY"], client_secret=self._app["API_SECRET"], **signed_with)
        try:
            answer = self._transport.answer(
                lambda: self._transport.session.post(f"{SDK_HOST}/oauth/{step}", auth=auth)
            )
        except CallError as error:
            rows = (_WRONG[step], _NO_CALLBACK, *ANSWERS)
            judge = Judge("X", rows, complaint, again_at, self._transport.redact, self._clock)
            raise AuthorisationError(judge.unwell(error).detail) from error
        return _tokens(answer)


def _tokens(answer: Answer) -> Mapping[str, str]:
    given = dict(parse_qsl(answer.body))
    if not given.get("oauth_token") or not given.get("oauth_token_secret"):
        raise AuthorisationError(f"X answered {answer.status} without a token: try again in a while")
    return given
