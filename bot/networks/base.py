"""The protocol that every network fulfils, and what each declares about itself."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from bot.clock import Clock
from bot.model.account import Account
from bot.model.media import Limit
from bot.model.message import Message, Part
from bot.model.outcome import (
    AccountHealth,
    CannotLook,
    Change,
    Figures,
    NotPublished,
    Outcome,
    Rejected,
    RemotePost,
    Uploaded,
)
from bot.model.post import Media, Post
from bot.model.sending import Sending
from bot.model.tokens import Renewal
from bot.model.wording import Wording
from bot.networks.authorising import Authorisation, Beginning


@dataclass(frozen=True, slots=True)
class Credential:
    """One value that an account needs from the environment."""

    field: str  # what follows the account's prefix: "ACCESS_TOKEN"
    where: str  # where one gets it, for .env.example and for "not connected" messages
    required: bool = True
    secret: bool = True  # false for ids that may be shown
    is_server: bool = False  # the address of the account's own server, where not all share one


@dataclass(frozen=True, slots=True)
class Connection:
    """Everything an adapter needs to speak for one account."""

    account: Account
    credentials: Mapping[str, str] = field(repr=False)  # by field
    base_url: str  # where the network's API stands; another address for the sandbox
    api_version: str
    timeout: timedelta  # for one answer; the time to connect is bounded by the transport
    clock: Clock
    hidden: Collection[str] = field(default=(), repr=False)  # secrets of other accounts too
    base_variable: str = ""  # that names `base_url`; empty: the one of the network


@dataclass(frozen=True, slots=True)
class MediaRules:
    """How many files of which kind one post may show; pictures stand together, all else stands alone."""

    images: int = 0
    moving: int = 0  # animated GIFs
    videos: int = 0
    documents: int = 0
    mixed: bool = False  # whether pictures, GIFs and videos may stand together, `images` of them in all


@dataclass(frozen=True, slots=True)
class Fold:
    """How much of a post the feed shows before "see more": what is reached first; as seen in the field."""

    characters: int
    lines: int | None = None


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a network and its adapter can do, for people who ask before they write."""

    longest: str  # a post's text, in words: "280, a link counts 23"
    threads: bool = False
    first_comment: bool = False
    link: str = ""  # where a post's link stands: "in the text", "as a card"
    mentions: bool = False
    alt_text: bool = True
    figures: tuple[str, ...] = ()  # the fields of `Figures` that it gives
    edits: bool = False
    fold: Fold | None = None  # None: a post is shown whole
    repeats: str = "looked for before it is sent again"  # what keeps an unclear try from being doubled


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to be brought to a network before the post that shows it."""

    media: Media
    path: Path
    progress: Callable[[int], None] = field(default=lambda sent: None, repr=False)  # bytes sent so far
    # What an earlier upload of the same file gave; the network still worked on it then.
    begun: str | None = None
    as_thumbnail: bool = False  # for the card of a link


class Network(Protocol):
    """One account on one network.

    Nothing here raises for anything the network or the wire does: that is an outcome. `publish` makes at
    most one request that lets followers see something, and never repeats it.
    """

    def upload(self, upload: Upload) -> Uploaded | NotPublished | Rejected:
        """Bring a file to the network, streamed; nobody sees it before a post names it, so doing it again
        is harmless. Without waiting: where the network works on the file, the answer says when to ask again
        (with `begun`).
        """

    def publish(self, sending: Sending) -> Outcome:
        """Send one part."""

    def find(
        self, sending: Sending, since: datetime, known: Collection[str]
    ) -> RemotePost | CannotLook | None:
        """Look for a part among the account's own posts since an instant (UTC), passing over `known` ids.

        None is proof of absence: every post since then was read and none matches.
        """

    def delete(self, post: RemotePost) -> Change:
        """Take what is out away; what is gone already counts as done."""

    def edit(self, post: RemotePost, to: Sending) -> Change:
        """Let what is out say something else; media and links stay as they are."""

    def figures(self, posts: Collection[RemotePost]) -> Mapping[str, Figures] | CannotLook:
        """How posts have done so far, by their ids; those that are gone are left out."""

    def verify(self) -> AccountHealth:
        """Ask the network who the credentials are and whether they may post."""

    def payload(self, sending: Sending) -> Mapping[str, Any]:
        """Exactly what `publish` would send, without secrets; pure. Without uploads, files stand for them."""


class Renewer(Protocol):
    """One account's way to new access tokens, on a network whose tokens end. Neither call raises for
    anything that the network or the wire does."""

    def renew(self, refresh: str) -> Renewal:
        """A new access token for a refresh token."""

    def ends_at(self, access: str) -> datetime | None:
        """Until when an access token holds (UTC); None: not known."""


WORDING = Wording()


class NetworkType(Protocol):
    """What a network's module offers: facts, composing without credentials, and connecting with them."""

    name: str  # "twitter"
    title: str  # "X (Twitter)"
    url_variable: str  # "TWITTER_API_URL"
    base_url: str  # the real one; where accounts have servers of their own, one of these
    api_version: str  # the default
    timeout: timedelta
    settle: timedelta
    duplicate_window: timedelta | None  # within which a text is refused that was said already; None: never
    credentials: tuple[Credential, ...]
    media_limits: tuple[Limit, ...]  # a format that none of them names is not taken
    media_rules: MediaRules
    abilities: Abilities
    renews_with: tuple[str, ...]  # the credentials that renew an access token; empty: it is never renewed
    meters: tuple[str, ...]  # what sending may cost, by the names that config/bot.toml gives the prices

    @property
    def renewer(self) -> Callable[[Connection], Renewer] | None:
        """What renews access tokens; None where `renews_with` is empty."""

    def compose(self, post: Post, account: Account, wording: Wording = WORDING) -> Message:
        """Exactly what will be sent, part by part, with the problems found; pure."""

    def version_ends(self, version: str) -> date | None:
        """The first day on which a version of the API is served no more; None: not known, or it has none."""

    def metered(self, part: Part) -> tuple[str, ...]:
        """What the network charges for one part, by the names of its `meters`; pure."""

    def shown(self, part: Part) -> str:
        """The text of a part as followers read it: without escapes, people by their names; pure."""

    def authorise(self, beginning: Beginning) -> Authorisation:
        """The steps by which a person lets the program publish to an account; gives its credentials."""

    def id_in(self, url: str) -> str | None:
        """The id of the post that a link leads to, or None where the link does not tell; pure."""

    def connect(self, connection: Connection) -> Network:
        """An adapter for one account; imports the network's SDK, and makes no request."""
