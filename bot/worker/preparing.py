"""Preparing: brings files to the networks before their posts are due, so that a film makes no post late."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from bot.clock import Clock
from bot.logs import about, event
from bot.model.outcome import NotPublished, Rejected
from bot.networks import NotConnectedError
from bot.settings import SettingsError
from bot.store import uploads
from bot.store.engine import Store
from bot.store.uploads import Coming
from bot.worker.accounts import Accounts
from bot.worker.lanes import Lanes
from bot.worker.uploads import StoppedError, Uploads

log = logging.getLogger("bot.worker")
AHEAD = timedelta(minutes=15)  # what a network keeps for a post to come, it keeps for a day


class Preparer:
    """One worker's share of the bringing; beside the lanes in which it publishes."""

    def __init__(
        self, store: Store, accounts: Accounts, clock: Clock, lanes: Lanes, stopping: Callable[[], bool]
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._clock = clock
        self._lanes = lanes
        self._uploads = Uploads(store, clock, stopping)

    def prepare(self) -> None:
        """Start to bring what is shown soon.

        Raises:
            StoreError: the database can not be read.
        """
        now = self._clock.now()
        with self._store.read() as connection:
            found = {
                account: uploads.coming(connection, account, now, now + AHEAD)
                for account in self._accounts.connected()
            }
        for account, coming in found.items():
            if coming:
                self._lanes.run(f"files for {account}", lambda coming=coming: self._bring_all(coming))  # type: ignore[misc]

    def _bring_all(self, coming: Sequence[Coming]) -> bool:
        for one in coming:
            self._bring(one)
        return False  # nothing was published: nobody need look at the store again

    def _bring(self, coming: Coming) -> None:
        part = coming.sending.part
        now = self._clock.now()
        if not uploads.take(self._store, coming.delivery, part.number, now, coming.due_at):
            return
        subject = {"delivery": coming.delivery, "post": coming.post, "account": coming.account}
        with about(**subject, network=coming.network):
            try:
                network = self._accounts[coming.account]
                way = self._accounts.way_for(network, coming.network, coming.post)
                outcome = self._uploads.bring(way, coming.delivery, coming.sending)
            except (StoppedError, NotConnectedError, SettingsError, KeyError):
                return  # its turn comes when it is due
            if isinstance(outcome, NotPublished) and outcome.again_at is not None:
                until = min(outcome.again_at, coming.due_at)
                uploads.hold(self._store, coming.delivery, part.number, until)
            elif isinstance(outcome, NotPublished | Rejected):
                words = "its files are not on the network yet, and are tried again when it is due: %s"
                log.warning(words, outcome.reason, extra=event("not-prepared"))
