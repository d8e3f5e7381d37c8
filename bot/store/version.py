"""The version of a delivery: what tells whether it is still as somebody has seen it."""

from datetime import datetime
from hashlib import blake2b


def version_of(state: str, hold: str | None, due_at: datetime, message: str) -> str:
    """A short word that is another one after every change that matters to whoever decides on a delivery.

    That is where it stands, when it goes out (UTC), and what it says (the fingerprint of its parts).
    """
    told = "\n".join((str(state), hold or "", due_at.isoformat(), message))
    return blake2b(told.encode(), digest_size=9).hexdigest()
