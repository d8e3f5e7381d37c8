"""The worker's accounts: which are connected, and an adapter for each that is."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.networks import REGISTRY, Network, NotConnectedError, connect, missing_credentials, network_type
from bot.settings import NetworkOptions, Settings, SettingsError

CONNECT_TIME = timedelta(seconds=20)  # by then the request has left, or never will


class Accounts:
    """Adapters, made when first used and kept; safe for several threads."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._adapters: dict[str, Network] = {}
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> Network:
        """The adapter of an account.

        Raises:
            NotConnectedError: its credentials are missing.
            KeyError: config/accounts.toml has no such account.
        """
        with self._lock:
            if name not in self._adapters:
                self._adapters[name] = connect(self._settings.accounts[name], self._settings, self._clock)
            return self._adapters[name]

    def why_not(self, name: str) -> str | None:
        """Why nothing can be published to an account, or None if it is connected."""
        account = self._settings.accounts.get(name)
        if account is None:
            return f"not connected: {self._settings.accounts_file} has no account '{name}'"
        if account.network not in REGISTRY:
            return f"not connected: its network '{account.network}' is not known"
        if missing := missing_credentials(account, self._settings):
            return f"not connected: set {', '.join(missing)}"
        try:
            self[name]
        except SettingsError as error:
            return f"not connected: {error}"
        return None

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
