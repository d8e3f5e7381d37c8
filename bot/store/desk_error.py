"""The error of those who act for a person on deliveries."""

from bot.errors import SpokenError


class DeskError(SpokenError):
    """What was asked can not be done to this delivery; the message says why, and what can."""
