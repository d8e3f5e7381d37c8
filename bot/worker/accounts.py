"""The worker's accounts: which are connected, and an adapter for each that is."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.model.live import is_of_page
from bot.model.outcome import AccountHealth
from bot.networks import (
    REGISTRY,
    Network,
    NotConnectedError,
    connect,
    network_type,
    obstacle,
    secrets_of,
)
from bot.networks.redaction import redact
from bot.networks.token_keeper import TokenKeeper, credentials_of
from bot.settings import NetworkOptions, Settings, SettingsError
from bot.store.engine import StoreError
from bot.store.shelf import Shelf
from bot.worker.uploads import Way

CONNECT_TIME = timedelta(seconds=20)  # by then the request has left, or never will


class Accounts:
    """Adapters, made when first used and kept; safe for several threads."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        keeper: TokenKeeper | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._keeper = keeper
        self._shelf = shelf  # has the files of posts that were made on the page
        self._adapters: dict[str, tuple[int | None, Network]] = {}  # with the version of its renewed token
        self._lock = threading.Lock()

    def use(self, settings: Settings) -> None:
        """Go by other settings from now on; a call under way ends as it began."""
        with self._lock:
            self._settings = settings
            self._adapters = {}
            if self._keeper is not None:
                self._keeper.use(settings)

    @property
    def settings(self) -> Settings:
        """What is gone by at the moment, with the credentials of the store."""
        return self._settings

    @property
    def keeper(self) -> TokenKeeper | None:
        """What has the tokens that were renewed."""
        return self._keeper

    def __getitem__(self, name: str) -> Network:
        """The adapter of an account, with the token that holds now.

        Raises:
            NotConnectedError: its credentials are missing.
            SettingsError: its address is none, or BOT_SECRET_KEY does not open its renewed token.
            StoreError: its renewed token can not be read, and was not before.
            KeyError: config/accounts.toml has no such account.
        """
        with self._lock:
            known = self._adapters.get(name)
            try:
                kept = self._keeper.kept(name) if self._keeper else None
            except StoreError:
                if known is None:
                    raise
                return known[1]  # what worked a moment ago
            version = kept.version if kept else None
            if known is None or known[0] != version:
                renewed = credentials_of(self._keeper.tokens(kept)) if self._keeper and kept else {}
                account = self._settings.accounts[name]
                known = version, connect(account, self._settings, self._clock, renewed)
                self._adapters[name] = known
            return known[1]

    def ends_at(self, name: str, health: AccountHealth) -> datetime | None:
        """Until when an account can publish (UTC), where that is known.

        That is the end of its token, or of what renews it by itself. `health` is what its network says.

        Raises:
            StoreError: its renewed token can not be read.
        """
        validity = self._keeper.validity(name) if self._keeper else None
        return validity.refresh_ends_at if validity and validity.renewable else health.expires_at

    def may_renew(self, name: str, refused: Network) -> bool:
        """Whether another token may do what `refused` could not: it can be renewed, or has been since."""
        if self._keeper is None:
            return False
        try:
            return self._keeper.may_renew(name) or self[name] is not refused
        except (NotConnectedError, SettingsError, StoreError, KeyError):
            return False

    def renew(self, name: str, refused: Network) -> None:
        """Renew an account's token if `refused` has it still.

        Raises:
            StoreError: the database can not be used.
        """
        if self._keeper is not None and self[name] is refused:
            self._keeper.renew(name)

    def way_for(self, network: Network, name: str, post: str) -> Way:
        """How the files of a post get to an account on the network of that name.

        Those of the page's posts are put on this machine's disk when they are asked for. That raises
        ShelfError where the disk does not take one, MediaError where the database has it no more, and
        StoreError where that can not be read.
        """
        shelf, limits = self._shelf, network_type(name).media_limits
        if shelf is None or not is_of_page(post):
            return Way(network, limits, lambda file: (self._settings.posts / post).parent / file)
        campaign = post.split("/")[0]
        return Way(
            network, limits,
            find=lambda file: shelf.put(campaign, [file]) / file,
            anew=lambda file: shelf.put_anew(campaign, file) / file,
        )  # fmt: skip

    def why_not(self, name: str) -> str | None:
        """Why nothing can be published to an account, or None if it is connected.

        Raises:
            StoreError: its renewed token can not be read.
        """
        settings = self._settings  # another thread may put others in their place
        if why := obstacle(name, settings):
            return why
        try:
            self[name]
        except (SettingsError, NotConnectedError, KeyError) as error:
            return f"not connected: {error}"
        return None

    def redact(self, text: str) -> str:
        """The text without any secret of any account."""
        return redact(text, secrets_of(self._settings))

    def connected(self) -> list[str]:
        """The accounts that can be published to."""
        return [name for name in self._settings.accounts if self.why_not(name) is None]

    def network_times(self) -> list[datetime | None]:
        """What time it is (UTC) by each network of a connected account; None: it answers without saying it.

        Those that do not answer are left out. Without a connected account there is nothing to be sent, and
        the answer says nothing.
        """
        from bot.networks.date import SilentError, network_time

        networks = sorted({self._settings.accounts[name].network for name in self.connected()})
        told: list[datetime | None] = [] if networks else [None]
        for network in networks:
            with suppress(SilentError):
                told.append(network_time(network, self._settings))
        return told

    def call_limit(self, network: str) -> timedelta:
        """How long one call may take at most, the connecting included."""
        options = self._settings.networks.get(network, NetworkOptions())
        return (options.timeout or network_type(network).timeout) + CONNECT_TIME

    def settle_times(self) -> Mapping[str, timedelta]:
        """By network: how long to wait before looking whether an uncertain post is out."""
        return {name: self.settle_time(name) for name in REGISTRY}

    def settle_time(self, network: str) -> timedelta:
        """How long to wait before looking whether an uncertain post is out: no answer takes longer."""
        options = self._settings.networks.get(network, NetworkOptions())
        settle = options.settle or network_type(network).settle
        return max(settle, options.timeout or network_type(network).timeout)


__all__ = ["Accounts", "NotConnectedError"]
