"""Plain: what a network's module says of itself where there is nothing special to say."""

from datetime import date, timedelta

from bot.model.message import Part


class Plain:
    """Nothing is metered or refused as said before, the API has no versions, followers read what was sent."""

    # Within which a text may be refused because the account has said it already; None: no text is.
    duplicate_window: timedelta | None = None
    meters: tuple[str, ...] = ()

    def version_ends(self, version: str) -> date | None:
        """It lives on, or nobody knows until when."""
        return None

    def metered(self, part: Part) -> tuple[str, ...]:
        """Nothing costs anything."""
        return ()

    def shown(self, part: Part) -> str:
        """The text as it is sent."""
        return part.text
