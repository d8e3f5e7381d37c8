"""Little text: LinkedIn's format for commentary, in which punctuation is markup unless it is escaped.

A forgotten escape is not refused: the post is published cut off at that character. Grammar:
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
(version li-lms-2026-05, read 2026-11-24).
"""

import re

_BACKSLASHED = r"\\\g<0>"
_RESERVED = re.compile(r"[|{}@\[\]()<>#\\*_~]")
# A fragment of an address is no hashtag, and neither is "#1" or the second half of "C#Sharp".
_LINK = r"(?:https?://|www\.)\S+"
_HASHTAG = r"(?<![\w/&#@.\\:=?%+-])\#(?=\w*[^\W\d_])(?P<tag>[^\W_]+)"
_TOKEN = re.compile(rf"(?P<link>{_LINK})|{_HASHTAG}|(?P<one>[|{{}}@\[\]()<>#\\*_~])", re.IGNORECASE)

_ELEMENT = re.compile(
    r"""(?x)
    \\ (?P<escaped> [|{}@\[\]()<>#\\*_~] )
    | \{ hashtag \| \\? \# \| (?P<tag> (?: \\. | [^{}\\] )* ) \}
    | @ \[ (?P<name> (?: \\. | [^\[\]\\] )* ) \] \s? \( urn:li:[^()]* \)
    """
)


def escape(text: str) -> str:
    """The commentary that LinkedIn shows as exactly this text, its hashtags as links."""
    return _TOKEN.sub(_escaped, text)


def mention(name: str, urn: str) -> str:
    """The element that shows a name as a link to a page or a member, who is told of it.

    LinkedIn takes it for plain text where the name is not exactly that of the page, with the same capitals,
    or not that of the member (the whole of it, or the first or the last name).

    Raises:
        ValueError: the URN is of neither, or there is no name.
    """
    plain = " ".join(name.split())
    if not plain:
        raise ValueError("a mention needs a name")
    if not re.fullmatch(r"urn:li:(?:organization:\d+|person:[\w-]+)", urn, re.ASCII):
        raise ValueError(f"LinkedIn mentions urn:li:organization:… or urn:li:person:…, not {urn!r}")
    return f"@[{_RESERVED.sub(_BACKSLASHED, plain)}]({urn})"


def shown(commentary: str) -> str:
    """The text that readers see; for every text, `shown(escape(text)) == text`."""
    return _ELEMENT.sub(_seen, commentary)


def _escaped(match: re.Match[str]) -> str:
    if match["tag"] is not None:
        return match[0]
    return _RESERVED.sub(_BACKSLASHED, match[0])


def _seen(match: re.Match[str]) -> str:
    if match["escaped"] is not None:
        return match["escaped"]
    if match["tag"] is not None:
        return "#" + shown(match["tag"])
    return shown(match["name"])
