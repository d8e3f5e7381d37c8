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
    """A real mention; where the name is not exactly that of the URN, LinkedIn shows it as plain text."""
    return f"@[{_RESERVED.sub(_BACKSLASHED, name)}]({urn})"


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
