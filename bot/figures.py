"""What config/bot.toml says of figures: of which networks they are collected, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from bot.fields import Table, text
from bot.model.figures import HOUR, Rhythm
from bot.model.lateness import parse_duration

USUAL = Rhythm(first_day=timedelta(hours=2), then=timedelta(days=1), until=timedelta(days=30))
# X is paid by the post that is read, 0.001 dollars for one's own: https://docs.x.com/x-api/getting-started/pricing
# (read 2026-11-25). Six times in a post's month; after 29 days X tells no clicks any more.
SPARSE = Rhythm(first_day=timedelta(hours=12), then=timedelta(days=7), until=timedelta(days=28))
_OWN: Mapping[str, Rhythm] = {"twitter": SPARSE}


@dataclass(frozen=True, slots=True)
class FigureOptions:
    """How often the figures of each network's posts are collected."""

    collect: bool = True
    usual: Rhythm = USUAL
    networks: Mapping[str, Rhythm | None] = field(default_factory=lambda: dict(_OWN))  # None: not collected
    lines: Mapping[str, int] = field(default_factory=dict)  # of the networks' tables

    def rhythm(self, network: str) -> Rhythm | None:
        """That of a network; None: nothing is collected there."""
        return self.networks.get(network, self.usual) if self.collect else None


NONE = FigureOptions(collect=False)


def read(table: Table) -> FigureOptions:
    """The table [figures] with its tables [figures.NETWORK]."""
    usual = _rhythm(table, USUAL)
    collect = table.take("collect", truth, True)
    networks: dict[str, Rhythm | None] = dict(_OWN)
    lines = {}
    for name in table.inner_names():
        inner = table.table(name)
        assert inner is not None  # noqa: S101
        rhythm = _rhythm(inner, _OWN.get(name, usual))
        networks[name] = rhythm if inner.take("collect", truth, True) else None
        lines[name] = inner.line
        inner.refuse_others()
    table.refuse_others()
    return FigureOptions(collect, usual, networks, lines)


def _rhythm(table: Table, usual: Rhythm) -> Rhythm:
    found = Rhythm(
        first_day=table.take("first_day", often, usual.first_day),
        then=table.take("then", often, usual.then),
        until=table.take("until", duration, usual.until),
    )
    if found.until < HOUR:
        table.problems.error(table.line_of("until"), "until: write at least 1h")
        return replace(found, until=HOUR)
    return found


def often(value: Any) -> timedelta | None:
    """A parser: a duration between two collections, or the word "never" as None."""
    words = text(value)
    if words == "never":
        return None
    found = parse_duration(words)
    if found < timedelta(minutes=10):
        raise ValueError(f"'{words}' is too often for the networks' limits: write 10m or more, or \"never\"")
    return found


def duration(value: Any) -> timedelta:
    """A parser: a duration in our words."""
    return parse_duration(text(value))


def truth(value: Any) -> bool:
    """A parser: true or false."""
    if not isinstance(value, bool):
        raise ValueError("expected true or false, without quotes")
    return value


__all__ = ["NONE", "FigureOptions", "read"]
