"""Checks: what `bot check` looks at for the sake of readers, each by a name with a level that can be set."""

from collections.abc import Mapping
from enum import StrEnum

from bot.model.message import Level


class Check(StrEnum):
    """A check by its name in [checks] of config/bot.toml."""

    ALT_TEXT = "alt-text"  # a picture without a description, or with one that says nothing
    MENTIONS = "mentions"  # somebody without a handle on a network
    HASHTAGS = "hashtags"  # a hashtag of the campaign for which a text has no room
    HASHTAG_CASE = "hashtag-case"  # words that run together, where capitals would keep them apart
    EMOJI_RUNS = "emoji-runs"
    FANCY_LETTERS = "fancy-letters"
    ALL_CAPS = "all-caps"
    LINKEDIN_FIRST_LINE = "linkedin-first-line"  # of which LinkedIn shows only the beginning
    DEAD_LINKS = "dead-links"  # only where it is asked for: `bot check --links`
    SAME_TEXT = "same-text"  # on one account, sooner than a network takes it again
    UNBALANCED_THREADS = "unbalanced-threads"  # numbers that are wrong, a message much shorter than the rest


Levels = Mapping[Check, Level | None]  # None: off
LEVELS: Levels = {
    check: Level.ERROR if check in (Check.ALT_TEXT, Check.SAME_TEXT) else Level.WARNING for check in Check
}
