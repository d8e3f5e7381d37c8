"""A cursor: a place in a list, as it stands in the address of a page."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.errors import SpokenError

MOST = 2**31 - 1  # the greatest number that PostgreSQL has for a row

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHAPE = re.compile(r"([nb])(-?[0-9a-f]{1,15})\.([0-9a-f]{1,8})")


class CursorError(SpokenError):
    """What an address says about the place in a list is not what this program has made."""

    def __init__(self) -> None:
        super().__init__("this place in the list is unknown: begin again at its first page")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: the row after which a page begins, or before which it ends."""

    at: datetime  # UTC
    id: int
    back: bool = False

    def __str__(self) -> str:
        """As it stands in an address."""
        microseconds = (self.at - _EPOCH) // timedelta(microseconds=1)
        return f"{'b' if self.back else 'n'}{microseconds:x}.{self.id:x}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """The inverse of `str`.

        Raises:
            CursorError: it is nothing that `str` has made.
        """
        found = _SHAPE.fullmatch(text)
        if found is None:
            raise CursorError
        try:
            at = _EPOCH + timedelta(microseconds=int(found[2], 16))
        except OverflowError:
            raise CursorError from None
        number = int(found[3], 16)
        if number > MOST:
            raise CursorError
        return cls(at, number, back=found[1] == "b")
