"""PostgreSQL: its connections, the lock by which writers keep apart, and its refusals in words."""

import os
import re
import socket
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, select

LOCK_TIMEOUT_MS = 15_000  # a writer waits that long for another before it gives up
POOL = 5  # connections of one process; a worker has one more, which listens
POOL_TIMEOUT_S = 30.0  # whoever finds all of them taken waits that long
OLDEST = 13  # the oldest release that is known to do
CHANNEL = "bot_changes"  # the triggers of revision 0002 notify it

# A server that vanished without a word is noticed in half a minute, not in two hours.
_NETWORK: dict[str, int] = {
    "connect_timeout": 10,  # seconds, as the next three
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,  # milliseconds
}
# A process that was frozen in the middle of a transaction must not keep the others waiting.
_SESSION: dict[str, str] = {
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "standard_conforming_strings": "on",
    "lock_timeout": f"{LOCK_TIMEOUT_MS}ms",
    "idle_in_transaction_session_timeout": "60s",
}
READING: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_LEDGER = 7_305_091_244  # any number, the same in every version: the key of the advisory lock


def engine(url: URL) -> Engine:
    """The engine with the settings on which the promises rest; connects to nothing yet.

    What the address itself says about the connection counts.
    """
    wanted: dict[str, object] = {**_NETWORK, "application_name": _name()}
    made = create_engine(
        url,
        isolation_level="READ COMMITTED",  # whatever the server's default
        pool_pre_ping=True,
        pool_size=POOL,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        connect_args={
            **{name: value for name, value in wanted.items() if name not in url.query},
            "prepare_threshold": None,  # plans made for the values at hand, and poolers do not mind
        },
    )
    event.listen(made, "connect", _prepare)
    return made


def _name() -> str:
    """What the server's administrator sees in pg_stat_activity; at most 63 bytes count."""
    return f"campaign-bot {socket.gethostname()[:32]}:{os.getpid()}"


def _prepare(connection: Any, _record: object) -> None:
    from psycopg.types.string import StrDumper

    class WithoutNul(StrDumper):
        """PostgreSQL stores no NUL, but a network may answer with one: what it said must be written."""

        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\ufffd"))

    connection.adapters.register_dumper(str, WithoutNul)
    wanted = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in _SESSION.items())
    # With `off` a crash of the server can lose the intent of a post that went out.
    durable = (
        "set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'), false)"
    )
    connection.execute(f"SELECT {wanted}, {durable}")
    connection.commit()


def lock(connection: Connection, *, alone: bool) -> None:
    """Let this transaction begin when no other one that writes can come in its way.

    Whoever writes alone waits for all others, and they for him; the rest run beside each other.
    """
    take = func.pg_advisory_xact_lock if alone else func.pg_advisory_xact_lock_shared
    connection.execute(select(take(_LEDGER)))


class Listener:
    """A connection beside the pool, which the server tells of what changes."""

    def __init__(self, engine: Engine) -> None:
        pooled = engine.raw_connection()
        driver: Any = pooled.driver_connection
        pooled.detach()
        driver.autocommit = True
        driver.execute(f"LISTEN {CHANNEL}")
        self._driver = driver

    def was_told(self) -> bool | None:
        """Whether the server has told of a change, without asking it; None: the connection is lost."""
        from psycopg import OperationalError

        told = False
        try:
            pgconn = self._driver.pgconn
            pgconn.consume_input()
            while pgconn.notifies() is not None:
                told = True
        except OperationalError:
            return None
        return told

    def close(self) -> None:
        """End the connection."""
        self._driver.close()


def why_not(connection: Connection) -> str | None:
    """Why this server or database can not be used, or None."""
    info: Any = connection.connection.driver_connection.info  # type: ignore[union-attr]
    if info.server_version < OLDEST * 10_000:
        return f"PostgreSQL {info.server_version // 10_000} is too old: this program needs {OLDEST} or newer"
    encoding = info.parameter_status("server_encoding")
    if encoding != "UTF8":
        return f"the database has the encoding {encoding}: make it anew with ENCODING 'UTF8'"
    return None


def place(url: URL) -> str:
    """Where the database is, without user and password."""
    named = url.query.get("host", "")
    host = url.host or (named if isinstance(named, str) else ",".join(named)) or "localhost"
    port = f":{url.port}" if url.port else ""
    return f"{host}{port}/{url.database or ''}"


_AWAY = "the database server does not answer: is it running, is DATABASE_URL right?"
_SLOW = "the database server does not answer in time: check the network and DATABASE_URL"
_UNKNOWN = "there is no such machine: check DATABASE_URL"
_REFUSED = "the server refuses the user or the password: check DATABASE_URL"
_NO_DATABASE = "the server has no such database: make it with createdb, or check DATABASE_URL"
_NO_ROOM = "the server has no connection left: run fewer workers, or allow more connections"
# The beginning of a code, https://www.postgresql.org/docs/current/errcodes-appendix.html (read 2026-11-24)
_BY_CODE = {
    "08": _AWAY,
    "25006": "the database is read-only at this moment; nothing that was queued is lost",
    "25P03": "a transaction took too long and was ended; nothing of it was written",
    "28": _REFUSED,
    "3D000": _NO_DATABASE,
    "40": "two programs were in each other's way, and this one gave in; do it again",
    "42501": "this user lacks a right: make it the owner of the database",
    "42P01": "the database has not been set up: run bot db upgrade",
    "53100": "the server's disk is full: free some room; nothing that was queued is lost",
    "53300": _NO_ROOM,
    "55P03": "another program holds the database for too long; stop it, or try again",
    "57P": _AWAY,
}
# What fails before there is a connection has no code, only words: of the server, the driver or the system.
_BY_WORDS = {
    r"password authentication failed|role .* does not exist": _REFUSED,
    r"no password supplied": "the server wants a password: put it into DATABASE_URL",
    r"no pg_hba.conf entry": "the server does not let this user in from here: see its pg_hba.conf",
    r"database .* does not exist": _NO_DATABASE,
    r"too many clients|remaining connection slots|too many connections": _NO_ROOM,
    r"starting up|shutting down|recovery mode": _AWAY,
    r"refused|no such file": _AWAY,
    r"resolve|name or service not known|translate host name": _UNKNOWN,
    r"time-?out|timed out|no route|unreachable": _SLOW,
    r"closed the connection|connection is (closed|lost)|connection (reset|not open)|eof detected": _AWAY,
}


def in_words(error: BaseException | None) -> str | None:
    """What a refusal of the server means and what to do, or None: it is none that is known."""
    code = str(getattr(error, "sqlstate", None) or "")
    for beginning, words in _BY_CODE.items():
        if code.startswith(beginning):
            return words
    said = str(error).lower()
    return next((words for pattern, words in _BY_WORDS.items() if re.search(pattern, said)), None)
