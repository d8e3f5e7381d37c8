"""What the tests share: a clock that is set by hand, and the networks' own clients led to the sandbox."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import facebook
import requests
import tweepy
from linkedin_api.clients.restli.client import RestliClient
from mastodon import Mastodon
from requests.adapters import HTTPAdapter

from bot.sandbox import Sandbox

SPECS = Path(__file__).parents[3] / "shared" / "specs"


@dataclass
class Clock:
    """The networks' time, which stands still unless it is moved."""

    instant: datetime = datetime(2018, 9, 24, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.instant

    def move(self, **by: float) -> None:
        self.instant += timedelta(**by)


class RebasingAdapter(HTTPAdapter):
    """Sends to the sandbox what was meant for a network."""

    def __init__(self, host: str, base: str) -> None:
        super().__init__(max_retries=0)
        self._host, self._base = host, base

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        request.url = str(request.url).replace(self._host, self._base, 1)
        return super().send(request, *args, **more)


@dataclass
class World:
    """A sandbox, and clients that are closed with it."""

    sandbox: Sandbox
    clock: Clock
    stack: ExitStack
    http: requests.Session = field(init=False)

    def __post_init__(self) -> None:
        self.http = self.stack.enter_context(requests.Session())
        self.http.trust_env = False

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(method, f"{self.sandbox.url}{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def twitter(self, name: str = "fice-x", handle: str = "@fice", **other: str) -> tweepy.Client:
        keys = credentials(self.sandbox, "twitter", name, handle)
        client = tweepy.Client(
            consumer_key=keys["API_KEY"],
            consumer_secret=other.get("secret", keys["API_SECRET"]),
            access_token=keys["ACCESS_TOKEN"],
            access_token_secret=keys["ACCESS_TOKEN_SECRET"],
            return_type=requests.Response,
        )
        return self._lead(client, "https://api.twitter.com", "TWITTER_API_URL")

    def facebook(self, name: str = "fice-facebook", version: str = "v25.0") -> "Graph":
        keys = credentials(self.sandbox, "facebook", name, "FICE")
        client = facebook.GraphAPI(keys["ACCESS_TOKEN"], timeout=5)
        client.version = version
        self._lead(client, "https://graph.facebook.com", "FACEBOOK_GRAPH_URL")
        return Graph(client, keys["PAGE_ID"], keys["ACCESS_TOKEN"])

    def linkedin(self, name: str = "fice-linkedin", version: str = "202607") -> "Restli":
        keys = credentials(self.sandbox, "linkedin", name, "FICE")
        client = self._lead(RestliClient(), "https://api.linkedin.com", "LINKEDIN_API_URL")
        return Restli(client, keys["AUTHOR"], keys["ACCESS_TOKEN"], version)

    def mastodon(self, name: str = "fice-mastodon") -> Mastodon:
        keys = credentials(self.sandbox, "mastodon", name, f"@{name.replace('-', '_')}@mastodon.example")
        client = Mastodon(
            api_base_url=self.sandbox.environment()["MASTODON_API_URL"],
            ratelimit_method="throw",
            mastodon_version="4.5.2",  # it would ask
            version_check_mode="created",
            session=self.http,
        )
        client.access_token = keys["ACCESS_TOKEN"]
        return client

    def _lead(self, client: Any, host: str, variable: str) -> Any:
        client.session.trust_env = False
        client.session.mount(host, RebasingAdapter(host, self.sandbox.environment()[variable]))
        self.stack.callback(client.session.close)
        return client


@dataclass
class Graph:
    """facebook-sdk with a page's credentials."""

    sdk: Any
    page: str
    token: str

    def post(self, message: str, **more: Any) -> str:
        return str(self.sdk.put_object(self.page, "feed", message=message, **more)["id"])

    def refusal(self, call: Callable[[], object]) -> dict[str, Any]:
        try:
            call()
        except facebook.GraphAPIError as error:
            return dict(error.result["error"])
        raise AssertionError("Facebook did not refuse")


@dataclass
class Restli:
    """The LinkedIn client with an author's credentials."""

    sdk: Any
    author: str
    token: str
    version: str

    def post(self, commentary: str, **more: Any) -> Any:
        return self.sdk.create(
            resource_path="/posts",
            entity=draft(self.author, commentary, **more),
            access_token=self.token,
            version_string=self.version,
        )

    def call(self, method: str, **arguments: Any) -> Any:
        call = getattr(self.sdk, method)
        return call(access_token=self.token, version_string=self.version, **arguments)

    def find(self, **query: Any) -> Any:
        query = {"author": self.author, **query}
        return self.call("finder", resource_path="/posts", finder_name="author", query_params=query)


def draft(author: str, commentary: str, **more: Any) -> dict[str, Any]:
    """The body of a post on LinkedIn."""
    return {
        "author": author,
        "commentary": commentary,
        "visibility": "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        **more,
    }


def credentials(sandbox: Sandbox, network: str, name: str, handle: str = "@fice") -> dict[str, str]:
    """An account's credentials by the names of their fields."""
    prefix = name.upper().replace("-", "_") + "_"
    made = sandbox.register(network, name, handle)
    return {variable.removeprefix(prefix): value for variable, value in made.items()}
