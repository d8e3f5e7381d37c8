"""Walks: members on their way through the steps by which a network gives an account its credentials.

They are kept in this process alone, each for the one session that began it, and end with either; what a
network gave is in the store or nowhere.
"""

import hmac
import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bot.clock import Clock
from bot.errors import SpokenError
from bot.logs import event
from bot.model.account import Account
from bot.model.outcome import AccountHealth
from bot.networks import beginning, network_type, secrets_of
from bot.networks.authorising import Ask, Authorisation, Step, Visit
from bot.networks.connected import sealed
from bot.networks.newly_connected import keep, tried
from bot.networks.redaction import redact
from bot.settings import Settings
from bot.store import Store
from bot.web.errands import Errand, start

_log = logging.getLogger("bot.web")
PATIENCE = timedelta(minutes=30)  # a person may have to find her password first


@dataclass(frozen=True, slots=True)
class Found:
    """What a network gave, before it is kept."""

    credentials: Mapping[str, str] = field(repr=False)
    health: AccountHealth


@dataclass
class Walk:
    """One member on the way to one account's credentials."""

    account: Account
    session: str = field(repr=False)  # what is random in it: numbers of sessions are used again
    member: str
    redirect_url: str
    begun_at: datetime  # real UTC, like the next one
    touched_at: datetime
    known: Settings = field(repr=False)  # without what was connected before
    state: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    steps: Authorisation | None = field(default=None, repr=False)
    number: int = 0  # of the step that is asked: an answer is to this one
    step: Step | None = field(default=None, repr=False)
    unsure: Found | None = field(default=None, repr=False)  # of somebody else than expected
    connected_as: AccountHealth | None = None  # it is kept
    trouble: str = ""  # why it came to nothing
    is_fault: bool = False
    errand: Errand[None] | None = field(default=None, repr=False)
    typed: list[str] = field(default_factory=list, repr=False)  # what must show nowhere

    @property
    def is_under_way(self) -> bool:
        """Whether the network is being asked at the moment."""
        return self.errand is not None and self.errand.is_under_way

    @property
    def has_ended(self) -> bool:
        """Whether there is nothing more to do in it."""
        return bool(self.trouble or self.is_fault or self.connected_as)

    def forget(self) -> None:
        """Let go of what is secret."""
        self.step, self.unsure = None, None
        if self.steps is not None:
            self.steps.close()
        self.steps = None


class Walks:
    """All of this process; safe for several threads."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._walks: dict[tuple[str, str], Walk] = {}
        self._lock = threading.Lock()

    def begin(
        self, account: Account, settings: Settings, redirect_url: str, session: str, member: str
    ) -> Walk:
        """Set out, in the place of an earlier walk of the same session to the same account.

        Raises:
            SettingsError: BOT_SECRET_KEY is no key, or is not set: nothing could be kept.
        """
        known = replace(settings, connected={}, locked={})
        sealed({}, known)  # asked before anybody goes to any trouble
        now = self._now()
        walk = Walk(account, session, member, redirect_url, now, now, known)
        walk.steps = network_type(account.network).authorise(
            beginning(account, known, self._clock, redirect_url, walk.state)
        )
        with self._lock:
            self._sweep(now)
            self._walks[session, account.name] = walk
            self._go(walk, lambda: self._advance(walk, None))
        return walk

    def of(self, session: str, account: str) -> Walk | None:
        """The walk of a session to an account; None: there is none, or it took too long."""
        with self._lock:
            self._sweep(self._now())
            return self._walks.get((session, account))

    def others(self, session: str, account: str) -> list[Walk]:
        """Who else is on the way to an account."""
        with self._lock:
            self._sweep(self._now())
            found = [one for one in self._walks.values() if one.account.name == account]
        return [one for one in found if one.session != session and not one.has_ended]

    def by_state(self, session: str, state: str) -> Walk | None:
        """The walk of a session whose page of a network leads back with this `state`."""
        with self._lock:
            self._sweep(self._now())
            ours = [one for one in self._walks.values() if one.session == session]
        return next((one for one in ours if hmac.compare_digest(one.state.encode(), state.encode())), None)

    def answer(self, walk: Walk, number: int, value: str) -> None:
        """Go on with what the person says to a step; an answer to an earlier step is passed over."""
        with self._lock:
            if walk.is_under_way or number != walk.number or walk.step is None:
                return
            step, walk.step = walk.step, None
            walk.touched_at = self._now()
            if isinstance(step, Visit) or (isinstance(step, Ask) and step.secret):
                walk.typed += (value.strip(), *parse_qs(urlsplit(value.strip()).query).get("code", ()))
            self._go(walk, lambda: self._advance(walk, value))

    def confirm(self, walk: Walk) -> None:
        """Keep what was found although the network names somebody else than expected."""
        with self._lock:
            found, walk.unsure = walk.unsure, None
            if found is not None and not walk.is_under_way:
                self._go(walk, lambda: self._keep(walk, found))

    def stop(self, walk: Walk) -> None:
        """Go no further; nothing is kept."""
        with self._lock:
            if not walk.is_under_way:
                self._walks.pop((walk.session, walk.account.name), None)
                walk.forget()

    def _go(self, walk: Walk, act: Callable[[], None]) -> None:
        walk.errand = start(self._now(), lambda _advance: self._safely(walk, act))

    def _safely(self, walk: Walk, act: Callable[[], None]) -> None:
        """What goes wrong is said without anything that the person or the network has given."""
        try:
            act()
        except SpokenError as error:
            walk.trouble = self._without_secrets(walk, str(error)) or type(error).__name__
            walk.forget()
        except Exception as error:  # noqa: BLE001  (whoever waits for it must be told)
            words = self._without_secrets(walk, f"{type(error).__name__}: {error} ({_place(error)})")
            _log.error("connecting %s failed: %s", walk.account.name, words, extra=event("page-fault"))
            walk.is_fault = True
            walk.forget()

    def _advance(self, walk: Walk, value: str | None) -> None:
        assert walk.steps is not None  # noqa: S101
        try:
            step = next(walk.steps) if value is None else walk.steps.send(value)
        except StopIteration as end:
            self._arrive(walk, end.value)
            return
        walk.number += 1
        walk.step = step

    def _arrive(self, walk: Walk, credentials: Mapping[str, str]) -> None:
        public = {one.field for one in network_type(walk.account.network).credentials if not one.secret}
        walk.typed += (value for name, value in credentials.items() if name not in public)
        health = tried(walk.account, walk.known, credentials, self._clock)
        found = Found(credentials, health)
        if is_expected(walk.account, health):
            self._keep(walk, found)
        else:
            walk.unsure = found

    def _keep(self, walk: Walk, found: Found) -> None:
        if self._walks.get((walk.session, walk.account.name)) is not walk:
            return  # its member has begun anew meanwhile
        keep(self._store, walk.account, walk.known, found.credentials, found.health, walk.member, self._clock)
        walk.connected_as = replace(found.health, detail=self._without_secrets(walk, found.health.detail))
        walk.forget()

    def _without_secrets(self, walk: Walk, text: str) -> str:
        return redact(text, [*walk.typed, *secrets_of(walk.known)])

    def _sweep(self, now: datetime) -> None:
        for key, walk in list(self._walks.items()):
            if now - walk.touched_at > PATIENCE and not walk.is_under_way:
                del self._walks[key]
                walk.forget()

    def _now(self) -> datetime:
        return self._clock.real(self._clock.now())


def _place(error: Exception) -> str:
    """Where a fault is, without what was there."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno}" if trace else ""


def is_expected(account: Account, health: AccountHealth) -> bool:
    """Whether the network names whom config/accounts.toml says, as far as that can be told."""
    handle, identity = (one.casefold().lstrip("@").strip() for one in (account.handle, health.identity or ""))
    return not identity or handle in identity or identity in handle
