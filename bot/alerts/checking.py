"""Checking: asks each account's network once a day who the credentials are and until when."""

import logging
from datetime import timedelta

from bot.clock import Clock
from bot.model.outcome import Cause
from bot.networks import REGISTRY, connect, missing_credentials
from bot.settings import Settings, SettingsError
from bot.store import checks
from bot.store.engine import Store

log = logging.getLogger("bot.alerts")
DAILY = timedelta(days=1)
AT_START = timedelta(
    hours=1
)  # there may be new credentials; but who starts again and again asks no more often
_SAYS_NOTHING = frozenset({Cause.NEVER_LEFT, Cause.RATE_LIMIT, Cause.BUSY})  # of the credentials


def check_accounts(store: Store, settings: Settings, clock: Clock, at_most_every: timedelta = DAILY) -> None:
    """Ask about every connected account that was not asked about for so long, and keep the answers.

    Raises:
        StoreError: the database can not be used.
    """
    for account in settings.accounts.values():
        if account.network not in REGISTRY or missing_credentials(account, settings):
            continue  # what is queued for it is held, and that is told
        if not checks.begin(store, account.name, clock.now(), at_most_every):
            continue
        try:
            health = connect(account, settings, clock).verify()
        except SettingsError as error:
            log.warning("%s can not be checked: %s", account.name, error)
            continue
        if not health.ok and (health.cause is None or health.cause in _SAYS_NOTHING):
            log.warning("%s can not be checked now: %s", account.name, health.detail)
            continue
        checks.record(store, account.name, health.ok, health.detail, health.expires_at, clock.now())
