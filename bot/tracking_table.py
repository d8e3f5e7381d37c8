"""The table `[tracking]` of config/bot.toml, a campaign's file or an account: from TOML to a typed value."""

import re
from typing import Any

from bot.fields import Table, text, texts, yes_or_no
from bot.model.tracking import DEFAULTS, PLACES, Tracking

_DOMAIN = re.compile(r"(?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}")
_OTHERS = ("utm_term", "utm_id")  # without a default


def read_tracking(fields: Table | None, *, asks: bool) -> Tracking | None:
    """What the table says; None where there is none. `asks`: that it is there says that it is wanted."""
    if fields is None:
        return None
    values = [
        (key, value) for key in (*DEFAULTS, *_OTHERS) if (value := fields.take(key, _value, None)) is not None
    ]
    tracking = Tracking(
        wanted=fields.take("enabled", yes_or_no, True if asks else None),
        values=tuple(values),
        domains=fields.take("domains", _domains, None),
    )
    fields.refuse_others()
    return tracking


def _value(value: Any) -> str:
    if value == "":
        return ""  # without this parameter
    word = text(value)
    for place in re.findall(r"[{}]|\{([^{}]*)\}", re.sub(rf"\{{(?:{'|'.join(PLACES)})\}}", "", word)):
        known = ", ".join(f"{{{one}}}" for one in PLACES)
        raise ValueError(f"'{{{place}}}' is filled in by nothing: there are {known}")
    if len(word) > 100 or not word.isprintable():
        raise ValueError("write at most 100 characters on one line")
    return word


def _domains(value: Any) -> tuple[str, ...]:
    domains = tuple(word.casefold() for word in texts(value))
    for domain in domains:
        if not _DOMAIN.fullmatch(domain):
            raise ValueError(f"'{domain}' is no domain: write it like example.org")
    return domains
