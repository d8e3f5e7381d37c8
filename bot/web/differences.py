"""Differences: two states of a post field by field, and of each text what was taken out and put in."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.networks import REGISTRY, network_type
from bot.planning.form import PostForm
from bot.web.post_fields import label_of

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
MOST_WORDS = 4_000  # of both texts: beyond, they are compared by lines, and then not at all


class Sort(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text that stands in both, or in one of them."""

    sort: Sort
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that says something else in the two."""

    label: str  # in English, for the reader's language to be found
    detail: str  # which one of several: a network, a file
    before: str
    after: str
    pieces: Sequence[Piece]

    @property
    def old(self) -> Sequence[Piece]:
        """The text before, with what was taken out."""
        return [one for one in self.pieces if one.sort is not Sort.IN]

    @property
    def new(self) -> Sequence[Piece]:
        """The text after, with what was put in."""
        return [one for one in self.pieces if one.sort is not Sort.OUT]


def differences(before: PostForm, after: PostForm) -> Sequence[Difference]:
    """The fields that are not the same, in the order in which the page has them."""
    old, new = _values(before), _values(after)
    fields = list(dict.fromkeys(field for field, _detail in (*old, *new)))
    places = sorted(dict.fromkeys([*old, *new]), key=lambda place: fields.index(place[0]))
    return [
        Difference(label_of(field), detail, *texts, pieces(*texts))
        for field, detail in places
        if (texts := (old.get((field, detail), ""), new.get((field, detail), "")))[0] != texts[1]
    ]


def _values(form: PostForm) -> Mapping[tuple[str, str], str]:
    """What each field says, by its name and which one of several it is."""
    found = {("body", ""): form.body, ("text", ""): ""}
    found |= {("text", _title(network)): "\n\n* * *\n\n".join(each) for network, each in form.text.items()}
    found |= {
        (field, ""): value
        for field, value in (
            ("thread", "✓" if form.auto_thread else ""), ("link", form.link), ("card.title", form.card_title),
            ("card.description", form.card_description), ("card.image", form.card_image),
            ("media", "\n".join(one.file for one in form.media)),
        )
    }  # fmt: skip
    for one in form.media:
        found[("media.alt", one.file)] = one.alt
        found[("media.only", one.file)] = ", ".join(one.only)
    return found | {
        (field, ""): value
        for field, value in (
            ("first_comment", form.first_comment), ("kind", form.kind), ("day", form.day), ("at", form.at),
            ("slot", form.slot), ("accounts", ", ".join(form.accounts)), ("late_ok", form.late_ok),
            ("status", form.status),
        )
    }  # fmt: skip


def _title(network: str) -> str:
    return network_type(network).title if network in REGISTRY else network


def pieces(before: str, after: str) -> Sequence[Piece]:
    """Two texts as one, with what was taken out and put in, word by word as far as that takes no time."""
    for split in (_WORDS.findall, _lines):
        old, new = split(before), split(after)
        if len(old) + len(new) <= MOST_WORDS:
            return list(_pieces(old, new))
    return [Piece(sort, text) for sort, text in ((Sort.OUT, before), (Sort.IN, after)) if text]


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > 1000)
    for tag, start, end, begin, until in matcher.get_opcodes():
        if tag == "equal":
            yield Piece(Sort.SAME, "".join(old[start:end]))
            continue
        if start < end:
            yield Piece(Sort.OUT, "".join(old[start:end]))
        if begin < until:
            yield Piece(Sort.IN, "".join(new[begin:until]))
