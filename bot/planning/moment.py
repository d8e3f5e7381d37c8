"""A moment: when a delivery is to go out, as people and programs write it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.errors import SpokenError
from bot.model.walltime import resolve

NOW = "now"


class MomentError(SpokenError):
    """This is no time."""


def moment(words: str, zone: str, now: datetime) -> tuple[datetime, str]:
    """The instant (UTC) that is meant, and the wall time in a zone (IANA), for the log.

    `words` are a wall time in that zone, an instant with its offset, or "now".

    Raises:
        MomentError: they are none of these.
    """
    text = words.strip()
    if text == NOW:
        return now, now.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0).isoformat()
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            return resolve(found, zone).instant, found.isoformat()
        return found.astimezone(UTC), found.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat()
    except (ValueError, OverflowError):
        raise MomentError(f"{words}: write it as '2018-09-25 09:00'") from None
