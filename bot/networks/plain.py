"""Plain: what a network's module says of itself where there is nothing special to say."""

from datetime import date

from bot.model.message import Part


class Plain:
    """Nothing is metered, the API has no versions, and followers read what was sent."""

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
