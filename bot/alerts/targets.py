"""Targets: where alerts go, by the names of the variables that hold their addresses."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from bot.networks import REGISTRY, network_type
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Target:
    """One address that alerts are sent to."""

    name: str  # of the variable
    url: str | None = field(repr=False)  # as Apprise writes it, a secret; None: the variable is not set

    @property
    def service(self) -> str:
        """What may be shown of the address: "mailtos", or "" where there is none."""
        scheme, separator, _ = (self.url or "").partition("://")
        return scheme if separator and scheme.isalnum() else ""


def all_targets(settings: Settings) -> Sequence[Target]:
    """The targets of config/bot.toml, with their addresses from the environment."""
    found = ((name, settings.environment.get(name, "").strip()) for name in settings.alerts.to)
    return [Target(name, url or None) for name, url in found]


def secrets(settings: Settings) -> frozenset[str]:
    """What no message may show: the addresses, and the credentials of the accounts."""
    addresses = {target.url for target in all_targets(settings) if target.url}
    return frozenset(addresses | _credentials(settings))


def pieces(url: str) -> frozenset[str]:
    """Whatever in an address may be a token: a service may put one at any place, even for a host."""
    _, _, rest = url.partition("://")
    found = {url, rest, *re.split(r"[/:@?&=,;#\s]+", rest)}
    found |= {unquote(piece) for piece in found}
    return frozenset(piece for piece in found if len(piece) >= 6 or (len(piece) >= 4 and not piece.isalpha()))


def _credentials(settings: Settings) -> set[str]:
    found = set()
    for account in settings.accounts.values():
        if account.network in REGISTRY:
            fields = (one.field for one in network_type(account.network).credentials if one.secret)
            found |= {value for field in fields if (value := settings.variable(account, field))}
    return found
