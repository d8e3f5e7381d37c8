"""The control endpoints: what tests and people ask the sandbox, and tell it to do, in JSON."""

import math
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from werkzeug.wrappers import Request

from bot.sandbox import credentials
from bot.sandbox.answer import Answer
from bot.sandbox.books import Books
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.network import CREATE, DELETE, READ, Route, json_object
from bot.sandbox.registry import NETWORKS

_SETTINGS = ("refuse_duplicates", "read_lag_seconds", "processing_seconds", "reads_allowed")


class Control:
    """The sandbox's own JSON endpoints."""

    def __init__(self, books: Books, faults: Faults) -> None:
        self._books = books
        self._faults = faults

    def routes(self) -> Iterable[Route]:
        """All endpoints; whatever is wrong with what they are given, they answer 400 with one sentence."""
        for method, path, handle in (
            ("GET", "/healthz", lambda request: {"status": "ok"}),
            ("GET", "/control/feed", lambda request: self._books.feed()),
            ("GET", "/control/refusals", lambda request: self._books.refusals()),
            ("GET", "/control/calls", lambda request: self._books.calls()),
            ("GET", "/control/summary", lambda request: summary(self._books)),
            ("GET", "/control/faults", lambda request: self._waiting()),
            ("GET", "/control/settings", lambda request: self._settings()),
            ("POST", "/control/faults", self._add_fault),
            ("DELETE", "/control/faults", self._clear_faults),
            ("POST", "/control/accounts", self._register),
            ("POST", "/control/settings", self._change),
            ("POST", "/control/credentials", self._credentials),
        ):
            kind = {"GET": READ, "POST": CREATE, "DELETE": DELETE}[method]
            yield Route(method, path, path, kind, _answering(handle))

    def _waiting(self) -> list[dict[str, Any]]:
        return [{**asdict(fault), "count": left} for fault, left in self._faults.waiting()]

    def _add_fault(self, request: Request) -> Any:
        self._faults.add(Fault.of(_body(request)))
        return self._waiting()

    def _clear_faults(self, request: Request) -> Any:
        self._faults.clear()
        return self._waiting()

    def _register(self, request: Request) -> Any:
        values = [_text(_body(request), name) for name in ("network", "name", "handle")]
        return credentials.environment(self._books.register(*values))

    def _credentials(self, request: Request) -> Any:
        body = _body(request)
        account, state = _text(body, "account"), _text(body, "state")
        self._books.set_state(account, state)
        return {"account": account, "state": state}

    def _settings(self) -> dict[str, Any]:
        behaviour = self._books.behaviour
        return {
            "refuse_duplicates": behaviour.refuse_duplicates,
            "read_lag_seconds": behaviour.read_lag.total_seconds(),
            "processing_seconds": behaviour.processing.total_seconds(),
            "reads_allowed": dict(behaviour.reads_allowed),
        }

    def _change(self, request: Request) -> Any:
        body = _body(request)
        if unknown := sorted(set(body) - set(_SETTINGS)):
            raise ValueError(f"there is no setting {unknown[0]!r}: there are {', '.join(_SETTINGS)}")
        changed: dict[str, Any] = {}
        if "refuse_duplicates" in body:
            changed["refuse_duplicates"] = _flag(body["refuse_duplicates"], "refuse_duplicates")
        if "read_lag_seconds" in body:
            changed["read_lag"] = _seconds(body, "read_lag_seconds")
        if "processing_seconds" in body:
            changed["processing"] = _seconds(body, "processing_seconds")
        if "reads_allowed" in body:
            allowed = self._books.behaviour.reads_allowed
            changed["reads_allowed"] = {**allowed, **_by_network(body["reads_allowed"])}
        self._books.change(**changed)
        return self._settings()


def summary(books: Books) -> dict[str, dict[str, int]]:
    """By network: how much there is of everything."""
    feed, accounts, refusals = books.feed(), books.accounts(), books.refusals()
    duplicates = books.duplicates()
    kinds = {"posts": "post", "comments": "comment", "replies": "reply"}
    return {
        network: {
            "accounts": sum(one.network == network for one in accounts),
            **{
                name: sum((one.network, one.kind) == (network, kind) for one in feed)
                for name, kind in kinds.items()
            },
            "deleted": books.deleted(network),
            "duplicates": duplicates[network],
            "refusals": sum(one.network == network for one in refusals),
        }
        for network in NETWORKS
    }


def _answering(handle: Callable[[Request], Any]) -> Callable[..., Answer]:
    def answering(request: Request) -> Answer:
        try:
            return Answer(200, _plain(handle(request)))
        except ValueError as error:
            return Answer(400, {"error": str(error)})

    return answering


def _plain(value: Any) -> Any:
    """The value as JSON has it: records as objects, instants in ISO 8601."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return _plain(asdict(value)) if hasattr(value, "__dataclass_fields__") else value


def _body(request: Request) -> dict[str, Any]:
    body = json_object(request)
    if body is None:
        raise ValueError("the body is not a JSON object")
    return body


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name!r} is missing, or no text")
    return value


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{name!r} is true or false")
    return value


def _seconds(body: dict[str, Any], name: str) -> timedelta:
    value = body[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"'{name}' is a number from 0")
    return timedelta(seconds=float(min(value, 10**9)))


def _by_network(value: object) -> dict[str, bool]:
    if not isinstance(value, dict) or set(value) - set(NETWORKS):
        raise ValueError(f"'reads_allowed' is an object with {', '.join(NETWORKS)}")
    return {name: _flag(allowed, f"reads_allowed.{name}") for name, allowed in value.items()}
