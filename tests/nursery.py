"""The nursery: starts `bot …` as processes of their own, forked where the libraries are loaded already.

Loading them takes two thirds of the time of most commands, so the tests do it once. A process begins as one
that was started by `python -m bot` does: with its own folder, environment and files, and without a module of
ours but the tables, so that each command still has to load whatever it needs.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, AnyStr

ROOT = Path(__file__).parents[1]
# What the commands load of others' work; the tables stand at the bottom, and load only the words of states.
_LIBRARIES = (
    "PIL.Image", "alembic.command", "apscheduler.schedulers.background", "bot.store.tables",
    "cryptography.fernet", "facebook", "fastapi", "jinja2", "linkedin_api.clients.restli.client", "psycopg",
    "regex", "requests", "requests_oauthlib", "rich.console", "rich.markdown", "rich.table",
    "sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite", "sqlmodel", "tweepy", "typer",
    "uvicorn", "yaml",
)  # fmt: skip
_KEPT = ("PATH", "HOME", "LANG")  # with which the nursery itself is started, as the tests start commands
_NUMBER = struct.Struct("!i")
_MOST_FILES = 1024  # more than the nursery ever has open


class Bot(subprocess.Popen[AnyStr]):
    """A running `bot …`; it is started anew where the nursery can not give it what Python reads at its start.

    Args:
        words: what follows `bot`.
        files: `stdin`, `stdout`, `stderr` and `text`, as `subprocess.Popen` takes them.
    """

    def __init__(self, words: Sequence[str], *, cwd: Path, env: Mapping[str, str], **files: Any) -> None:
        self._ended: int | None = None  # where the nursery tells how it ended
        super().__init__([sys.executable, "-m", "bot", *words], cwd=cwd, env=env, **files)

    def _execute_child(self, *given: Any) -> None:
        args, cwd, env = given[0], given[5], given[6]
        ours = given[10:16]  # of each of the three pipes or files: what is read, what is written
        if not _can_be_forked(env):
            super()._execute_child(*given)  # type: ignore[misc]
            return
        theirs = [0 if ours[0] == -1 else ours[0], 1 if ours[3] == -1 else ours[3]]
        theirs.append(2 if ours[5] == -1 else ours[5])
        self._ended, told = os.pipe()
        try:
            self.pid = _nursery().start(args[3:], str(cwd), env, [*theirs, told])
            self._child_created = True
        finally:
            os.close(told)
            self._close_pipe_fds(*ours)  # type: ignore[attr-defined]

    def _internal_poll(self, *given: Any, **named: Any) -> int | None:
        if self._ended is None:
            return super()._internal_poll(*given, **named)  # type: ignore[misc, no-any-return]
        if self.returncode is None and select.select([self._ended], [], [], 0)[0]:
            self._learn()
        return self.returncode

    def _wait(self, timeout: float | None) -> int:
        if self._ended is None:
            return super()._wait(timeout)  # type: ignore[misc, no-any-return]
        if self.returncode is None:
            if not select.select([self._ended], [], [], timeout)[0]:
                assert timeout is not None
                raise subprocess.TimeoutExpired(self.args, timeout)
            self._learn()
        return self.returncode

    def _learn(self) -> None:
        assert self._ended is not None
        code = os.read(self._ended, _NUMBER.size)
        os.close(self._ended)
        assert code, "the nursery has ended before what it had started"
        [self.returncode] = _NUMBER.unpack(code)


def run(
    words: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run `bot …` to its end, and take what it prints."""
    pipe = subprocess.PIPE
    with Bot[str](words, cwd=cwd, env=env, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def _can_be_forked(env: Mapping[str, str]) -> bool:
    """Whether Python would begin there as it did in the nursery."""
    read_at_start = {name for name in env if name.startswith(("PYTHON", "LC_")) or name == "TZ"}
    same_words = env.get("LANG") == os.environ.get("LANG")
    return same_words and not read_at_start - {"PYTHONPATH", "PYTHONUNBUFFERED"}


class _Nursery:
    """The process that forks, as the tests see it."""

    def __init__(self) -> None:
        self._asking, theirs = socket.socketpair()
        self._lock = Lock()
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.nursery", str(theirs.fileno())],
                cwd=ROOT, env=kept, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )  # fmt: skip
        atexit.register(self.close)

    def start(self, words: Sequence[str], folder: str, env: Mapping[str, str], files: Sequence[int]) -> int:
        """Fork one; its number. The files are its three, and where to tell how it ended."""
        asked = json.dumps({"words": list(words), "folder": folder, "environment": dict(env)}).encode()
        with self._lock:
            socket.send_fds(self._asking, [_NUMBER.pack(len(asked))], files)
            self._asking.sendall(asked)
            answer = self._asking.recv(_NUMBER.size, socket.MSG_WAITALL)
        assert answer, "the nursery has ended"
        pid: int = _NUMBER.unpack(answer)[0]
        return pid

    def close(self) -> None:
        self._asking.close()
        self._process.wait()


@cache
def _nursery() -> _Nursery:
    return _Nursery()


def _serve(asking: socket.socket) -> dict[str, Any] | None:
    """Fork for whoever asks; in each new process, what it shall do, and in the nursery None at the end."""
    running: dict[int, int] = {}  # where to tell how it ended
    woken, wake = socket.socketpair()
    for end in (woken, wake):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who ends the tests at a terminal closes `asking`, too
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    while True:
        ready, _, _ = select.select([asking, woken], [], [])
        if woken in ready:
            woken.recv(4096)
            _tell_who_ended(running)
        if asking not in ready:
            continue
        size, files, _, _ = socket.recv_fds(asking, _NUMBER.size, 4)
        if not size:
            return None
        asked: dict[str, Any] = json.loads(asking.recv(_NUMBER.unpack(size)[0], socket.MSG_WAITALL))
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for number, file in enumerate(files[:3]):
                os.dup2(file, number)
            for mine in (asking, woken, wake):
                mine.detach()
            os.closerange(3, _MOST_FILES)
            return asked
        running[pid] = files.pop()
        for file in files:
            os.close(file)
        asking.sendall(_NUMBER.pack(pid))


def _tell_who_ended(running: dict[int, int]) -> None:
    for pid in list(running):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            with open(running.pop(pid), "wb", buffering=0) as file, contextlib.suppress(BrokenPipeError):
                file.write(_NUMBER.pack(os.waitstatus_to_exitcode(status)))


def _begin(words: Sequence[str], folder: str, environment: Mapping[str, str]) -> None:
    """What `python -m bot …` does; ends with SystemExit."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[0] = folder
    sys.argv = ["bot", *words]
    if environment.get("PYTHONUNBUFFERED"):
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(write_through=True)  # type: ignore[union-attr]
    runpy.run_module("bot", run_name="__main__", alter_sys=True)


def _main() -> None:
    for name in _LIBRARIES:
        importlib.import_module(name)
    gc.freeze()  # what all have in common stays common
    if asked := _serve(socket.socket(fileno=int(sys.argv[1]))):
        _begin(**asked)


if __name__ == "__main__":
    _main()
