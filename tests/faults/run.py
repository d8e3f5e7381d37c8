"""A run: workers that are struck and started again, and a time that goes on when all is quiet."""

import hashlib
import importlib
import os
import shutil
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from bot.clock import JourneyClock
from bot.model.state import Hold, State
from bot.store import lanes, listing
from bot.store.engine import Store, connect
from bot.store.switches import current_pause
from bot.store.tables import deliveries, in_state, parts, post_log, uploads

from . import page
from .books import LOST, OTHER, STUCK, SURE, Asked, Books, Problem, read_books
from .campaign import BEGINS, Post, write_files
from .database import Databases
from .networks import Networks
from .plan import APPLYING, CORRECTING, EDITING, MIGRATING, REMOVING, Act, Plan, draw_plan
from .process import Process, start
from .sabotage import SABOTAGE
from .steps import Steps, arm_change, arm_command, arm_worker, fallen, live_in_campaign_time, prepare_soon

LOOK_EVERY_S = 0.04
WORKER_LOOKS_EVERY = timedelta(seconds=0.1)  # as in a rehearsal; several share that
NOTHING_HAPPENS_S = 40.0  # then something is stuck; a locked database is waited for 15 s
STANDS_STILL_S = 6.0  # at most, for real
LONGEST_PREPARING_S = 2.0
MOST_TRIES = 9  # of a person who takes away or corrects: more than all that is drawn to go wrong there
MOST_LOOKS = 30
SPACING = timedelta(seconds=10)
FAR = timedelta(days=60)
_BY_SIGNAL = (-signal.SIGKILL, -signal.SIGTERM)  # the latter while it was still starting
_ASKED_TWICE = 130  # whoever is told a second time to end does so at once
LOCKED_OUT = "another program holds the database for too long"
PROGRAM_FAULTS = ("Traceback", "BOT_DEBUG=1 shows where")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a run."""

    seed: int
    kills: Counter[str]  # by step; "any instant" are those from outside
    stood_still: int  # how often a process did so, while the campaign's time went on
    ended: int  # how often a worker was asked to end in the middle
    faults: Counter[str]
    parts: int  # that followers see
    uncertain: int
    problems: tuple[Problem, ...]
    story: str  # plan and books as text, where something is wrong
    cpu_s: float
    wall_s: float

    def count(self, kind: str) -> int:
        """How many problems there are of a kind."""
        return sum(one.kind == kind for one in self.problems)


def run(
    seed: int, workers: int, databases: Databases, base: Path, sabotage: str | None, page: bool = False
) -> Result:
    """Play one run from its seed to its books."""
    began, cpu = time.monotonic(), _cpu_s()
    plan = draw_plan(seed, workers, page)
    folder = Path(tempfile.mkdtemp(prefix=f"run-{seed}-", dir=base))
    stage = Stage(plan, workers, databases, folder, sabotage)
    found: list[Problem] = []
    books: Books | None = None
    try:
        stage.play()
        books = stage.books()
        found = [*stage.problems, *books.problems()]
    except Exception:  # noqa: BLE001  (a fault of the harness is a failed run, with its seed)
        found = [*stage.problems, Problem(OTHER, f"the harness failed: {traceback.format_exc()}")]
        if books is None:
            books = stage.books_if_possible()
    finally:
        stage.close()
    blows = fallen(folder)
    kills = Counter(step for step, number, _ in blows if number == signal.SIGKILL) + stage.kills
    story = "\n".join([*plan.lines(), *stage.story, *(books.lines() if books else ())]) if found else ""
    if found:
        story += "\n" + stage.said()
    shutil.rmtree(folder, ignore_errors=True)
    return Result(
        seed=seed,
        kills=kills,
        stood_still=sum(number == signal.SIGSTOP for _, number, _ in blows),
        ended=stage.terms,
        faults=books.faults() if books else Counter(),
        parts=len(books.feed) if books else 0,
        uncertain=books.uncertain() if books else 0,
        problems=tuple(found),
        story=story,
        cpu_s=_cpu_s() - cpu,
        wall_s=time.monotonic() - began,
    )


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@dataclass(frozen=True, slots=True)
class Look:
    """What the store says at one moment."""

    busy: bool
    next: datetime | None  # UTC: when something happens next by itself
    version: object  # changes with everything that happens


@dataclass(slots=True)
class Standing:
    """A process that stands still."""

    process: Process
    since_moment: int
    since: float  # by the monotonic clock


@dataclass
class Stage:
    """Everything on which one run plays."""

    plan: Plan
    workers: int
    databases: Databases
    folder: Path
    sabotage: str | None
    problems: list[Problem] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    terms: int = 0
    story: list[str] = field(default_factory=list)
    _withdrawn: set[tuple[str, str]] = field(default_factory=set)
    _slots: list[Process | None] = field(default_factory=list)
    _others: list[Process] = field(default_factory=list)  # went on after they stood still
    _standing: list[Standing] = field(default_factory=list)
    _moment: int = -1
    _acts: list[Act] = field(default_factory=list)
    _later: list[tuple[float, Act]] = field(default_factory=list)
    _seen: tuple[object, float] = (None, 0.0)
    _started: int = 0
    _prepare_until: float = 0.0  # by the monotonic clock
    _removing: Counter[int] = field(default_factory=Counter)  # deliveries, with how often it was tried
    _correcting: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        write_files(self.folder, self.plan.posts)
        self._clock = JourneyClock(self.folder / "clock")
        self._travel(BEGINS - timedelta(minutes=1))
        self._networks = Networks(self.folder, self.folder / "clock")
        self._url = self.databases.new(self.folder, empty=self.plan.migrates)
        self._steps = Steps(self.plan.blows, self.folder)
        self._store: Store | None = None
        self._acts = list(self.plan.acts)
        self._slots = [None] * self.workers

    # --- the play ------------------------------------------------------------------------------------------

    def play(self) -> None:
        """From the first command to the end of the last worker."""
        if self.plan.migrates:
            self._insist("db", "upgrade", step=MIGRATING)
        self._insist("apply", step=APPLYING)
        for post in self.plan.posts:
            if post.on_page:
                self._on_page("write", post, APPLYING)
        self._check_that_all_is_queued()
        while True:
            self._tend()
            self._do_what_is_due()
            look = self._look()
            if self._is_stuck(look):
                break
            if look.busy or self._later or not self._networks.are_quiet() or self._waits_for_files():
                time.sleep(LOOK_EVERY_S)
            elif look.next is not None or self._acts or self._standing:
                self._go_on(look.next)
            elif not self._calm_down():
                break
        self._end()

    def _waits_for_files(self) -> bool:
        """Whether, before anything is due, files are still to be taken in hand ahead of time."""
        if not self.plan.prepares or self._moment >= 0:
            return False
        if not self._prepare_until:
            self._prepare_until = time.monotonic() + LONGEST_PREPARING_S
        wanted = sum(len(post.accounts) for post in self.plan.posts if post.files)
        with self._reading() as connection:
            number = select(func.count(uploads.c.delivery_id.distinct()))
            taken: int = connection.execute(number).scalar_one()
        return taken < wanted and time.monotonic() < self._prepare_until

    def _go_on(self, to: datetime | None) -> None:
        """The next moment."""
        self._moment += 1
        self.story.append(f"moment {self._moment}: {to:%H:%M:%S}" if to else f"moment {self._moment}")
        rested = [one for one in self._standing if self._moment > one.since_moment + 1 + self.plan.seed % 5]
        for one in rested:
            self._let_go_on(one)
        now = [act for act in self._acts if act.moment <= self._moment]
        self._acts = [act for act in self._acts if act.moment > self._moment]
        for act in now:
            if not act.after_s:
                self._do(act)
        if to is not None:
            self._travel(to)
        self._later = [(time.monotonic() + act.after_s, act) for act in now if act.after_s]

    def _travel(self, to: datetime) -> None:
        self._clock.set_out(to, to + timedelta(milliseconds=1), 0.001)

    def _do_what_is_due(self) -> None:
        now = time.monotonic()
        due = [act for at, act in self._later if at <= now]
        self._later = [(at, act) for at, act in self._later if at > now]
        for act in due:
            self._do(act)

    def _do(self, act: Act) -> None:
        self.story.append(f"{self._clock.now():%H:%M:%S.%f} {act.what} {dict(act.values)}")
        match act.what:
            case "fault":
                self._networks.post("/control/faults", act.values)
            case "behave":
                self._networks.post("/control/settings", act.values)
            case "kill":
                self._strike(act.values["worker"], signal.SIGKILL)
            case "term":
                self._strike(act.values["worker"], signal.SIGTERM)
            case "pause" | "resume":
                self._command(act.what)
            case _:
                self._edit(act)

    def _edit(self, act: Act) -> None:
        post = next(one for one in self.plan.posts if one.number == act.values["post"])
        file = self.folder / "posts" / post.path
        match act.what:
            case "edit" | "correct" | "delete" if post.on_page:
                self._on_page("edit" if act.what == "correct" else act.what, post, EDITING)
                if act.what == "delete":
                    self._withdrawn |= {(post.path, account) for account in post.accounts}
                if act.what == "correct":
                    self._correct(self._delivery(post.path, act.values["account"]))
            case "edit":
                file.write_text(post.file(version=1))
                for one in post.files:
                    one.write(file.parent, version=1)
                self._insist("apply", step=EDITING)
            case "correct":
                file.write_text(post.file(version=1))
                self._insist("apply", step=EDITING)
                self._correct(self._delivery(post.path, act.values["account"]))
            case "unpublish":
                self._withdrawn.add((post.path, act.values["account"]))
                self._unpublish(self._delivery(post.path, act.values["account"]))
            case "delete":
                self._withdrawn |= {(post.path, account) for account in post.accounts}
                file.unlink()
                self._insist("apply", step=EDITING)
            case "cancel" | "hold":
                account = act.values["account"]
                if act.what == "cancel":
                    self._withdrawn.add((post.path, account))
                self._command(act.what, str(self._delivery(post.path, account)))

    def _delivery(self, post: str, account: str) -> int:
        same = (deliveries.c.post == post, deliveries.c.account == account)
        with self._reading() as connection:
            number: int = connection.execute(select(deliveries.c.id).where(*same)).scalar_one()
        return number

    def _unpublish(self, delivery: int) -> None:
        """A person takes away what is out; where that breaks off, the end shows it and he goes on."""
        self._removing[delivery] += 1
        self._change("unpublish", str(delivery), step=REMOVING)

    def _correct(self, delivery: int) -> None:
        """A person corrects what is out, until he is told that it is done or can not be done."""
        self._correcting[delivery] += 1
        said = self._change("correct", str(delivery), step=CORRECTING)
        if said == 0 or self._correcting[delivery] == MOST_TRIES:
            del self._correcting[delivery]

    def _change(self, command: str, delivery: str, step: str) -> int | None:
        code = self._run((command, delivery, "--yes"), lambda: arm_change(self._steps, step))
        if code not in (0, 1, -signal.SIGKILL):
            words = f"bot {command} {delivery} ended with {code}: {self._last_words()}"
            self.problems.append(Problem(OTHER, words))
        self.story.append(f"{self._clock.now():%H:%M:%S.%f} {command} {delivery}: {code}")
        return code

    def _half_removed(self) -> Sequence[int]:
        with self._reading() as connection:
            half = select(deliveries.c.id).where(deliveries.c.removing_since.is_not(None))
            found = connection.execute(half).scalars().all()
        return [one for one in found if self._removing[one] < MOST_TRIES]

    def _calm_down(self) -> bool:
        """People end what they have begun, so that everything can come to its end; whether they had to."""
        with self._reading() as connection:
            paused = current_pause(connection)
            rows = connection.execute(select(deliveries.c.id, deliveries.c.hold).where(in_state(State.HELD)))
            held = {row.id: row.hold for row in rows}
        half, uncorrected = self._half_removed(), list(self._correcting)
        for number in half:
            self._unpublish(number)
        for number in uncorrected:
            self._correct(number)
        if paused:
            self._command("resume")
        for number, why in held.items():
            if why == Hold.OPERATOR:
                self._command("release", str(number))
        if Hold.STALE in held.values():
            self._command("apply")
            for number in self._still_stale():  # a part is out already: somebody decides about the rest
                self._command("release", str(number))
        self.story.append(f"people have looked after what is held: {held}, or begun: {half}, {uncorrected}")
        return bool(paused or held or half or uncorrected)

    def _still_stale(self) -> Sequence[int]:
        with self._reading() as connection:
            stale = (in_state(State.HELD), deliveries.c.hold == Hold.STALE)
            return connection.execute(select(deliveries.c.id).where(*stale)).scalars().all()

    # --- commands ------------------------------------------------------------------------------------------

    def _insist(self, *words: str, step: str) -> None:
        """Run a command that may be killed until it has done its work."""
        self._until_done(
            f"bot {' '.join(words)}", lambda: self._start(words, lambda: arm_command(self._steps, step))
        )

    def _until_done(self, what: str, begin: Callable[[], Process]) -> None:
        for _ in range(5):
            code = self._ended(begin())
            if code != -signal.SIGKILL:
                break
        if code != 0:
            self.problems.append(Problem(OTHER, f"{what} ended with {code}: {self._last_words()}"))

    def _on_page(self, what: str, post: Post, step: str) -> None:
        """What a member does on the page, until it is done."""

        def begin() -> Process:
            now, environment = self._clock.now(), self._begin()
            return page.do(what, post, environment, self.folder, now, lambda: arm_command(self._steps, step))

        self._until_done(f"{what} of {post.path} on the page", begin)

    def _command(self, *words: str) -> None:
        code = self._run(words, None)
        if code not in (0, 1):  # 1: it can not be done to this delivery any more
            self.problems.append(Problem(OTHER, f"bot {' '.join(words)} ended with {code}"))

    def _run(self, words: Sequence[str], arm: Callable[[], None] | None) -> int | None:
        return self._ended(self._start(words, arm or (lambda: None)))

    def _ended(self, process: Process) -> int | None:
        until = time.monotonic() + NOTHING_HAPPENS_S
        while (code := process.wait(STANDS_STILL_S)) is None and time.monotonic() < until:
            self._notice_who_stands_still()  # perhaps with the lock for which this one waits
            for one in list(self._standing):
                self._let_go_on(one)
        process.signal(signal.SIGKILL)
        process.wait(5)
        return code

    def _start(self, words: Sequence[str], prepare: Callable[[], None]) -> Process:
        environment = self._begin()
        return start(words, environment, self.folder, self.plan.seed * 1000 + self._started, prepare)

    def _begin(self) -> dict[str, str]:
        """What another process lives in; it is about to be forked."""
        self._close_store()  # nobody may inherit a connection
        self._started += 1
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **kept,
            **self._networks.environment,
            "DATABASE_URL": self._url,
            "BOT_REHEARSAL_CLOCK": str(self.folder / "clock"),
        }

    # --- workers -------------------------------------------------------------------------------------------

    def _prepare_worker(self) -> None:
        live_in_campaign_time(self._clock)
        service: Any = importlib.import_module("bot.cli.service")
        service.patience = lambda: WORKER_LOOKS_EVERY * self.workers
        if self.plan.prepares:
            prepare_soon()
        if self.sabotage:
            SABOTAGE[self.sabotage]()
        arm_worker(self._steps, self._networks.url)

    def _tend(self) -> None:
        """Start again what has ended, and put another in the place of one that stands still."""
        self._notice_who_stands_still()
        for place, process in enumerate(self._slots):
            if process is not None and process.look():
                continue
            if process is not None and process.code not in (0, *_BY_SIGNAL) and not self._was_locked_out():
                words = f"a worker ended by itself, with {process.code}: {self._last_words()}"
                self.problems.append(Problem(OTHER, words))
            self._slots[place] = self._start(["worker"], self._prepare_worker)
        self._others = [one for one in self._others if one.look()]  # a dead one must not stay a zombie
        for one in [one for one in self._standing if time.monotonic() > one.since + STANDS_STILL_S]:
            self._let_go_on(one)

    def _notice_who_stands_still(self) -> None:
        for place, process in enumerate(self._slots):
            if process is not None and process.look() and process.stopped:
                self.story.append(f"{self._clock.now():%H:%M:%S.%f} worker {process.pid} stands still")
                self._standing.append(Standing(process, self._moment, time.monotonic()))
                self._slots[place] = None

    def _let_go_on(self, one: Standing) -> None:
        self.story.append(f"{self._clock.now():%H:%M:%S.%f} worker {one.process.pid} goes on")
        self._standing.remove(one)
        one.process.signal(signal.SIGCONT)
        one.process.look()
        self._others.append(one.process)

    def _strike(self, worker: int, number: int) -> None:
        process = self._slots[worker]
        if process is None or not process.look():
            return
        process.signal(number)
        if number == signal.SIGKILL:
            self.kills["any instant"] += 1
        else:
            self.terms += 1

    def _running(self) -> set[int]:
        """The processes that are at work, and not standing still."""
        all_of_them = [*(one for one in self._slots if one), *self._others]
        return {one.pid for one in all_of_them if one.look() and not one.stopped}

    def _standing_still(self) -> set[int]:
        return {one.process.pid for one in self._standing}

    def _end(self) -> None:
        """Ask everybody to end, as a platform does."""
        for one in list(self._standing):
            self._let_go_on(one)
        alive = [one for one in (*self._slots, *self._others) if one is not None]
        for process in alive:
            process.signal(signal.SIGTERM)
        for process in alive:
            code = process.wait(40)
            if code is None:
                process.signal(signal.SIGUSR1)
                process.wait(1)
            if code not in (0, _ASKED_TWICE, *_BY_SIGNAL):
                self.problems.append(Problem(STUCK, f"a worker does not stop when it is told to: {code}"))

    # --- looking -------------------------------------------------------------------------------------------

    def _look(self) -> Look:
        now = self._clock.now()
        with self._reading() as connection:
            publishing = connection.execute(
                select(deliveries.c.worker, deliveries.c.lease_until).where(in_state(State.PUBLISHING))
            ).all()
            instants = [lane.wakes_at for lane in lanes.all_lanes(connection, now, SPACING)]
            told = deliveries.c.looks < listing.MOST_FAILED_LOOKS
            # Of these the looking comes to an end, if only people have the patience.
            sure = deliveries.c.network.in_(SURE - self.plan.cannot_read()) & (
                deliveries.c.looks < MOST_LOOKS
            )
            doubt = select(func.min(deliveries.c.look_at)).where(in_state(State.UNCERTAIN), told | sure)
            instants.append(connection.execute(doubt).scalar())
            version = connection.execute(select(func.max(post_log.c.id))).scalar()
        standing = self._standing_still()
        at_work = [one for one in publishing if int(one.worker.split(":")[-2]) not in standing]
        instants += [one.lease_until for one in publishing]
        ahead = [at for at in instants if at is not None and at < now + FAR]
        busy = bool(at_work) or any(at <= now for at in ahead)
        return Look(busy, min(ahead, default=None), (version, self._moment))

    def _is_stuck(self, look: Look) -> bool:
        now = time.monotonic()
        if look.version != self._seen[0]:
            self._seen = (look.version, now)
        if now - self._seen[1] > NOTHING_HAPPENS_S:
            self.problems.append(Problem(STUCK, f"nothing happens any more: {look}"))
            return True
        return False

    def _check_that_all_is_queued(self) -> None:
        with self._reading() as connection:
            queued = connection.execute(select(func.count()).select_from(deliveries)).scalar_one()
            said = connection.execute(select(func.count(parts.c.delivery_id.distinct()))).scalar_one()
        if not queued == said == len(self._expected()):
            self.problems.append(Problem(LOST, f"{queued} of {len(self._expected())} are queued"))

    def _expected(self) -> frozenset[tuple[str, str]]:
        return frozenset((post.path, account) for post in self.plan.posts for account in post.accounts)

    def _files(self) -> frozenset[tuple[str, str, str]]:
        """Post, SHA-256 and words of every file that may be shown."""
        return frozenset(
            (post.path, hashlib.sha256(one.content(version)).hexdigest(), one.alt)
            for post in self.plan.posts
            for one in post.files
            for version in (0, 1)
        )

    def books(self) -> Books:
        """The three books."""
        found = self._said_faults()
        self.problems += found
        store = self._opened()
        asked = Asked(self._expected(), frozenset(self._withdrawn), self._files(), self.plan.cannot_read())
        return read_books(store, self._networks, asked, self._clock.now())

    def books_if_possible(self) -> Books | None:
        """For the story of a run in which the harness failed."""
        try:
            return self.books()
        except Exception:  # noqa: BLE001
            return None

    def said(self) -> str:
        """What the processes have printed."""
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def _was_locked_out(self) -> bool:
        """Whether a process that stood still held a lock, so that a worker could not even begin."""
        stood_still = any(number == signal.SIGSTOP for _, number, _ in fallen(self.folder))
        return stood_still and LOCKED_OUT in self._last_words()

    def _last_words(self) -> str:
        """What a command said last for a person."""
        return next((line for line in reversed(self.said().splitlines()) if line.startswith("bot: ")), "")

    def _said_faults(self) -> list[Problem]:
        said = self.said()
        found = [said[at : at + 4000] for words in PROGRAM_FAULTS if (at := said.find(words)) >= 0]
        return [Problem(OTHER, f"a process said: {words}") for words in found]

    def _opened(self) -> Store:
        if self._store is None:
            self._store = connect(self._url)
        return self._store

    def _reading(self) -> AbstractContextManager[Connection]:
        return self._opened().read()

    def _close_store(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def close(self) -> None:
        """End what still runs, and give everything back."""
        for process in [
            *(one for one in self._slots if one),
            *self._others,
            *(one.process for one in self._standing),
        ]:
            process.signal(signal.SIGKILL)
            process.wait(10)
        self._networks.close()
        self._close_store()
        self.databases.drop(self._url)
