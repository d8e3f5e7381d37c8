"""Links: what X makes a link of in a text, found in time by the length of the text.

The rules are those of twitter-text 3.1.0, the last release (https://github.com/twitter/twitter-text, read
2026-11-25), whose regular expressions take time by the square of the length. A host is a chain of labels up
to the rightmost known top-level domain; here each label is looked at once, and every possible beginning of
a host then takes one step.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_LONGEST = 4096  # characters of a link, with its scheme
_LONGEST_LABEL = 63  # of a host, RFC 1035
_LONGEST_SLUG = 40  # of a t.co link

_PUNCTUATION = r"!'#%&()*+,\\\-./:;<=>?@\[\]\^_{|}~$"
_BLANK = r"\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_BROKEN = "\ufffe\ufeff\uffff"
_DIRECTION = r"\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_LATIN = (
    r"\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268\u026f\u0272"
    r"\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_IN_PATH = rf"[A-Za-z0-9\u0400-\u04ff{_LATIN}!*';:=+,.$/%#\[\]\-\u2013_~@|&]"
_BRACKETS = rf"\((?:{_IN_PATH}++\)|{_IN_PATH}*+\({_IN_PATH}++\){_IN_PATH}*+\))"  # perhaps one pair in another
_IN_QUERY = r"[A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]"

_HOSTLIKE = re.compile(rf"(?:[._\-]|[^{_PUNCTUATION}{_BLANK}{_BROKEN}{_DIRECTION}])++")
_PLAIN_HOSTLIKE = re.compile(rf"[.\-A-Za-z0-9{_LATIN}]++")
_PORT = re.compile(r":[0-9]+")
_PATH = re.compile(rf"/(?:{_IN_PATH}++|{_BRACKETS})*+")
_NOT_AT_THE_END_OF_A_PATH = "!*';:,.$%[]–~@|&"
_QUERY = re.compile(rf"\?{_IN_QUERY}*+")
_NOT_AT_THE_END_OF_A_QUERY = "!?*'@();:+$%[].,~|"
_DOT = re.compile(r"\.(?=([0-9A-Za-z]*))")
_PUNYCODE = re.compile(r"xn--[\-0-9a-z]+", re.IGNORECASE)
_TCO = re.compile(r"https?://t\.co/([a-z0-9]+)", re.IGNORECASE)
_DOTS = re.compile("[.。．｡]")  # of a host
_ALPHANUMERIC = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_NOT_BEFORE = _ALPHANUMERIC | set("@＠$#＃" + _BROKEN)
_NOT_BEFORE_A_BARE_HOST = ("-", "_", ".", "/")
_NOT_AFTER_A_DOMAIN = _ALPHANUMERIC | set("@+-")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link stands in a text."""

    start: int
    end: int  # the place after its last character


@dataclass(frozen=True, slots=True)
class _Found:
    """What looks like a link."""

    start: int
    host: int  # where its host begins
    host_end: int
    path_end: int  # with the port; where there is no path, `host_end`
    end: int


def links_in(text: str) -> tuple[Link, ...]:
    """All links of a text, in their order."""
    if "." not in text:
        return ()
    domains = dict(_domains(text))
    if not domains:
        return ()
    links: list[Link] = []
    done = 0  # everything before this place has been looked at
    for run in _HOSTLIKE.finditer(text):
        if run.end() <= done:
            continue
        hosts = _Hosts(text, run.start(), run.end(), domains)
        while found := hosts.next_link(done):
            links += _taken(text, found, domains)
            done = found.end
    return tuple(links)


class _Hosts:
    """The hosts in a stretch of letters, dots, hyphens and underscores."""

    def __init__(self, text: str, start: int, end: int, domains: dict[int, int]) -> None:
        self._text, self._start, self._end, self._domains = text, start, end, domains
        self._dots = _places(text, ".", start, end)
        self._place = start  # of the next beginning to be tried
        if not any(dot in domains for dot in self._dots):
            self._place = end
            return
        begins = [start, *(dot + 1 for dot in self._dots)]
        whole = [self._is_label(begin, dot) for begin, dot in zip(begins, self._dots, strict=False)]
        self._underscore = [text.rfind("_", *span) for span in zip(begins, self._dots, strict=False)]
        # For each label: the last one up to which all are whole, and the last before it after which a
        # domain stands.
        self._reach = [number - 1 for number in range(len(whole) + 1)]
        for number in reversed(range(len(whole))):
            if whole[number]:
                self._reach[number] = max(number, self._reach[number + 1])
        self._best, best = [], -1
        for number, dot in enumerate(self._dots):
            if whole[number] and self._underscore[number] < 0 and dot in domains:
                best = number
            self._best.append(best)

    def next_link(self, done: int) -> _Found | None:
        """What looks like a link and begins after `done`; the leftmost that is left."""
        text, start = self._text, self._start
        if self._place >= self._end:
            return None
        if self._place == start:
            scheme = next((size for size in (7, 8) if _is_scheme(text[max(0, start - size) : start])), 0)
            begin = start - scheme
            host_end = self._host_end(start) if scheme and self._may_begin(begin, done) else 0
            if host_end:
                self._place = start + 1
                return _found(text, begin, start, host_end)
        for place in self._beginnings(max(self._place, done)):
            host_end = self._host_end(place) if self._may_begin(place, done) else 0
            if host_end:
                self._place = host_end
                return _found(text, place, place, host_end)
        self._place = self._end
        return None

    def _beginnings(self, first: int) -> Iterator[int]:
        # At the start of a text twitter-text tries what follows the first character before the whole.
        if first == 0 and self._end > 1:
            yield from (1, 0)
            first = 2
        yield from range(first, self._end)

    def _may_begin(self, place: int, done: int) -> bool:
        """Whether the character before it, which is not part of something else, lets a link begin here."""
        return place == 0 or ((place > done or done == 0) and self._text[place - 1] not in _NOT_BEFORE)

    def _is_label(self, start: int, end: int) -> bool:
        return start < end and self._text[start] not in "-_" and self._text[end - 1] not in "-_"

    def _host_end(self, start: int) -> int:
        """Where the host that starts here ends; 0: none does."""
        number = bisect_left(self._dots, start)
        if number == len(self._dots) or not self._is_label(start, self._dots[number]):
            return 0
        reach = self._reach[number + 1]
        if reach > number and self._best[reach] > number:
            return self._domains[self._dots[self._best[reach]]]
        return self._domains.get(self._dots[number], 0) if self._underscore[number] < start else 0


def _found(text: str, start: int, host: int, host_end: int) -> _Found:
    port = _PORT.match(text, host_end)
    end = port.end() if port else host_end
    path_end = host_end
    if path := _PATH.match(text, end):
        kept = path[0][1:].rstrip(_NOT_AT_THE_END_OF_A_PATH)
        path_end = end = end + 1 + len(kept)
    if query := _QUERY.match(text, end):
        end += len(query[0].rstrip(_NOT_AT_THE_END_OF_A_QUERY))
    return _Found(start, host, host_end, path_end, end)


def _taken(text: str, found: _Found, domains: dict[int, int]) -> list[Link]:
    """The links in what looks like one."""
    if not _is_valid(text, found):
        return []
    if found.host > found.start:
        end = _end_of_tco(text, found)
        return [Link(found.start, end)] if end else []
    if text[max(0, found.start - 1) : found.start] in _NOT_BEFORE_A_BARE_HOST:
        return []
    links = [Link(start, end) for start, end in _plain_hosts(text, found, domains)]
    if links and found.path_end > found.host_end:  # a query alone is not part of a link without a scheme
        links[-1] = Link(links[-1].start, links[-1].end + found.end - found.host_end)
    return links


def _end_of_tco(text: str, found: _Found) -> int:
    """Where the link ends: one to t.co ends with its name; 0: it is none."""
    short = _TCO.match(text, found.start, found.end)
    if not short:
        return found.end
    if len(short[1]) > _LONGEST_SLUG:
        return 0
    query = _QUERY.match(text, short.end(), found.end)
    return short.end() + (len(query[0].rstrip(_NOT_AT_THE_END_OF_A_QUERY)) if query else 0)


def _is_valid(text: str, found: _Found) -> bool:
    host = text[found.host : found.host_end]
    if any(len(label) > _LONGEST_LABEL for label in _DOTS.split(host)):
        return False
    try:
        encoded = host.encode("idna")
    except UnicodeError:
        return False
    scheme = found.host - found.start or len("https://")
    return scheme + len(encoded) + found.end - found.host_end <= _LONGEST


def _plain_hosts(text: str, found: _Found, domains: dict[int, int]) -> Iterator[tuple[int, int]]:
    """The hosts in Latin letters within the host: where there is no scheme, only they become links."""
    done = found.host
    for run in _PLAIN_HOSTLIKE.finditer(text, found.host, found.host_end):
        place = max(run.start(), done)
        while place < run.end():
            if text[place] == ".":
                place += 1
                continue
            chain_end = text.find("..", place, run.end())
            chain_end = run.end() if chain_end < 0 else chain_end + 1
            dots = (dot for dot in reversed(_places(text, ".", place, chain_end)) if dot in domains)
            last = next((dot for dot in dots if domains[dot] <= found.host_end), None)
            if last is None:
                place = chain_end
                continue
            done = domains[last]
            yield place, done
            place = done


def _domains(text: str) -> Iterator[tuple[int, int]]:
    """Each dot that a top-level domain follows, with the end of that."""
    known, longest = _top_level_domains()
    for found in _DOT.finditer(text):
        start, least = found.end(), len(found[1])
        after = text[start + least : start + least + 1]
        most = longest if after and not after.isascii() else least  # no more of it is to be seen
        for size in range(min(most, len(text) - start), max(least, 1) - 1, -1):
            end = start + size
            if text[end : end + 1] not in _NOT_AFTER_A_DOMAIN and text[start:end].lower() in known:
                yield found.start(), end
                break
        else:
            if coded := _PUNYCODE.match(text, start):
                yield found.start(), coded.end()


@lru_cache(maxsize=1)
def _top_level_domains() -> tuple[frozenset[str], int]:
    content = (Path(__file__).parent / "data" / "tlds.txt").read_text(encoding="utf-8")
    known = frozenset(line for line in content.splitlines() if not line.startswith("#"))
    return known, max(map(len, known))


def _is_scheme(text: str) -> bool:
    return text.lower() in ("http://", "https://")


def _places(text: str, character: str, start: int, end: int) -> list[int]:
    found = []
    place = text.find(character, start, end)
    while place >= 0:
        found.append(place)
        place = text.find(character, place + 1, end)
    return found
