"""A preview: the exact payload of each part, also for an account that is not connected yet."""

from collections.abc import Mapping
from typing import Any

from bot.clock import SystemClock
from bot.model.outcome import RemotePost
from bot.model.sending import Sending
from bot.networks import network_type
from bot.networks.base import Connection
from bot.planning.content import Content, read_content
from bot.planning.made import NOTHING_MADE, Made
from bot.planning.schedule import Planned, deliveries_of
from bot.settings import NetworkOptions, Settings


def previewed(settings: Settings, asked: str, made: Made = NOTHING_MADE) -> list[Planned]:
    """Where the post of that path would go, ready or not; nothing where there is none.

    It may begin with the folder of posts, and end without `.md`. Only this post is read.
    """
    path = asked.removeprefix("./").removeprefix(f"{settings.posts}/")
    content = read_content(settings, only=path.partition("/")[0], post=path.removesuffix(".md"), made=made)
    return previews_of(content)


def previews_of(content: Content) -> list[Planned]:
    """Where the posts of a content would go, ready or not."""
    return [
        one
        for post in content.posts
        if post.campaign in content.campaigns
        for one in deliveries_of(content, content.campaigns[post.campaign], post)
    ]


def payloads(planned: Planned, settings: Settings) -> list[Mapping[str, Any]]:
    """What would be sent, part by part; ids that are not known yet stand in <angle brackets>."""
    account = planned.account
    kind = network_type(account.network)
    options = settings.networks.get(account.network, NetworkOptions())
    network = kind.connect(
        Connection(
            account=account,
            credentials={
                one.field: settings.variable(account, one.field) or f"<{account.prefix}_{one.field}>"
                for one in kind.credentials
            },
            base_url=kind.base_url,
            api_version=options.api_version or kind.api_version,
            timeout=options.timeout or kind.timeout,
            clock=SystemClock(),
        )
    )
    parts = planned.message.parts
    out = [RemotePost(f"<id of part {part.number}>", None) for part in parts]
    return [
        network.payload(
            Sending(
                part,
                previous=out[number - 1] if number else None,
                first=out[0] if number else None,
                following=parts[number + 1 :],
                key="<key>",
                due_at=planned.due_at,
            )
        )
        for number, part in enumerate(parts)
    ]
