"""The networks: a registry of modules behind one protocol; a new network is one line here."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from bot.clock import Clock
from bot.model.account import Account
from bot.networks.base import Connection, Credential, Network, NetworkType, Renewer
from bot.seal import HOW, VARIABLE
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


def could_renew(account: Account, settings: Settings) -> bool:
    """Whether the environment has all that renewing an account's token takes, BOT_SECRET_KEY apart."""
    fields = network_type(account.network).renews_with if account.network in REGISTRY else ()
    has_all = bool(fields) and all(settings.variable(account, field) for field in fields)
    return has_all and not missing_credentials(account, settings)


def without_key(name: str) -> str:
    """What to do where a token could be renewed, and what it gives not be kept."""
    return f"{name}: its token would be renewed by itself if {VARIABLE} were set: {HOW}"


def connect(
    account: Account, settings: Settings, clock: Clock, renewed: Mapping[str, str] = MappingProxyType({})
) -> Network:
    """An adapter for one account with its credentials from the environment.

    `renewed` takes the place of credentials that have been renewed since a person set them.

    Raises:
        NotConnectedError: some of them are missing.
        SettingsError: the base address of the network is none.
    """
    kind = network_type(account.network)
    return kind.connect(_connection(account, settings, clock, renewed))


def renewer(account: Account, settings: Settings, clock: Clock) -> Renewer:
    """What renews an account's access token; only for networks with `renews_with`.

    Raises:
        NotConnectedError: credentials are missing.
        SettingsError: the base address of the network is none.
    """
    make = network_type(account.network).renewer
    assert make is not None, f"{account.network} renews nothing"  # noqa: S101
    return make(_connection(account, settings, clock, {}))


def _connection(account: Account, settings: Settings, clock: Clock, renewed: Mapping[str, str]) -> Connection:
    if missing := missing_credentials(account, settings):
        raise NotConnectedError(account, missing)
    kind = network_type(account.network)
    options = settings.networks.get(account.network, NetworkOptions())
    values = {one.field: settings.variable(account, one.field) for one in kind.credentials}
    return Connection(
        account=account,
        credentials={field: value for field, value in {**values, **renewed}.items() if value is not None},
        base_url=settings.environment.get(kind.url_variable) or kind.base_url,
        api_version=options.api_version or kind.api_version,
        timeout=options.timeout or kind.timeout,
        clock=clock,
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
    "could_renew",
    "missing_credentials",
    "network_type",
    "renewer",
    "without_key",
]
