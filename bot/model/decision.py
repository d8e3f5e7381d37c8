"""The decision: what follows for a delivery from the outcome of one attempt."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.model.outcome import Cause, NotPublished, Outcome, Published, Rejected, RemotePost


@dataclass(frozen=True, slots=True)
class PartIsOut:
    """Record it and go on with the next part."""

    remote: RemotePost


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Nothing is out; put it back for later."""

    cause: Cause
    reason: str
    at: datetime | None  # UTC; None: after `wait`
    whole_account: bool  # whether the account's other deliveries wait as well
    wait: timedelta | None = None  # None: by our own back-off


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Nothing is out and only a person can change that."""

    cause: Cause
    reason: str
    stop_account: bool  # whether every other delivery of the account would fare alike
    stop_for: timedelta | None = None  # None: until the account is found to work


@dataclass(frozen=True, slots=True)
class FindOut:
    """Nobody knows: wait, then look."""

    reason: str


Decision = PartIsOut | TryAgain | GiveUp | FindOut

# The reason lies with the account, not with the post: what comes next would fare alike.
_OF_THE_ACCOUNT = frozenset({Cause.RATE_LIMIT, Cause.NEVER_LEFT, Cause.CREDITS})
_STOPS_THE_ACCOUNT = frozenset({Cause.CREDENTIALS, Cause.VERSION})
# A person sets it right elsewhere, and who the credentials are may not show it: then one try in so long
# a time.
STANDSTILL: Mapping[Cause, timedelta] = MappingProxyType(
    {
        Cause.CREDITS: timedelta(minutes=15),
        Cause.PERMISSION: timedelta(hours=1),
        Cause.BLOCKED: timedelta(hours=1),
    }
)


def decide(outcome: Outcome, doubted: bool, first: bool = True) -> Decision:
    """What follows from an outcome.

    Args:
        outcome: of one attempt at a part.
        doubted: whether an earlier attempt at this part ended in doubt.
        first: false for a reply or a comment, for which other rights are needed than for a post.
    """
    match outcome:
        case Published(post):
            return PartIsOut(post)
        case NotPublished(cause, reason, again_at):
            return TryAgain(cause, reason, again_at, cause in _OF_THE_ACCOUNT)
        case Rejected(Cause.DUPLICATE, reason, existing) if doubted:
            return _evidence_of_existence(reason, existing)
        case Rejected(Cause.CREDITS, reason):  # paid use starts again when somebody has paid
            return TryAgain(Cause.CREDITS, reason, None, whole_account=True, wait=STANDSTILL[Cause.CREDITS])
        case Rejected(Cause.PERMISSION, reason) if not first:
            return GiveUp(Cause.PERMISSION, reason, stop_account=False)
        case Rejected(cause, reason):
            stops = cause in _STOPS_THE_ACCOUNT or cause in STANDSTILL
            return GiveUp(cause, reason, stops, STANDSTILL.get(cause))
        case _:
            return FindOut(outcome.reason)


def _evidence_of_existence(reason: str, existing: RemotePost | None) -> Decision:
    """A network that refuses a duplicate after a doubtful attempt says that the first one worked."""
    if existing is None:
        return FindOut(f"an earlier attempt seems to have worked: {reason}")
    return PartIsOut(existing)
