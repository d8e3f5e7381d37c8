"""Checking: asks each account's network once a day who the credentials are and until when."""

import logging
from collections.abc import Collection
from datetime import timedelta

from bot.clock import Clock
from bot.logs import event
from bot.planning.account_report import SAYS_NOTHING
from bot.store import checks
from bot.store.engine import Store
from bot.worker.accounts import Accounts

log = logging.getLogger("bot.alerts")
DAILY = timedelta(days=1)
AT_START = timedelta(hours=1)  # there may be new credentials; who starts again and again asks no more often


def check_accounts(
    store: Store, accounts: Accounts, names: Collection[str], clock: Clock, at_most_every: timedelta = DAILY
) -> None:
    """Ask about every connected account that was not asked about for so long, and keep the answers.

    Raises:
        StoreError: the database can not be used.
    """
    for name in names:
        if accounts.why_not(name) is not None:
            continue  # what is queued for it is held, and that is told
        if not checks.begin(store, name, clock.now(), at_most_every):
            continue
        health = accounts[name].verify()
        if not health.ok and health.cause in SAYS_NOTHING:
            words = "%s can not be checked now: %s"
            log.warning(words, name, health.detail, extra=event("not-checked", account=name))
            continue
        ends_at = accounts.ends_at(name, health)
        checks.record(store, name, health.ok, health.detail, ends_at, clock.now())
