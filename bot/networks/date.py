"""The networks' own clock: what time it is by the Date header of an answer, which needs no credentials."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests

from bot.networks import base_of, missing_credentials, network_type
from bot.networks.address import Address
from bot.settings import Settings

_TIMEOUT_S = 5.0


class SilentError(Exception):
    """A network did not answer at all."""


def network_time(name: str, settings: Settings) -> datetime | None:
    """The time (UTC) that a network's server gives; None where it answers without saying it.

    Where accounts have servers of their own, one of them is enough. A server with a
    clock must say it in every answer below 500, also to a request that it refuses:
    https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1 (read 2026-11-24).

    Raises:
        SilentError: none did answer.
    """
    answered = False
    for base in _bases(name, settings):
        try:
            told = _time_at(base.rstrip("/"))
        except SilentError:
            continue
        if told is not None:
            return told
        answered = True
    if not answered:
        raise SilentError(name)
    return None


def _time_at(base: str) -> datetime | None:
    try:
        with requests.Session() as session:
            session.trust_env = not Address(base, base).is_here  # no proxy leads to this machine
            answer = session.head(base, timeout=_TIMEOUT_S, allow_redirects=False)
    except (requests.RequestException, OSError) as error:
        raise SilentError(base) from error
    return _time_of(answer)


def _bases(name: str, settings: Settings) -> list[str]:
    """Where a network stands; where accounts have servers of their own, those of the connected ones."""
    ours = [one for one in settings.accounts.values() if one.network == name]
    found = [base_of(one, settings)[0] for one in ours if not missing_credentials(one, settings)]
    kind = network_type(name)
    return list(dict.fromkeys(found)) or [settings.environment.get(kind.url_variable) or kind.base_url]


def _time_of(answer: requests.Response) -> datetime | None:
    said = answer.headers.get("date")
    if not said or answer.status_code >= 500:
        return None
    try:
        at = parsedate_to_datetime(said)
    except ValueError:
        return None
    age = answer.headers.get("age", "")  # of an answer that a cache has kept
    kept = timedelta(seconds=int(age)) if age.isdecimal() and len(age) < 9 else timedelta()
    return (at if at.tzinfo else at.replace(tzinfo=UTC)) + kept
