"""What the tests share: a worker's parts on a clock set by hand, and a house in which real processes run."""

import hashlib
import json
import logging
import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, select, text

from bot.clock import Clock, FixedClock, JourneyClock, SystemClock
from bot.logs import note_context
from bot.model.account import Account
from bot.model.format import Format
from bot.model.outcome import Outcome
from bot.model.post import Kind, Media, Post
from bot.networks import network_type
from bot.networks.token_keeper import TokenKeeper
from bot.sandbox import Sandbox
from bot.sandbox.records import Published
from bot.settings import NetworkOptions, Settings
from bot.store import lanes as lane_rows
from bot.store import listing, open_store, plans, queue, switches, upkeep
from bot.store.desk import Desk
from bot.store.engine import StoreError, connect
from bot.store.listing import Doubt
from bot.store.plans import NewDelivery
from bot.store.post_log import Entry, Filter, entries
from bot.store.queue import Claim
from bot.store.tables import attempts, deliveries
from bot.worker.accounts import Accounts
from bot.worker.dispatch import Dispatcher
from bot.worker.lanes import Lanes
from bot.worker.publisher import Publisher
from bot.worker.reconciler import Reconciler
from bot.worker.worker import Worker
from tests import nursery

NOON = datetime(2018, 9, 24, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
SETTLE = timedelta(seconds=60)
SPACING = timedelta(seconds=10)
PATIENCE_S = 30.0  # only a test that fails waits so long
LONG_S = 60.0  # likewise, for what starts processes

ACCOUNTS: Mapping[str, str] = {
    "fice-x": "twitter",
    "fice-facebook": "facebook",
    "fice-linkedin": "linkedin",
    "kenya-x": "twitter",
}
BY_NETWORK = {"twitter": "fice-x", "facebook": "fice-facebook", "linkedin": "fice-linkedin"}
# Also those that are no part of what runs in processes.
EVERY_ACCOUNT = {**ACCOUNTS, "fice-mastodon": "mastodon", "fice-bluesky": "bluesky"}
EVERY_NETWORK = {**BY_NETWORK, "mastodon": "fice-mastodon", "bluesky": "fice-bluesky"}


def eventually(condition: Callable[[], object], limit: float = PATIENCE_S) -> None:
    """Wait until something holds that other threads or processes bring about."""
    deadline, pause = time.monotonic() + limit, 0.002
    while not condition():
        assert time.monotonic() < deadline, "it has not come about"
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


class Said(logging.Handler):
    """The log as an operator would have read it."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.addFilter(note_context)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def lines(self, part: str = "", level: int = logging.INFO) -> list[str]:
        """The lines of at least this level in which something occurs."""
        found = [one.getMessage() for one in self.records if one.levelno >= level]
        return [line for line in found if part in line]

    def tracebacks(self) -> list[str]:
        """The lines that came with a traceback: none is meant for an operator."""
        return [one.getMessage() for one in self.records if one.exc_info]


@contextmanager
def listening() -> Iterator[Said]:
    """Hear what the worker and its scheduler say."""
    said = Said()
    loggers = [logging.getLogger(name) for name in ("bot", "apscheduler")]
    levels = [logger.level for logger in loggers]
    for logger, level in zip(loggers, (logging.INFO, logging.ERROR), strict=True):
        logger.addHandler(said)
        logger.setLevel(level)
    try:
        yield said
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(said)
            logger.setLevel(level)


class MovableClock:
    """A clock that begins at noon, runs as fast as real time, and can be moved; as in a rehearsal."""

    def __init__(self) -> None:
        self._ahead = NOON - SystemClock().now()

    def now(self) -> datetime:
        return SystemClock().now() + self._ahead

    def real(self, instant: datetime) -> datetime:
        return instant - self._ahead

    def advance(self, by: timedelta) -> None:
        self._ahead += by


class NetworkTime:
    """The networks' clock, through which a test can act in the middle of a call that creates something."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._acts: list[Callable[[], object]] = []

    def during_next_call(self, act: Callable[[], object]) -> None:
        """Do something once the next request has arrived, before it is answered."""
        self._acts.append(act)

    def now(self) -> datetime:
        if self._acts:
            self._acts.pop()()
        return self._clock.now()


def lasting(credentials: Mapping[str, str]) -> dict[str, str]:
    """The credentials without those that renew a token, of which most tests want to hear nothing."""
    endings = ("_REFRESH_TOKEN", "_CLIENT_ID", "_CLIENT_SECRET")
    return {name: value for name, value in credentials.items() if not name.endswith(endings)}


class Bench:
    """Everything that a worker is made of, led to a sandbox, pass by pass.

    Args:
        folder: where the store lies; a second bench on the same folder is a second worker.
        database: the address of its store; None: a file in the folder.
        connected: the accounts with credentials; None: all.
        variables: further variables of the environment.
    """

    def __init__(
        self,
        folder: Path,
        sandbox: Sandbox,
        clock: Clock,
        *,
        name: str = "w1",
        database: str | None = None,
        connected: Sequence[str] | None = None,
        variables: Mapping[str, str] | None = None,
        timeout: timedelta = timedelta(seconds=20),
        settle: timedelta = SETTLE,
        spacing: timedelta = SPACING,
    ) -> None:
        self.folder, self.sandbox, self.clock, self.name = folder, sandbox, clock, name
        environment = sandbox.environment()
        for account, network in EVERY_ACCOUNT.items():
            credentials = lasting(sandbox.register(network, account, account.replace("-", "_")))
            environment |= credentials if connected is None or account in connected else {}
        self.settings = Settings(
            config=folder / "config",
            posts=folder / "posts",
            database_url=database or f"sqlite:///{folder / 'bot.db'}",
            port=0,
            accounts={
                name: Account(name, net, name.replace("-", "_")) for name, net in EVERY_ACCOUNT.items()
            },
            spacing=spacing,
            networks={net: NetworkOptions(timeout=timeout, settle=settle) for net in EVERY_NETWORK},
            environment={**environment, **(variables or {})},
        )
        self.store = open_store(self.settings.database_url)
        self.writes_refused = False
        self.impatient = False
        self.transactions = 0
        if self.store.is_sqlite:
            event.listen(self.store.engine, "checkout", self._on_checkout)
        self.stopping = threading.Event()
        self.keeper = TokenKeeper(self.store, self.settings, clock, self.stopping)
        self.accounts = Accounts(self.settings, clock, self.keeper)
        self.lanes = Lanes(when_free=lambda done: None, on_trouble=self._on_trouble)
        self.dispatcher = Dispatcher(
            self.store, self.settings, self.accounts, clock, name, self.lanes, self.stopping
        )
        self.publisher = Publisher(self.store, self.accounts, clock, self.stopping)
        self.reconciler = Reconciler(self.store, self.accounts, clock)

    def _on_checkout(self, connection: sqlite3.Connection, *_: object) -> None:
        self.transactions += 1
        # SQLite's own refusals; what waits for a lock for a quarter of a minute is too slow for a test.
        connection.execute(f"PRAGMA busy_timeout = {100 if self.impatient else 15_000}").close()
        connection.execute(f"PRAGMA query_only = {int(self.writes_refused)}").close()

    def _on_trouble(self, error: StoreError) -> None:
        logging.getLogger("bot.worker").error("%s", error)

    def close(self) -> None:
        """End this worker; the sandbox has been stopped, so nothing hangs any more."""
        self.writes_refused = False
        self.stopping.set()
        eventually(lambda: not self.lanes.busy())
        self.lanes.close()
        self.store.close()

    def queue(
        self,
        account: str = "fice-x",
        text: str | Sequence[str] = "Hello",
        *,
        due: datetime = NOON,
        late_ok: timedelta = timedelta(hours=3),
        comment: str | None = None,
        media: Sequence[Media] = (),
        link: str | None = None,
    ) -> int:
        """Queue a delivery; several texts make a thread. Its id."""
        network = EVERY_ACCOUNT[account]
        texts = (text,) if isinstance(text, str) else tuple(text)
        with self.store.write() as connection:
            number = len(plans.deliveries_of(connection, ["week"])) + 1
            post = Post(
                path=f"week/{number}.md",
                campaign="week",
                kind=Kind.DAILY_POST,
                body=texts[0],
                text={network: texts},
                first_comment=comment,
                media=tuple(media),
                link=link,
            )
            new = NewDelivery(
                campaign="week",
                post=post.path,
                account=account,
                network=network,
                kind=post.kind,
                slot=None,
                day=None,
                wall=due.replace(tzinfo=None).isoformat(),
                zone="UTC",
                due_at=due,
                late_ok=late_ok,
                needs_approval=False,
                message=network_type(network).compose(post, self.settings.accounts[account]),
            )
            upkeep.know_accounts(connection, {account: network})
            plans.add(connection, [new], "tester", self.clock.now())
            known = plans.deliveries_of(connection, ["week"])
        return next(one.id for one in known if one.post == post.path)

    def file(self, name: str, kind: Format, content: bytes, alt: str = "") -> Media:
        """Put a file beside the posts."""
        path = self.settings.posts / "week" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return Media(name, alt, kind, len(content), hashlib.sha256(content).hexdigest())

    def run(self) -> None:
        """One pass of the worker, to its end."""
        self.dispatcher.dispatch()
        eventually(lambda: not self.lanes.busy())

    def advance(self, time_passed: timedelta) -> None:
        """Let time pass while no worker runs."""
        assert isinstance(self.clock, FixedClock)
        self.clock.advance(time_passed)

    def after(self, **time_passed: float) -> None:
        """Let time pass, then one pass of the worker."""
        self.advance(timedelta(**time_passed))
        self.run()

    def live_through(self, time_passed: timedelta) -> None:
        """Let time pass, with a pass of the worker whenever it has something to do, as it wakes for that."""
        assert isinstance(self.clock, FixedClock)
        end = self.clock.now() + time_passed
        while self.clock.now() < end:
            self.run()
            following = self.dispatcher.next_instant() or end
            self.clock.instant = min(max(following, self.clock.now() + SECOND), end)
        self.run()

    def wait(self) -> timedelta:
        """How long nothing has to be done."""
        following = self.dispatcher.next_instant()
        assert following is not None
        return following - self.clock.now()

    def claim(self, account: str = "fice-x") -> Claim:
        """Take a delivery, as the first step of publishing it."""
        held = queue.claim(self.store, account, self.name, self.clock.now(), self.settings.spacing)
        assert held is not None
        return held

    def begin(self, held: Claim) -> int:
        """Commit the intent to send its next part, as the second step."""
        assert held.next_sending is not None
        part = held.next_sending.part
        limit = self.accounts.call_limit(held.network)
        attempt = queue.begin(self.store, held, part, "payload", self.clock.now(), limit)
        assert attempt is not None
        return attempt

    def call(self, held: Claim) -> Outcome:
        """Send its next part, as the third step."""
        assert held.next_sending is not None
        return self.accounts[held.account].publish(held.next_sending)

    def doubts(self, later: timedelta = timedelta()) -> Sequence[Doubt]:
        """The uncertain deliveries that are to be looked for by then."""
        with self.store.read() as connection:
            return listing.doubts(connection, self.clock.now() + later)

    def desk(self) -> Desk:
        """What a person can do now."""
        return Desk(self.store, "anna", self.clock.now())

    def resolve(self, delivery: int, url: str) -> None:
        """A person has seen it there."""
        remote_id = network_type(self.row(delivery)["network"]).id_in(url)
        self.desk().resolve_published(delivery, url, remote_id, "")

    def pause(self, reason: str = "") -> None:
        switches.pause(self.store, reason, "anna", self.clock.now())

    def resume(self) -> None:
        switches.resume(self.store, "anna", self.clock.now())

    def row(self, delivery: int) -> Mapping[str, Any]:
        with self.store.read() as connection:
            found = listing.one(connection, delivery)
        assert found is not None
        return found

    def state(self, delivery: int) -> str:
        return str(self.row(delivery)["state"])

    def states(self) -> dict[str, int]:
        """How many deliveries there are in each state."""
        with self.store.read() as connection:
            return dict(Counter(connection.execute(select(deliveries.c.state)).scalars()))

    def log(self, delivery: int) -> Sequence[Entry]:
        with self.store.read() as connection:
            return entries(connection, Filter(delivery=delivery))

    def story(self, delivery: int) -> list[str]:
        """The states through which it went."""
        return [entry.to_state for entry in self.log(delivery)]

    def attempts(self, delivery: int) -> list[tuple[int, str | None]]:
        """Part and outcome of each attempt."""
        columns = select(attempts.c.part, attempts.c.outcome)
        with self.store.read() as connection:
            rows = connection.execute(
                columns.where(attempts.c.delivery_id == delivery).order_by(attempts.c.id)
            )
            return [(row.part, row.outcome) for row in rows]

    def lane(self, account: str) -> lane_rows.Lane:
        with self.store.read() as connection:
            found = lane_rows.all_lanes(connection, self.clock.now(), self.settings.spacing)
        return next(lane for lane in found if lane.account == account)

    def feed(self, account: str = "fice-x") -> list[Published]:
        """What followers of an account see."""
        return [one for one in self.sandbox.feed() if one.account == account]

    def texts(self, account: str = "fice-x") -> list[str]:
        return [one.text for one in self.feed(account)]

    def looks(self, account: str = "fice-x") -> int:
        """How often an account's own posts were read."""
        who = ("accounts.verify_credentials", "200")  # what Mastodon is asked first, once
        return sum(
            call.account == account and call.method == "GET" and (call.operation, call.outcome) != who
            for call in self.sandbox.calls()
        )

    @contextmanager
    def locked(self) -> Iterator[Callable[[], None]]:
        """Another program holds the database, until what is given is called."""
        other = sqlite3.connect(
            self.folder / "bot.db", timeout=PATIENCE_S, isolation_level=None, check_same_thread=False
        )
        try:
            other.execute("BEGIN IMMEDIATE")
            self.impatient = True
            yield other.close
        finally:
            self.impatient = False
            other.close()


def clock_file(folder: Path) -> Path:
    """Where the clock of a house stands."""
    return folder / "clock"


@contextmanager
def built_house(folder: Path, *, travelling: bool = False, database: str | None = None) -> Iterator["House"]:
    """A house with networks of its own; whatever runs in it is ended.

    With `travelling` its clock can be made to jump, where a test would have to wait.
    """
    clock: JourneyClock | None = None
    if travelling:
        clock = JourneyClock(clock_file(folder))
        now = SystemClock().now()
        clock.set_out(now - HOUR, now, 0)
    with Sandbox(now=(clock or SystemClock()).now) as sandbox:
        house = House(folder, sandbox, clock, database)
        try:
            yield house
        finally:
            house.close()


def stop(worker: "subprocess.Popen[bytes]", number: int = signal.SIGTERM) -> int:
    """Tell a worker to stop; its exit code."""
    worker.send_signal(number)
    return worker.wait(LONG_S)


class House:
    """A folder with a small campaign, in which the commands run as processes of their own.

    Args:
        clock: one that travels, for a test that can not wait; None: the system's.
        database: its address; None: a file in the folder.
    """

    def __init__(
        self,
        folder: Path,
        sandbox: Sandbox,
        clock: JourneyClock | None = None,
        database: str | None = None,
    ) -> None:
        self.folder, self.sandbox, self.clock = folder, sandbox, clock
        self.posts = folder / "posts" / "week"
        self.posts.mkdir(parents=True)
        (folder / "config" / "campaigns").mkdir(parents=True)
        credentials: dict[str, str] = {}
        tables = []
        for name in BY_NETWORK.values():
            credentials |= lasting(sandbox.register(ACCOUNTS[name], name, name.replace("-", "_")))
            handle = name.replace("-", "_")
            tables.append(f'[{name}]\nnetwork = "{ACCOUNTS[name]}"\nhandle = "{handle}"\n')
        (folder / "config" / "accounts.toml").write_text("\n".join(tables))
        (folder / "config" / "campaigns" / "week.toml").write_text(
            f'title = "Week"\ntimezone = "UTC"\nstarts = {datetime.now(UTC).date()}\n'
            'approval = "none"\n[[day]]\ntheme = "Launch"\n'
        )
        self.configure()
        self.database = database or f"sqlite:///{folder / 'var' / 'bot.db'}"
        self.environment = {
            **{
                name: os.environ[name]
                for name in ("PATH", "HOME", "LANG", "PYTHONPATH")
                if name in os.environ
            },
            **sandbox.environment(),
            **credentials,
            "DATABASE_URL": self.database,
            "COLUMNS": "200",
        }
        if clock is not None:
            self.environment["BOT_REHEARSAL_CLOCK"] = str(clock_file(folder))
        self._processes: list[subprocess.Popen[bytes]] = []

    def configure(self, timeout: str = "20s") -> None:
        """Say how long an answer may take; as long is waited before looking."""
        networks = "\n".join(
            f'[networks.{name}]\ntimeout = "{timeout}"\nsettle = "{timeout}"' for name in BY_NETWORK
        )
        # Without the preflight of the morning: what these tests see must not depend on the hour.
        worker = '[worker]\nspacing = "1s"\npreflight_at = "never"\n'
        (self.folder / "config" / "bot.toml").write_text(f"{worker}{networks}\n")

    def travel(self, to: datetime | None = None, **by: float) -> None:
        """Let time pass for everybody at once."""
        assert self.clock is not None
        now = self.clock.now()
        self.clock.set_out(now, to or now + timedelta(**by), 0.01)

    def live_until(self, states: Mapping[str, int]) -> None:
        """Let time pass until everything has come to its end, with jumps over the time before a look."""

        def done() -> bool:
            now = self.states()
            if "uncertain" in now and "publishing" not in now:
                self.travel(seconds=5)
            return now == states

        eventually(done, LONG_S)

    def post(self, name: str, text: str | Sequence[str], *accounts: str, at: datetime | None = None) -> None:
        """Write a post that is due now, or at an instant (UTC); several texts make a thread on X."""
        wall = (at or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M:%S")
        texts = [text] if isinstance(text, str) else list(text)
        thread = f"text:\n  twitter: {json.dumps(texts)}\n" if len(texts) > 1 else ""
        (self.posts / f"{name}.md").write_text(
            f"---\nat: {wall}\nkind: daily-post\naccounts: [{', '.join(accounts)}]\n{thread}---\n{texts[0]}\n"
        )

    def bot(self, *arguments: str) -> str:
        """Run a command to its end; what it printed."""
        done = nursery.run(arguments, cwd=self.folder, env=self.environment, timeout=LONG_S)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def worker(self, *options: str) -> "subprocess.Popen[bytes]":
        """Start a worker; it is ended with the house."""
        return self.start("worker", *options)

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a command beside the test; it is ended with the house."""
        with self.log_file.open("ab") as log:
            process = nursery.Bot[bytes](
                arguments,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        return process

    @property
    def log_file(self) -> Path:
        return self.folder / "worker.log"

    def said(self) -> str:
        """What the workers have printed so far."""
        return self.log_file.read_text()

    def shown(self) -> Counter[str]:
        """How often followers see each text."""
        return Counter(one.text for one in self.sandbox.feed())

    def close(self) -> None:
        """End what still runs."""
        for process in self._processes:
            if process.poll() is None:
                process.kill()
            process.wait()

    def states(self) -> dict[str, int]:
        """How many deliveries there are in each state."""
        return dict(Counter(row["state"] for row in self.rows()))

    def rows(self) -> list[Mapping[str, Any]]:
        """Every delivery, in the order in which they were queued."""
        return self.ask("SELECT * FROM delivery ORDER BY id")

    def workers(self) -> int:
        """How many workers are signed on."""
        return len(self.ask("SELECT id FROM worker"))

    def ask(self, query: str) -> list[Mapping[str, Any]]:
        """What the database says, asked by somebody who stands apart."""
        store = connect(self.database)
        try:
            with store.read() as connection:
                return [dict(row) for row in connection.execute(text(query)).mappings()]
        finally:
            store.close()


@contextmanager
def running(bench: Bench) -> Iterator[Worker]:
    """A whole worker on a bench's store; as in a rehearsal it looks often, for the clock may be moved."""
    worker = Worker(bench.store, bench.settings, bench.clock, patience=timedelta(seconds=0.1))
    try:
        worker.start()
        yield worker
    finally:
        worker.stop()
