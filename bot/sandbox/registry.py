"""The registry: the modules of the stand-ins; a new network is one line here."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.sandbox.network import Network

# Each offers `STAND_IN`, a class.
MODULES = {
    "twitter": "bot.sandbox.twitter",
    "facebook": "bot.sandbox.facebook",
    "linkedin": "bot.sandbox.linkedin",
    "mastodon": "bot.sandbox.mastodon",
    "bluesky": "bot.sandbox.bluesky",
}
NETWORKS = tuple(MODULES)


def stand_in(name: str) -> "type[Network]":
    """The stand-in for a network.

    Raises:
        KeyError: there is none.
    """
    found: type[Network] = import_module(MODULES[name]).STAND_IN
    return found
