"""Connected: the credentials that people gave by `bot accounts connect`, beside those of the environment."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.model.account import Account
from bot.networks import REGISTRY, network_type
from bot.seal import HOW, VARIABLE, Seal, WrongKeyError
from bot.settings import Settings, SettingsError
from bot.store.connections import Connected, all_connected
from bot.store.engine import Store


def read(store: Store) -> Sequence[Connected]:
    """What the store keeps of all accounts.

    Raises:
        StoreError: the database can not be read.
    """
    with store.read() as connection:
        return all_connected(connection)


def with_connected(settings: Settings, kept: Sequence[Connected]) -> Settings:
    """The settings with the credentials that are kept for their accounts.

    An account of which BOT_SECRET_KEY does not open them has none at all: why is in `locked`. Where the
    environment has changed since an account was connected, somebody has set other credentials, which hold.
    """
    found: dict[str, str] = {}
    locked: dict[str, str] = {}
    for one in kept:
        account = settings.accounts.get(one.account)
        if account is None or account.network != one.network or one.origin != origin_of(account, settings):
            continue
        try:
            values = opened(one, settings)
        except SettingsError as error:
            locked[one.account] = str(error)
            continue
        # A token is renewed with what came with it, and never with what is left of an earlier one.
        values = {**dict.fromkeys(network_type(account.network).renews_with, ""), **values}
        found |= {f"{account.prefix}_{field}": value for field, value in values.items()}
    return replace(settings, connected=found, locked=locked)


def opened(kept: Connected, settings: Settings) -> Mapping[str, str]:
    """An account's credentials by their fields.

    Raises:
        SettingsError: BOT_SECRET_KEY is no key, is not set, or does not open them.
    """
    seal = Seal.of(settings.environment)
    if seal is None:
        raise WrongKeyError(f"it was connected, which needs {VARIABLE}: set it again")
    values: Mapping[str, str] = json.loads(seal.open(kept.sealed))
    return values


def sealed(credentials: Mapping[str, str], settings: Settings) -> str:
    """An account's credentials, encrypted.

    Raises:
        SettingsError: BOT_SECRET_KEY is no key, or is not set.
    """
    seal = Seal.of(settings.environment)
    if seal is None:
        raise WrongKeyError(f"{VARIABLE} is not set, under which credentials are kept: {HOW}")
    return seal.close(json.dumps(dict(credentials)))


def origin_of(account: Account, settings: Settings) -> str:
    """A fingerprint of what the environment itself says of an account, by which a change of it is seen.

    Of long random values only hashes are kept: guessing one from its hash is hopeless.
    """
    kind = network_type(account.network) if account.network in REGISTRY else None
    names = [f"{account.prefix}_{one.field}" for one in kind.credentials] if kind else []
    values = [account.name, *(settings.environment.get(name, "").strip() for name in names)]
    return hashlib.sha256("\0".join(values).encode()).hexdigest()
