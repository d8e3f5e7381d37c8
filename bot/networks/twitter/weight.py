"""Weight: the length of a text as X counts it, in time by the length of the text.

https://docs.x.com/fundamentals/counting-characters and config/v3.json of twitter-text
(https://github.com/twitter/twitter-text), both read 2026-11-25. X's page says that every emoji counts 2;
twitter-text 3.1.0, its last release, knows those of Unicode 12. A newer one that is made of several
characters, and only such a one, counts more here as there: too much is the safe side.
"""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from bot.networks.twitter.links import links_in

LIMIT = 280
LINK = 23  # however long it is
EMOJI = 2
_HEAVY = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")  # counts 2, all others 1
_MAY_BE_EMOJI = re.compile("[\u00a9\u00ae\u203c-\U0010ffff]")
_LINE_END = re.compile("\r\n?")


def weigh(text: str) -> int:
    """The weighted length: a link is 23, an emoji or a letter outside most alphabets 2."""
    text = _LINE_END.sub("\n", unicodedata.normalize("NFC", text))
    emoji = _emoji_in(text)
    weight = place = 0
    counted = 0  # everything before this place is in `weight`
    for start, end, its_weight in sorted([*((one.start, one.end, LINK) for one in links_in(text)), *emoji]):
        if start < place:
            continue  # within a link
        weight += _plain(text[counted:start]) + its_weight
        counted = place = end
    return weight + _plain(text[counted:])


def _plain(text: str) -> int:
    return len(text) + len(_HEAVY.findall(text))


def _emoji_in(text: str) -> list[tuple[int, int, int]]:
    """Where the emoji stand, and what each weighs."""
    if not _MAY_BE_EMOJI.search(text):
        return []
    known, longest = _emoji()
    found, place = [], 0
    while place < len(text):
        most = longest.get(text[place], 0)
        size = next((size for size in range(most, 0, -1) if text[place : place + size] in known), 0)
        if size:
            found.append((place, place + size, EMOJI))
        place += size or 1
    return found


@lru_cache(maxsize=1)
def _emoji() -> tuple[frozenset[str], dict[str, int]]:
    """All of them, and by the character that begins some how long the longest is."""
    content = (Path(__file__).parent / "data" / "emoji.txt").read_text(encoding="utf-8")
    known = frozenset(line for line in content.splitlines() if not line.startswith("//"))
    longest: dict[str, int] = {}
    for one in known:
        longest[one[0]] = max(longest.get(one[0], 0), len(one))
    return known, longest
