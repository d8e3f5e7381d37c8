"""The networks: a registry of modules behind one protocol; a new network is one line here."""

import re
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from bot.clock import Clock
from bot.model.account import Account
from bot.networks.address import Address
from bot.networks.authorising import Beginning
from bot.networks.base import Connection, Credential, Network, NetworkType, Renewer
from bot.page_settings import SECRET, secret_of
from bot.seal import HOW, VARIABLE
from bot.settings import NetworkOptions, Settings, SettingsError

# The modules are imported when they are first asked for; each offers `TYPE`, a NetworkType.
REGISTRY: Mapping[str, str] = MappingProxyType(
    {
        "twitter": "bot.networks.twitter",
        "facebook": "bot.networks.facebook",
        "linkedin": "bot.networks.linkedin",
        "mastodon": "bot.networks.mastodon",
        "bluesky": "bot.networks.bluesky",
    }
)

_TELLING = re.compile(r"(?:TOKEN|SECRET|PASSWORD|PASSWD|_KEY|WEBHOOK)(?:S|_URLS?)?$")


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


def base_of(account: Account, settings: Settings) -> tuple[str, str]:
    """Where an account's network stands, and the variable that says so.

    One variable leads all accounts of a network elsewhere, such as to the sandbox; without it an account
    may have a server of its own.
    """
    kind = network_type(account.network)
    if led := settings.environment.get(kind.url_variable):
        return led, kind.url_variable
    for one in kind.credentials:
        if one.is_server and (own := settings.variable(account, one.field)):
            return own, f"{account.prefix}_{one.field}"
    return kind.base_url, kind.url_variable


def missing_credentials(account: Account, settings: Settings) -> list[str]:
    """The names of the variables that an account still needs, or that hold what no credential can be."""
    fields = [
        one.field
        for one in network_type(account.network).credentials
        if not _usable(settings.variable(account, one.field), one.required)
    ]
    return [f"{account.prefix}_{field}" for field in fields]


def obstacle(name: str, settings: Settings) -> str | None:
    """Why nothing can be published to an account of that name, as far as the settings tell; None: nothing."""
    account = settings.accounts.get(name)
    if account is None:
        return f"not connected: {settings.accounts_file} has no account '{name}'"
    if account.network not in REGISTRY:
        return f"not connected: its network '{account.network}' is not known"
    missing = missing_credentials(account, settings)
    if missing and name in settings.locked:
        return f"not connected: {settings.locked[name]}"
    if missing:
        how = f"or: bot accounts connect {name}"
        return f"not connected: set {', '.join(missing)} ({how})"
    return _address_trouble(account, settings)


def _address_trouble(account: Account, settings: Settings) -> str | None:
    base, variable = base_of(account, settings)
    try:
        Address.of(network_type(account.network).base_url, base, "", variable)
    except SettingsError as error:
        return f"not connected: {error}"
    return None


def secrets(settings: Settings) -> list[str]:
    """Everything in the environment that must not be shown."""
    return list(secrets_of(settings))


def could_renew(account: Account, settings: Settings) -> bool:
    """Whether the environment has all that renewing an account's token takes, BOT_SECRET_KEY apart."""
    fields = network_type(account.network).renews_with if account.network in REGISTRY else ()
    has_all = bool(fields) and all(settings.variable(account, field) for field in fields)
    return has_all and not missing_credentials(account, settings)


def secrets_of(settings: Settings) -> Mapping[str, str]:
    """Every secret of the environment, with what it is: the name of its variable, mostly."""
    found: dict[str, str] = {}
    for name, value in settings.environment.items():
        if _TELLING.search(name):
            found |= {part.strip(): name for part in value.split(",") if is_distinctive(part.strip())}
    for account in settings.accounts.values():
        for one in network_type(account.network).credentials if account.network in REGISTRY else ():
            name = f"{account.prefix}_{one.field}"
            values = (settings.connected.get(name), settings.environment.get(name, "").strip())
            found |= {value: name for value in values if one.secret and value}
    if secret := secret_of(settings.environment):
        found[secret] = SECRET
    password = _password(settings.database_url)
    return {**found, password: "the password of DATABASE_URL"} if is_distinctive(password) else found


def is_distinctive(value: str) -> bool:
    """Whether a value can not stand in a text by chance, as the password "campaign" would."""
    mixed = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    return len(value) >= 20 or (len(value) >= 8 and mixed)


def _password(url: str) -> str:
    try:
        return unquote(urlsplit(url).password or "")
    except ValueError:
        return ""


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


def renewer(
    account: Account, settings: Settings, clock: Clock, renewed: Mapping[str, str] = MappingProxyType({})
) -> Renewer:
    """What renews an account's access token; only for networks with `renews_with`.

    Raises:
        NotConnectedError: credentials are missing.
        SettingsError: the base address of the network is none.
    """
    make = network_type(account.network).renewer
    assert make is not None, f"{account.network} renews nothing"  # noqa: S101
    return make(_connection(account, settings, clock, renewed))


def beginning(account: Account, settings: Settings, clock: Clock, redirect_url: str, state: str) -> Beginning:
    """What connecting an account begins with: the credentials that are there already, and where to ask."""
    kind = network_type(account.network)
    options = settings.networks.get(account.network, NetworkOptions())
    values = {one.field: settings.variable(account, one.field) for one in kind.credentials}
    return Beginning(
        account=account,
        credentials={field: value for field, value in values.items() if value is not None},
        base_url=base_of(account, settings)[0],
        api_version=options.api_version or kind.api_version,
        timeout=options.timeout or kind.timeout,
        clock=clock,
        redirect_url=redirect_url,
        state=state,
    )


def _connection(account: Account, settings: Settings, clock: Clock, renewed: Mapping[str, str]) -> Connection:
    if missing := missing_credentials(account, settings):
        raise NotConnectedError(account, missing)
    kind = network_type(account.network)
    options = settings.networks.get(account.network, NetworkOptions())
    base, variable = base_of(account, settings)
    values = {one.field: settings.variable(account, one.field) for one in kind.credentials}
    return Connection(
        account=account,
        credentials={field: value for field, value in {**values, **renewed}.items() if value is not None},
        base_url=base,
        api_version=options.api_version or kind.api_version,
        timeout=options.timeout or kind.timeout,
        clock=clock,
        hidden=tuple(secrets_of(settings)),
        base_variable=variable,
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
    "base_of",
    "beginning",
    "connect",
    "could_renew",
    "is_distinctive",
    "missing_credentials",
    "network_type",
    "obstacle",
    "renewer",
    "secrets",
    "secrets_of",
    "without_key",
]
