"""Logs: one line an event, in the form that its reader wants, about which delivery, and without secrets."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.logs import about, configure, event
from bot.networks.redaction import redact

SECRET = 'a "quoted" secret/with=signs'
log = logging.getLogger("bot.worker")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., io.StringIO]]:
    """Configures the logs and gives what is written; afterwards the loggers are as they were."""
    loggers = [logging.getLogger(name) for name in (None, "bot", "apscheduler")]
    before = [(list(one.handlers), one.level) for one in loggers]
    raising = logging.raiseExceptions

    def to(stream: io.StringIO, form: str = "") -> io.StringIO:
        monkeypatch.setattr(sys, "stderr", stream)
        configure(form, lambda text: redact(text, [SECRET]))
        return stream

    yield to
    for one, (handlers, level) in zip(loggers, before, strict=True):
        one.handlers[:] = handlers
        one.setLevel(level)
    logging.raiseExceptions = raising


def objects(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_reader_in_a_terminal_gets_words(written: Callable[..., io.StringIO]) -> None:
    out = written(Terminal())
    with about(delivery=12, post="week/1.md", account="fice-x"):
        log.warning("again at %s", "noon", extra=event("postponed"))
    log.info("a line about nothing in particular")
    first, second = out.getvalue().splitlines()
    assert first.endswith("Z WARNING delivery 12, week/1.md -> fice-x: again at noon")
    assert second.endswith("Z INFO    a line about nothing in particular")


def test_whoever_is_no_terminal_gets_one_object_a_line(written: Callable[..., io.StringIO]) -> None:
    out = written(io.StringIO())
    with about(delivery=12, post="week/1.md"), about(attempt=2):
        log.info(
            "published\nhere", extra=event("published", url="https://x.com/1", lateness_s=1.5, gone=None)
        )
    [line] = objects(out)
    at = datetime.fromisoformat(line.pop("time"))
    assert at.utcoffset() == timedelta()
    assert line == {
        "level": "info", "logger": "bot.worker", "message": "published\nhere", "event": "published",
        "delivery": 12, "post": "week/1.md", "attempt": 2, "url": "https://x.com/1", "lateness_s": 1.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("stream", "form", "is_json"), [(Terminal, "json", True), (io.StringIO, "human", False)]
)
def test_the_form_can_be_chosen(
    written: Callable[..., io.StringIO], stream: type[io.StringIO], form: str, is_json: bool
) -> None:
    out = written(stream(), form)
    log.info("words")
    assert out.getvalue().startswith("{") is is_json


def test_what_a_line_is_about_ends_with_its_block(written: Callable[..., io.StringIO]) -> None:
    out = written(io.StringIO())
    with about(delivery=12):
        pass
    log.info("of no delivery")
    assert "delivery" not in objects(out)[0]


@pytest.mark.parametrize("name", ["uvicorn.error", "alembic", "sqlalchemy", "py.warnings"])
def test_what_libraries_say_goes_the_same_way(written: Callable[..., io.StringIO], name: str) -> None:
    out = written(io.StringIO())
    logging.getLogger(name).warning("words of a library")
    logging.getLogger(name).info("more than an operator wants")
    assert [(line["logger"], line["message"]) for line in objects(out)] == [(name, "words of a library")]


def fail() -> None:
    try:
        raise RuntimeError(f"refused {SECRET}\n access_token=abc\"def'")
    except RuntimeError:
        log.exception("with %s", SECRET, extra=event("fault", said=SECRET))


def test_no_secret_gets_into_any_field_and_every_line_can_be_read(
    written: Callable[..., io.StringIO],
) -> None:
    out = written(io.StringIO())
    fail()
    [line] = objects(out)
    assert "RuntimeError" in line["exception"]
    assert "in fail" in line["exception"]
    assert (line["message"], line["said"]) == ("with [secret]", "[secret]")
    assert SECRET not in str(line)
    assert "abc" not in line["exception"]


def test_no_secret_and_no_traceback_gets_into_words(
    written: Callable[..., io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BOT_DEBUG", raising=False)
    out = written(Terminal())
    fail()
    [line] = out.getvalue().splitlines()
    assert SECRET not in line
    assert "RuntimeError: refused [secret]" in line
    assert "BOT_DEBUG=1 shows where" in line
    monkeypatch.setenv("BOT_DEBUG", "1")
    fail()
    assert "Traceback" in out.getvalue()
    assert SECRET not in out.getvalue()


def test_a_stream_that_takes_nothing_any_more_stops_nobody(
    written: Callable[..., io.StringIO], capfd: pytest.CaptureFixture[str]
) -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

    written(Full())
    log.error("nobody will read this")
    assert capfd.readouterr().err == ""
