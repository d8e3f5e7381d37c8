"""Threads: a text that is too long for one message becomes several, split where a reader would pause."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate

_STOPS = ".!?…‽⁇⁈⁉。！？．｡؟۔।॥။።፧"  # what ends a sentence
_PAUSES = ",;:–—،؛，、；："
_WIDE = "。！？，、；："  # with these, a writing without spaces ends its sentences and clauses
_CLOSING = "\"'”’»›)]}」』）】*_"
_OPENING = "\"'“‘„«‹([{「『（【*_¿¡"
# A mention of the address book may have spaces in its braces.
_WORD = re.compile(
    rf"(?:@\{{[^{{}}\n]{{1,100}}\}}|[^\s{_WIDE}])+[{_WIDE}]*[」』）】”’]*|[{_WIDE}]+[」』）】”’]*"
)
# Without their last point, in the languages of those who write here: English, German, French, Spanish.
_ABBREVIATIONS = frozenset(
    """
    dr mr mrs ms mx prof rev hon gov gen st sr jr sra dra mme mlle mgr fr eg e.g i.e ie etc vs cf al no nr nos
    art fig vol pp p ed eds ca approx inc ltd co corp dept est tel ext min max jan feb mar apr jun jul aug sep
    sept oct nov dec mon tue wed thu fri sat sun bzw z.b zb d.h dh u.a ua usw vgl evtl ggf inkl str abs bd hr
    fam par av ex núm pág a.m p.m u.s u.k u.n
    """.split()  # noqa: SIM905
)


class Break(IntEnum):
    """How good it is to go on in another message behind a word."""

    WORD = 0
    CLAUSE = 1
    SENTENCE = 2


def split(text: str, longest: int, length: Callable[[str], int], first_less: int = 0) -> list[str]:
    """The messages of a thread, in order and numbered "1/3"; the text alone where it needs no thread.

    `length` counts as the network does and `longest` is what a message may have; `first_less` is kept free in
    the first one. Sentences that fit into a message stay whole, and messages are about equally long. Words
    stay whole, too: one that is longer than a message is a message too long. Takes linear time.
    """
    words = _Words.of(text, length)
    if not words.starts or words.length(0, len(words.starts) - 1) <= longest - first_less:
        return [text]
    for digits in range(1, len(str(len(words.starts))) + 2):
        prefix = 2 * digits + 2  # "12/34 "
        cuts = _balanced(words, longest - prefix, first_less)
        if len(str(len(cuts))) <= digits:
            break
    pieces = [text[words.starts[first] : words.ends[last]] for first, last in cuts]
    return [f"{number}/{len(pieces)} {piece}" for number, piece in enumerate(pieces, start=1)]


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a text with what is needed to plan with them."""

    starts: Sequence[int]
    ends: Sequence[int]
    own: Sequence[int]  # the length of each
    sums: Sequence[int]  # of all words before each, with the space between them
    breaks: Sequence[Break]  # behind each

    @classmethod
    def of(cls, text: str, length: Callable[[str], int]) -> "_Words":
        found = [(match.start(), match.end()) for match in _WORD.finditer(text)]
        own = [length(text[start:end]) for start, end in found]
        ends = [0, *(end for _, end in found)]
        gaps = [text[end:start] for end, (start, _) in zip(ends, found, strict=False)]
        # A space of another kind may count as something else than one.
        whole = [
            one + len(gap) if gap.isascii() else length(text[start - len(gap) : end])
            for one, gap, (start, end) in zip(own, gaps, found, strict=False)
        ]
        words = [text[start:end] for start, end in found]
        after = [*gaps[1:], ""]
        breaks = [
            _break(word, gap, following)
            for word, gap, following in zip(words, after, [*words[1:], ""], strict=False)
        ]
        sums = list(accumulate(whole, initial=0))
        return cls([start for start, _ in found], [end for _, end in found], own, sums, breaks)

    def length(self, first: int, last: int) -> int:
        """The length of the words from one to another, with all between them."""
        return self.own[first] + self.sums[last + 1] - self.sums[first + 1]


def _break(word: str, gap: str, following: str) -> Break:
    """How good it is to stop behind a word."""
    bare = word.rstrip(_CLOSING) or word
    last = bare[-1]
    if "\n" in gap or (last in _STOPS and not (last == "." and _goes_on(bare, following))):
        return Break.SENTENCE
    return Break.CLAUSE if last in _PAUSES else Break.WORD


def _goes_on(word: str, following: str) -> bool:
    """Whether the point behind a word is no end of a sentence: "Dr.", "J.", "3.", "approx. five"."""
    plain = word.strip(_OPENING).rstrip(".").casefold()
    begins = following.lstrip(_OPENING)[:1]
    is_short = len(plain) == 1 or plain.isdecimal() or plain in _ABBREVIATIONS
    return not word.endswith("..") and (is_short or begins.islower())


def _balanced(words: _Words, longest: int, first_less: int) -> list[tuple[int, int]]:
    """The first and the last word of each message: as few as can be, and none much longer than the rest."""
    best = _filled(words, longest, longest, first_less, len(words.starts))
    low, high = 1, longest
    while low < high:
        middle = (low + high) // 2
        tried = _filled(words, middle, longest, first_less, len(best))
        if tried:
            best, high = tried, middle
        else:
            low = middle + 1
    return best


def _filled(words: _Words, wanted: int, longest: int, first_less: int, most: int) -> list[tuple[int, int]]:
    """Messages of up to a wanted length, or up to the longest where a single sentence needs it.

    Nothing where it takes more messages than `most`; given up then at once, for the sake of time.
    """
    cuts: list[tuple[int, int]] = []
    first = 0
    while first < len(words.starts):
        if len(cuts) == most:
            return []
        last = _last_word(words, first, wanted, longest, 0 if first else first_less)
        cuts.append((first, last))
        first = last + 1
    return cuts


def _last_word(words: _Words, first: int, wanted: int, longest: int, less: int) -> int:
    """The word to stop behind, for a message that begins with another one; `less` of its room is taken."""
    best = {Break.SENTENCE: -1, Break.CLAUSE: -1, Break.WORD: first}  # the last within the wanted length
    at, count = first, len(words.starts)
    while at < count and words.length(first, at) <= wanted - less:
        best[words.breaks[at]] = best[Break.WORD] = at
        at += 1
    if at == count:
        return count - 1
    begun = best[Break.SENTENCE] + 1 or first  # of the sentence that goes beyond
    room = longest - less if begun == first else longest
    end = at
    while end < count - 1 and words.breaks[end] is not Break.SENTENCE and words.length(begun, end) <= room:
        end += 1
    if words.length(begun, end) <= room:
        return best[Break.SENTENCE] if begun > first else end
    return best[Break.CLAUSE] if best[Break.CLAUSE] > best[Break.SENTENCE] else best[Break.WORD]
