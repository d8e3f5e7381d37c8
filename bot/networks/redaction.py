"""Redaction: no secret leaves the adapters in a text that is shown, logged or stored."""

import base64
import html
import json
import re
from collections.abc import Iterable
from functools import lru_cache
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


# Secrets that nobody told us of, such as a token that was renewed a moment ago, by what only they look like.
_SHAPED = re.compile(
    r"""(?x)
    \b EAA [A-Za-z0-9]{60,} | \b AQ [A-Za-z0-9_~-]{100,} | (?<![A-Za-z0-9]) A{12} [A-Za-z0-9%_-]{40,}
    | \b eyJ [\w-]{8,} \. [\w-]{8,} \. [\w-]{8,}
    | hooks\.slack\.com/ [\w/-]{20,} | discord(?:app)?\.com/api/webhooks/ [\w/-]{30,}
    """
)
_PASSWORD = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@?#'\"<>]{0,200}:)[^\s/@?#'\"<>]{1,200}(?=@)")


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret hidden, as it is or in any of the forms in which it travels."""
    if wanted := _wanted(frozenset(secret for secret in secrets if len(secret) >= SHORTEST)):
        text = wanted.sub(MARK, text)
    text = _NAMED.sub(rf"\g<1>{MARK}", text)
    return _PASSWORD.sub(rf"\g<1>{MARK}", _SHAPED.sub(MARK, text))


@lru_cache(maxsize=64)
def _wanted(secrets: frozenset[str]) -> re.Pattern[str] | None:
    forms = {form for secret in secrets for form in _forms(secret)}
    # The longest first, so that a secret within a secret does not save the rest of it.
    words = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    return re.compile(words, re.IGNORECASE) if words else None


def _forms(secret: str) -> Iterable[str]:
    yield secret
    yield quote(secret)
    yield quote(secret, safe="")
    yield quote(quote(secret, safe=""), safe="")  # within the base string of an OAuth 1.0a signature
    yield quote_plus(secret)
    yield html.escape(secret)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret)[1:-1].replace("/", "\\/")
    encoded = secret.encode()
    for form in (base64.b64encode(encoded), base64.urlsafe_b64encode(encoded)):
        yield form.decode().rstrip("=")
