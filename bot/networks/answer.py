"""An answer: what came over the wire for one request, or why nothing usable did."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole HTTP answer; every one that is not a 2xx reaches us inside a RefusedError."""

    status: int
    headers: Mapping[str, str]  # looked up without regard to case
    body: str

    @property
    def value(self) -> Any:
        """The body as JSON; None where it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):  # RecursionError: a million opening brackets
            return None

    @property
    def fields(self) -> Mapping[str, Any]:
        """The body as a JSON object; empty where it is anything else."""
        value = self.value
        return value if isinstance(value, dict) else {}


class CallError(Exception):
    """A call that did not end in a whole 2xx answer."""


class NoAnswerError(CallError):
    """No whole answer came; `never_left` is the proof that the request did not go out either."""

    def __init__(self, reason: str, *, never_left: bool, status: int | None = None) -> None:
        self.reason = reason
        self.never_left = never_left
        self.status = status  # of an answer that began and broke off
        super().__init__(reason)


class RefusedError(CallError):
    """A whole answer came, and it is not a 2xx."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(f"status {answer.status}")


def unreadable(answer: Answer, what: str) -> NoAnswerError:
    """The error for a 2xx answer that lacks what it must have."""
    return NoAnswerError(f"the answer has no {what}", never_left=False, status=answer.status)


def objects(value: Any) -> list[Mapping[str, Any]]:
    """The JSON objects in what should be a list of them."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def member(value: Any, *names: str) -> Any:
    """What stands at the end of nested JSON objects; None where the path ends early."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def iso_time(value: Any) -> datetime | None:
    """An instant as networks write it, with its offset; None for anything else."""
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else None
