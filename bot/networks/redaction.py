"""Redaction: no secret leaves the adapters in a text that is shown, logged or stored."""

import html
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MARK = "[secret]"
SHORTEST = 4  # anything shorter is in every other word, so hiding it would only make texts unreadable

# A network may quote a request of ours, with credentials that are derived from the secrets we know.
_NAMED = re.compile(
    r"""(?ix)
    ( \b (?: access_token | refresh_token | client_secret | appsecret_proof | fb_exchange_token
           | oauth_token | oauth_signature | oauth_consumer_key ) ["']? \s* (?: = | : | %3D ) \s* ["']?
    | \b (?: bearer | oauth ) \s+ (?! oauth_ ) (?= [\w.~+/=-]{16} ) )
    [^\s"'&,;<>]+
    """
)


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret hidden, as it is or in any of the forms in which it travels."""
    forms = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
    if forms:
        # The longest first, so that a secret within a secret does not save the rest of it.
        wanted = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
        text = re.sub(wanted, MARK, text, flags=re.IGNORECASE)
    return _NAMED.sub(rf"\g<1>{MARK}", text)


def _forms(secret: str) -> Iterable[str]:
    yield secret
    yield quote(secret)
    yield quote(secret, safe="")
    yield quote(quote(secret, safe=""), safe="")  # within the base string of an OAuth 1.0a signature
    yield quote_plus(secret)
    yield html.escape(secret)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret)[1:-1].replace("/", "\\/")
