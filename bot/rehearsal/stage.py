"""The stage: a folder with a store, a sandbox and a travelling clock, and a real worker process on them."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.clock import JourneyClock
from bot.errors import SpokenError
from bot.networks import REGISTRY, network_type
from bot.sandbox import Sandbox
from bot.settings import Settings, load
from bot.store import Store, open_store

UNFINISHED = "unfinished"  # stands in the folder from the first moment to the last
LOCK = "lock"


class StageTakenError(SpokenError):
    """Another rehearsal of the campaign is going on."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that a rehearsal plays on; nothing of it reaches beyond this machine."""

    store: Store
    sandbox: Sandbox
    clock: JourneyClock
    settings: Settings  # those of the real campaign, with the sandbox's addresses and credentials
    folder: Path

    def start_worker(self) -> subprocess.Popen[bytes]:
        """Start `bot worker` on this stage; its log goes into the folder."""
        with (self.folder / "worker.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "bot", "worker"],
                env={**self.settings.environment, CLOCK_VARIABLE: str(self.folder / "clock")},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is ours to hand on
            )

    def finish(self) -> None:
        """Mark the rehearsal as played to its end."""
        (self.folder / UNFINISHED).unlink(missing_ok=True)


CLOCK_VARIABLE = "BOT_REHEARSAL_CLOCK"


def is_unfinished(folder: Path) -> bool:
    """Whether a rehearsal in this folder was stopped in the middle."""
    return (folder / UNFINISHED).exists()


@contextmanager
def set_up(real: Settings, folder: Path, begins: datetime, *, fresh: bool) -> Iterator[Stage]:
    """Prepare the stage; what was played to its end before is cleared away, what was stopped goes on.

    `begins` is the campaign time (UTC) at which a fresh rehearsal starts.

    Raises:
        StageTakenError: another process plays on it.
    """
    with _alone(folder):
        if fresh or not is_unfinished(folder):
            _clear(folder)
        clock = JourneyClock(folder / "clock")
        if not (folder / "clock").exists():
            clock.set_out(begins, begins, 0.0)
        (folder / UNFINISHED).touch()
        yield from _furnished(real, folder, clock)


def _furnished(real: Settings, folder: Path, clock: JourneyClock) -> Iterator[Stage]:
    with Sandbox(now=clock.now, journal=folder / "sandbox.jsonl") as sandbox:
        settings = load(environ=_environment(real, sandbox, folder))
        store = open_store(settings.database_url)
        try:
            yield Stage(store, sandbox, clock, settings, folder)
        finally:
            store.close()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder, so that a second rehearsal does not play on the same stage."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)  # ends with this process, however that ends
        except OSError:
            raise StageTakenError(f"a rehearsal is going on in {folder}: wait for it, or stop it") from None
        yield


def _clear(folder: Path) -> None:
    """Take everything off the stage."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()


def _environment(real: Settings, sandbox: Sandbox, folder: Path) -> Mapping[str, str]:
    credentials: dict[str, str] = {}
    for account in real.accounts.values():
        if account.network in REGISTRY:
            credentials |= sandbox.register(account.network, account.name, account.handle)
            # A week of play renews nothing; and no real refresh token is to be sent to the sandbox.
            fields = network_type(account.network).renews_with
            credentials |= {f"{account.prefix}_{field}": "" for field in fields}
    return {
        **os.environ,
        **sandbox.environment(),
        **credentials,
        "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}",
        "BOT_CONFIG": str(real.config),
        "BOT_POSTS": str(real.posts),
    }


def stop(worker: subprocess.Popen[bytes]) -> None:
    """End a worker in good order, or at once if it does not listen."""
    if worker.poll() is None:
        worker.send_signal(signal.SIGTERM)
        try:
            worker.wait(timeout=30)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
