"""The token keeper: renews access tokens in time, and keeps what a network gives for them in the store."""

import hashlib
import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from bot.clock import Clock
from bot.logs import event
from bot.model.account import Account
from bot.model.backoff import backoff
from bot.model.tokens import RenewalFailed, RenewalRefused, Tokens
from bot.networks import could_renew, network_type, renewer, without_key
from bot.seal import HOW, VARIABLE, Seal, WrongKeyError
from bot.settings import Settings, SettingsError
from bot.store import secrets
from bot.store.engine import Store, StoreError
from bot.store.secrets import Kept

log = logging.getLogger("bot.worker")
T = TypeVar("T")
RENEW_BEFORE = timedelta(days=7)  # the access token ends: a week of failures loses nothing
NOT_AGAIN_FOR = timedelta(hours=1)  # after a renewal: a token that new and refused is no matter of its age
HOLD = timedelta(minutes=2)  # a renewal has ended by then, or its worker has died in it
PATIENCE_S = 600.0  # for a store that refuses an answer that may be the only one
PATIENCE_WHEN_STOPPING_S = 10.0


class Renewed(StrEnum):
    """What came of an attempt to renew."""

    YES = "yes"
    BUSY = "busy"  # another worker is at it, or has done it
    LATER = "later"  # no answer
    REFUSED = "refused"  # a person must make new tokens


@dataclass(frozen=True, slots=True)
class Validity:
    """Until when an account can publish; times are UTC, None is not known."""

    access_ends_at: datetime | None
    renewable: bool  # whether the access token is renewed by itself
    refresh_ends_at: datetime | None = None
    trouble: str = ""  # why it is not renewed although it could be


class TokenKeeper:
    """The tokens of all accounts; safe for several threads, and several processes on one store.

    Raises:
        SettingsError: BOT_SECRET_KEY is no key.
    """

    def __init__(
        self, store: Store, settings: Settings, clock: Clock, stopping: threading.Event | None = None
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._stopping = stopping or threading.Event()
        self._seal = Seal.of(settings.environment)
        self._said: dict[str, str] = {}

    def use(self, settings: Settings) -> None:
        """Go by other settings from now on. Raises SettingsError: BOT_SECRET_KEY is no key."""
        self._seal = Seal.of(settings.environment)
        self._settings = settings

    def kept(self, name: str) -> Kept | None:
        """What is kept for an account with its present environment; None: the environment's tokens hold.

        Raises:
            StoreError: the database can not be read.
        """
        account = self._settings.accounts.get(name)
        if account is None or not could_renew(account, self._settings):
            return None
        with self._store.read() as connection:
            found = secrets.of(connection, name)
        return found if found and found.origin == self._origin(account) else None

    def tokens(self, kept: Kept) -> Tokens:
        """The tokens themselves.

        Raises:
            WrongKeyError: BOT_SECRET_KEY does not open them, or is not set.
        """
        if self._seal is None:
            raise WrongKeyError(f"the store has its renewed token, which needs {VARIABLE}: set it again")
        values = json.loads(self._seal.open(kept.sealed))
        return Tokens(values["access"], values["refresh"], kept.access_ends_at, kept.refresh_ends_at)

    def may_renew(self, name: str) -> bool:
        """Whether a refused access token is worth a renewal now: possible, and none has just been made."""
        account = self._settings.accounts.get(name)
        if account is None or self._seal is None or not could_renew(account, self._settings):
            return False
        kept = self.kept(name)
        if kept is None or kept.renewed_at is None:
            return kept is None or not kept.refused
        return not kept.refused and self._clock.now() - kept.renewed_at > NOT_AGAIN_FOR

    def care(self) -> None:
        """Renew what ends soon, of every account that has what it takes.

        Raises:
            StoreError: the database can not be used.
        """
        for name, account in self._settings.accounts.items():
            if not could_renew(account, self._settings):
                continue
            if self._seal is None:
                self._say(name, without_key(name), logging.WARNING)
                continue
            try:
                kept = self.kept(name) or self._begin(account)
                self._reseal(kept)
                if self._ends_soon(kept):
                    self.renew(name)
            except SettingsError as error:  # a wrong key, or a wrong address of the network
                self._say(name, f"{name}: {error}", logging.ERROR)

    def renew(self, name: str) -> Renewed:
        """Renew an account's token now, unless another worker is at it.

        Raises:
            StoreError: the database can not be used; nothing was asked.
            WrongKeyError: BOT_SECRET_KEY does not open what is stored.
        """
        account = self._settings.accounts[name]
        kept = self.kept(name) or self._begin(account)
        before = self.tokens(kept)
        holder, now = uuid.uuid4().hex, self._clock.now()
        if kept.refused:
            return Renewed.REFUSED
        if not secrets.take(self._store, kept, holder, now, now + HOLD):
            return Renewed.BUSY
        # With the tokens that were renewed, so that no answer that quotes them shows them.
        asking = renewer(account, self._settings, self._clock, credentials_of(before))
        match asking.renew(before.refresh):
            case Tokens() as found:
                return self._keep(kept, found)
            case RenewalRefused(reason):
                self._insist(lambda: secrets.refused(self._store, kept, holder, reason))
                self._say(name, f"{name}: its token is not renewed any more: {reason}", logging.ERROR)
                return Renewed.REFUSED
            case RenewalFailed(reason):
                again = self._clock.now() + backoff(6, 0.5)
                self._insist(lambda: secrets.failed(self._store, kept, holder, again))
                self._say(name, f"{name}: its token is not renewed yet: {reason}", logging.WARNING)
                return Renewed.LATER

    def validity(self, name: str) -> Validity:
        """Until when an account can publish, as far as the store knows; asks no network."""
        account = self._settings.accounts[name]
        if not could_renew(account, self._settings):
            return Validity(None, renewable=False)
        kept = self.kept(name)
        ends = (kept.access_ends_at, kept.refresh_ends_at) if kept else (None, None)
        trouble = kept.refused if kept else ""
        try:
            if kept:
                self.tokens(kept)
            elif self._seal is None:
                trouble = without_key(name).partition(": ")[2]
        except WrongKeyError as error:
            trouble = str(error)
        return Validity(ends[0], renewable=not trouble, refresh_ends_at=ends[1], trouble=trouble)

    def _begin(self, account: Account) -> Kept:
        """Take over the environment's tokens, with what the network tells of their end."""
        access, refresh = (self._settings.variable(account, one) for one in ("ACCESS_TOKEN", "REFRESH_TOKEN"))
        tokens = Tokens(access or "", refresh or "")
        ends = renewer(account, self._settings, self._clock).ends_at(tokens.access)
        tokens = replace(tokens, access_ends_at=ends)
        secrets.begin(self._store, account.name, self._origin(account), self._sealed(tokens), tokens)
        kept = self.kept(account.name)
        if kept is None:  # another worker has another environment
            raise StoreError(f"{account.name}: two workers have different tokens of it: give them the same")
        return kept

    def _keep(self, kept: Kept, found: Tokens) -> Renewed:
        """Store an answer before anybody uses it."""
        sealed = self._sealed(found)
        name = kept.account
        if not self._insist(lambda: secrets.keep(self._store, kept, sealed, found, self._clock.now())):
            return Renewed.BUSY  # somebody else has renewed it since, or a person has set new tokens
        self._said.pop(name, None)
        until = f" until {found.access_ends_at:%d %b %Y}" if found.access_ends_at else ""
        log.info("%s: its token was renewed%s", name, until, extra=event("token-renewed", account=name))
        return Renewed.YES

    def _ends_soon(self, kept: Kept) -> bool:
        now, ends = self._clock.now(), kept.access_ends_at
        if kept.refused or ends is None or ends - now > RENEW_BEFORE:
            return False
        if kept.again_at is not None and kept.again_at > now:
            return False
        # In its last days a refresh token gives no access token that would hold longer than itself.
        longest = kept.refresh_ends_at
        as_good_as_any = longest is not None and longest - ends < timedelta(hours=1)
        just_done = kept.renewed_at is not None and now - kept.renewed_at < NOT_AGAIN_FOR
        return not just_done and not (as_good_as_any and now < ends)

    def _reseal(self, kept: Kept) -> None:
        """Close with the first key what an older one still opens, so that the older one can be given up."""
        assert self._seal is not None  # noqa: S101
        if not self._seal.is_of_first_key(kept.sealed):
            secrets.reseal(self._store, kept, self._seal.close(self._seal.open(kept.sealed)))

    def _sealed(self, tokens: Tokens) -> str:
        if self._seal is None:
            raise WrongKeyError(f"{VARIABLE} is not set: {HOW}")
        return self._seal.close(json.dumps({"access": tokens.access, "refresh": tokens.refresh}))

    def _origin(self, account: Account) -> str:
        """A fingerprint of the values that a person has set, by which a change of them is seen.

        Without the key, so that new tokens help even who has lost it. A token has far more than the 128 bits
        that it takes to make guessing it from its hash hopeless.
        """
        fields = ("ACCESS_TOKEN", *network_type(account.network).renews_with)
        values = [account.name, *(self._settings.variable(account, field) or "" for field in fields)]
        return hashlib.sha256("\0".join(values).encode()).hexdigest()

    def _insist(self, write: Callable[[], T]) -> T:
        """Write an answer, again and again while the store refuses: it may be the only way to the next one.

        Raises:
            StoreError: it still refuses after many minutes, or although this process is to stop.
        """
        began, pause, stopping_since = time.monotonic(), 0.1, None
        while True:
            try:
                return write()
            except StoreError as error:
                now = time.monotonic()
                if self._stopping.is_set():
                    stopping_since = stopping_since or now
                if now - began > PATIENCE_S or (
                    stopping_since and now - stopping_since > PATIENCE_WHEN_STOPPING_S
                ):
                    raise
                log.error(
                    "a renewed token can not be kept yet, trying on: %s", error, extra=event("not-written")
                )
                time.sleep(pause)
                pause = min(pause * 2, 10.0)

    def _say(self, name: str, words: str, level: int) -> None:
        """One line, however often it comes back."""
        if self._said.get(name) != words:
            log.log(level, "%s", words, extra=event("not-renewed", account=name))
        self._said[name] = words


def credentials_of(tokens: Tokens) -> Mapping[str, str]:
    """The values that take the place of the environment's."""
    return {"ACCESS_TOKEN": tokens.access, "REFRESH_TOKEN": tokens.refresh}
