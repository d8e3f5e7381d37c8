"""Credentials: an account's ids and secrets, the same for the same name on every run."""

import hashlib
import re
import string

from bot.sandbox.records import Account

_LETTERS = string.ascii_letters + string.digits


def account(network: str, name: str, handle: str) -> Account:
    """The account of that name.

    Raises:
        ValueError: the sandbox has no such network, or the name is empty.
    """
    if not name.strip():
        raise ValueError("an account needs a name")

    def some(what: str, length: int, alphabet: str = _LETTERS) -> str:
        seed = f"{network}/{name}/{what}".encode()
        return "".join(alphabet[byte % len(alphabet)] for byte in hashlib.shake_256(seed).digest(length))

    def digits(length: int) -> str:
        return "1" + some("id", length - 1, string.digits)

    if network == "twitter":
        user, secrets = digits(19), (some("token secret", 45), some("key", 25), some("secret", 50))
        return Account(network, name, handle, user, f"{user}-{some('token', 40)}", *secrets)
    if network == "facebook":
        return Account(network, name, handle, digits(15), f"EAA{some('token', 180)}")
    if network == "linkedin":
        letters = _LETTERS + "-_"
        app = (f"AQ{some('refresh token', 300, letters)}", some("client", 14, _LETTERS), some("secret", 16))
        return Account(network, name, handle, digits(8), f"AQ{some('token', 200, letters)}", *app)
    raise ValueError(f"the sandbox has no network {network!r}: it has twitter, facebook and linkedin")


def environment(of: Account) -> dict[str, str]:
    """The environment variables in which the bot looks for these credentials."""
    prefix = re.sub(r"[^A-Z0-9]", "_", of.name.upper())
    if of.network == "twitter":
        values = {
            "API_KEY": of.key,
            "API_SECRET": of.secret,
            "ACCESS_TOKEN": of.token,
            "ACCESS_TOKEN_SECRET": of.token_secret,
        }
    elif of.network == "facebook":
        values = {"PAGE_ID": of.id, "ACCESS_TOKEN": of.token}
    else:
        # All that a real account may have, so that none of it is left over where these take its place.
        values = {
            "AUTHOR": f"urn:li:organization:{of.id}",
            "ACCESS_TOKEN": of.token,
            "REFRESH_TOKEN": of.token_secret,
            "CLIENT_ID": of.key,
            "CLIENT_SECRET": of.secret,
        }
    return {f"{prefix}_{field}": value for field, value in values.items()}
