"""The reconciler: ends doubt by looking at the account's own posts, and not too soon."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.logs import about, event
from bot.model.backoff import backoff
from bot.model.outcome import CannotLook, RemotePost
from bot.settings import SettingsError
from bot.store import doubts, settle, uploads
from bot.store.engine import Store, StoreError
from bot.store.listing import MOST_FAILED_LOOKS, Doubt, known_ids
from bot.store.post_log import WORKER
from bot.worker.accounts import Accounts, NotConnectedError

log = logging.getLogger("bot.worker")
ABSENCES = 2  # it must be missing that often, a settling time apart
LONG_BEFORE = timedelta(days=1)  # what was published since then may be in the list that is read
LOOKING = timedelta(minutes=2)  # meanwhile no other worker looks for the same one


class Reconciler:
    """Looks for uncertain deliveries; one object serves all accounts."""

    def __init__(self, store: Store, accounts: Accounts, clock: Clock) -> None:
        self._store = store
        self._accounts = accounts
        self._clock = clock

    def look_for(self, doubt: Doubt) -> None:
        """Look once, and record what that has proved."""
        with about(delivery=doubt.delivery, account=doubt.account, network=doubt.network):
            self._look_for(doubt)

    def _look_for(self, seen: Doubt) -> None:
        doubt = doubts.take(self._store, seen, self._clock.now() + LOOKING)
        if doubt is None:
            return
        if doubt.part is None:
            settle.complete(self._store, doubt.delivery, doubt.token, WORKER, self._clock.now())
            return
        if doubt.since is None:
            self._clear(doubt, "it was claimed, but no call was made")
            return
        found = self._find(doubt, doubt.since)
        match found:
            case RemotePost():
                self._adopt(doubt, found)
            case CannotLook(reason, for_good):
                self._wait(doubt, reason, for_good)
            case None if doubt.absences + 1 < ABSENCES:
                again = self._clock.now() + self._accounts.settle_time(doubt.network)
                doubts.not_seen(self._store, doubt, again)
            case None:
                words = f"not among the account's own posts, looked {ABSENCES} times: it is not out"
                self._clear(doubt, words)

    def _adopt(self, doubt: Doubt, found: RemotePost) -> None:
        where = found.url or found.remote_id
        if doubts.found(self._store, doubt, found, self._clock.now()):
            log.info("found, it is out: %s", where, extra=event("found", url=found.url))
        else:
            self._wait(doubt, f"{where} was taken for another delivery at this moment", for_good=False)

    def _find(self, doubt: Doubt, since: datetime) -> RemotePost | CannotLook | None:
        assert doubt.sending is not None  # noqa: S101
        with self._store.read() as connection:
            known = known_ids(connection, doubt.account, since - LONG_BEFORE)
        files = uploads.handles(self._store, doubt.delivery, doubt.sending.part)
        try:
            return self._accounts[doubt.account].find(replace(doubt.sending, uploads=files), since, known)
        except (NotConnectedError, SettingsError, StoreError, KeyError) as error:
            return CannotLook(f"the account is not connected: {error}", for_good=False)
        except Exception as error:
            log.exception("looking at %s failed", doubt.network, extra=event("fault"))
            return CannotLook(f"this program failed while looking: {type(error).__name__}", for_good=False)

    def _clear(self, doubt: Doubt, reason: str) -> None:
        doubts.clear(self._store, doubt, reason, self._clock.now())
        log.info("%s", reason, extra=event("absent"))

    def _wait(self, doubt: Doubt, reason: str, for_good: bool) -> None:
        remedy = f"look yourself, then: bot resolve {doubt.delivery} --published URL or --not-published"
        if for_good:
            doubts.could_not_look(self._store, doubt, None, f"{reason}; {remedy}", self._clock.now())
            log.warning("nobody can tell whether it is out: %s", reason, extra=event("needs-a-person"))
            return
        again = self._clock.now() + backoff(doubt.looks + 1, 0.5)
        words = f"could not look: {reason}"
        if doubt.looks + 1 >= MOST_FAILED_LOOKS:  # the looking goes on, and somebody should know
            words = f"{words}; {remedy}"
        doubts.could_not_look(self._store, doubt, again, words, self._clock.now())
