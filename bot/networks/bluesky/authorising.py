"""Authorising on Bluesky: a handle and an app password, tried out by beginning a session."""

from collections.abc import Mapping

from bot.networks.authorising import Ask, Authorisation, AuthorisationError, Beginning, answer_or_ask
from bot.networks.base import Connection, NetworkType

WHERE = "bsky.app: Settings, Privacy and security, App passwords"


def authorise(kind: NetworkType, beginning: Beginning) -> Authorisation:
    """Ask for both, and let the server say whether they are right.

    https://docs.bsky.app/docs/api/com-atproto-server-create-session (read 2026-11-25).
    """
    who = Ask("IDENTIFIER", "the account's handle, such as fice.bsky.social", secret=False)
    identifier = (yield from answer_or_ask(beginning, who)).lstrip("@")
    password = yield from answer_or_ask(beginning, Ask("APP_PASSWORD", f"an app password: {WHERE}"))
    found = {"IDENTIFIER": identifier, "APP_PASSWORD": password}
    if server := beginning.credentials.get("SERVER"):
        found["SERVER"] = server
    _try(kind, beginning, found)
    return found


def _try(kind: NetworkType, beginning: Beginning, credentials: Mapping[str, str]) -> None:
    connection = Connection(
        account=beginning.account,
        credentials=credentials,
        base_url=beginning.base_url,
        api_version=beginning.api_version,
        timeout=beginning.timeout,
        clock=beginning.clock,
    )
    health = kind.connect(connection).verify()
    if not health.ok:
        raise AuthorisationError(health.detail)
