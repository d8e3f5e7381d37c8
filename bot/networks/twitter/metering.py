"""Metering: what X charges for one part.

https://docs.x.com/x-api/getting-started/pricing (read 2026-11-25): a post with a link in it costs more than
ten times as much as one without.
"""

from functools import lru_cache

from bot.model.message import Part
from bot.networks.quiet import quietly

POST, WITH_LINK, ALT = "post", "post_with_link", "media_alt"
METERS = (POST, WITH_LINK, ALT)
_MOST_CODE_POINTS = 1_000  # a longer text is no post, and the parser takes time by the square of the length


def metered(part: Part) -> tuple[str, ...]:
    """A post, and each description of a picture."""
    post = WITH_LINK if has_link(part.text) else POST
    return (post, *(ALT for one in part.media if one.alt))


@lru_cache(maxsize=4096)
def has_link(text: str) -> bool:
    """Whether X makes a link of something in a text; also of a bare "example.org"."""
    if "." not in text:
        return False  # spares the import
    with quietly():
        from twitter_text import extract_urls  # 0.6 s

    return bool(extract_urls(text[:_MOST_CODE_POINTS]))
