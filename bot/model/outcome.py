"""Outcomes: what one attempt to publish one part has shown, as the network said it.

Only proof allows a second try, so the whole product rests on telling these four apart.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class RemotePost:
    """A part as it stands on the network."""

    remote_id: str
    url: str | None  # the permalink, where the network has one
    # Those of the parts after it that came out with it, where a network takes several in one call.
    following: tuple["RemotePost", ...] = field(default=(), compare=False)

    def may_be(self, other: "RemotePost") -> bool:
        """Whether both may name the same post: a person gives what stands in the address bar.

        That may be a link without an id, or an id of another kind than the API's: on LinkedIn
        `urn:li:activity:2` and `urn:li:share:1` can be one post. Ids of one kind are compared.
        """
        if self.remote_id == other.remote_id or (self.url and self.url == other.url):
            return True
        kinds = {_kind(one.remote_id) for one in (self, other)}
        return "link" in kinds or len(kinds) == 2


def _kind(remote_id: str) -> str:
    return "link" if remote_id.startswith(("https://", "http://")) else remote_id.rpartition(":")[0]


class Cause(StrEnum):
    """Why something was not published; the worker and the operator act by it."""

    NEVER_LEFT = "never-left"  # name look-up, refused connection, connect time-out, TLS
    RATE_LIMIT = "rate-limit"  # of the account: everything else of that account waits too
    BUSY = "busy"  # the network asks to try again later
    CREDENTIALS = "credentials"  # unknown, expired, revoked, of the wrong kind
    PERMISSION = "permission"  # valid credentials that lack a scope or a role
    BLOCKED = "blocked"  # the network has suspended, locked or restricted the account
    CREDITS = "credits"  # paid use, used up
    VERSION = "version"  # the API version is gone
    DUPLICATE = "duplicate"  # the network says that it has this already
    FILES = "files"  # the network does not know a file any more that was uploaded for it
    CONTENT = "content"  # too long, malformed, refused by policy
    REFUSED = "refused"  # any other clear no


@dataclass(frozen=True, slots=True)
class Published:
    """The network has it and gave its id."""

    post: RemotePost
    status: int | None = None  # HTTP


@dataclass(frozen=True, slots=True)
class NotPublished:
    """Proof that nothing was published and that a later try may succeed."""

    cause: Cause
    reason: str  # for the operator: the network's own words and what to do
    again_at: datetime | None = None  # UTC, when the network named it; None: by our own back-off
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Proof that nothing was published, and trying again unchanged will not help."""

    cause: Cause
    reason: str
    existing: RemotePost | None = None  # a duplicate refusal may name the post that exists
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows: it may be out there."""

    reason: str
    status: int | None = None


Outcome = Published | NotPublished | Rejected | Unknown


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The network has a file. Nobody sees it before a post that names it."""

    handle: str  # what a post names it by
    expires_at: datetime | None = None  # UTC: not to be used from then on; None: not known or never
    ready_at: datetime | None = None  # UTC: the network still works on it, ask again then; None: it is ready


@dataclass(frozen=True, slots=True)
class Done:
    """A change of what is out was made, or found to be made already."""

    words: str  # for the operator


Change = Done | NotPublished | Rejected | Unknown


@dataclass(frozen=True, slots=True)
class Figures:
    """How a post has done so far; None: the network does not say."""

    impressions: int | None = None
    reactions: int | None = None
    comments: int | None = None
    shares: int | None = None
    clicks: int | None = None


@dataclass(frozen=True, slots=True)
class CannotLook:
    """The account's own posts could not be read, so absence is not proved."""

    reason: str
    for_good: bool  # True: this account may never look (a scope is missing); False: try again later


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """Who the credentials are, whether they may post, and until when."""

    ok: bool
    identity: str | None  # as the network names the account
    detail: str
    expires_at: datetime | None = None  # UTC; None: not known or never
    cause: Cause | None = None  # why not, where not ok
