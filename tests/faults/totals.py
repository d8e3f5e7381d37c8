"""The totals: what all runs together have shown, on one line."""

from collections import Counter
from dataclasses import dataclass, field

from .books import DUPLICATE, LOST, OTHER, STUCK
from .run import Result


@dataclass(slots=True)
class Totals:
    """Sums over runs."""

    runs: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    stood_still: int = 0
    ended: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    parts: int = 0
    uncertain: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    failed: list[int] = field(default_factory=list)
    cpu_s: float = 0.0

    def add(self, result: Result) -> None:
        """One run more."""
        self.runs += 1
        self.kills += result.kills
        self.stood_still += result.stood_still
        self.ended += result.ended
        self.faults += result.faults
        self.parts += result.parts
        self.uncertain += result.uncertain
        self.problems += Counter(one.kind for one in result.problems)
        self.cpu_s += result.cpu_s
        if result.problems:
            self.failed.append(result.seed)

    def line(self) -> str:
        """For a person."""
        wrong = [f"{self.problems[kind]} {word}" for kind, word in _WORDS.items()]
        return (
            f"{self.runs} runs, {self.kills.total()} kills ({_list(self.kills)}), "
            f"{self.stood_still} stood still, {self.ended} asked to end, "
            f"{self.faults.total()} faults ({_list(self.faults)}), {self.parts} messages out: "
            f"{', '.join(wrong)}, {self.uncertain} uncertain left to a person"
        )


_WORDS = {DUPLICATE: "duplicates", LOST: "lost", STUCK: "stuck", OTHER: "other disagreements"}


def _list(numbers: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(numbers.items()))
