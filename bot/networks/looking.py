"""Looking: searching an account's own recent posts for one part, with proof where it is not there."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.model.outcome import CannotLook, RemotePost

# Our clock and the network's may differ: a post must not be overlooked because it seems too early.
CLOCK_SKEW = timedelta(minutes=5)
MOST_PAGES = 20
MOST_NAMED = 3  # posts that may be the one, for a person to look at


class Likeness(StrEnum):
    """How a post on the network compares with the part that is looked for."""

    SAME = "same"
    PERHAPS = "perhaps"  # only a person can tell
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post of the account as the network lists it."""

    post: RemotePost
    created_at: datetime | None  # None: the network does not say
    likeness: Likeness


Page = Collection[Candidate]


def earliest(since: datetime) -> datetime:
    """From when on a post may be the one."""
    return since - CLOCK_SKEW


def look(pages: Iterable[Page], since: datetime, known: Collection[str]) -> RemotePost | CannotLook | None:
    """The first post since then that is the same; None only if all were read and none can be it.

    Args:
        pages: the newest first; ends by itself when the network has no more.
        since: the instant of the attempt.
        known: ids of posts that are other deliveries.
    """
    seen: set[str] = set()
    near: list[str] = []
    for number, page in enumerate(pages, start=1):
        recent = [one for one in page if one.created_at is None or one.created_at >= earliest(since)]
        ids = {one.post.remote_id for one in page}
        if page and ids <= seen:
            return CannotLook("the network lists the same posts again on the next page", for_good=False)
        seen |= ids
        for candidate in recent:
            if candidate.post.remote_id in known:
                continue
            if candidate.likeness is Likeness.SAME:
                return candidate.post
            if candidate.likeness is Likeness.PERHAPS:
                near.append(candidate.post.url or candidate.post.remote_id)
        if page and not recent:
            break
        if number == MOST_PAGES:
            return CannotLook("there are too many posts since then to read them all", for_good=False)
    if near:
        links = ", ".join(near[:MOST_NAMED]) + (
            f" and {len(near) - MOST_NAMED} more" if near[MOST_NAMED:] else ""
        )
        return CannotLook(f"nearly the same, so perhaps it: {links}", for_good=False)
    return None
