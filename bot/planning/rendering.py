"""A rendering: one post on one account as its followers will see it, with what it is estimated to cost."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.model.message import Message, Part, Role
from bot.model.post import Media, Status
from bot.networks import network_type
from bot.networks.base import Fold, NetworkType
from bot.planning.costs import Cost, cost_of
from bot.planning.schedule import Planned
from bot.settings import Settings

_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True, slots=True)
class ShownCard:
    """The card of a link."""

    url: str
    title: str | None  # None: the network takes it from the page
    description: str | None
    picture: Media | None

    @property
    def domain(self) -> str:
        """Where it leads, as the card says it."""
        return (urlsplit(self.url).hostname or "").removeprefix("www.")


@dataclass(frozen=True, slots=True)
class ShownPart:
    """One message."""

    number: int
    role: Role
    text: str
    before_fold: str | None  # what the feed shows before "see more"; None: all of it
    card: ShownCard | None
    media: tuple[Media, ...]
    count: str  # "213 of 280"

    @property
    def after_fold(self) -> str:
        """What a follower sees only who asks for more."""
        return "" if self.before_fold is None else self.text[len(self.before_fold) :]

    @property
    def pieces(self) -> Sequence[tuple[str, bool]]:
        """The part of the text before the fold, in pieces: each a link or not."""
        return split_links(self.text if self.before_fold is None else self.before_fold)

    @property
    def more_pieces(self) -> Sequence[tuple[str, bool]]:
        """The same of what is behind it."""
        return split_links(self.after_fold.strip())


@dataclass(frozen=True, slots=True)
class Rendering:
    """One post on one account."""

    planned: Planned
    network: str  # as people call it
    parts: tuple[ShownPart, ...]
    cost: Cost | None  # None: nothing is charged, or no prices are known

    @property
    def message(self) -> Message:
        """What will be sent."""
        return self.planned.message

    @property
    def is_draft(self) -> bool:
        """Whether it will never go out as it is."""
        return self.planned.post.status is Status.DRAFT

    @property
    def cost_words(self) -> str:
        """What it is estimated to cost; "" where nothing is known of that."""
        if self.cost is None:
            return ""
        return f"{self.cost.words}{f'; {self.cost.advice}' if self.cost.advice else ''}"

    def to_json(self) -> dict[str, Any]:
        """As plain values, for `bot preview --json`."""
        return {
            "shown": [_part_to_json(one) for one in self.parts],
            "cost": self.cost.to_json() if self.cost else None,
            "draft": self.is_draft,
        }


def render(planned: Planned, settings: Settings) -> Rendering:
    """How followers will see it; pure, and without credentials."""
    kind, message = network_type(planned.account.network), planned.message
    parts = shown_parts(message.parts, planned.account.network, message.counts)
    cost = cost_of(message.parts, planned.account.network, settings)
    return Rendering(planned, kind.title, parts, cost)


def shown_parts(parts: Sequence[Part], network: str, counts: Sequence[str] = ()) -> tuple[ShownPart, ...]:
    """The same of the parts alone, as of what is in the queue."""
    kind, found = network_type(network), []
    for number, part in enumerate(parts):
        text = kind.shown(part)
        fold = kind.abilities.fold if part.role is Role.POST else None
        count = counts[number] if number < len(counts) else ""
        before = _before_fold(text, fold) if fold else None
        found.append(
            ShownPart(part.number, part.role, text, before, _card(part, text, kind), part.media, count)
        )
    return tuple(found)


def split_links(text: str) -> Sequence[tuple[str, bool]]:
    """A text in pieces, each with whether it is a link."""
    pieces, place = [], 0
    for found in _LINK.finditer(text):
        link = found[0].rstrip(".,;:!?)")
        pieces += [(text[place : found.start()], False), (link, True)]
        place = found.start() + len(link)
    return [(piece, is_link) for piece, is_link in (*pieces, (text[place:], False)) if piece]


def _before_fold(text: str, fold: Fold) -> str | None:
    """What is left of a text where the feed cuts it off, at a space if there is one near; None: all of it."""
    head = "\n".join(text.split("\n")[: fold.lines]) if fold.lines else text
    if len(head) > fold.characters:
        head = head[: fold.characters]
        head = head[: max(head.rfind(" "), head.rfind("\n"), fold.characters - 30)]
    return head if text[len(head) :].strip() else None


def _card(part: Part, text: str, kind: NetworkType) -> ShownCard | None:
    if part.link:
        return ShownCard(part.link, part.link_title, part.link_description, part.thumbnail)
    # A link in the text has a card that the network makes of the page, unless pictures take its place.
    if part.role is Role.COMMENT or part.media or kind.abilities.link != "in the text":
        return None
    link = next((piece for piece, is_link in split_links(text) if is_link), None)
    return ShownCard(link, None, None, None) if link else None


def _part_to_json(one: ShownPart) -> Mapping[str, Any]:
    card = one.card
    return {
        "number": one.number,
        "role": one.role,
        "text": one.text,
        "before_fold": one.before_fold,
        "count": one.count,
        "card": {
            "url": card.url,
            "domain": card.domain,
            "title": card.title,
            "description": card.description,
            "picture": card.picture.file if card.picture else None,
        }
        if card
        else None,
        "media": [{"file": media.file, "alt": media.alt} for media in one.media],
    }
