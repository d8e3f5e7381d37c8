"""Rich text: how long a text is for Bluesky, and what of it is a link, a mention or a hashtag.

https://docs.bsky.app/docs/advanced-guides/post-richtext (read 2026-11-25): a text is plain, and facets say by
its UTF-8 bytes what of it is more. What is a hashtag or a handle is decided as the official app does:
https://github.com/bluesky-social/atproto/blob/main/packages/api/src/rich-text/util.ts (read 2026-11-25).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import regex

LONGEST = 300  # graphemes: characters as readers see them
LONGEST_BYTES = 3_000
_LONGEST_TAG = 64  # graphemes

_GRAPHEME = regex.compile(r"\X")
_LINK = regex.compile(r"(?<![\w@.])https?://[^\s<>\"]+", regex.IGNORECASE)
_TAG = regex.compile(r"(?<!\S)[#＃](?!\ufe0f)([^\s\u00ad\u2060\u200a-\u200d\u20e2]+)")
_END = regex.compile(r"\p{P}+$")
_TELLING = regex.compile(r"[^\d\p{P}]")
_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HANDLE = regex.compile(
    rf"(?<![^\s(])@((?:{_LABEL}\.)+[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?)(?![\w-])"
)


class Kind(StrEnum):
    """What a piece of text is."""

    LINK = "link"
    MENTION = "mention"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text that is more than text."""

    start: int  # in characters of Python
    end: int
    kind: Kind
    target: str  # the address, the tag without "#", or who is mentioned


def graphemes(text: str) -> int:
    """How many characters readers see."""
    return sum(1 for _ in _GRAPHEME.finditer(text))


def size(text: str) -> int:
    """How many bytes it has; half a character counts as a whole one."""
    return len(text.encode(errors="surrogatepass"))


def handles(text: str) -> Iterator[tuple[str, str]]:
    """The handles that a text mentions: as they stand in it, and without the "@"."""
    for found in _HANDLE.finditer(text):
        yield found[0], found[1]


def spans(text: str, mentions: tuple[tuple[str, str], ...] = ()) -> list[Span]:
    """What of a text is more than text, in order and without overlaps; a link wins over what is in it.

    Args:
        text: as it is sent.
        mentions: what stands in the text, with who that is.
    """
    found = [_link(match) for match in _LINK.finditer(text)]
    found += _mentioned(text, mentions)
    found += [tag for match in _TAG.finditer(text) if (tag := _tag(match))]
    kept: list[Span] = []
    for span in found:
        if all(span.end <= one.start or span.start >= one.end for one in kept):
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)


def _link(match: regex.Match[str]) -> Span:
    """A link without the punctuation after it; a bracket belongs to it that it has opened."""
    link = match[0]
    while link and (link[-1] in ".,;:!?'’”»*_" or (link[-1] == ")" and link.count("(") < link.count(")"))):
        link = link[:-1]
    return Span(match.start(), match.start() + len(link), Kind.LINK, link)


def _mentioned(text: str, mentions: tuple[tuple[str, str], ...]) -> Iterator[Span]:
    for words, who in dict.fromkeys(mentions):
        place = text.find(words) if words else -1
        while place >= 0:
            end = place + len(words)
            if not text[end : end + 1].isalnum():
                yield Span(place, end, Kind.MENTION, who)
            place = text.find(words, end)


def _tag(match: regex.Match[str]) -> Span | None:
    tag = _END.sub("", match[1])
    if not _TELLING.search(tag) or graphemes(tag) > _LONGEST_TAG:
        return None
    return Span(match.start(), match.start(1) + len(tag), Kind.TAG, tag)
