"""The sandbox: local stand-ins for all networks behind one address."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Any, Self

from bot.sandbox import credentials
from bot.sandbox.app import App
from bot.sandbox.books import Behaviour, Books
from bot.sandbox.control import Control
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.journal import Journal
from bot.sandbox.page import Page
from bot.sandbox.records import Call, Published, Refusal
from bot.sandbox.registry import NETWORKS, stand_in
from bot.sandbox.server import Server


class Sandbox:
    """Networks that enforce their rules, over real HTTP on this machine.

    Args:
        port: 0 takes any free one.
        host: where to listen.
        journal: a file from which accounts and messages are taken up again, and into which they are written.
        now: the time of the networks, aware and in UTC; default the system's.
        refuse_duplicates: whether the networks refuse a text that they have just had.
        linkedin_versions: the oldest and the newest version of LinkedIn's API that is served, as "YYYYMM";
            default those of today.

    Raises:
        ValueError: the journal can not be read.
    """

    def __init__(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        journal: Path | None = None,
        now: Callable[[], datetime] | None = None,
        refuse_duplicates: bool = True,
        linkedin_versions: tuple[str, str] | None = None,
    ) -> None:
        self._port = port
        self._host = host
        self._stop = Event()
        self._server: Server | None = None
        self._faults = Faults()
        behaviour = Behaviour(refuse_duplicates=refuse_duplicates, linkedin_versions=linkedin_versions)
        self._books = Books(now or _system_time, Journal(journal) if journal else None, behaviour)
        networks = [stand_in(name)(self._books) for name in NETWORKS]
        own = [*Control(self._books, self._faults).routes(), *Page(self._books).routes()]
        self._app = App(self._books, self._faults, networks, own, self._stop)

    def start(self) -> None:
        """Serve from a daemon thread. Raises OSError if the port is taken."""
        if self._server is None:
            self._stop.clear()
            self._server = Server(self._host, self._port, self._app)
            self._port = self._server.port

    def stop(self) -> None:
        """Stop serving; what hangs is ended at once. A second start takes the same port."""
        if self._server is not None:
            self._stop.set()
            self._server.stop()
            self._server = None
        self._books.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address of the page with the feeds; the port is known after the start."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    def environment(self) -> dict[str, str]:
        """The variables that lead the bot to the sandbox instead of to the networks."""
        kinds = [stand_in(name) for name in NETWORKS]
        return {kind.url_variable: f"{self.url}{kind.base}" for kind in kinds}

    def register(self, network: str, name: str, handle: str) -> dict[str, str]:
        """Make an account, or find it again by its name, and give its credentials as variables.

        Raises:
            ValueError: there is no such network, or the name is empty.
        """
        return credentials.environment(self._books.register(network, name, handle))

    def feed(self) -> list[Published]:
        """What followers see of all networks, in the order in which it came."""
        return self._books.feed()

    def duplicates(self) -> int:
        """How many messages followers see that they had seen already: the same account and the same text
        (and link), for comments and replies under the same message."""
        return sum(self._books.duplicates().values())

    def refusals(self) -> list[Refusal]:
        """Every answer with a status from 400 that a network gave, the oldest first."""
        return self._books.refusals()

    def calls(self) -> list[Call]:
        """The last 10,000 requests that the networks received, the oldest first."""
        return self._books.calls()

    def add_fault(self, network: str, fault: str, **more: Any) -> None:
        """Let the next matching requests go wrong; `more` are the fields of `Fault`.

        Raises:
            ValueError: there is no such network, fault or value.
        """
        self._faults.add(Fault.of({"network": network, "fault": fault, **more}))

    def clear_faults(self) -> None:
        """Let nothing more go wrong."""
        self._faults.clear()

    def set_credentials(self, account: str, state: str) -> None:
        """Let an account's token be as one of `books.STATES`. Raises ValueError."""
        self._books.set_state(account, state)

    def end_token(self, account: str, at: datetime) -> None:
        """Let the access token that a LinkedIn account began with end at an instant (UTC)."""
        found = self._books.account("linkedin", account)
        self._books.give_token(found, found.token, at)

    def set_rotate_refresh_tokens(self, rotate: bool) -> None:
        """Whether LinkedIn gives a new refresh token with each renewal, and ends the one before."""
        self._books.change(rotate_refresh_tokens=rotate)

    def set_refuse_duplicates(self, refuse: bool) -> None:
        """Whether the networks refuse a text that they have just had."""
        self._books.change(refuse_duplicates=refuse)

    def set_read_lag(self, seconds: float) -> None:
        """Let messages appear in read-back only when they are so old, in seconds of the sandbox's clock."""
        self._books.change(read_lag=timedelta(seconds=seconds))

    def set_processing(self, seconds: float) -> None:
        """How long a network works on a film before it can be shown, in seconds of the sandbox's clock."""
        self._books.change(processing=timedelta(seconds=seconds))

    def set_reads_allowed(self, network: str, allowed: bool) -> None:
        """Whether a network lets the account read its own messages. Raises ValueError."""
        if network not in NETWORKS:
            raise ValueError(f"the sandbox has no network {network!r}")
        self._books.change(reads_allowed={**self._books.behaviour.reads_allowed, network: allowed})


def _system_time() -> datetime:
    return datetime.now(UTC)
