"""The address book: config/people.toml, by which `@{Name}` in a text becomes each network's own mention.

A mention on LinkedIn names a URN and the exact name of its owner:
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
What a handle on Bluesky is, https://atproto.com/specs/handle says. Facebook lets an app mention pages with
the feature "Page Mentioning" only, which Meta grants after a review, so that a plain name stands there:
https://developers.facebook.com/documentation/development/features-reference/page-mentioning
(all read 2026-11-25).
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bot.fields import Problem, Problems, Table, may_exist, read_toml, text
from bot.model.wording import Person

FILE = "people.toml"
_NAME = re.compile(r"[^{}\n]{1,100}")  # what fits between the braces of `@{…}`


def read_people(path: Path) -> tuple[dict[str, Person], list[Problem]]:
    """Everybody in the address book by name, and what is wrong in it; nobody where there is no such file."""
    problems = Problems(str(path))
    table = read_toml(path, problems) if may_exist(path) else None
    people: dict[str, Person] = {}
    for written, fields in table.top_tables().items() if table else ():
        name = unicodedata.normalize("NFC", written).strip()
        if not _NAME.fullmatch(name):
            problems.error(fields.line, f"'{written}' is no name to mention: write it without braces")
        elif name in people:
            problems.error(fields.line, f"'{name}' stands here twice")
        else:
            people[name] = _person(name, fields)
            fields.refuse_others()
    return people, problems.found


def _person(name: str, fields: Table) -> Person:
    shown = fields.take("name", _shown, name)
    handles = {network: fields.take(network, parse, "") for network, parse in _PARSERS.items()}
    return Person(shown, {network: handle for network, handle in handles.items() if handle})


def _shown(value: Any) -> str:
    words = unicodedata.normalize("NFC", text(value))
    if not words.isprintable():
        raise ValueError("a name stands on one line")
    return " ".join(words.split())


def _handle(pattern: str, expected: str) -> Callable[[Any], str]:
    """A parser: a handle of this form, with or without an "@" before it."""
    form = re.compile(pattern)

    def parse(value: Any) -> str:
        word = text(value).removeprefix("@")
        if not form.fullmatch(word):
            raise ValueError(f"'{word}' is no handle there: {expected}")
        return word

    return parse


_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,62}"
_PARSERS: Mapping[str, Callable[[Any], str]] = {
    "twitter": _handle(r"[A-Za-z0-9_]{1,15}", "up to 15 letters, digits and '_', like SSWAlliance"),
    "facebook": _shown,
    "linkedin": _handle(
        r"urn:li:(?:organization:[0-9]{1,20}|person:[A-Za-z0-9_-]{1,40})",
        "write a URN, like urn:li:organization:2414183 or urn:li:person:AbC-123",
    ),
    "mastodon": _handle(
        rf"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{{0,100}}[A-Za-z0-9_])?@{_HOST}",
        "write it with its server, like @alliance@mastodon.social",
    ),
    "bluesky": _handle(
        rf"{_HOST}|did:[a-z]+:[A-Za-z0-9._:%-]{{1,200}}", "like alliance.bsky.social, or did:plc:…"
    ),
}
