"""Credentials: an account's ids and secrets, the same for the same name on every run."""

import hashlib
import re
import string
from dataclasses import dataclass

from bot.sandbox.records import Account
from bot.sandbox.registry import NETWORKS, stand_in

LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Seed:
    """What the ids and secrets of one account grow from."""

    network: str
    name: str
    handle: str

    def some(self, what: str, length: int, alphabet: str = LETTERS) -> str:
        """A secret of so many letters."""
        seed = f"{self.network}/{self.name}/{what}".encode()
        return "".join(alphabet[byte % len(alphabet)] for byte in hashlib.shake_256(seed).digest(length))

    def digits(self, length: int) -> str:
        """An id of so many digits."""
        return "1" + self.some("id", length - 1, string.digits)


def account(network: str, name: str, handle: str) -> Account:
    """The account of that name.

    Raises:
        ValueError: the sandbox has no such network, or the name is empty.
    """
    if not name.strip():
        raise ValueError("an account needs a name")
    if network not in NETWORKS:
        raise ValueError(f"the sandbox has no network {network!r}: it has {', '.join(NETWORKS)}")
    return stand_in(network).account(Seed(network, name, handle))


def environment(of: Account) -> dict[str, str]:
    """The environment variables in which the bot looks for these credentials."""
    prefix = re.sub(r"[^A-Z0-9]", "_", of.name.upper())
    return {f"{prefix}_{field}": value for field, value in stand_in(of.network).credentials(of).items()}
