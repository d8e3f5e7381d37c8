"""What every stand-in offers to the server: its routes, and its words for what goes wrong."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Request

from bot.sandbox.answer import Answer
from bot.sandbox.credentials import Seed
from bot.sandbox.records import Account

if TYPE_CHECKING:
    from bot.sandbox.books import Books
    from bot.sandbox.named import Named

CREATE, READ, EDIT, DELETE = "create", "read", "edit", "delete"
UPLOAD, TOKEN = "upload", "token"


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of a network and where it is found."""

    method: str
    path: str  # as werkzeug.routing writes it, below the sandbox's root
    operation: str  # the network's own name for it
    kind: str  # CREATE, READ, EDIT, DELETE, UPLOAD or TOKEN: what faults are aimed at
    handle: Callable[..., Answer]  # takes the request and the path's values; raises RefusedError


class VersionConverter(BaseConverter):
    """The version at the start of a path, such as "v25.0"; paths write it as <version:NAME>."""

    regex = r"v\d+\.\d+"


class Network(Protocol):
    """One stand-in."""

    name: ClassVar[str]
    base: ClassVar[str]  # the path below which all its routes are
    title: ClassVar[str]  # on the page
    url_variable: ClassVar[str]  # the variable that leads the bot here
    threads: ClassVar[bool]  # whether a message is answered by others of its kind, and not commented
    answers_stay: ClassVar[bool]  # whether what stands under a message outlives it
    named: "ClassVar[Mapping[str, Named]]"  # what it may answer, by the case
    blocked: ClassVar[str]  # the case of an account that it has stopped

    def __init__(self, books: "Books") -> None:
        """One that knows what is in the books."""

    @staticmethod
    def account(seed: Seed) -> Account:
        """An account with its credentials."""

    @staticmethod
    def credentials(account: Account) -> Mapping[str, str]:
        """All that the bot must know of an account, by the end of its variable's name."""

    def routes(self) -> Iterable[Route]:
        """All operations."""

    def account_of(self, request: Request) -> Account | None:
        """Whose token came with a request, without a check of it."""

    def error(self, status: int) -> Answer:
        """An error in the network's own words, for a fault."""


def json_object(request: Request) -> dict[str, Any] | None:
    """The JSON object in a request's body; None if it is none."""
    try:
        value = request.get_json(force=True)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except Exception:  # noqa: BLE001 - whatever is wrong with a body, each network says it in its own words
        return None
    return value if isinstance(value, dict) else None
