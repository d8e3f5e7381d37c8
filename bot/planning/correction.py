"""A correction: how what is out differs from what its file says now, and whether that can be mended there."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.model.message import Message, Part
from bot.model.post import Media
from bot.networks import REGISTRY, network_type
from bot.store.removals import Out, OutPart


@dataclass(frozen=True, slots=True)
class PartCorrection:
    """A part that is out, and what it is to say."""

    one: OutPart
    to: Part


@dataclass(frozen=True, slots=True)
class Correction:
    """A delivery that is out, compared with its file."""

    out: Out
    parts: tuple[PartCorrection, ...]  # those whose text differs
    obstacle: str = ""  # why its network can not be made to show what the file says; empty: it can
    note: str = ""  # what stays as it is all the same

    def lines(self) -> Iterator[str]:
        """The difference as people read it: what goes with "-", what comes with "+"."""
        for one in self.parts:
            if len(self.out.parts) > 1:
                yield f"part {one.one.number}: {one.one.where}"
            before, after = (self._shown(part).splitlines() for part in (one.one.part, one.to))
            yield from (line for line in difflib.ndiff(before, after) if not line.startswith("?"))
        if self.note:
            yield self.note

    def _shown(self, part: Part) -> str:
        """Its text as followers see it."""
        network = self.out.network
        return network_type(network).shown(part) if network in REGISTRY else part.text


def correction(out: Out, wanted: Message | None) -> Correction:
    """Compare; `wanted` is what the file would send now, None where no file asks for the delivery."""
    if wanted is None:
        return Correction(out, (), "no file asks for it any more: bot unpublish takes it away")
    wanted_parts = {part.number: part for part in wanted.parts}
    differing = tuple(
        PartCorrection(one, wanted_parts[one.number])
        for one in out.shown
        if one.number in wanted_parts and _says_something_else(one.part, wanted_parts[one.number])
    )
    obstacle = _obstacle(out, differing, wanted.parts)
    # The title of a card may be taken from the text; that it stays is no reason to leave a slip in the text.
    keeps_card = not obstacle and any(_card(one.one.part) != _card(one.to) for one in differing)
    note = "(the card of its link keeps its title and its description)" if keeps_card else ""
    return Correction(out, differing, obstacle, note)


def _says_something_else(before: Part, after: Part) -> bool:
    return (before.text, before.mentions) != (after.text, after.mentions)


def _obstacle(out: Out, differing: Sequence[PartCorrection], wanted: Sequence[Part]) -> str:
    shown = {one.number: one.part for one in out.shown}
    if len(wanted) != len(out.parts):
        what = f"the number of its parts differs ({len(out.parts)} are out, the file has {len(wanted)})"
    elif other := sorted({name for part in wanted if part.number in shown for name in _others(shown, part)}):
        what = f"its {' and its '.join(other)} can not be changed once it is out"
    elif any(one.one.has_only_a_link for one in differing):
        what = "the network's id of it is not known, only its link: change it on its page"
    elif differing and not edits(out.network):
        title = network_type(out.network).title if out.network in REGISTRY else out.network
        what = f"{title} lets no program change a post"
    else:
        return ""
    return f"{what}: bot unpublish {out.delivery} takes it away, and a new file posts it anew"


def edits(network: str) -> bool:
    """Whether a network lets what is out be changed."""
    return network in REGISTRY and network_type(network).abilities.edits


def _others(shown: dict[int, Part], wanted: Part) -> Iterator[str]:
    """What else than the text differs."""
    before = shown[wanted.number]
    if before.link != wanted.link:
        yield "link"
    if [_seen(one) for one in before.media] != _as_known(before.media, wanted.media):
        yield "media"
    same_otherwise = before.link == wanted.link and not _says_something_else(before, wanted)
    if same_otherwise and _card(before) != _card(wanted):
        yield "card"


def _card(part: Part) -> tuple[str | None, str | None]:
    return part.link_title, part.link_description


def _seen(media: Media) -> tuple[str, str, str]:
    return media.file, media.alt, media.digest


def _as_known(before: Sequence[Media], wanted: Sequence[Media]) -> list[tuple[str, str, str]]:
    """The files as they were known when it was sent: an earlier version knew no digests."""
    known = [one.digest for one in before]
    return [
        _seen(one if number >= len(known) or known[number] else replace(one, digest=""))
        for number, one in enumerate(wanted)
    ]
