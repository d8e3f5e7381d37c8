"""The networks: a registry of modules behind one protocol; a new network is one line here."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from bot.clock import Clock
from bot.model.account import Account
from bot.networks.base import Connection, Credential, Network, NetworkType
from bot.settings import NetworkOptions, Settings

# The modules are imported when they are first asked for; each offers `TYPE`, a NetworkType.
REGISTRY: Mapping[str, str] = MappingProxyType(
    {
        "twitter": "bot.networks.twitter",
        "facebook": "bot.networks.facebook",
        "linkedin": "bot.networks.linkedin",
    }
)


class NotConnectedError(Exception):
    """The environment lacks credentials that the account needs, or they can not be sent as they stand."""

    def __init__(self, account: Account, missing: list[str]) -> None:
        self.missing = missing
        super().__init__(f"{account.name} is not connected: set {', '.join(missing)}")


def network_type(name: str) -> NetworkType:
    """The module of a network.

    Raises:
        KeyError: the registry has no such network.
    """
    found: NetworkType = import_module(REGISTRY[name]).TYPE
    return found


def missing_credentials(account: Account, settings: Settings) -> list[str]:
    """The names of the variables that an account still needs, or that hold what no credential can be."""
    fields = [
        one.field
        for one in network_type(account.network).credentials
        if not _usable(settings.variable(account, one.field), one.required)
    ]
    return [f"{account.prefix}_{field}" for field in fields]


def secrets(settings: Settings) -> list[str]:
    """The credentials of every account that must not be shown."""
    return [
        value
        for account in settings.accounts.values()
        if account.network in REGISTRY
        for one in network_type(account.network).credentials
        if one.secret and (value := settings.variable(account, one.field)) is not None
    ]


def connect(account: Account, settings: Settings, clock: Clock) -> Network:
    """An adapter for one account with its credentials from the environment.

    Raises:
        NotConnectedError: some of them are missing.
        SettingsError: the base address of the network is none.
    """
    if missing := missing_credentials(account, settings):
        raise NotConnectedError(account, missing)
    kind = network_type(account.network)
    options = settings.networks.get(account.network, NetworkOptions())
    values = {one.field: settings.variable(account, one.field) for one in kind.credentials}
    return kind.connect(
        Connection(
            account=account,
            credentials={field: value for field, value in values.items() if value is not None},
            base_url=settings.environment.get(kind.url_variable) or kind.base_url,
            api_version=options.api_version or kind.api_version,
            timeout=options.timeout or kind.timeout,
            clock=clock,
        )
    )


def _usable(value: str | None, required: bool) -> bool:
    if value is None:
        return not required
    # Quotation marks and line breaks get in by copying, and no HTTP header can carry them.
    return value.isascii() and value.isprintable() and " " not in value


__all__ = [
    "REGISTRY",
    "Credential",
    "Network",
    "NetworkType",
    "NotConnectedError",
    "connect",
    "missing_credentials",
    "network_type",
    "secrets",
]
