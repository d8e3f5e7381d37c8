"""Little text as LinkedIn reads it: what followers see of a commentary, cut off at the first mistake.

Grammar: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
(version li-lms-2026-05, read 2026-08-22). That a reserved character which neither is escaped nor begins an
element cuts off all that follows, and is answered 201 all the same, is reported by many integrators.
"""

import re

RESERVED = r"|{}@[]()<>#\*_~"
_TOKEN = re.compile(
    r"""(?xs)
      \\ (?P<escaped> [|{}@\[\]()<>\#\\*_~] )
    | \# (?P<hashtag> [^\W_]+ )
    | \{ hashtag \| \\ \# \| (?P<tag> (?: \\ . | [^|{}@\[\]()<>\#\\*_~] )+ ) \}
    | @ \[ (?P<name> (?: \\ . | [^|{}@\[\]()<>\#\\*_~] )+ ) \]
        \( urn:li:(?: organization:\d+ | person:[\w-]+ ) \)
    | (?P<plain> [^|{}@\[\]()<>\#\\*_~]+ )
    """
)


def shown(commentary: str) -> str:
    """What followers see: escapes undone, elements as their text, nothing after the first mistake."""
    pieces: list[str] = []
    place = 0
    while found := _TOKEN.match(commentary, place):
        pieces.append(_seen(found))
        place = found.end()
    return "".join(pieces)


def length(commentary: str) -> int:
    """The characters that count for the limit: an escape and what it escapes are one.

    Assumption, LinkedIn does not say it: what is cut off counts as well.
    """
    return len(re.sub(r"(?s)\\(.)", r"\1", commentary))


def _seen(found: re.Match[str]) -> str:
    if found["escaped"] is not None:
        return found["escaped"]
    if found["hashtag"] is not None:
        return f"#{found['hashtag']}"
    if found["tag"] is not None:
        return f"#{_unescaped(found['tag'])}"
    if found["name"] is not None:
        return _unescaped(found["name"])
    return found["plain"]


def _unescaped(text: str) -> str:
    return re.sub(r"(?s)\\(.)", r"\1", text)
