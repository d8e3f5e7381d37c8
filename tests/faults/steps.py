"""The steps: places in the product's code at which a process strikes itself, armed after the fork."""

import os
import re
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.clock import Clock
from bot.model.sending import Sending
from bot.networks import wire
from bot.store import doubts, queue, settle, uploads
from bot.worker import worker
from bot.worker.reconciler import Reconciler
from bot.worker.uploads import Uploads

from .campaign import MARK
from .plan import Blow

LONGEST_WATCH_S = 0.7  # less than a worker waits for its answer
PREPARE_EVERY_S = 0.25  # real; the product does so every 15 s
MARK_ON_THE_WIRE = re.compile(MARK.pattern.encode())


class Steps:
    """Counts how often this process passes each step, and strikes where the plan says so.

    Each blow falls once in a run, on whichever process comes there first: a file is its token.
    """

    def __init__(self, blows: Sequence[Blow], folder: Path) -> None:
        self._blows = blows
        self._folder = folder
        self._passed: Counter[str] = Counter()
        self._lock = threading.Lock()

    def awaited(self, step: str) -> bool:
        """Whether some blow is still to fall at a step."""
        return any(blow.step == step and not self._token(blow).exists() for blow in self._blows)

    def passing(self, step: str) -> None:
        """This process is at a step now; it may not come further."""
        with self._lock:
            self._passed[step] += 1
            for blow in self._blows:
                if (blow.step, blow.nth) == (step, self._passed[step]) and self._take(blow):
                    os.kill(os.getpid(), blow.signal)

    def _token(self, blow: Blow) -> Path:
        return self._folder / f"blow-{blow.id}"

    def _take(self, blow: Blow) -> bool:
        # Whole or not at all: another blow may fall in the middle of this.
        written = self._folder / f"taking-{blow.id}-{os.getpid()}"
        written.write_text(f"{blow.step} {blow.signal} {os.getpid()}")
        try:
            os.link(written, self._token(blow))
        except FileExistsError:
            return False
        finally:
            written.unlink()
        return True


def fallen(folder: Path) -> list[tuple[str, int, int]]:
    """The blows that have fallen: step, signal and process."""
    found = []
    for path in folder.glob("blow-*"):
        step, number, pid = path.read_text().split()
        found.append((step, int(number), int(pid)))
    return found


def arm_worker(steps: Steps, sandbox_url: str) -> None:
    """Put the steps of a worker in place."""
    _after(queue, "claim", lambda held: held is not None, lambda: steps.passing("after-claim"))
    _after(queue, "begin", lambda attempt: attempt is not None, lambda: steps.passing("after-intent"))
    _arm_wire(steps, sandbox_url)
    _arm_files(steps)
    _arm_settling(steps)
    _arm_reconciling(steps)
    _at_statements(lambda: steps.passing("anywhere"))


def arm_command(steps: Steps, step: str) -> None:
    """Put the step of a command in place, such as `bot apply`: at any statement or commit."""
    _at_statements(lambda: steps.passing(step))


def arm_change(steps: Steps, step: str) -> None:
    """Put the step of a command in place that changes what is out: also before and after its answers."""
    arm_command(steps, step)
    _around(wire._Connection, "getresponse", lambda: steps.passing(step), lambda _: steps.passing(step))


def prepare_soon() -> None:
    """Let files be brought ahead of time as soon as there is time for it."""
    module: Any = worker
    module.FILES_S = PREPARE_EVERY_S


def live_in_campaign_time(clock: Clock) -> None:
    """Let the wire's own limits be measured in the time that travels.

    A process that stood still while the campaign's time went on finds then that as much time has passed
    for it, as it would after a real sleep of minutes.
    """
    module: Any = wire
    module.time = _CampaignTime(clock)


class _CampaignTime:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def time(self) -> float:
        return self._clock.now().timestamp()

    monotonic = time


def _after(module: Any, name: str, counts: Callable[[Any], bool], passing: Callable[[], None]) -> None:
    real = getattr(module, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = real(*args, **kwargs)
        if counts(result):
            passing()
        return result

    setattr(module, name, wrapped)


def _around(
    owner: Any, name: str, before: Callable[[], None], after: Callable[[Any], None] = lambda _: None
) -> None:
    real = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        before()
        result = real(*args, **kwargs)
        after(result)
        return result

    setattr(owner, name, wrapped)


def _arm_wire(steps: Steps, sandbox_url: str) -> None:
    connection: Any = wire._Connection

    def send(self: Any, data: Any) -> None:
        if isinstance(data, bytes) and data.startswith((b"POST ", b"PUT ")):
            self.brings = True
        elif getattr(self, "brings", False) and isinstance(data, bytes) and len(data) > 1:
            # What creates a post has the mark of one; all else is a file on its way, or a session.
            if MARK_ON_THE_WIRE.search(data):
                self.sent = data
            real_send(self, data[: len(data) // 2])
            steps.passing("while-sending" if hasattr(self, "sent") else "while-uploading")
            real_send(self, data[len(data) // 2 :])
            return
        real_send(self, data)

    def getresponse(self: Any) -> Any:
        if hasattr(self, "sent") and steps.awaited("stored-before-answer"):
            _wait_until_stored(self.sent, sandbox_url)
            steps.passing("stored-before-answer")
        return real_getresponse(self)

    real_send, real_getresponse = connection.send, connection.getresponse
    connection.send, connection.getresponse = send, getresponse


def _wait_until_stored(sent: bytes, sandbox_url: str) -> None:
    mark = MARK.search(sent.decode())
    assert mark is not None, sent
    until = time.monotonic() + LONGEST_WATCH_S
    while time.monotonic() < until:
        with urllib.request.urlopen(f"{sandbox_url}/control/feed", timeout=LONGEST_WATCH_S) as answer:
            if re.search(mark[0], answer.read().decode()):
                return
        time.sleep(0.01)


def _arm_files(steps: Steps) -> None:
    _around(
        Uploads, "_bring",
        lambda: steps.passing("before-upload"), lambda _: steps.passing("after-upload"),
    )  # fmt: skip

    def brought(found: Any) -> None:
        if isinstance(found, Sending) and found.uploads:
            steps.passing("upload-before-intent")

    _around(Uploads, "bring", lambda: None, brought)
    _after(uploads, "take", bool, lambda: steps.passing("preparing"))


def _arm_settling(steps: Steps) -> None:
    module: Any = settle
    real = module.published

    def published(store: Any, held: Any, part: Any, remote: Any, *rest: Any) -> bool:
        steps.passing("answered-before-commit")
        with _committing(lambda: steps.passing("answered-before-commit")):
            goes_on: bool = real(store, held, part, remote, *rest)
        if goes_on and held.with_published(part.number, remote).next_sending is not None:
            steps.passing("between-parts")
        return goes_on

    module.published = published


def _arm_reconciling(steps: Steps) -> None:
    def passing() -> None:
        steps.passing("reconciling")

    _after(doubts, "take", bool, passing)
    _after(Reconciler, "_find", lambda _found: True, passing)
    for name in ("found", "clear", "not_seen"):
        _while_committing(doubts, name, passing)


def _while_committing(module: Any, name: str, passing: Callable[[], None]) -> None:
    real = getattr(module, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with _committing(passing):
            return real(*args, **kwargs)

    setattr(module, name, wrapped)


_about_to_commit = threading.local()


class _committing:  # noqa: N801  (used as a function)
    """Call something just before each commit of the block, in this thread."""

    def __init__(self, passing: Callable[[], None]) -> None:
        self._passing = passing

    def __enter__(self) -> None:
        _about_to_commit.call = self._passing

    def __exit__(self, *_: object) -> None:
        _about_to_commit.call = None


@event.listens_for(Engine, "commit")
def _on_commit(_connection: object) -> None:
    if call := getattr(_about_to_commit, "call", None):
        call()


def _at_statements(passing: Callable[[], None]) -> None:
    """Before each statement, and before each commit."""
    event.listen(Engine, "before_cursor_execute", lambda *_: passing())
    event.listen(Engine, "commit", lambda _: passing())
