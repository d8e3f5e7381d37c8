"""A random token: what a cookie or a link holds; the store knows only its fingerprint."""

import hashlib
import secrets


def new_token() -> str:
    """256 random bits, fit for an address."""
    return secrets.token_urlsafe(32)


def fingerprint_of(token: str) -> str:
    """What is kept of it: whoever reads the store can not sign in with that."""
    return hashlib.sha256(token.encode()).hexdigest()
