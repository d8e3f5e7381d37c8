"""The stages of a post that is written on the page, and every change between them that is allowed."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from bot.errors import SpokenError


class Stage(StrEnum):
    """How far a post has come; each says who moves it on."""

    DRAFT = "draft"  # its authors work on it
    REVIEW = "review"  # an approver reads it
    APPROVED = "approved"  # as it is, word for word: an edit makes a draft of it again
    RETURNED = "returned"  # an approver has sent it back with a comment


class Step(StrEnum):
    """What is done to a post."""

    EDIT = "edit"
    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    WITHDRAW = "withdraw"  # out of review, and out of the queue where it is in it


S = Stage
_TABLE: dict[Step, dict[Stage, Stage]] = {
    Step.EDIT: dict.fromkeys(S, S.DRAFT),
    Step.SUBMIT: {S.DRAFT: S.REVIEW, S.RETURNED: S.REVIEW},
    # Not only from review: an approver who writes a post need not send it to himself.
    Step.APPROVE: {S.DRAFT: S.APPROVED, S.REVIEW: S.APPROVED, S.RETURNED: S.APPROVED},
    Step.RETURN: {S.REVIEW: S.RETURNED, S.APPROVED: S.RETURNED},
    Step.WITHDRAW: dict.fromkeys(S, S.DRAFT),
}
STEPS: Mapping[Step, Mapping[Stage, Stage]] = MappingProxyType(
    {step: MappingProxyType(moves) for step, moves in _TABLE.items()}
)
DONE: Mapping[Step, str] = MappingProxyType(
    {
        Step.EDIT: "saved",
        Step.SUBMIT: "submitted",
        Step.APPROVE: "approved",
        Step.RETURN: "returned",
        Step.WITHDRAW: "withdrawn",
    }
)  # as the history of a post says it


class ForbiddenStepError(SpokenError):
    """A change of stage that the table does not have."""

    def __init__(self, stage: Stage, step: Step) -> None:
        names = {S.DRAFT: "a draft", S.REVIEW: "in review", S.APPROVED: "approved", S.RETURNED: "sent back"}
        if after := set(STEPS[step].values()) & {stage}:
            words = f"the post is {names[after.pop()]} already"
        else:
            words = f"the post is {names[stage]} and can not be {DONE[step]} now"
        super().__init__(words)


def following(stage: Stage, step: Step) -> Stage:
    """The stage after a step.

    Raises:
        ForbiddenStepError: the table has no such change.
    """
    try:
        return STEPS[step][stage]
    except KeyError:
        raise ForbiddenStepError(stage, step) from None
