"""Logs: one line an event on standard error, for a reader in a terminal, as JSON otherwise."""

import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

HUMAN, JSON = "human", "json"
_about: ContextVar[dict[str, object]] = ContextVar("about", default={})  # noqa: B039  (never changed in place)


@contextmanager
def about(**facts: object) -> Iterator[None]:
    """Let every line that this thread writes within the block say what it is about: `delivery=12`."""
    token = _about.set({**_about.get(), **facts})
    try:
        yield
    finally:
        _about.reset(token)


def event(name: str, **facts: object) -> dict[str, Any]:
    """What a line says to programs, as `extra` of a logging call: its event, and more facts."""
    return {"facts": {"event": name, **facts}}


def configure(form: str = "", hide: Callable[[str], str] = str) -> None:
    """Send every logger of the process to standard error, in one form.

    `form` is "human" or "json"; empty, it is human where standard error is a terminal. `hide` takes the
    secrets out of whatever text is about to be written.
    """
    handler = logging.StreamHandler(sys.stderr)
    human = form == HUMAN or (form != JSON and sys.stderr.isatty())
    handler.setFormatter(_Human(hide) if human else _Json(hide))
    handler.addFilter(note_context)
    logging.raiseExceptions = False  # a line that a full disk refuses must not become a traceback
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)
    logging.getLogger("bot").setLevel(logging.INFO)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # its warnings are of firings that we coalesce


def writes_json() -> bool:
    """Whether the lines are for programs."""
    return any(isinstance(handler.formatter, _Json) for handler in logging.root.handlers)


def note_context(record: logging.LogRecord) -> bool:
    """A filter of handlers: keeps with the record what its thread is about."""
    record.about = _about.get()
    return True


def _facts(record: logging.LogRecord) -> dict[str, object]:
    """All that a record knows beside its words; what the call itself has said wins."""
    found = {**getattr(record, "about", {}), **getattr(record, "facts", {})}
    return {name: value for name, value in found.items() if value is not None}


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _Json(logging.Formatter):
    """One object a line; what is no text, number, truth value or list is written as text."""

    def __init__(self, hide: Callable[[str], str]) -> None:
        super().__init__()
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_facts(record),
        }
        if record.exc_info:
            line["exception"] = "".join(traceback.format_exception(*record.exc_info))
        # Each text by itself: in the finished line a mark could swallow a quotation mark.
        return json.dumps({name: self._plain(value) for name, value in line.items()}, ensure_ascii=False)

    def _plain(self, value: object) -> object:
        if isinstance(value, list):
            return [self._plain(one) for one in value]
        return value if isinstance(value, int | float) else self._hide(str(value))


class _Human(logging.Formatter):
    """When, how bad, about which delivery, what; a traceback only where BOT_DEBUG asks for it."""

    def __init__(self, hide: Callable[[str], str]) -> None:
        super().__init__()
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        line = f"{_time(record)} {record.levelname:<7} {self._subject(record)}{record.getMessage()}"
        if record.exc_info:
            error = record.exc_info[1]
            line = f"{line} ({type(error).__name__}: {error}; BOT_DEBUG=1 shows where)"
        line = " ".join(line.split("\n"))
        if record.exc_info and os.environ.get("BOT_DEBUG"):
            line += "\n" + "".join(traceback.format_exception(*record.exc_info))
        return self._hide(line)

    def _subject(self, record: logging.LogRecord) -> str:
        facts = _facts(record)
        where = " -> ".join(str(facts[name]) for name in ("post", "account") if name in facts)
        return f"delivery {facts['delivery']}, {where}: " if "delivery" in facts else ""
