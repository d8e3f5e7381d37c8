"""An answer of a network, and the exception that carries one that says no."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over the wire."""

    status: int
    body: Any = None  # a JSON value; text goes out as it is, None as an empty body
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON

    @property
    def payload(self) -> bytes:
        """The bytes of the body."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        return json.dumps(self.body, ensure_ascii=False).encode()

    @property
    def status_line(self) -> str:
        """The status with its reason, in the letters that the networks send."""
        reason = HTTPStatus(self.status).phrase if self.status in set(HTTPStatus) else "Unknown"
        return f"{self.status} {reason}"

    def with_headers(self, more: Mapping[str, str]) -> "Answer":
        """The same answer with more headers; those it has win."""
        return replace(self, headers={**more, **self.headers})


class RefusedError(Exception):
    """A network says no; `code` is its own word or number for the reason."""

    def __init__(self, answer: Answer, code: str, message: str) -> None:
        super().__init__(message)
        self.answer = answer
        self.code = code
        self.message = message
