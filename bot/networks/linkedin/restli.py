"""Rest.li: one token's calls to LinkedIn's API, through the official client."""

from collections.abc import Mapping
from typing import Any

import requests
from linkedin_api.clients.restli.client import RestliClient
from linkedin_api.clients.restli.utils.api import build_rest_url, get_restli_request_headers
from linkedin_api.clients.restli.utils.encoder import param_encode
from linkedin_api.common.constants import RESTLI_METHODS, VERSIONED_BASE_URL
from linkedin_api.common.errors import ResponseFormattingError

from bot.networks.answer import Answer
from bot.networks.base import Connection, NetworkType
from bot.networks.transport import Transport

SDK_HOST = VERSIONED_BASE_URL.removesuffix("/rest")


class Restli:
    """The client on our transport, with the version and the token of a connection."""

    def __init__(self, kind: NetworkType, connection: Connection) -> None:
        self._token = connection.credentials["ACCESS_TOKEN"]
        self._version = connection.api_version
        self.transport = Transport.to(kind, connection, SDK_HOST, root="rest|v2")
        self._client = RestliClient()
        self._client.session = self.transport.session

    def call(self, method: str, versioned: bool = True, **arguments: Any) -> Answer:
        """The answer to one call of the client's methods.

        Raises:
            CallError: there is none, or it is a no.
        """
        # The client never raises for an error and raises an empty one where it can not read a body; the
        # transport sees to the first, and has kept what came for the second.
        version = {"version_string": self._version} if versioned else {}
        call = getattr(self._client, method)
        return self.transport.answer(
            lambda: call(access_token=self._token, **version, **arguments), ResponseFormattingError
        )

    def patch(
        self,
        patch: Mapping[str, Any],
        resource_path: str,
        path_keys: Mapping[str, str],
        query_params: Mapping[str, str] | None = None,
    ) -> Answer:
        """A PARTIAL_UPDATE, which through the client could set fields at the top only. Raises CallError."""
        url = build_rest_url(resource_path, dict(path_keys), self._version)
        query = param_encode(dict(query_params)) if query_params else ""
        request = requests.Request(
            "POST",
            f"{url}?{query}" if query else url,
            json={"patch": patch},
            headers=get_restli_request_headers(
                restli_method=RESTLI_METHODS.PARTIAL_UPDATE,
                access_token=self._token,
                version_string=self._version,
            ),
        ).prepare()
        return self.transport.answer(lambda: self.transport.session.send(request))
