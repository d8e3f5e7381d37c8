"""The thumbnail: the picture on the card of a link, which may be smaller only than other pictures."""

from bot.model.media import MB

LARGEST = (
    1 * MB
)  # lexicons/app/bsky/embed/external.json in github.com/bluesky-social/atproto (read 2026-11-25)


def fault(size: int) -> str | None:
    """Why a picture of so many bytes can not be that of a card."""
    if size <= LARGEST:
        return None
    return f"the picture of the card has {size / MB:,.1f} MB: Bluesky takes {LARGEST / MB:,.0f} MB"
