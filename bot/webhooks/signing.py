"""Signing: by the Standard Webhooks specification (1.0.0), so that receivers verify with existing libraries.

The signature is `v1,` and the base64 of an HMAC-SHA256 of "id.timestamp.body"; while a secret is exchanged
there are two, with a space between. The time is that of the try, the id the same at every try.
"""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from datetime import datetime

from bot.seal import HOW, VARIABLE, Seal
from bot.settings import Settings, SettingsError
from bot.store.webhooks import Webhook

PREFIX = "whsec_"
_BYTES = 32  # the specification asks for 24 to 64


def new_secret() -> str:
    """A secret as receivers are given it."""
    return PREFIX + base64.b64encode(os.urandom(_BYTES)).decode()


def seal_of(settings: Settings) -> Seal:
    """The seal under which secrets are kept.

    Raises:
        SettingsError: BOT_SECRET_KEY is no key, or is not set.
    """
    seal = Seal.of(settings.environment)
    if seal is None:
        raise SettingsError(f"set {VARIABLE} first, with which the secrets of webhooks are kept: {HOW}")
    return seal


def secrets_of(webhook: Webhook, settings: Settings, now: datetime) -> tuple[str, ...]:
    """The secrets that sign at an instant (real UTC).

    Raises:
        SettingsError: BOT_SECRET_KEY does not open them.
    """
    sealed = [webhook.secret]
    if webhook.former_secret is not None and webhook.former_until is not None and now < webhook.former_until:
        sealed.append(webhook.former_secret)
    seal = seal_of(settings)
    return tuple(seal.open(one) for one in sealed)


def signature(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """One signature."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secrets: tuple[str, ...], message: str, now: datetime, body: bytes) -> Mapping[str, str]:
    """What goes before a body, for a try at an instant (real UTC)."""
    timestamp = int(now.timestamp())
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(one, message, timestamp, body) for one in secrets),
    }


def body_of(value: Mapping[str, object]) -> bytes:
    """A value as it is sent and signed, which must be the same bytes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
