"""Wording: what a message takes from beyond its post."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be mentioned: a person or an organisation of the address book."""

    name: str  # as written where the network has no handle of theirs
    handles: Mapping[str, str] = field(default_factory=dict)  # by network: a handle, an id or a URN


@dataclass(frozen=True, slots=True)
class Wording:
    """What composing takes from the campaign and the address book."""

    people: Mapping[str, Person] = field(default_factory=dict)  # by the name in `@{name}`
    hashtags: tuple[str, ...] = ()  # of the campaign, without "#": added where a text lacks them
