"""A key: what tells a repeated request from a new one, on networks that know such keys."""

import secrets
from datetime import datetime


def new_key(now: datetime) -> str:
    """A key that no other delivery has: 12 hexadecimal digits of the time in ms, and 16 random ones.

    With the time in it, so that a network whose own keys grow with time can be given one of its kind.
    """
    return f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(8)}"
