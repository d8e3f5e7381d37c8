"""Metering: what X charges for one part.

https://docs.x.com/x-api/getting-started/pricing (read 2026-11-25): a post with a link in it costs more than
ten times as much as one without.
"""

from bot.model.message import Part
from bot.networks.twitter.links import links_in

POST, WITH_LINK, ALT = "post", "post_with_link", "media_alt"
METERS = (POST, WITH_LINK, ALT)


def metered(part: Part) -> tuple[str, ...]:
    """A post, and each description of a picture; X makes a link of a bare "example.org" too."""
    post = WITH_LINK if links_in(part.text) else POST
    return (post, *(ALT for one in part.media if one.alt))
