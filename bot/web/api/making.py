"""Making: what the store knows as the values that the API gives."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping

from bot.model.state import State
from bot.store.campaigns import Applied
from bot.store.post_log import Entry as LogEntry
from bot.store.story import Story as Known
from bot.store.story import Try
from bot.web.api import values

_SAME = [name for name in values.Delivery.model_fields if name not in ("fingerprint", "approved")]


def delivery(row: RowMapping) -> values.Delivery:
    """A delivery's row."""
    return values.Delivery(**_delivery(row))


def _delivery(row: RowMapping) -> dict[str, Any]:
    return {
        **{name: row[name] for name in _SAME},
        "fingerprint": row["message"],
        "approved": row["approved"] == row["message"],
    }


def story(row: RowMapping, known: Known) -> values.Story:
    """A delivery with everything that is known of it."""
    return values.Story(
        **_delivery(row),
        parts=[
            values.Part(
                number=one.part.number,
                role=one.part.role,
                text=one.part.text,
                remote_id=one.remote.remote_id if one.remote else None,
                remote_url=one.remote.url if one.remote else None,
                published_at=one.published_at,
                removed_at=one.removed_at,
            )
            for one in known.parts
        ],
        attempts=[attempt(one) for one in known.tries],
        log=[entry(one) for one in known.entries],
    )


def attempt(one: Try) -> values.Attempt:
    """One try."""
    known = asdict(one)
    return values.Attempt(**{name: known[name] for name in values.Attempt.model_fields})


def entry(one: LogEntry) -> values.Entry:
    """One entry of the post log."""
    known = asdict(one)
    return values.Entry(state=known.pop("to_state"), **known)


def campaign(one: Applied, numbers: Mapping[State, int]) -> values.Campaign:
    """A campaign, with the numbers of its deliveries by state."""
    return values.Campaign(
        name=one.name,
        title=one.title,
        timezone=one.timezone,
        starts=one.starts,
        ends=one.ends,
        days=one.days,
        themes=list(one.themes),
        hashtags=list(one.hashtags),
        counts={str(state): number for state, number in numbers.items()},
    )
