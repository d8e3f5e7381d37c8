"""Legibility: what in a text is hard to read, above all for those who have it read out to them.

A screen reader says the whole name of an emoji, spells the letters of the mathematical alphabets or passes
over them, and tells the words of a hashtag apart by their capitals.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from bot.model.checks import Check
from bot.networks.hashtags import HASHTAG

MOST_EMOJI = 2  # one after the other
LONG = 20  # letters of a hashtag: hardly a single word in any language
LONGEST_NAME = 5  # words of which a hashtag may be made
CAPS_WORDS, CAPS_LETTERS = 3, 10  # from how many on it is no abbreviation

_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_SIGN = "[\U0001f300-\U0001f3fa\U0001f400-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u231a-\u23ff]"
_TONE = "[\ufe0f\U0001f3fb-\U0001f3ff]"
_EMOJI = re.compile(rf"(?:{_FLAG}|[0-9#*]\ufe0f?\u20e3|{_SIGN}{_TONE}*(?:\u200d{_SIGN}{_TONE}*)*)")
_FANCY = (
    "\U0001d400-\U0001d7ff\u24b6-\u24e9\U0001f130-\U0001f149\U0001f150-\U0001f169\U0001f170-\U0001f189"
    "\u1d00-\u1d22\u0262\u026a\u0274\u0280\u028f\u0299\u029c\u029f\ua730\ua731"  # small capitals
)
_FANCY_WORDS = re.compile(rf"[{_FANCY}](?:[{_FANCY}]|\s(?=[{_FANCY}]))+")
_NOT_SAID = re.compile(r"(?:https?://|www\.)\S+|[@#＃]\w+|@\{[^{}\n]{1,100}\}")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Found:
    """Something hard to read: where in the text, and what to do."""

    check: Check
    offset: int
    words: str


def hard_to_read(text: str, campaign_tags: Iterable[str], names: Collection[str]) -> Iterator[Found]:
    """Everything of a text; `names` are the joined words that a hashtag may be made of."""
    yield from _hashtags(text, campaign_tags, names)
    yield from _emoji(text)
    yield from _fancy(text)
    yield from _capitals(text)


def joined_words(texts: Iterable[str]) -> set[str]:
    """Any two to five words that follow each other, as a hashtag would join them."""
    found: set[str] = set()
    for text in texts:
        words = [word.casefold() for word in re.findall(r"[^\W_]+", text)]
        for count in range(2, LONGEST_NAME + 1):
            found |= {"".join(several) for several in zip(*(words[n:] for n in range(count)), strict=False)}
    return found


def _hashtags(text: str, campaign_tags: Iterable[str], names: Collection[str]) -> Iterator[Found]:
    known = {tag.casefold(): tag for tag in campaign_tags}
    said: set[str] = set()
    for found in HASHTAG.finditer(text):
        tag = found[1]
        if tag in said:
            continue
        said.add(tag)
        right = known.get(tag.casefold())
        if right is not None and right != tag:
            yield Found(Check.HASHTAG_CASE, found.start(), f"#{tag}: the campaign writes #{right}")
        elif right is None and _runs_together(tag, names):
            words = f"#{_short(tag)}: begin each word of it with a capital, so that it can be read"
            yield Found(Check.HASHTAG_CASE, found.start(), words)


def _runs_together(tag: str, names: Collection[str]) -> bool:
    """Whether a hashtag is several words in letters of one kind."""
    if tag.lower() == tag.upper() or not (tag[1:] == tag[1:].lower() or tag == tag.upper()):
        return False  # a writing without capitals, or capitals within
    letters = sum(character.isalpha() for character in tag)
    return "_" not in tag and (letters >= LONG or tag.casefold() in names)


def _emoji(text: str) -> Iterator[Found]:
    run, end, begun = 0, -2, 0
    for found in _EMOJI.finditer(text):
        close = not text[end : found.start()].strip() and found.start() - end <= 1
        run, begun = (run + 1, begun) if close else (1, found.start())
        end = found.end()
        if run == MOST_EMOJI + 1:
            words = f"more than {MOST_EMOJI} emoji in a row: each is read out with its whole name"
            yield Found(Check.EMOJI_RUNS, begun, words)


def _fancy(text: str) -> Iterator[Found]:
    for found in _FANCY_WORDS.finditer(text):
        plain = _short(unicodedata.normalize("NFKC", found[0]))
        yield Found(
            Check.FANCY_LETTERS, found.start(), f"write plain letters, others can not be read out: {plain}"
        )


def _capitals(text: str) -> Iterator[Found]:
    run: list[re.Match[str]] = []
    for word in _WORD.finditer(_NOT_SAID.sub(lambda one: "\0" * len(one[0]), text)):
        follows = not run or text[run[-1].end() : word.start()].strip(" ") == ""
        if run and not (follows and word[0].isupper()):
            yield from _shouted(run)
            run = []
        if word[0].isupper() and not (run and not follows):
            run.append(word)
    yield from _shouted(run)


def _shouted(run: list[re.Match[str]]) -> Iterator[Found]:
    letters = sum(len(word[0]) for word in run)
    if len(run) >= CAPS_WORDS and letters >= CAPS_LETTERS:
        words = _short(" ".join(word[0] for word in islice(run, 10)))
        yield Found(
            Check.ALL_CAPS, run[0].start(), f"{words}: write it in small letters, capitals read as shouting"
        )


def _short(words: str) -> str:
    return words if len(words) <= 40 else f"{words[:39]}…"
