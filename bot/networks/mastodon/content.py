"""Content: the text behind the HTML in which a server shows a status."""

import html
import re

_BREAK = re.compile(r"<br\b[^<>]*>", re.IGNORECASE)
_PARAGRAPH = re.compile(r"</p\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def text_of(content: str) -> str:
    """The words of a status, links whole: what is hidden of them is in the HTML too."""
    broken = _PARAGRAPH.sub("\n\n", _BREAK.sub("\n", content))
    return html.unescape(_TAG.sub("", broken)).strip()
