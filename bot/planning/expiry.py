"""Expiry: when an account's credentials end, and how soon people want to know."""

from datetime import datetime, timedelta

from bot.settings import Settings
from bot.store.checks import Check

THRESHOLDS = (1, 7, 14)  # days before the end at which it is told
SOON = timedelta(days=max(THRESHOLDS))


def ends_at(settings: Settings, account: str, known: Check | None) -> datetime | None:
    """When an account's credentials end (UTC), as its network says, else as config/accounts.toml does.

    None: they do not, or nobody knows.
    """
    if known is not None and known.expires_at is not None:
        return known.expires_at
    named = settings.accounts.get(account)
    return named.ends_at if named else None
