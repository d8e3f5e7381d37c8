"""Records: the frozen facts that the parts of the sandbox hand to each other."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Account:
    """One account on one network, with its credentials."""

    network: str  # one of `registry.NETWORKS`
    name: str  # the bot's name for it
    handle: str
    id: str  # the network's: digits
    token: str
    token_secret: str = ""  # on X; LinkedIn's refresh token
    key: str = ""  # of the app on X; elsewhere its client id
    secret: str = ""  # of the app

    @property
    def title(self) -> str:
        """The name that followers see."""
        return self.handle.strip().lstrip("@") or self.name

    @property
    def username(self) -> str:
        """The handle as it stands in an address of X: letters, digits and "_", 15 at most."""
        plain = "".join(one if one.isascii() and one.isalnum() else "_" for one in self.title)
        return plain[:15]


@dataclass(frozen=True, slots=True)
class Published:
    """One message as followers see it."""

    network: str
    account: str
    id: str
    parent_id: str | None  # what it answers or comments
    kind: str  # "post", "reply" or "comment"
    text: str
    link: str | None
    media: tuple[str, ...]
    url: str  # the permalink
    created_at: datetime  # UTC
    alts: tuple[str, ...] = ()  # what each of `media` shows, in words; "" where nothing was said
    # What each of `media` really is: the SHA-256 of what came; of several pieces, that of their digests.
    digests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """A message with what only its network knows of it."""

    published: Published
    number: int  # grows with every message of a network
    raw: str  # the text as it was sent
    visible_at: datetime | None  # UTC; None: followers never see it
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One answer that said no."""

    network: str
    account: str | None
    status: int
    code: str
    message: str
    at: datetime  # UTC
    operation: str


@dataclass(frozen=True, slots=True)
class Call:
    """One request that a network received."""

    network: str
    method: str
    path: str
    operation: str
    account: str | None
    at: datetime  # UTC
    outcome: str  # the status, a word on the fault that was played, or both


def digest_of(pieces: Sequence[str]) -> str:
    """The digest of a file by those of the pieces in which it came, in their order."""
    return pieces[0] if len(pieces) == 1 else hashlib.sha256("".join(pieces).encode()).hexdigest()
