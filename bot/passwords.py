"""Passwords: what is asked of them, and their Argon2 hashes."""

from functools import cache
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from bot.errors import SpokenError

if TYPE_CHECKING:
    from pwdlib import PasswordHash

SHORTEST, LONGEST = 12, 200
_AT_ONCE = BoundedSemaphore(2)  # each hash takes 64 MiB, and whoever asks is not known yet


class PasswordError(SpokenError):
    """A password is not taken."""


def hashed(password: str) -> str:
    """The hash that is kept of a password.

    Raises:
        PasswordError: it is too short to be safe, or longer than anybody types.
    """
    if len(password) < SHORTEST:
        raise PasswordError(
            f"a password has at least {SHORTEST} characters: a few words are easy to keep in mind"
        )
    if len(password) > LONGEST:
        raise PasswordError(f"a password has at most {LONGEST} characters")
    with _AT_ONCE:
        return _hasher().hash(password)


def verified(password: str, kept: str | None) -> tuple[bool, str | None]:
    """Whether a password is the one of a hash, and a stronger hash where the kept one is of old.

    It takes as long where there is no hash, so that nobody learns who is a member.
    """
    with _AT_ONCE:
        right, stronger = _hasher().verify_and_update(password[:LONGEST], kept or _nobodys())
    return (right, stronger) if kept else (False, None)


@cache
def _hasher() -> "PasswordHash":
    from pwdlib import PasswordHash  # only where somebody signs in

    return PasswordHash.recommended()


@cache
def _nobodys() -> str:
    return _hasher().hash("the password of nobody")
