"""The states of a delivery and every change between them that is allowed."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a delivery stands; each says who moves it on."""

    SCHEDULED = "scheduled"  # waits for its time; the worker claims it, or marks it missed
    PUBLISHING = "publishing"  # claimed: one worker, named by a token, is at work on it
    PUBLISHED = "published"  # every part that was not given up is out, with its id; nothing changes it
    FAILED = "failed"  # the network said no; a person changes the post or the account
    UNCERTAIN = "uncertain"  # nobody knows whether it is out; the reconciler looks, or a person does
    MISSED = "missed"  # its tolerance passed; a person gives it a new time or cancels it
    HELD = "held"  # may not go out now; `Hold` says why and who lets it go
    CANCELLED = "cancelled"  # withdrawn, by a person or because its file is gone


class Hold(StrEnum):
    """Why a delivery is held."""

    OPERATOR = "operator"  # `bot hold`; only `bot release` ends it
    PAUSED = "paused"  # it fell due during a pause; `bot resume` ends it
    APPROVAL = "approval"  # `bot approve` ends it
    NOT_CONNECTED = "not-connected"  # its account lacks credentials; ends by itself when they are there
    STALE = "stale"  # its file changed while nobody knew whether it was out; `bot apply` ends it


class Verb(StrEnum):
    """What is done to a delivery."""

    CLAIM = "claim"
    GIVE_BACK = "give-back"  # claimed, but no call was made: a stop, a lost lease before the intent
    ADVANCE = "advance"  # one part of several is out
    PUBLISH = "publish"
    POSTPONE = "postpone"  # proof that nothing is out, and a later try may do
    FAIL = "fail"  # proof that nothing is out, and that a later try will not do
    DOUBT = "doubt"
    SUSPECT = "suspect"  # never claimed as far as we know, but our database was restored from a copy
    FIND = "find"  # proof that it is out after all
    CLEAR = "clear"  # proof that it is not out after all, or the rest of a thread is still to go
    MISS = "miss"
    HOLD = "hold"
    PAUSE = "pause"  # claimed, but everything was paused before the call
    RELEASE = "release"
    CANCEL = "cancel"
    GIVE_UP = "give-up"  # some of a thread is out, and the rest shall not be: it is published in part
    RESCHEDULE = "reschedule"
    REPLAN = "replan"  # its file changed


S = State
_TABLE: dict[Verb, dict[State, State]] = {
    Verb.CLAIM: {S.SCHEDULED: S.PUBLISHING},
    Verb.GIVE_BACK: {S.PUBLISHING: S.SCHEDULED},
    Verb.ADVANCE: {S.PUBLISHING: S.PUBLISHING},
    Verb.PUBLISH: {S.PUBLISHING: S.PUBLISHED},
    # From `uncertain` too: an answer that comes after its worker was given up is proof all the same.
    Verb.POSTPONE: {S.PUBLISHING: S.SCHEDULED, S.UNCERTAIN: S.SCHEDULED},
    Verb.FAIL: {S.PUBLISHING: S.FAILED, S.UNCERTAIN: S.FAILED},
    Verb.DOUBT: {S.PUBLISHING: S.UNCERTAIN},
    Verb.SUSPECT: {S.SCHEDULED: S.UNCERTAIN},
    # From wherever it was put meanwhile: what is out is out.
    Verb.FIND: dict.fromkeys(
        (S.UNCERTAIN, S.SCHEDULED, S.HELD, S.MISSED, S.FAILED, S.CANCELLED), S.PUBLISHED
    ),
    Verb.CLEAR: {S.UNCERTAIN: S.SCHEDULED},
    Verb.MISS: {S.SCHEDULED: S.MISSED},
    Verb.HOLD: {S.SCHEDULED: S.HELD},
    Verb.PAUSE: {S.PUBLISHING: S.HELD},
    Verb.RELEASE: {S.HELD: S.SCHEDULED},
    Verb.CANCEL: dict.fromkeys((S.SCHEDULED, S.HELD, S.MISSED, S.FAILED), S.CANCELLED),
    Verb.GIVE_UP: dict.fromkeys((S.SCHEDULED, S.HELD, S.MISSED, S.FAILED), S.PUBLISHED),
    Verb.RESCHEDULE: dict.fromkeys((S.SCHEDULED, S.HELD, S.MISSED, S.FAILED, S.CANCELLED), S.SCHEDULED),
    Verb.REPLAN: {
        S.SCHEDULED: S.SCHEDULED,
        S.HELD: S.HELD,
        S.MISSED: S.SCHEDULED,
        S.FAILED: S.SCHEDULED,
        S.CANCELLED: S.SCHEDULED,
    },
}
TRANSITIONS: Mapping[Verb, Mapping[State, State]] = MappingProxyType(
    {verb: MappingProxyType(moves) for verb, moves in _TABLE.items()}
)

ENDED = frozenset({State.PUBLISHED, State.CANCELLED})
NEEDS_A_PERSON = frozenset({State.FAILED, State.MISSED})  # and some that are uncertain or held


_DONE = {  # to a delivery
    Verb.CLAIM: "claimed", Verb.GIVE_BACK: "given back", Verb.ADVANCE: "advanced", Verb.PUBLISH: "published",
    Verb.POSTPONE: "postponed", Verb.FAIL: "failed", Verb.DOUBT: "doubted", Verb.SUSPECT: "suspected",
    Verb.FIND: "found", Verb.CLEAR: "cleared", Verb.MISS: "missed", Verb.HOLD: "held", Verb.PAUSE: "paused",
    Verb.RELEASE: "released", Verb.CANCEL: "cancelled", Verb.GIVE_UP: "cancelled",
    Verb.RESCHEDULE: "rescheduled", Verb.REPLAN: "planned anew",
}  # fmt: skip


class ForbiddenTransitionError(ValueError):
    """A change of state that the table does not have."""

    def __init__(self, state: State, verb: Verb) -> None:
        allowed = ", ".join(sources(verb))
        done = _DONE[verb]
        is_so = set(TRANSITIONS[verb].values()) == {state}
        words = f"it is {state} already" if is_so else f"a delivery that is {state} can not be {done}"
        super().__init__(f"{words}: only one that is {allowed} can be {done}")


def after(state: State, verb: Verb) -> State:
    """The state that follows.

    Raises:
        ForbiddenTransitionError: the table has no such change.
    """
    try:
        return TRANSITIONS[verb][state]
    except KeyError:
        raise ForbiddenTransitionError(state, verb) from None


def sources(verb: Verb) -> tuple[State, ...]:
    """The states from which a verb may start."""
    return tuple(TRANSITIONS[verb])
