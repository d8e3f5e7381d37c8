"""Weight: the length of a text as X counts it (twitter-text, configuration 3)."""

from functools import lru_cache

from bot.networks.quiet import quietly

LIMIT = 280
MOST_CODE_POINTS = 1_000  # the parser takes time by the square of the length: 22 s for 3,000


@lru_cache(maxsize=4096)
def weigh(text: str) -> int:
    """The weighted length: a link is 23, an emoji or a letter outside the Latin scripts 2.

    Raises:
        ValueError: the text is longer than anything that the parser should be given.
    """
    if len(text) > MOST_CODE_POINTS:
        raise ValueError(f"more than {MOST_CODE_POINTS:,} characters")
    with quietly():
        from twitter_text import parse_tweet  # 0.6 s, so only where something is counted

    length: int = parse_tweet(text).weightedLength
    return length
