"""A process: a command of the product, forked from this one so that nothing has to be loaded again."""

import ctypes
import faulthandler
import gc
import importlib
import os
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
# What the commands import when they run.
_MODULES = (
    "alembic.command", "alembic.config", "bot.cli.main", "bot.networks.facebook.account",
    "bot.networks.linkedin.account", "bot.networks.twitter.account", "bot.networks.mastodon.account",
    "bot.networks.bluesky.account", "bot.aftercare.removing", "bot.aftercare.correcting",
    "bot.planning.correction", "bot.planning.apply", "PIL.Image", "PIL.PngImagePlugin",
    "bot.planning.check", "bot.planning.content", "bot.planning.plan",
    "bot.sandbox", "bot.store.migrate", "bot.alerts.alerting", "bot.logs", "bot.worker.worker",
    "psycopg",
)  # fmt: skip


def load_everything() -> None:
    """Import all that before the first fork."""
    for name in _MODULES:
        importlib.import_module(name)
    from bot.networks.twitter.weight import weigh

    weigh("a word")  # loads what it needs when it is first used
    gc.freeze()  # what all have in common stays common


@dataclass(slots=True)
class Process:
    """A running child of this process."""

    pid: int
    code: int | None = None  # its exit code when it has ended; negative: the signal that ended it
    stopped: bool = False  # it stands still, by SIGSTOP

    def look(self) -> bool:
        """Whether it runs (or stands still) at this moment."""
        while self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
            if not pid:
                break
            if os.WIFSTOPPED(status) or os.WIFCONTINUED(status):
                self.stopped = os.WIFSTOPPED(status)
            else:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is None

    def signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.look():
            os.kill(self.pid, number)

    def wait(self, limit_s: float) -> int | None:
        """Its exit code, or None if it still runs after so many seconds."""
        until = time.monotonic() + limit_s
        while self.look() and time.monotonic() < until:
            time.sleep(0.005)
        return self.code


def start(
    words: Sequence[str], environment: Mapping[str, str], folder: Path, seed: int, prepare: Callable[[], None]
) -> Process:
    """Run `bot …` in a folder; `prepare` is called in the new process before it begins."""
    return fork(lambda: _command(words, environment, folder, seed, prepare), folder / "output.log")


def fork(run: Callable[[], int], log: Path) -> Process:
    """A process that does something and exits with its code."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return Process(pid)
    code = 70
    try:
        os.setsid()
        end_with_the_harness()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        _redirect(log)
        code = run()
    except BaseException:  # noqa: BLE001  (whatever it was: nothing may return into the harness's frames)
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _command(
    words: Sequence[str], environment: Mapping[str, str], folder: Path, seed: int, prepare: Callable[[], None]
) -> int:
    from bot.cli.main import main

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    random.seed(seed)
    sys.argv = ["bot", *words]
    faulthandler.register(signal.SIGUSR1)  # for the story of one that does not end
    prepare()
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads, as the end of Python does
    return code


def end_with_the_harness() -> None:
    """Leave nothing behind when the harness itself is killed, not even what stands still; Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _redirect(log: Path) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for target, source in ((0, nothing), (1, written), (2, written)):
        os.dup2(source, target)
