"""Authorising: registers this program with a server, and lets the person allow it.

https://docs.joinmastodon.org/client/token/, …/methods/apps/ and …/methods/oauth/ (read 2026-11-25). The page
shows a code to be copied, which every server can and no address of this machine is needed for.
"""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from bot.networks.answer import Answer, CallError, member
from bot.networks.authorising import Ask, Authorisation, AuthorisationError, Beginning, Visit, answer_or_ask
from bot.networks.base import Connection, NetworkType
from bot.networks.judge import Judge
from bot.networks.mastodon.answers import ANSWERS, again_at, complaint
from bot.networks.transport import Transport

SCOPES = "read:accounts read:statuses write:statuses write:media"
_SHOWN = "urn:ietf:wg:oauth:2.0:oob"
_HOST = "https://mastodon.social"  # stands for the server, as everywhere in this module


def authorise(kind: NetworkType, beginning: Beginning) -> Authorisation:
    """Gives SERVER and ACCESS_TOKEN.

    Raises:
        AuthorisationError: it came to nothing.
    """
    words = "where the account lives, like https://mastodon.social"
    server = _address((yield from answer_or_ask(beginning, Ask("SERVER", words, secret=False))))
    # Unless the environment leads all of them elsewhere, such as to the sandbox.
    led = beginning.base_url not in (kind.base_url, beginning.credentials.get("SERVER"))
    asked = _Asked(kind, replace(beginning, base_url=beginning.base_url if led else server))
    form = {"client_name": "campaign-bot", "redirect_uris": _SHOWN, "scopes": SCOPES}
    app = asked.post("/api/v1/apps", form)
    client, secret = (_text(app, name) for name in ("client_id", "client_secret"))
    query = {"client_id": client, "redirect_uri": _SHOWN, "response_type": "code", "scope": SCOPES}
    page = f"{beginning.base_url.rstrip('/') if led else server}/oauth/authorize?{urlencode(query)}"
    code = yield Visit(page, "Log in as the account that publishes, allow it, and copy the code.")
    form = {"grant_type": "authorization_code", "code": code.strip(), "client_id": client}
    more = {"client_secret": secret, "redirect_uri": _SHOWN, "scope": SCOPES}
    token = asked.post("/oauth/token", {**form, **more})
    return {"SERVER": server, "ACCESS_TOKEN": _text(token, "access_token")}


def _address(written: str) -> str:
    """The address of a server from what a person calls it. Raises AuthorisationError."""
    host = re.sub(r"^https://", "", written.strip(), flags=re.IGNORECASE).partition("/")[0].rpartition("@")[2]
    if not re.fullmatch(r"[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?", host, re.ASCII):
        raise AuthorisationError(f"'{written.strip()}' is no server: write one like https://mastodon.social")
    return f"https://{host.lower()}"


def _text(answer: Answer, name: str) -> str:
    value = member(answer.value, name)
    if not isinstance(value, str) or not value:
        raise AuthorisationError(f"the server gave no {name}: is it one of Mastodon?")
    return value


class _Asked:
    """The server, asked without a token."""

    def __init__(self, kind: NetworkType, beginning: Beginning) -> None:
        connection = Connection(
            account=beginning.account,
            credentials={},
            base_url=beginning.base_url,
            api_version=beginning.api_version,
            timeout=beginning.timeout,
            clock=beginning.clock,
            hidden=(beginning.state,),
        )
        self._transport = Transport.to(kind, connection, _HOST, root=r"api(?:/v\d)?")
        redact = self._transport.redact
        self._judge = Judge(kind.title, ANSWERS, complaint, again_at, redact, connection.clock)

    def post(self, path: str, form: dict[str, Any]) -> Answer:
        """The answer to a form. Raises AuthorisationError."""
        session = self._transport.session
        try:
            return self._transport.answer(lambda: session.post(_HOST + path, data=form))
        except CallError as error:
            raise AuthorisationError(self._judge.cannot_look(error).reason) from error
