"""A sending: one part on its way to its network, with all that the request is made of."""

from dataclasses import dataclass
from datetime import datetime

from bot.model.message import Part
from bot.model.outcome import RemotePost


@dataclass(frozen=True, slots=True)
class Sending:
    """One part of a delivery, and how it stands to what is out already."""

    part: Part
    previous: RemotePost | None = None  # the part before it, for a reply or a comment
    first: RemotePost | None = None  # the first part: the root of the thread
    following: tuple[Part, ...] = ()  # the parts after it
    # Chosen when the delivery was queued, and the same at every try: a network that can tell a repeated
    # request by a key is given this one, with the part's number.
    key: str = ""
    due_at: datetime | None = None  # UTC
    uploads: tuple[str, ...] = ()  # what `Network.upload` gave for each of `part.files`, in their order

    @property
    def handles(self) -> tuple[str, ...]:
        """What the request names the files by; in a preview their names stand for them."""
        return self.uploads or tuple(f"<{one.file}>" for one in self.part.files)

    @property
    def part_key(self) -> str:
        """The key of this part alone."""
        return f"{self.key}-{self.part.number}"
