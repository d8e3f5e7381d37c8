"""Collecting: asks the networks how posts do, a few at a time, beside publishing and never in its way."""

import logging
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.clock import Clock
from bot.logs import about, event
from bot.model.figures import Rhythm
from bot.model.outcome import CannotLook, Figures, RemotePost
from bot.networks import REGISTRY, NotConnectedError, network_type
from bot.settings import Settings, SettingsError
from bot.store import figures
from bot.store.engine import Store, StoreError
from bot.store.figures import Turn
from bot.worker.accounts import Accounts

log = logging.getLogger("bot.worker")
EVERY_S = 60.0  # between two looks which posts are due
REST = timedelta(hours=1)  # after an answer that tells nothing: a limit has ended by then
REST_FOR_GOOD = timedelta(days=1)  # where a right is missing


class Collector:
    """Collects the figures of all accounts; safe for several threads, and several workers on one store."""

    def __init__(
        self, store: Store, settings: Settings, accounts: Accounts, clock: Clock, stopping: threading.Event
    ) -> None:
        self._store, self._settings, self._accounts = store, settings, accounts
        self._clock, self._stopping = clock, stopping
        self._looked_at = float("-inf")

    def use(self, settings: Settings) -> None:
        """Go by other settings from now on."""
        self._settings = settings

    def due(self) -> Sequence[str]:
        """The accounts whose posts are to be asked about now; looked for once a minute."""
        if time.monotonic() - self._looked_at < EVERY_S:
            return ()
        self._looked_at = time.monotonic()
        return self.due_now()

    def due_now(self) -> Sequence[str]:
        """The same, looked for at once."""
        now = self._clock.now()
        wanted = [name for name in self._settings.accounts if self._rhythm(name) is not None]
        with self._store.read() as connection:
            return [
                name
                for name in wanted
                if figures.anything_due(connection, name, now) and self._accounts.why_not(name) is None
            ]

    def collect(self, account: str) -> bool:
        """Ask about everything of an account that is due, unless another does; whether it told us."""
        turn = Turn(account, uuid.uuid4().hex)
        rhythm = self._rhythm(account)
        if rhythm is None or not figures.take_turn(self._store, turn, self._clock.now()):
            return False
        with about(account=account):
            return self._collect(turn, rhythm)

    def _collect(self, turn: Turn, rhythm: Rhythm) -> bool:
        told = 0
        while not self._stopping.is_set():
            asked = figures.next_batch(self._store, turn, rhythm, self._clock.now())
            if not asked:
                break
            posts = [post for one in asked for post in one.parts.values()]
            found = self._ask(turn.account, posts) if posts else {}
            if isinstance(found, CannotLook):
                self._rest(turn, found)
                return False
            told += figures.record(self._store, asked, found, rhythm, self._clock.now())
        figures.end_turn(self._store, turn, self._clock.now())
        if told:
            log.info("the figures of %d posts are collected", told, extra=event("figures", posts=told))
        return told > 0

    def _ask(self, account: str, posts: Sequence[RemotePost]) -> Mapping[str, Figures] | CannotLook:
        try:
            return self._accounts[account].figures(posts)
        except (NotConnectedError, SettingsError, StoreError, KeyError) as error:
            return CannotLook(f"the account is not connected: {error}", for_good=False)
        except Exception as error:
            log.exception("asking for figures failed", extra=event("fault"))
            return CannotLook(f"this program failed while asking: {type(error).__name__}", for_good=False)

    def _rest(self, turn: Turn, why: CannotLook) -> None:
        rest = REST_FOR_GOOD if why.for_good else REST
        words = self._accounts.redact(why.reason)
        figures.end_turn(self._store, turn, self._clock.now(), rest=rest, why=words)
        log.warning("no figures: %s", words, extra=event("no-figures", for_good=why.for_good))

    def _rhythm(self, account: str) -> Rhythm | None:
        known = self._settings.accounts.get(account)
        if (
            known is None
            or known.network not in REGISTRY
            or not network_type(known.network).abilities.figures
        ):
            return None
        return self._settings.figures.rhythm(known.network)
