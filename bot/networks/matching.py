"""Matching: whether a post read back from a network is the one that was sent."""

import html
import re
import unicodedata
from difflib import SequenceMatcher

_SCHEME = re.compile(r"\bhttps?://", re.IGNORECASE)
_SLASH_AT_END = re.compile(r"/(?=\s|$)")
# Joiners, direction marks and variation selectors: any of them may be dropped or added on the way.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]")
_NEARLY = 0.9  # from which share of common letters on nobody should take two texts for different ones
_CUT_OFF = re.compile(r"\s*(?:…|\.\.\.)\s*(?:(?:see|show|read) more)?$", re.IGNORECASE)
_SHORTEST = 40  # characters of a beginning that tell something
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)


def same_text(sent: str, shown: str) -> bool:
    """Whether two texts differ only in what networks change on the way."""
    return normal(sent) == normal(shown)


def nearly_same(sent: str, shown: str) -> bool:
    """Whether two texts are so alike, links aside, that only a person should tell them apart."""
    one, other = (normal(_LINK.sub("…", text)) for text in (sent, shown))
    if (cut := _CUT_OFF.search(other)) and cut.start() >= _SHORTEST and one.startswith(other[: cut.start()]):
        return True  # the network shows its beginning only
    likeness = SequenceMatcher(None, one, other, autojunk=False)
    return likeness.real_quick_ratio() >= _NEARLY <= likeness.quick_ratio() and likeness.ratio() >= _NEARLY


def same_link(sent: str, shown: str) -> bool:
    """Whether two addresses differ only in scheme, in a slash at the end or in the case of the host."""
    return _bare(sent) == _bare(shown)


def normal(text: str) -> str:
    """The text without what networks change: composition, HTML escapes, white space, schemes of links."""
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", unescaped(text)))
    text = " ".join(_SCHEME.sub("", text).split())
    return _SLASH_AT_END.sub("", text)


def unescaped(text: str) -> str:
    """The text without HTML escapes: whether `&amp;` was written so or escaped once more, it is the same."""
    while (plainer := html.unescape(text)) != text:
        text = plainer
    return text


def _bare(link: str) -> str:
    host, slash, path = normal(link).partition("/")
    return host.lower() + slash + path
