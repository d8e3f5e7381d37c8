"""Text as X handles it: its weight, and its links as t.co."""

import hashlib
import html
import string
import unicodedata
import warnings
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

LIMIT = 280
# The parser takes time by the square of the dots, 22 s for 1,500; outside of links 280 can not have so many.
_MOST_DOTS = 290
_LETTERS = string.ascii_letters + string.digits
_DISPLAYED = 26
_importing = Lock()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text as X's API gives it back."""

    text: str  # with t.co links, and "&", "<" and ">" escaped
    urls: tuple[dict[str, Any], ...]  # what stands behind each link; start and end are of `text`


def normal(text: str) -> str:
    """The text as X stores it."""
    return unicodedata.normalize("NFC", text).strip()


def is_too_long(text: str) -> bool:
    """Whether a text is heavier than X takes (twitter-text, configuration 3)."""
    if text.count(".") > _MOST_DOTS:
        return True
    weight: int = _twitter_text().parse_tweet(text).weightedLength
    return weight > LIMIT


@lru_cache(maxsize=4096)
def rendered(text: str) -> Rendered:
    """How X's API gives a text back that was posted. Links are counted and cut as twitter-text does."""
    found = _twitter_text().extract_urls_with_indices(text)
    pieces: list[str] = []
    urls: list[dict[str, Any]] = []
    length = place = 0
    for one in found:
        start, end = one["indices"]
        before = html.escape(text[place:start], quote=False)
        short = _short(one["url"])
        length += len(before)
        urls.append(_entity(one["url"], short, length))
        length += len(short)
        pieces += [before, short]
        place = end
    pieces.append(html.escape(text[place:], quote=False))
    return Rendered("".join(pieces), tuple(urls))


def with_media(seen: Rendered, place: str, keys: list[str], is_video: bool) -> Rendered:
    """A text with the link to its pictures, which X adds: one link, and an entity for each picture.

    `place` is the address of the post.
    """
    full = f"{place}/{'video' if is_video else 'photo'}/1"
    short = _short(full)
    start = len(seen.text) + 1 if seen.text else 0
    entity = {**_entity(full, short, start), "display_url": f"pic.x.com/{short[-10:]}"}
    urls = (*seen.urls, *({**entity, "media_key": key} for key in keys))
    return Rendered(f"{seen.text} {short}".strip(), urls)


def links(text: str) -> list[str]:
    """The links in a text, as they were written."""
    return [one["url"] for one in _twitter_text().extract_urls_with_indices(text)]


def _entity(url: str, short: str, start: int) -> dict[str, Any]:
    full = url if "://" in url else f"http://{url}"
    shown = full.partition("://")[2].removeprefix("www.")
    if len(shown) > _DISPLAYED:
        shown = shown[:_DISPLAYED] + "…"
    return {
        "start": start,
        "end": start + len(short),
        "url": short,
        "expanded_url": full,
        "display_url": shown,
    }


def _short(url: str) -> str:
    digest = hashlib.sha256(url.encode()).digest()
    return "https://t.co/" + "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:10])


@lru_cache(maxsize=1)
def _twitter_text() -> Any:
    # It takes 0.6 s and warns of its own age, so it is imported once, quietly, where a text is first weighed.
    with _importing, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import twitter_text
        import twitter_text.extract_urls
    return twitter_text
