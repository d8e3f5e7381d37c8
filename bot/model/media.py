"""Media: what is known of a file, and what a network takes of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.model.format import STILLS, Format
from bot.model.message import Fault, Level

MB = 1_000_000  # as networks count


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a file without decoding it."""

    format: Format
    size: int  # bytes
    width: int | None = None  # pixels; None: not known, of a film
    height: int | None = None
    frames: int | None = None  # of a moving picture; None: not counted


@dataclass(frozen=True, slots=True)
class Limit:
    """What a network takes of some formats; None: it names no such limit."""

    formats: frozenset[Format]
    size: int | None = None  # bytes
    width: int | None = None
    height: int | None = None
    pixels: int | None = None
    frames: int | None = None
    level: Level = Level.ERROR  # WARNING: it is taken, and looks worse

    def faults(self, facts: Facts) -> Iterator[Fault]:
        """What of a file is more than that."""
        if facts.format not in self.formats:
            return
        pixels = facts.width * facts.height if facts.width and facts.height else None
        if self.size is not None and facts.size > self.size:
            words = f"the {facts.format} has {facts.size / MB:,.1f} MB: {self.size / MB:,.0f} MB are the most"
            yield Fault(self.level, words)
        for what, found, most in (
            ("pixels of width", facts.width, self.width),
            ("pixels of height", facts.height, self.height),
            ("pixels", pixels, self.pixels),
            ("frames", facts.frames, self.frames),
        ):
            if found is not None and most is not None and found > most:
                words = f"the {facts.format} has {found:,} {what}: {most:,} are the most"
                yield Fault(self.level, words)


def media_faults(facts: Facts, limits: Iterable[Limit]) -> Iterator[Fault]:
    """What a network would not take of a file."""
    known = list(limits)
    hard = [limit for limit in known if limit.level is Level.ERROR]
    if not any(facts.format in limit.formats for limit in hard):
        taken = sorted({str(one) for limit in hard for one in limit.formats})
        yield Fault(Level.ERROR, f"a {facts.format} is not taken: use {', '.join(taken)}")
        return
    for limit in known:
        for fault in limit.faults(facts):
            if facts.format in STILLS and limit.level is Level.ERROR:
                yield Fault(Level.WARNING, f"{fault.text}, so a smaller copy is sent")
            else:
                yield fault


def hard_limits(facts: Facts, limits: Iterable[Limit]) -> Iterator[Limit]:
    """Those beyond which a network takes no file of this format."""
    return (one for one in limits if one.level is Level.ERROR and facts.format in one.formats)
