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
from bot.logs import about, event
from bot.model.backoff import backoff
from bot.model.decision import Decision, FindOut, GiveUp, PartIsOut, TryAgain, decide
from bot.model.message import Part, Role, fingerprint
from bot.model.outcome import Cause, NotPublished, Outcome, Rejected, Unknown
from bot.model.sending import Sending
from bot.networks import Network, NotConnectedError
from bot.networks.wire import departing_within
from bot.settings import SettingsError
from bot.store import listing, queue, settle, uploads
from bot.store.engine import DamagedStoreError, Store, StoreError
from bot.store.queue import Claim
from bot.store.settle import Block, Ending
from bot.worker.accounts import CONNECT_TIME, Accounts
from bot.worker.uploads import StoppedError, Uploads

log = logging.getLogger("bot.worker")
T = TypeVar("T")
UNTIL_VERIFIED = timedelta(days=3650)  # a stopped account waits until its credentials are found to work
SOON = timedelta(seconds=10)  # until a token is renewed
MOST_NAMED = 5  # links of parts that are out
PATIENCE_WHEN_STOPPING_S = 10.0  # for a store that refuses what is to be written


class Publisher:
    """Publishes claimed deliveries; one object serves all lanes."""

    def __init__(
        self, store: Store, accounts: Accounts, clock: Clock, stopping: threading.Event,
        trusted: Callable[[], bool] = lambda: True,
    ) -> None:  # fmt: skip
        self._store = store
        self._accounts = accounts
        self._clock = clock
        self._stopping = stopping
        self._trusted = trusted  # whether the clock may be acted upon
        self._uploads = Uploads(store, clock, stopping.is_set)
        self._tokens: set[str] = set()
        self._lock = threading.Lock()

    def tokens(self) -> frozenset[str]:
        """The claims that some thread has in hand: only their leases are to be renewed."""
        with self._lock:
            return frozenset(self._tokens)

    def deliver(self, held: Claim) -> None:
        """Send every part that is not out yet, as long as each one succeeds."""
        subject = {"delivery": held.delivery, "post": held.post, "account": held.account}
        with self._in_hand(held), about(**subject, network=held.network):
            log.info("taken, due at %s", _clock_time(held.due_at), extra=event("claimed"))
            going_on: Claim | None = held
            while going_on is not None:
                going_on = self._next(going_on)

    def _next(self, held: Claim) -> Claim | None:
        """Send one part; the claim to go on with, if there is more to send."""
        sending = held.next_sending
        if sending is None:
            self._insist(
                lambda: settle.complete(self._store, held.delivery, held.token, held.worker, self._now())
            )
            return None
        part = sending.part
        try:
            network = self._ready(held, sending)
            if network is None:
                return None
            way = self._accounts.way_for(network, held.network, held.post)
            brought = self._uploads.bring(way, held.delivery, sending)
            if not isinstance(brought, Sending):
                self._could_not_bring(held, part, network, brought)
                return None
            doubted = self._was_doubted(held, part)
            called = self._begin_and_call(network, held, brought)
        except StoreError as error:  # no call was made
            self._give_back(held, f"the store refused what must be written before the call: {error}")
            return None
        except StoppedError:
            self._give_back(held, "the worker stops before its files were on the network")
            return None
        if called is None:
            why = self._insist(lambda: settle.paused(self._store, held, self._now()))
            log.info("not sent: %s", why, extra=event("held"))
            return None
        attempt, outcome, took_ms = called
        renew = self._needs_another_token(held, network, outcome)
        if renew is not None:
            self._settle(held, part, attempt, renew, doubted)
            self._renew(held, network)  # only now: a crash in it leaves nothing in doubt
            return None
        if part.files and _may_be_of_the_files(outcome):
            self._insist(lambda: uploads.forget(self._store, held.delivery))
        with about(part=part.number, attempt=attempt, duration_ms=took_ms):
            return self._settle(held, part, attempt, outcome, doubted)

    def _could_not_bring(
        self, held: Claim, part: Part, network: Network, outcome: NotPublished | Rejected
    ) -> None:
        """A file is not on the network: no post was tried, and what follows is the same as if it had been."""
        if isinstance(outcome, Rejected) and outcome.cause is Cause.CONTENT:  # the next try begins anew
            self._insist(lambda: uploads.forget(self._store, held.delivery))
        renew = self._needs_another_token(held, network, outcome)
        with about(part=part.number):
            self._settle(held, part, None, renew or outcome, doubted=False)
        if renew is not None:
            self._renew(held, network)

    def _needs_another_token(self, held: Claim, network: Network, outcome: Outcome) -> NotPublished | None:
        """What a refused token comes to where another one can be had: proof, and soon another try."""
        if not isinstance(outcome, Rejected) or outcome.cause is not Cause.CREDENTIALS:
            return None
        if not self._accounts.may_renew(held.account, network):
            return None
        soon = None if held.tries else self._now() + SOON
        return NotPublished(outcome.cause, f"{outcome.reason} It is being renewed.", soon, outcome.status)

    def _renew(self, held: Claim, network: Network) -> None:
        try:
            self._accounts.renew(held.account, network)
        except (StoreError, SettingsError) as error:
            log.error("its token can not be renewed now: %s", error, extra=event("token-not-renewed"))

    def _ready(self, held: Claim, sending: Sending) -> Network | None:
        """The adapter, if everything that comes before the wire works; else the claim is settled."""
        if self._stopping.is_set():
            self._give_back(held, "the worker stops before this was sent")
            return None
        if not self._trusted():  # an attempt of another time would be looked for among the posts of that time
            self._give_back(held, "the clock was set before this was sent")
            return None
        try:
            network = self._accounts[held.account]
            network.payload(sending)
        except StoreError:
            raise
        except (NotConnectedError, SettingsError, KeyError) as error:
            self._give_back(held, f"the account is not connected: {error}")
            return None
        except Exception as error:
            log.exception("no request can be made for %s", held.network, extra=event("failed"))
            problem = self._accounts.redact(f"{type(error).__name__}: {error}")
            reason = f"this program can make no request of it ({problem})"
            self._insist(lambda: settle.failed(self._store, held, None, reason, self._now()))
            return None
        return network

    def _begin_and_call(
        self, network: Network, held: Claim, sending: Sending
    ) -> tuple[int, Outcome, int] | None:
        """The attempt's id, its outcome and how long that took in ms; None: the intent could not be written.

        The time in which the request must leave is counted from before the intent, not from after it: a
        process that stood still between the two may find that another has looked and sent it again.
        """
        with departing_within(CONNECT_TIME):
            attempt = self._begin(held, sending.part)
            if attempt is None:
                return None
            began = time.monotonic()
            outcome = self._call(network, held, sending)
            return attempt, outcome, round((time.monotonic() - began) * 1000)

    def _begin(self, held: Claim, part: Part) -> int | None:
        limit = self._accounts.call_limit(held.network)
        return queue.begin(self._store, held, part, fingerprint(part.to_json()), self._now(), limit)

    def _give_back(self, held: Claim, reason: str) -> None:
        self._insist(lambda: settle.given_back(self._store, held, reason, self._now()))
        log.info("given back: %s", reason, extra=event("given-back"))

    def _call(self, network: Network, held: Claim, sending: Sending) -> Outcome:
        try:
            return network.publish(sending)
        except Exception as error:
            log.exception("the adapter of %s failed", held.network, extra=event("fault"))
            return Unknown(f"this program failed during the call: {type(error).__name__}")

    def _settle(
        self, held: Claim, part: Part, attempt: int | None, outcome: Outcome, doubted: bool
    ) -> Claim | None:
        """Record what came of a call; the claim to go on with, if there is more to send.

        Without an attempt nothing can be out: only a file was to be brought to the network.
        """
        ending = Ending(attempt, outcome) if attempt is not None else None
        now = self._now()
        match self._decide(held, part, outcome, doubted):
            case PartIsOut(remote) if ending:
                where = remote.url or remote.remote_id
                more = self._insist(
                    lambda: settle.published(self._store, held, part, remote, ending, self._now()),
                    f"part {part.number} is out: {where}",
                )
                late_s = round(max((now - held.due_at).total_seconds(), 0.0), 1)
                said = event("published", url=remote.url, remote_id=remote.remote_id, lateness_s=late_s)
                log.info("published, %.1f s after its time: %s", late_s, where, extra=said)
                return held.with_published(part.number, remote) if more else None
            case TryAgain() as again:
                at = again.at or now + (again.wait or backoff(held.tries + 1, random.random()))  # noqa: S311
                block = Block(at, again.cause, again.reason) if again.whole_account else None
                # Where the account stands still, its lane alone says when it goes on: perhaps sooner.
                ready_at = now if again.wait else at
                self._insist(
                    lambda: settle.postponed(self._store, held, ending, again.reason, ready_at, now, block)
                )
                said = event("postponed", until=at.isoformat(), whole_account=again.whole_account)
                who = "the whole account waits, " if again.whole_account else ""
                log.warning("%sagain at %s: %s", who, _clock_time(at), again.reason, extra=said)
            case GiveUp() as no:
                reason = f"{no.reason}{_what_is_out(held)}"
                until = now + (no.stop_for or UNTIL_VERIFIED)
                stop = Block(until, no.cause, no.reason) if no.stop_account else None
                self._insist(lambda: settle.failed(self._store, held, ending, reason, now, stop))
                said = event("failed", account_stopped=no.stop_account)
                stopped = "; nothing more is sent to this account" if no.stop_account else ""
                log.error("failed: %s%s", reason, stopped, extra=said)
            case FindOut(reason) if ending:
                look_at = now + self._accounts.settle_time(held.network)
                self._insist(lambda: settle.doubtful(self._store, held, ending, reason, look_at, now))
                said = event("uncertain", look_at=look_at.isoformat())
                log.warning("uncertain, looking at %s: %s", _clock_time(look_at), reason, extra=said)
        return None

    def _decide(self, held: Claim, part: Part, outcome: Outcome, doubted: bool) -> Decision:
        decision = decide(outcome, doubted, first=part.role is Role.POST)
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

        Said once when it begins and once when it is over.

        Raises:
            StoreError: it still refuses although this process is to stop; the lease will run out.
            DamagedStoreError: no later try can succeed.
        """
        pause, stop_at, said = 0.1, None, ""
        while True:
            try:
                done = write()
            except DamagedStoreError as error:
                log.error("%s, and can not be written: %s", what, error, extra=event("not-written"))
                raise
            except StoreError as error:
                if str(error) != said:
                    words = "%s can not be written yet, trying on: %s"
                    log.error(words, what, error, extra=event("not-written"))
                said = str(error)
                if self._stopping.is_set():
                    stop_at = stop_at or time.monotonic() + PATIENCE_WHEN_STOPPING_S
                    if time.monotonic() > stop_at:
                        raise
                time.sleep(pause)
                pause = min(pause * 2, 10.0)
            else:
                if said:
                    log.warning("%s: it is written now", what, extra=event("written"))
                return done

    def _now(self) -> datetime:
        return self._clock.now()


def _may_be_of_the_files(outcome: Outcome) -> bool:
    """Whether the network may have said no because it does not know a file any more."""
    causes = (Cause.FILES, Cause.CONTENT, Cause.REFUSED)
    return isinstance(outcome, NotPublished | Rejected) and outcome.cause in causes


def _what_is_out(held: Claim) -> str:
    """What of a thread is out when it breaks off, and what can be done with the rest."""
    out = [one.remote.url or one.remote.remote_id for one in held.parts if one.remote]
    if not out:
        return ""
    links = ", ".join(out[:MOST_NAMED]) + (f" and {len(out) - MOST_NAMED} more" if out[MOST_NAMED:] else "")
    one = held.delivery
    rest = f"Send the rest later: bot reschedule {one} now; or give it up: bot cancel {one}"
    return f" Of {len(held.parts)} parts {len(out)} {'is' if len(out) == 1 else 'are'} out: {links}. {rest}."


def _clock_time(instant: datetime) -> str:
    return instant.strftime("%H:%M:%S UTC")
