"""The publisher: carries out one claim, part by part: intent, call, settle."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from bot.clock import Clock
from bot.model.backoff import backoff
from bot.model.decision import Decision, FindOut, GiveUp, PartIsOut, TryAgain, decide
from bot.model.message import Part, fingerprint
from bot.model.outcome import Outcome, Unknown
from bot.networks import Network, NotConnectedError
from bot.networks.wire import departing_within
from bot.store import lanes, listing, queue, settle
from bot.store.engine import Store, StoreError
from bot.store.queue import Claim
from bot.store.settle import Ending
from bot.worker.accounts import CONNECT_TIME, Accounts

log = logging.getLogger("bot.worker")
T = TypeVar("T")
UNTIL_VERIFIED = timedelta(days=3650)  # a stopped account waits until its credentials are found to work
PATIENCE_WHEN_STOPPING_S = 10.0  # for a store that refuses what is to be written


class Publisher:
    """Publishes claimed deliveries; one object serves all lanes."""

    def __init__(self, store: Store, accounts: Accounts, clock: Clock, stopping: threading.Event) -> None:
        self._store = store
        self._accounts = accounts
        self._clock = clock
        self._stopping = stopping
        self._tokens: set[str] = set()
        self._lock = threading.Lock()

    def tokens(self) -> frozenset[str]:
        """The claims that some thread has in hand: only their leases are to be renewed."""
        with self._lock:
            return frozenset(self._tokens)

    def deliver(self, held: Claim) -> None:
        """Send every part that is not out yet, as long as each one succeeds."""
        with self._in_hand(held):
            going_on: Claim | None = held
            while going_on is not None:
                going_on = self._next(going_on)

    def _next(self, held: Claim) -> Claim | None:
        """Send one part; the claim to go on with, if there is more to send."""
        waiting = held.next_part
        if waiting is None:
            self._insist(
                lambda: settle.complete(self._store, held.delivery, held.token, held.worker, self._now())
            )
            return None
        try:
            network = self._ready(held, waiting.part)
            doubted = self._was_doubted(held, waiting.part)
            attempt = self._begin(held, waiting.part) if network else None
        except StoreError as error:  # no call was made
            self._give_back(held, f"the store refused what must be written before the call: {error}")
            return None
        if network is None:
            return None
        if attempt is None:
            self._insist(lambda: settle.paused(self._store, held, self._now()))
            return None
        outcome = self._call(network, held, waiting.part)
        return self._settle(held, waiting.part, attempt, outcome, doubted)

    def _ready(self, held: Claim, part: Part) -> Network | None:
        """The adapter, if everything that comes before the wire works; else the claim is settled."""
        if self._stopping.is_set():
            self._give_back(held, "the worker stops before this was sent")
            return None
        try:
            network = self._accounts[held.account]
            network.payload(part, held.previous)
        except (NotConnectedError, KeyError) as error:
            self._give_back(held, f"the account is not connected: {error}")
            return None
        except Exception as error:
            log.exception("delivery %d: no request can be made for %s", held.delivery, held.network)
            reason = f"this program can make no request of it ({type(error).__name__}: {error})"
            self._insist(lambda: settle.failed(self._store, held, None, reason, self._now()))
            return None
        return network

    def _begin(self, held: Claim, part: Part) -> int | None:
        limit = self._accounts.call_limit(held.network)
        return queue.begin(self._store, held, part, fingerprint(part.to_json()), self._now(), limit)

    def _give_back(self, held: Claim, reason: str) -> None:
        self._insist(lambda: settle.given_back(self._store, held, reason, self._now()))

    def _call(self, network: Network, held: Claim, part: Part) -> Outcome:
        try:
            with departing_within(CONNECT_TIME):
                return network.publish(part, held.previous)
        except Exception as error:
            log.exception("delivery %d: the adapter of %s failed", held.delivery, held.network)
            return Unknown(f"this program failed during the call: {type(error).__name__}")

    def _settle(self, held: Claim, part: Part, attempt: int, outcome: Outcome, doubted: bool) -> Claim | None:
        """Record what came of a call; the claim to go on with, if there is more to send."""
        ending = Ending(attempt, outcome)
        now = self._now()
        match self._decide(held, outcome, doubted):
            case PartIsOut(remote):
                where = remote.url or remote.remote_id
                more = self._insist(
                    lambda: settle.published(self._store, held, part, remote, ending, self._now()),
                    f"part {part.number} is out: {where}",
                )
                log.info("delivery %d: %s -> %s %s", held.delivery, held.post, held.account, where)
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

    def _decide(self, held: Claim, outcome: Outcome, doubted: bool) -> Decision:
        decision = decide(outcome, doubted)
        if isinstance(decision, PartIsOut) and self._insist(lambda: self._is_taken(held, decision)):
            return decide(outcome, doubted=False)  # the post that exists is another delivery's
        return decision

    def _is_taken(self, held: Claim, found: PartIsOut) -> bool:
        with self._store.read() as connection:
            return settle.is_taken(connection, held.account, found.remote.remote_id, held.delivery)

    def _was_doubted(self, held: Claim, part: Part) -> bool:
        """Whether an attempt before this one may have published the part."""
        with self._store.read() as connection:
            return listing.ended_in_doubt(connection, held.delivery, part.number)

    @contextmanager
    def _in_hand(self, held: Claim) -> Iterator[None]:
        with self._lock:
            self._tokens.add(held.token)
        try:
            yield
        finally:
            with self._lock:
                self._tokens.discard(held.token)

    def _insist(self, write: Callable[[], T], what: str = "what happened") -> T:
        """Write what is known to have happened, again and again while the store refuses.

        Raises:
            StoreError: it still refuses although this process is to stop; the lease will run out.
        """
        pause, stop_at, said = 0.1, None, ""
        while True:
            try:
                return write()
            except StoreError as error:
                if str(error) != said:  # once for as long as it lasts
                    log.error("%s can not be written yet, trying on: %s", what, error)
                    said = str(error)
                if self._stopping.is_set():
                    stop_at = stop_at or time.monotonic() + PATIENCE_WHEN_STOPPING_S
                    if time.monotonic() > stop_at:
                        raise
                time.sleep(pause)
                pause = min(pause * 2, 10.0)

    def _now(self) -> datetime:
        return self._clock.now()


def _clock_time(instant: datetime) -> str:
    return instant.strftime("%H:%M:%S UTC")
