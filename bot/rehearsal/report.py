"""The report: what each network has shown and refused, compared with what the queue says."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bot.model.state import State
from bot.rehearsal.stage import Stage
from bot.store import listing
from bot.store.post_log import Filter, entries
from bot.store.tables import deliveries, parts


@dataclass(frozen=True, slots=True)
class Report:
    """The books of a rehearsal: ours against the sandbox's."""

    states: dict[str, int]  # deliveries by state
    messages: int  # parts that we say are out
    shown: int  # messages that the networks show
    duplicates: int  # as the sandbox sees it
    unknown: Sequence[str]  # links in our books that no network shows
    refusals: Sequence[str]
    attention: Sequence[str]
    latest_s: float  # seconds: the greatest lateness of what was published

    @property
    def perfect(self) -> bool:
        """Whether every delivery is published, each exactly once."""
        only_published = set(self.states) <= {State.PUBLISHED} and bool(self.states)
        return only_published and not self.duplicates and not self.unknown and self.messages == self.shown

    def lines(self) -> Iterator[str]:
        """The report in words."""
        total = sum(self.states.values())
        others = [f"{self.states.get(state, 0)} {state}" for state in (State.MISSED, State.FAILED)]
        rest = [
            f"{n} {s}"
            for s, n in self.states.items()
            if s not in (State.PUBLISHED, State.MISSED, State.FAILED)
        ]
        yield (
            f"{self.states.get(State.PUBLISHED, 0)} of {total} deliveries published, "
            f"{', '.join([*others, *rest])}, {self.duplicates} duplicates seen by the sandbox"
        )
        yield (
            f"{self.messages} messages in our books, {self.shown} on the networks; "
            f"the latest went out {self.latest_s:.1f} s after its time"
        )
        for refusal in self.refusals:
            yield f"refused: {refusal}"
        for line in self.attention:
            yield f"needs a person: {line}"
        for url in self.unknown:
            yield f"not on the network: {url}"

    def to_json(self) -> dict[str, Any]:
        """The object of `bot rehearse --json`."""
        return {
            "perfect": self.perfect,
            "states": self.states,
            "messages": self.messages,
            "shown": self.shown,
            "duplicates": self.duplicates,
            "refusals": list(self.refusals),
            "attention": list(self.attention),
            "latest_s": self.latest_s,
        }


def make_report(stage: Stage) -> Report:
    """Compare the three books: the sandbox's feeds, the deliveries and the post log."""
    feed = stage.sandbox.feed()
    shown = Counter(one.id for one in feed)
    with stage.store.read() as connection:
        numbers = listing.counts(connection)
        ours = connection.execute(
            select(parts.c.remote_id, parts.c.remote_url).where(parts.c.published_at.is_not(None))
        ).all()
        attention = listing.needing_a_person(connection)
        published = entries(connection, Filter(state=State.PUBLISHED))
        deliveries_known = connection.execute(select(deliveries.c.id)).scalars().all()
    states: Counter[str] = Counter()
    for (_account, state), number in numbers.items():
        states[state] += number
    assert len(deliveries_known) == sum(states.values())  # noqa: S101
    return Report(
        states=dict(states),
        messages=len(ours),
        shown=len(feed),
        duplicates=stage.sandbox.duplicates(),
        unknown=[row.remote_url or row.remote_id for row in ours if not shown[row.remote_id]],
        refusals=[
            f"{one.network} answered {one.status} to {one.account}: {one.message}"
            for one in stage.sandbox.refusals()
        ],
        attention=[f"{one.post} -> {one.account} is {one.state}: {one.reason}" for one in attention],
        latest_s=max((entry.lateness_s or 0.0 for entry in published), default=0.0),
    )
