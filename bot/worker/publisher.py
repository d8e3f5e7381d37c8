"""The publisher: carries out one claim, part by part: intent, call, settle."""

import logging
import random
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from bot.clock import Clock
from bot.model.backoff import backoff
from bot.model.decision import FindOut, GiveUp, PartIsOut, TryAgain, decide
from bot.model.message import Part, fingerprint
from bot.model.outcome import Outcome, Unknown
from bot.store import lanes, listing, queue, settle, switches
from bot.store.engine import Store, StoreError
from bot.store.queue import Claim
from bot.store.settle import Ending
from bot.worker.accounts import Accounts

log = logging.getLogger("bot.worker")
T = TypeVar("T")
UNTIL_VERIFIED = timedelta(days=3650)  # a stopped account waits until its credentials are found to work


class Publisher:
    """Publishes claimed deliveries; one object serves all lanes."""

    def __init__(self, store: Store, accounts: Accounts, clock: Clock, stopping: threading.Event) -> None:
        self._store = store
        self._accounts = accounts
        self._clock = clock
        self._stopping = stopping

    def deliver(self, held: Claim) -> None:
        """Send every part that is not out yet, as long as each one succeeds."""
        while (waiting := held.next_part) is not None:
            part = waiting.part
            if self._stopping.is_set():
                self._give_back(held, "the worker stops before this was sent")
                return
            attempt = self._begin(held, part)
            if attempt is None:
                self._step_back(held)
                return
            outcome = self._call(held, part)
            remote = self._settle(held, part, attempt, outcome)
            if remote is None:
                return
            held = remote

    def _begin(self, held: Claim, part: Part) -> int | None:
        limit = self._accounts.call_limit(held.network)
        return queue.begin(self._store, held, part, fingerprint(part.to_json()), self._clock.now(), limit)

    def _step_back(self, held: Claim) -> None:
        """No call was made: everything is paused, or the claim is not ours any more."""
        with self._store.read() as connection:
            paused = switches.current_pause(connection)
        if paused is None:
            self._give_back(held, "the claim ran out before anything was sent")
        else:
            reason = f"everything is paused: {paused.reason}" if paused.reason else "everything is paused"
            self._insist(lambda: settle.paused(self._store, held, reason, self._clock.now()))

    def _give_back(self, held: Claim, reason: str) -> None:
        self._insist(lambda: settle.given_back(self._store, held, reason, self._clock.now()))

    def _call(self, held: Claim, part: Part) -> Outcome:
        try:
            return self._accounts[held.account].publish(part, held.previous)
        except Exception as error:
            log.exception("delivery %d: the adapter of %s failed", held.delivery, held.network)
            return Unknown(f"this program failed during the call: {type(error).__name__}")

    def _settle(self, held: Claim, part: Part, attempt: int, outcome: Outcome) -> Claim | None:
        """Record what came of a call; the claim to go on with, if there is more to send."""
        ending = Ending(attempt, outcome)
        now = self._clock.now()
        match decide(outcome, self._was_doubted(held, part)):
            case PartIsOut(remote):
                more = self._insist(
                    lambda: settle.published(self._store, held, part, remote, ending, self._clock.now())
                )
                log.info("delivery %d: %s -> %s %s", held.delivery, held.post, held.account, remote.url or "")
                return held.with_published(part.number, remote) if more else None
            case TryAgain() as again:
                at = again.at or now + backoff(held.tries + 1, random.random())  # noqa: S311
                self._insist(lambda: settle.postponed(self._store, held, ending, again.reason, at, now))
                if again.whole_account:
                    self._insist(
                        lambda: lanes.block(self._store, held.account, at, again.cause, again.reason)
                    )
                log.warning("delivery %d: again at %s: %s", held.delivery, _clock_time(at), again.reason)
            case GiveUp() as no:
                self._insist(lambda: settle.failed(self._store, held, ending, no.reason, now))
                if no.stop_account:
                    until = now + UNTIL_VERIFIED
                    self._insist(lambda: lanes.block(self._store, held.account, until, no.cause, no.reason))
                log.error("delivery %d: failed: %s", held.delivery, no.reason)
            case FindOut(reason):
                look_at = now + self._accounts.settle_time(held.network)
                self._insist(lambda: settle.doubtful(self._store, held, ending, reason, look_at, now))
                log.warning(
                    "delivery %d: uncertain, looking at %s: %s", held.delivery, _clock_time(look_at), reason
                )
        return None

    def _was_doubted(self, held: Claim, part: Part) -> bool:
        """Whether an attempt before this one may have published the part."""
        with self._store.read() as connection:
            return listing.ended_in_doubt(connection, held.delivery, part.number)

    def _insist(self, write: Callable[[], T]) -> T:
        """Write what is known to have happened, again and again while the store refuses."""
        pause = 0.1
        while True:
            try:
                return write()
            except StoreError as error:
                log.error("what happened can not be written yet, trying on: %s", error)
                time.sleep(pause)
                pause = min(pause * 2, 10.0)


def _clock_time(instant: datetime) -> str:
    return instant.strftime("%H:%M:%S UTC")
