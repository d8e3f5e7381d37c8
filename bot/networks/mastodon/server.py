"""The server of one account: calls through Mastodon.py, or beside it, on our transport."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import mastodon

from bot.networks.answer import Answer, CallError, member, unreadable
from bot.networks.base import Connection, NetworkType
from bot.networks.judge import Judge
from bot.networks.mastodon.answers import ANSWERS, again_at, complaint
from bot.networks.transport import Transport

TITLE = "Mastodon"
# Stands for the account's own server, to which the transport leads; so no link in an answer can lead the
# token anywhere else.
SDK_HOST = "https://mastodon.social"
_ID = re.compile(r"[0-9A-Za-z]{1,40}")  # GoToSocial's have letters


class Server:
    """One account's way to its server."""

    def __init__(self, kind: NetworkType, connection: Connection) -> None:
        self.transport = Transport.to(kind, connection, SDK_HOST, root=r"api(?:/v\d)?")
        self.judge = Judge(TITLE, ANSWERS, complaint, again_at, self.transport.redact, connection.clock)
        self.clock = connection.clock
        self._token = connection.credentials["ACCESS_TOKEN"]
        self._client = mastodon.Mastodon(
            api_base_url=SDK_HOST,
            ratelimit_method="throw",  # it would sleep inside the call, and then send it again
            request_timeout=connection.timeout.total_seconds(),
            session=self.transport.session,
        )
        self._client.access_token = self._token  # given to the constructor, it may be taken for a file's name

    def call(self, method: str, *values: Any, **arguments: Any) -> Answer:
        """The answer to one of Mastodon.py's methods.

        Raises:
            CallError: no whole answer came, or it is no 2xx.
        """
        call = getattr(self._client, method)
        return self.transport.answer(lambda: _plainly(lambda: call(*values, **arguments)), _SPOILED)

    def send(self, path: str, body: Any, content_type: str) -> Answer:
        """The answer to a form that is read while it is sent: Mastodon.py holds whole files in memory.

        Raises:
            CallError: as for `call`.
        """
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": content_type}
        url = SDK_HOST + path
        return self.transport.answer(lambda: self.transport.session.post(url, data=body, headers=headers))

    def me(self) -> Mapping[str, Any]:
        """The account, as its server knows it. Raises CallError."""
        answer = self.call("account_verify_credentials")
        found = answer.fields
        if not usable_id(found.get("id")):
            raise unreadable(answer, "id of the account")
        return found


# What it raises where it can not read an answer that did come.
_SPOILED = (mastodon.MastodonError, AttributeError, KeyError, TypeError, ValueError)


def _plainly(call: Callable[[], object]) -> object:
    """A call, without Mastodon.py's own word for everything that goes wrong on the way."""
    try:
        return call()
    except mastodon.MastodonNetworkError as error:
        if isinstance(error.__context__, CallError):
            raise error.__context__ from None
        raise


def usable_id(value: Any) -> str | None:
    """An id as servers give it; None for anything else, which must not get into an address."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def status_id(answer: Answer) -> str | None:
    """The id of the status in an answer."""
    return usable_id(member(answer.value, "id"))
