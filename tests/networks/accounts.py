"""Accounts and posts that the tests of the networks share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.message import Part, Role
from bot.model.outcome import RemotePost
from bot.model.post import Kind, Post
from bot.networks import Network, network_type
from bot.networks.base import Connection

NOW = datetime(2026, 9, 21, 9, 0, tzinfo=UTC)
NETWORKS = ("twitter", "facebook", "linkedin", "mastodon", "bluesky")
MATCHING = ("twitter", "facebook", "linkedin", "mastodon")  # that look for a post by its text, not by a key
REFUSE_DUPLICATES = ("twitter", "facebook", "linkedin")  # what they have just had
SECRETS = {
    "API_KEY": "key/with+slash",
    "API_SECRET": "api secret & more",
    "ACCESS_TOKEN": "4711-token/very+secret==",
    "ACCESS_TOKEN_SECRET": "token-secret",
}
CREDENTIALS: Mapping[str, Mapping[str, str]] = {
    "twitter": SECRETS,
    "facebook": {"PAGE_ID": "99", "ACCESS_TOKEN": "page/token+secret"},
    "linkedin": {"AUTHOR": "urn:li:organization:77", "ACCESS_TOKEN": "linked/token+secret"},
    "mastodon": {"SERVER": "https://mastodon.example", "ACCESS_TOKEN": "server/token+secret"},
    "bluesky": {"IDENTIFIER": "did:plc:fice", "APP_PASSWORD": "app/password+secret"},
}
CREATED: Mapping[str, Any] = {
    "twitter": {"data": {"id": "1", "text": "Hello"}},
    "facebook": {"id": "99_1"},
    "linkedin": {"id": "urn:li:share:1"},
    "mastodon": {"id": "1", "url": "https://mastodon.example/@fice/1"},
    "bluesky": {"uri": "at://did:plc:fice/app.bsky.feed.post/3abc", "cid": "bafyabc"},
}
HELLO = Part(1, Role.POST, "Hello")


@dataclass(frozen=True)
class Expected:
    """How a network names the same post."""

    remote_id: str
    url: str


POSTED = {
    "twitter": Expected("1", "https://x.com/fice/status/1"),
    "facebook": Expected("99_1", "https://www.facebook.com/99/posts/1"),
    "linkedin": Expected("urn:li:share:1", "https://www.linkedin.com/feed/update/urn:li:share:1/"),
    "mastodon": Expected("1", "https://mastodon.example/@fice/1"),
    "bluesky": Expected(
        "at://did:plc:fice/app.bsky.feed.post/3abc", "https://bsky.app/profile/did:plc:fice/post/3abc"
    ),
}


def network(
    name: str,
    url: str,
    timeout: float = 5,
    credentials: Mapping[str, str] | None = None,
    handle: str = "@fice",
    clock: FixedClock | None = None,
) -> Network:
    """An adapter for a server of the test's."""
    kind = network_type(name)
    return kind.connect(
        Connection(
            account=Account(f"fice-{name}", name, handle),
            credentials=CREDENTIALS[name] if credentials is None else credentials,
            base_url=url,
            api_version=kind.api_version,
            timeout=timedelta(seconds=timeout),
            clock=clock or FixedClock(NOW),
        )
    )


def part_after(name: str) -> tuple[Part, RemotePost]:
    """The kind of second part that a network has, and the post it follows."""
    role = Role.REPLY if network_type(name).abilities.threads else Role.COMMENT
    return Part(2, role, "And more"), RemotePost(POSTED[name].remote_id, POSTED[name].url)


def post(body: str = "Hello", **fields: Any) -> Post:
    """A post with a text for every network."""
    return Post(path="week/a.md", campaign="week", kind=Kind.DAILY_POST, body=body, day=1, **fields)
