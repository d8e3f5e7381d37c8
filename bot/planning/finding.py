"""A finding: one answer of the preflight."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Mark(StrEnum):
    """What an answer means for the campaign."""

    OK = "ok"
    WARNING = "warning"  # somebody should look
    NO = "no"  # something planned would not go out, or not as planned


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer of the preflight."""

    mark: Mark
    about: str  # "files", "account", "cost": what kind of question it answers
    subject: str  # an account, a file with its line, a campaign
    detail: str
    figures: Mapping[str, Any] = field(default_factory=dict)  # the numbers of the detail, for programs

    @property
    def ok(self) -> bool:
        """Whether it stands in nobody's way."""
        return self.mark is not Mark.NO

    def to_json(self) -> dict[str, Any]:
        """The object of `bot preflight --json`."""
        return {
            "ok": self.ok,
            "mark": self.mark,
            "about": self.about,
            "subject": self.subject,
            "detail": self.detail,
            **self.figures,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Finding":
        """The inverse, without the figures."""
        return cls(Mark(value["mark"]), value["about"], value["subject"], value["detail"])


def verdict(found: Iterable[Finding]) -> str:
    """All of them in a few words."""
    marks = [one.mark for one in found]
    bad, warned = marks.count(Mark.NO), marks.count(Mark.WARNING)
    look = f"{warned} warning{'' if warned == 1 else 's'}" if warned else ""
    if not bad:
        return f"ready, with {look}" if look else "ready"
    words = f"{bad} of {len(marks)} {'stands' if bad == 1 else 'stand'} in the way"
    return f"{words}, and {look}" if look else words
