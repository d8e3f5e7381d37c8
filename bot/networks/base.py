"""The protocol that every network fulfils, and what each declares about itself."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.clock import Clock
from bot.model.account import Account
from bot.model.media import Limit
from bot.model.message import Message, Part
from bot.model.outcome import AccountHealth, CannotLook, Outcome, RemotePost
from bot.model.post import Post
from bot.model.tokens import Renewal


@dataclass(frozen=True, slots=True)
class Credential:
    """One value that an account needs from the environment."""

    field: str  # what follows the account's prefix: "ACCESS_TOKEN"
    where: str  # where one gets it, for .env.example and for "not connected" messages
    required: bool = True
    secret: bool = True  # false for ids that may be shown


@dataclass(frozen=True, slots=True)
class Connection:
    """Everything an adapter needs to speak for one account."""

    account: Account
    credentials: Mapping[str, str] = field(repr=False)  # by field
    base_url: str  # where the network's API stands; another address for the sandbox
    api_version: str
    timeout: timedelta  # for one answer; the time to connect is bounded by the transport
    clock: Clock
    hidden: Collection[str] = field(default=(), repr=False)  # secrets of other accounts too


class Network(Protocol):
    """One account on one network.

    `publish` never raises for anything the network or the wire does: that is an outcome. It makes at most
    one request that creates something, and never repeats it.
    """

    def publish(self, part: Part, previous: RemotePost | None) -> Outcome:
        """Send one part; `previous` is the part before it, for a reply or a comment."""

    def find(
        self, part: Part, since: datetime, previous: RemotePost | None, known: Collection[str]
    ) -> RemotePost | CannotLook | None:
        """Look for a part among the account's own posts since an instant (UTC), passing over `known` ids.

        None is proof of absence: every post since then was read and none matches.
        """

    def verify(self) -> AccountHealth:
        """Ask the network who the credentials are and whether they may post."""

    def payload(self, part: Part, previous: RemotePost | None) -> Mapping[str, Any]:
        """Exactly what `publish` would send, without secrets; pure."""


class Renewer(Protocol):
    """One account's way to new access tokens, on a network whose tokens end. Neither call raises for
    anything that the network or the wire does."""

    def renew(self, refresh: str) -> Renewal:
        """A new access token for a refresh token."""

    def ends_at(self, access: str) -> datetime | None:
        """Until when an access token holds (UTC); None: not known."""


class NetworkType(Protocol):
    """What a network's module offers: facts, composing without credentials, and connecting with them."""

    name: str  # "twitter"
    title: str  # "X (Twitter)"
    url_variable: str  # "TWITTER_API_URL"
    base_url: str  # the real one
    api_version: str  # the default
    timeout: timedelta
    settle: timedelta
    credentials: tuple[Credential, ...]
    media_limits: tuple[Limit, ...]  # a format that none of them names is not taken
    renews_with: tuple[str, ...]  # the credentials that renew an access token; empty: it is never renewed

    @property
    def renewer(self) -> Callable[[Connection], Renewer] | None:
        """What renews access tokens; None where `renews_with` is empty."""

    def compose(self, post: Post, account: Account) -> Message:
        """Exactly what will be sent, part by part, with the problems found; pure."""

    def id_in(self, url: str) -> str | None:
        """The id of the post that a link leads to, or None where the link does not tell; pure."""

    def connect(self, connection: Connection) -> Network:
        """An adapter for one account; imports the network's SDK, and makes no request."""
