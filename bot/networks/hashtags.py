"""Hashtags: those of a campaign, added to a text that lacks them."""

import re
from collections.abc import Iterable

HASHTAG = re.compile(r"(?<![\w&/#@＃])[#＃](\w+)")
_ONLY_HASHTAGS = re.compile(r"\s*(?:[#＃]\w+\s*)+")


def hashtags_in(text: str) -> list[str]:
    """Every hashtag of a text, without its sign."""
    return HASHTAG.findall(text)


def missing(texts: Iterable[str], hashtags: Iterable[str]) -> tuple[str, ...]:
    """The hashtags that none of the texts has, in whatever letters; none where nothing is said at all."""
    texts = list(texts)
    if not any(texts):
        return ()
    there = {tag.casefold() for text in texts for tag in hashtags_in(text)}
    return tuple(tag for tag in hashtags if tag.casefold() not in there)


def with_hashtags(text: str, hashtags: Iterable[str]) -> str:
    """The text with hashtags at its end: on the line of those that end it, or as a paragraph of their own."""
    added = " ".join(f"#{tag}" for tag in hashtags)
    if not added or not text:
        return added or text
    beside = "\n" not in text or _ONLY_HASHTAGS.fullmatch(text.rpartition("\n")[2])
    return f"{text} {added}" if beside else f"{text}\n\n{added}"
