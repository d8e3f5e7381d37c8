"""Page settings: what config/bot.toml says of the web page, and of who vouches for people there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.fields import Table, one_of, text, texts
from bot.model.role import Role

SECRET = "BOT_OPENID_CLIENT_SECRET"  # noqa: S105  (the name of its variable)


@dataclass(frozen=True, slots=True)
class OpenId:
    """A provider by which members may sign in (OpenID Connect)."""

    issuer: str  # its address, exactly as it names itself
    client_id: str
    name: str = "OpenID"  # of the button
    role: Role | None = None  # of whoever comes without an invitation; None: only who is known may
    domains: tuple[str, ...] = ()  # of their e-mail addresses; empty: any


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What the web page is told."""

    openid: OpenId | None = None


def read_page(fields: Table, public: str | None) -> PageOptions:
    """The table [page]; `public` is where people see the page."""
    openid = fields.table("openid")
    options = PageOptions(_openid(openid, public) if openid else None)
    fields.refuse_others()
    return options


def secret_of(environment: Mapping[str, str]) -> str:
    """What we prove to the provider who we are with; empty: it asks for nothing."""
    return environment.get(SECRET, "").strip()


def _openid(fields: Table, public: str | None) -> OpenId | None:
    before = len(fields.problems.found)
    options = OpenId(
        issuer=fields.take("issuer", issuer, "", required=True),
        client_id=fields.take("client_id", text, "", required=True),
        name=fields.take("name", text, "OpenID"),
        role=fields.take("role", role, None),
        domains=fields.take("domains", domains, ()),
    )
    fields.refuse_others()
    if public is None:
        words = '[page.openid] needs the address to come back to: [alerts] page = "https://…"'
        fields.problems.error(fields.line, words)
    return options if len(fields.problems.found) == before else None


def issuer(value: Any) -> str:
    """A parser: the address of a provider; without HTTPS only on this machine."""
    words = text(value)
    try:
        parts = urlsplit(words)
        local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    except ValueError:
        raise ValueError("is no web address: write https://login.example.org") from None
    if parts.query or parts.fragment or "@" in parts.netloc or not parts.hostname or not words.isprintable():
        raise ValueError("is no web address: write https://login.example.org")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise ValueError("must begin with https://, as what it says is believed")
    return words


def role(value: Any) -> Role:
    """A parser: a role for people whom nobody has invited."""
    return Role(one_of([one for one in Role if one is not Role.ADMINISTRATOR])(value))


def domains(value: Any) -> tuple[str, ...]:
    """A parser: the ends of e-mail addresses."""
    names = tuple(name.removeprefix("@").casefold() for name in texts(value))
    for name in names:
        if not re.fullmatch(r"[\w-]+(\.[\w-]+)+", name):
            raise ValueError(f"'{name}' is no domain: write example.org")
    return names
