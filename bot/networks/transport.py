"""The transport: the one session through which all SDKs reach their networks."""

from collections.abc import Callable, Collection
from contextvars import ContextVar
from datetime import timedelta
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests

from bot.networks.address import Address
from bot.networks.answer import Answer, RefusedError
from bot.networks.base import Connection, NetworkType
from bot.networks.redaction import redact
from bot.networks.wire import OneCallAdapter

LONGEST_CONNECT = timedelta(seconds=10)  # for one address of the server


class Transport:
    """One account's way to its network: base address, time-outs, no retry, no redirect, no secret shown.

    Proxies and certificate bundles of the environment are used, for those who sit behind one; a
    `.netrc` is not, because its password would replace our Authorization header.
    """

    def __init__(self, address: Address, timeout: timedelta, secrets: Collection[str]) -> None:
        self._secrets = tuple(secrets)
        self.session: requests.Session = _Session(address, timeout)

    @classmethod
    def to(cls, kind: NetworkType, connection: Connection, sdk: str, root: str) -> "Transport":
        """The way from an SDK with a fixed host to where the connection says; see `Address.of`.

        Raises:
            SettingsError: the base address is none.
        """
        variable = connection.base_variable or kind.url_variable
        address = Address.of(sdk, connection.base_url, root, variable)
        return cls(address, connection.timeout, secrets_in(kind, connection))

    def answer(
        self, call: Callable[[], object], spoiled_by: type[Exception] | tuple[type[Exception], ...] = ()
    ) -> Answer:
        """The 2xx answer to the one request of a call through an SDK, whatever the SDK makes of it.

        Args:
            call: does the request through `session`.
            spoiled_by: what the SDK raises when it can not read an answer that did come.

        Raises:
            NoAnswerError: no whole answer came.
            RefusedError: the answer is no 2xx.
        """
        token = _received.set([])
        try:
            try:
                call()
            except spoiled_by:
                if not _received.get():
                    raise  # it broke before the wire: a mistake of ours
            return _received.get()[-1]
        finally:
            _received.reset(token)

    def redact(self, text: str) -> str:
        """The text without this account's secrets."""
        return redact(text, self._secrets)


def secrets_in(kind: NetworkType, connection: Connection) -> list[str]:
    """Everything that a connection knows and nobody may see."""
    own = [connection.credentials.get(one.field) for one in kind.credentials if one.secret]
    return [*connection.hidden, *(value for value in own if value)]


_received: ContextVar[list[Answer]] = ContextVar("received")


class _Session(requests.Session):
    """What the SDKs take for a plain session. They see 2xx answers only.

    Each has its own fault with the others: tweepy's exceptions crash on a JSON list, facebook-sdk drops
    the status and the headers, LinkedIn's client takes an error for a result.
    """

    def __init__(self, address: Address, timeout: timedelta) -> None:
        super().__init__()
        self._address = address
        self._timeout = (min(LONGEST_CONNECT, timeout).total_seconds(), timeout.total_seconds())
        self.auth = _as_it_is  # any callable here keeps requests from looking into .netrc
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.mount(scheme, OneCallAdapter())

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a request once, to where the settings say.

        An OAuth 1.0a signature covers the address that the SDK made, and stays as it is.

        Raises:
            NoAnswerError: no whole answer came.
            RefusedError: the answer is no 2xx.
        """
        request = request.copy()
        request.url = self._address.rebase(request.url or "")
        request.headers["Connection"] = "close"
        settings = self.merge_environment_settings(request.url, {}, None, None, None)
        if self._address.is_here:
            settings["proxies"] = {}
        response = super().send(request, timeout=self._timeout, allow_redirects=False, **settings)
        answer = Answer(response.status_code, response.headers, response.content.decode(errors="replace"))
        if not 200 <= answer.status < 300:
            raise RefusedError(answer)
        if (received := _received.get(None)) is not None:
            received.append(answer)
        return response

    def get_redirect_target(self, resp: requests.Response) -> None:
        """A redirect is an answer like any other: following one could create a post twice."""


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
