"""XRPC: calls to the methods of one account's server, on the house's own transport.

The SDK's client is not used for them: it sends through httpx, which knows neither our time-outs and base
addresses nor when a request has left (see `networks.wire`). A call is one request with a name in its path:
https://atproto.com/specs/xrpc (read 2026-11-25). From the SDK come the records; see `records`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.networks.answer import Answer
from bot.networks.base import Connection, NetworkType
from bot.networks.file_slice import FileSlice
from bot.networks.transport import Transport

HOST = "https://bsky.social"
Params = Mapping[str, str | Sequence[str]]


class Xrpc:
    """One account's server.

    All calls go to one address. For an account on bsky.social that is the entryway, which forwards them to
    the server that the account is on: https://docs.bsky.app/docs/advanced-guides/entryway (read 2026-11-25).

    Raises:
        SettingsError: the address is none.
    """

    def __init__(self, kind: NetworkType, connection: Connection) -> None:
        self._transport = Transport.to(kind, connection, HOST, root="xrpc")
        self.redact = self._transport.redact

    def ask(self, method: str, params: Params, token: str | None = None) -> Answer:
        """What a query answers. Raises CallError."""
        session = self._transport.session
        return self._transport.answer(
            lambda: session.get(_url(method), params=params, headers=_headers(token))
        )

    def do(self, method: str, body: Mapping[str, Any] | None, token: str | None = None) -> Answer:
        """What a procedure answers. Raises CallError."""
        session = self._transport.session
        return self._transport.answer(lambda: session.post(_url(method), json=body, headers=_headers(token)))

    def send(self, method: str, file: FileSlice, content_type: str, token: str) -> Answer:
        """What a procedure answers whose input is a file. Raises CallError."""
        session, headers = self._transport.session, {**_headers(token), "Content-Type": content_type}
        return self._transport.answer(lambda: session.post(_url(method), data=file, headers=headers))


def _url(method: str) -> str:
    return f"{HOST}/xrpc/{method}"


def _headers(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}
