"""The ledger as a whole: whatever crashes, stalls, waits or is decided, nothing goes out twice or is lost.

Hypothesis plays the workers, the people, the clock and a network that stores every post it gets, even the
same one twice. The network is a list; everything else is the real store on a real SQLite file.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import RowMapping, Select, Table, select

from bot.model.message import Part
from bot.model.outcome import Cause, NotPublished, Outcome, Published, Rejected, RemotePost, Unknown
from bot.model.state import ENDED, Hold, State
from bot.store import (
    Store,
    doubts,
    listing,
    open_store,
    plans,
    queue,
    removals,
    settle,
    switches,
    upkeep,
    workers,
)
from bot.store.desk import Desk, DeskError
from bot.store.listing import Doubt
from bot.store.plans import NewDelivery
from bot.store.queue import Claim
from bot.store.settle import Ending
from bot.store.tables import attempts, deliveries, parts, post_log
from tests.conftest import SET_UP
from tests.postgres import Server
from tests.store.acts import LIMIT, MINUTE, SECOND, SETTLE, SPACING
from tests.store.conftest import NOON, delivery, queue_up

ACCOUNTS = ("fice-x", "fice-facebook")
MOST_DELIVERIES = 6
LOOKS = 2  # absence counts only when it was seen that often
ANY = st.integers(0, 1_000_000)  # stands for "one of them", whichever there are
SELDOM = st.sampled_from([False, False, False, True])  # else trouble leaves no room for work

# The changes of state that people are promised; `None` is what is not queued yet. A row that changes
# nothing is allowed everywhere, and the proof that something is out ends it from every state.
S = State
MOVES: dict[str | None, set[State]] = {
    None: {S.SCHEDULED},
    S.SCHEDULED: {S.PUBLISHING, S.MISSED, S.HELD, S.CANCELLED},
    S.PUBLISHING: {S.SCHEDULED, S.FAILED, S.UNCERTAIN, S.HELD},
    S.UNCERTAIN: {S.SCHEDULED, S.FAILED},
    S.HELD: {S.SCHEDULED, S.CANCELLED},
    S.MISSED: {S.SCHEDULED, S.CANCELLED},
    S.FAILED: {S.SCHEDULED, S.CANCELLED},
    S.CANCELLED: {S.SCHEDULED},
    S.PUBLISHED: set(),
}


class Fate(Enum):
    """What becomes of one call."""

    SUCCEEDS = auto()
    SUCCEEDS_WITH_THE_REST = auto()  # the parts after it come out in the same call
    BUSY = auto()
    REFUSED = auto()
    ANSWER_LOST = auto()  # it is stored, and nobody is told
    REQUEST_LOST = auto()  # it is not stored, and nobody is told
    SLOW = auto()  # it is stored after the caller has given up
    CRASH_BEFORE_THE_CALL = auto()
    CRASH_AFTER_IT_WAS_STORED = auto()
    CRASH_WHILE_IT_IS_ON_ITS_WAY = auto()


FATES = st.sampled_from([*[Fate.SUCCEEDS] * 5, *Fate])
CRASHES = {
    Fate.CRASH_BEFORE_THE_CALL, Fate.CRASH_AFTER_IT_WAS_STORED, Fate.CRASH_WHILE_IT_IS_ON_ITS_WAY
}  # fmt: skip
STORED = {Fate.SUCCEEDS, Fate.SUCCEEDS_WITH_THE_REST, Fate.ANSWER_LOST, Fate.CRASH_AFTER_IT_WAS_STORED}
ON_ITS_WAY = {Fate.SLOW, Fate.CRASH_WHILE_IT_IS_ON_ITS_WAY}


@dataclass(frozen=True)
class Stored:
    """One post as the network has it."""

    delivery: int
    part: int
    remote: RemotePost


@dataclass
class Network:
    """Stores whatever it gets, sometimes later; it does not notice that it has the same already, but for
    what came out together."""

    posts: list[Stored] = field(default_factory=list)
    coming: list[tuple[datetime, int, int]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)  # what was taken away
    together: set[tuple[int, int]] = field(default_factory=set)

    def store(self, one: int, part: int) -> RemotePost:
        remote = RemotePost(f"id-{len(self.posts)}", f"https://network/{len(self.posts)}")
        self.posts.append(Stored(one, part, remote))
        return remote

    def store_together(self, one: int, numbers: Sequence[int]) -> RemotePost:
        self.together |= {(one, number) for number in numbers}
        first, *following = [self.store(one, number) for number in numbers]
        whole = replace(first, following=tuple(following))
        at = next(place for place, post in enumerate(self.posts) if post.remote == first)
        self.posts[at] = replace(self.posts[at], remote=whole)
        return whole

    def arrive(self, now: datetime) -> None:
        for at, one, part in sorted(self.coming):
            if at <= now:
                self.store(one, part)
        self.coming = [letter for letter in self.coming if letter[0] > now]

    def find(self, one: int, part: int) -> RemotePost | None:
        found = self.ever(one, part)
        return None if found is None or found.remote_id in self.gone else found

    def ever(self, one: int, part: int) -> RemotePost | None:
        return next((post.remote for post in self.posts if (post.delivery, post.part) == (one, part)), None)

    def settled(self, one: int) -> bool:
        return all(delivery != one for _, delivery, _ in self.coming)


@dataclass(frozen=True)
class Answer:
    """What a worker has learned and not written down yet."""

    held: Claim
    part: Part
    attempt: int
    outcome: Outcome


@dataclass(frozen=True)
class Seen:
    """The whole store at one moment, as far as promises are made about it."""

    deliveries: Sequence[RowMapping]
    parts: Sequence[RowMapping]
    attempts: Sequence[RowMapping]
    log: Sequence[RowMapping]
    needy: frozenset[int]  # what people are told to look at
    paused: bool


TABLES = (deliveries, parts, attempts, post_log)


class Files:
    """One store for all stories, put back to its beginning before each: what it has learned stays."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.store = open_store(f"sqlite:///{self.folder / 'bot.db'}")
        self.store.close()
        shutil.copy(self.folder / "bot.db", self.folder / "set-up.db")

    def anew(self) -> Store:
        self.store.close()
        for left in self.folder.glob("bot.db*"):
            left.unlink()
        shutil.copy(self.folder / "set-up.db", self.folder / "bot.db")
        return self.store

    def remove(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)


class Databases:
    """The same on PostgreSQL: a database of its own for each story."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._opened: list[tuple[str, Store]] = []

    def anew(self) -> Store:
        self.remove()
        name = self._server.create(template=SET_UP)
        store = open_store(self._server.url(name))
        self._opened.append((name, store))
        return store

    def remove(self) -> None:
        while self._opened:
            name, store = self._opened.pop()
            store.close()
            self._server.drop(name)


class Ledger(RuleBasedStateMachine):
    """The store, with everything around it that can go wrong."""

    files: ClassVar[Files | Databases]
    sound = False  # after a broken promise there is no good end to be asked for
    states: frozenset[str] = frozenset()  # in which some delivery is

    @initialize(lengths=st.lists(st.integers(1, 3), min_size=2, max_size=3))
    def open(self, lengths: Sequence[int]) -> None:
        self.store = self.files.anew()
        self.now = NOON
        self.network = Network()
        self.hands: list[Claim] = []  # of workers that live
        self.unwritten: list[Answer] = []  # of workers that stall
        self.stepping_back: list[Claim] = []  # they may not make their call, and have not said so yet
        self.looking: list[tuple[Doubt, RemotePost | None]] = []
        self.dead: list[str] = []
        self.apart: set[str] = set()  # accounts without credentials
        self.made = self.claimed = 0
        for length in lengths:
            account = ACCOUNTS[self.made // 2]  # two on one, so that one may come after the other
            self.queue(account, length, due_in=timedelta(), late_ok=timedelta(hours=3), needs_approval=False)

    def teardown(self) -> None:
        if self.sound:
            self.all_trouble_ends()

    # The files and the clock

    @precondition(lambda self: self.made < MOST_DELIVERIES)
    @rule(
        account=st.sampled_from(ACCOUNTS),
        length=st.integers(1, 3),
        due_in=st.sampled_from([-2 * MINUTE, timedelta(), MINUTE]),
        late_ok=st.sampled_from([2 * MINUTE, timedelta(hours=3)]),
        needs_approval=SELDOM,
    )
    def queue(
        self, account: str, length: int, due_in: timedelta, late_ok: timedelta, needs_approval: bool
    ) -> None:
        self.made += 1
        new = delivery(
            f"week/{self.made}.md", account, due_at=self.now + due_in, late_ok=late_ok,
            texts=["text"] * length, needs_approval=needs_approval,
        )  # fmt: skip
        assert queue_up(self.store, new, now=self.now) == [self.made]

    @precondition(lambda self: self.made)
    @rule(which=ANY, length=st.integers(1, 3))
    def edit(self, which: int, length: int) -> None:
        """As `bot apply` does: what is out, even in part, stays; what is under way must not be sent again."""
        row = self.pick(which)
        with self.store.write() as connection:
            [known] = [one for one in plans.deliveries_of(connection, ["week"]) if one.id == row["id"]]
            if known.state in (State.PUBLISHING, State.UNCERTAIN):
                plans.mark_stale(connection, row["id"], stale=True)
            if known.begun or known.state in (State.PUBLISHED, State.PUBLISHING, State.UNCERTAIN):
                return
            plans.change(
                connection, row["id"], _edited(row, length),
                time_too=False, reason="new content", actor="apply", now=self.now,
            )  # fmt: skip

    @rule(by=st.sampled_from([SECOND, 20 * SECOND, MINUTE, 3 * MINUTE, 30 * MINUTE]))
    def time_passes(self, by: timedelta) -> None:
        self.now += by
        self.network.arrive(self.now)

    # The workers

    @precondition(lambda self: State.SCHEDULED in self.states)
    @rule(account=st.sampled_from(ACCOUNTS))
    def claims(self, account: str) -> None:
        self.claim(account)

    def claim(self, account: str) -> bool:
        self.claimed += 1
        held = queue.claim(self.store, account, f"w{self.claimed}", self.now, SPACING)
        if held is not None:
            self.hands.append(held)
        return held is not None

    def a_day_of_work(self, which: int, calls: Sequence[tuple[Fate, bool]], clear: bool) -> None:
        """Claims where there are none, and calls; on some days all that has been held goes."""
        if clear:
            self.clear_the_way()
        for fate, stalls in calls:
            for account in ACCOUNTS:
                if not self.hands:
                    self.claim(account)
            if self.hands:
                self.call(which, fate, stalls, late=which % 100)

    # Three times, so that there is more work than trouble.
    DAY: ClassVar = {
        "which": ANY,
        "calls": st.lists(st.tuples(FATES, SELDOM), min_size=1, max_size=4),
        "clear": st.booleans(),
    }
    work_in_the_morning = rule(**DAY)(a_day_of_work)
    work_at_noon = rule(**DAY)(a_day_of_work)
    work_at_night = rule(**DAY)(a_day_of_work)

    @precondition(lambda self: self.hands)
    @rule(which=ANY, fate=FATES, stalls=st.booleans(), late=st.integers(0, 99))
    def call(self, which: int, fate: Fate, stalls: bool, late: int) -> None:
        """Intent, call, and what comes of it; a worker that stalls writes that down later, or never."""
        held = self.hands.pop(which % len(self.hands))
        waiting = held.next_sending
        if waiting is None:
            settle.complete(self.store, held.delivery, held.token, held.worker, self.now)
            return
        attempt = queue.begin(self.store, held, waiting.part, "payload", self.now, LIMIT)
        if attempt is None:
            self.stepping_back.append(held)
            return
        assert not self.paused(), "a call was let through although everything is paused"
        numbers = [one.part.number for one in held.parts if one.remote is None]
        remote = self.fulfil(held.delivery, numbers, fate, late)
        if fate in CRASHES:
            self.dead.append(held.worker)
            return
        answer = Answer(held, waiting.part, attempt, _outcome(fate, remote))
        if stalls:
            self.unwritten.append(answer)
        else:
            self.write(answer)

    @precondition(lambda self: self.unwritten)
    @rule(which=ANY)
    def a_stalled_worker_goes_on(self, which: int) -> None:
        self.write(self.unwritten.pop(which % len(self.unwritten)))

    @rule(which=ANY, fate=FATES, calls=st.lists(st.tuples(FATES, SELDOM), max_size=4), gap=st.booleans())
    def a_worker_is_overtaken(
        self, which: int, fate: Fate, calls: Sequence[tuple[Fate, bool]], gap: bool
    ) -> None:
        """It stalls in its call or before it, is given up, others go on, and then it comes back."""
        self.clear_the_way()
        for account in ACCOUNTS:
            self.claim(account)
        if not self.hands:
            return
        stalled = self.hands.pop(which % len(self.hands)) if gap else None
        if stalled is None:
            self.call(which, fate, stalls=True, late=which % 100)
        self.a_quiet_while()
        self.a_day_of_work(which, calls, clear=False)
        if stalled is not None:
            self.hands.append(stalled)
            self.call(len(self.hands) - 1, fate, stalls=False, late=which % 100)
        elif self.unwritten:
            self.a_stalled_worker_goes_on(len(self.unwritten) - 1)

    @precondition(lambda self: self.stepping_back)
    @rule(which=ANY)
    def a_worker_says_that_it_made_no_call(self, which: int) -> None:
        held = self.stepping_back.pop(which % len(self.stepping_back))
        settle.paused(self.store, held, self.now)

    @precondition(lambda self: self.hands)
    @rule(which=ANY, orderly=st.booleans())
    def a_worker_ends(self, which: int, orderly: bool) -> None:
        held = self.hands.pop(which % len(self.hands))
        if orderly:
            settle.given_back(self.store, held, "the worker stops", self.now)
        else:
            self.dead.append(held.worker)

    @precondition(lambda self: self.hands)
    @rule(which=ANY)
    def a_sign_of_life(self, which: int) -> None:
        held = self.hands[which % len(self.hands)]
        workers.beat(self.store, held.worker, [held.account], [held.token], self.now, self.now)

    @rule(deaths_are_known=st.booleans())
    def tidy(self, deaths_are_known: bool) -> None:
        """What every worker does before it looks for work."""
        gone = self.dead if deaths_are_known else []
        upkeep.rescue(self.store, self.now, {"twitter": SETTLE}, gone)
        upkeep.follow_connections(self.store, dict.fromkeys(self.apart, "not connected"), self.now)
        upkeep.hold_due_while_paused(self.store, self.now)
        upkeep.let_go_after_pause(self.store, self.now)
        upkeep.miss_expired(self.store, self.now)

    @precondition(lambda self: State.UNCERTAIN in self.states)
    @rule(which=ANY)
    def begins_to_look(self, which: int) -> None:
        self.begin_to_look(which)

    def begin_to_look(self, which: int) -> bool:
        with self.store.read() as connection:
            found = listing.doubts(connection, self.now)
        if not found:
            return False
        doubt = doubts.take(self.store, found[which % len(found)], self.now + 2 * MINUTE)
        assert doubt
        number = doubt.part.number if doubt.part else 0
        self.looking.append((doubt, self.network.find(doubt.delivery, number)))
        return True

    @precondition(lambda self: self.looking)
    @rule(which=ANY, trouble=st.sampled_from(["none", "none", "no answer", "no right to look", "crash"]))
    def ends_to_look(self, which: int, trouble: str) -> None:
        doubt, seen = self.looking.pop(which % len(self.looking))
        if trouble == "no answer":
            doubts.could_not_look(self.store, doubt, self.now + SETTLE, "no answer", self.now)
        elif trouble == "no right to look":
            doubts.could_not_look(self.store, doubt, None, "look yourself, then: bot resolve", self.now)
        elif trouble == "none":
            self.conclude(doubt, seen)

    @precondition(lambda self: self.unwritten or State.UNCERTAIN in self.states)
    @rule()
    def a_quiet_while(self) -> None:
        """Long enough to give up who stalls and to look twice, with nothing in the way."""
        for _ in range(LOOKS + 1):
            self.time_passes(2 * MINUTE)
            self.tidy(deaths_are_known=True)
            while self.begin_to_look(0):
                self.ends_to_look(len(self.looking) - 1, "none")

    # The people

    @rule(on=st.booleans())
    def pause_or_resume(self, on: bool) -> None:
        if on:
            switches.pause(self.store, "", "anna", self.now)
        else:
            switches.resume(self.store, "anna", self.now)

    @rule(account=st.sampled_from(ACCOUNTS), missing=st.booleans())
    def credentials_come_and_go(self, account: str, missing: bool) -> None:
        self.apart = self.apart | {account} if missing else self.apart - {account}

    @precondition(lambda self: self.made)
    @rule(act=st.sampled_from(["hold", "release", "approve"]))
    def decide_on_all(self, act: str) -> None:
        for row in self.rows(deliveries):
            self.decide(row["id"] - 1, act)

    @precondition(lambda self: self.made)
    @rule(which=ANY, act=st.sampled_from(["hold", "release", "approve", "cancel", "reschedule"]))
    def decide(self, which: int, act: str) -> None:
        """A person asks for something; if it is refused, nothing has changed."""
        one = self.pick(which)["id"]
        desk = Desk(self.store, "anna", self.now)
        acts: dict[str, Callable[[], object]] = {
            "hold": lambda: desk.hold([one], ""),
            "release": lambda: desk.release([one], ""),
            "approve": lambda: desk.approve([one], ""),
            "cancel": lambda: desk.cancel([one], ""),
            "reschedule": lambda: desk.reschedule({one: (self.now, "now")}, ""),
        }
        before = self.see()
        try:
            acts[act]()
        except DeskError:
            assert self.see() == before

    @precondition(lambda self: self.network.posts)
    @rule(which=ANY, ends=st.lists(st.sampled_from(["gone", "gone", "no", "unclear", "crash"]), max_size=4))
    def take_away(self, which: int, ends: Sequence[str]) -> None:
        """A person takes away what is out, the last part first, as far as that goes well."""
        one = self.pick(which)["id"]
        with self.store.read() as connection:
            chosen = removals.of_delivery(connection, one).shown[::-1]
        if not chosen:
            return
        before = self.see()
        try:
            removals.begin(self.store, one, [part.number for part in chosen], "anna", "", self.now)
        except DeskError:
            assert self.see() == before
            return
        for part, end in zip(chosen, [*ends, *["gone"] * len(chosen)], strict=False):
            if end == "crash":
                return
            if end != "no":
                self.network.gone.add(part.remote.remote_id)
            if end != "gone":
                removals.not_removed(
                    self.store, one, part, "no answer", "anna", self.now, unclear=end == "unclear"
                )
                return
            removals.removed(self.store, one, part, "gone", "anna", self.now)
        removals.finish(self.store, one)

    @precondition(lambda self: State.UNCERTAIN in self.states)
    @rule(which=ANY)
    def resolve(self, which: int) -> None:
        """Somebody looks at the account with his own eyes, and not too soon."""
        row = self.pick(which, State.UNCERTAIN)
        if self.network.settled(row["id"]):
            self.resolve_as_seen(row["id"])

    # What holds after every step

    @invariant()
    def all_promises_are_kept(self) -> None:
        self.sound = False
        seen = self.see()
        self.nothing_is_out_twice()
        self.every_story_is_unbroken_and_made_of_allowed_moves(seen)
        self.what_we_say_is_out_is_out(seen)
        self.what_was_taken_away_is_at_its_end(seen)
        self.a_delivery_is_published_when_all_its_parts_are_out_and_only_then(seen)
        self.a_call_is_open_only_while_its_delivery_is_in_hand(seen)
        self.nothing_is_forgotten(seen)
        self.states = frozenset(row["state"] for row in seen.deliveries)
        self.sound = True

    def nothing_is_out_twice(self) -> None:
        out = Counter((post.delivery, post.part) for post in self.network.posts)
        assert [key for key, times in out.items() if times > 1] == []

    def every_story_is_unbroken_and_made_of_allowed_moves(self, seen: Seen) -> None:
        ends: dict[int, str | None] = {}
        for entry in seen.log:
            before, after = entry["from_state"], entry["to_state"]
            assert before == ends.get(entry["delivery_id"]), dict(entry)
            assert after in MOVES[before] or after in (before, State.PUBLISHED), dict(entry)
            ends[entry["delivery_id"]] = after
        assert ends == {row["id"]: row["state"] for row in seen.deliveries}

    def what_we_say_is_out_is_out(self, seen: Seen) -> None:
        for part in seen.parts:
            there = self.network.ever(part["delivery_id"], part["number"])
            if part["published_at"] is not None:
                assert there is not None, dict(part)
                assert part["remote_id"] == there.remote_id, dict(part)
            if part["removed_at"] is not None:
                assert part["remote_id"] in self.network.gone, dict(part)

    def what_was_taken_away_is_at_its_end(self, seen: Seen) -> None:
        touched = {part["delivery_id"] for part in seen.parts if part["removed_at"] is not None}
        for row in seen.deliveries:
            taking = row["removing_since"] is not None
            assert row["state"] in ENDED or not (taking or row["id"] in touched), dict(row)
            assert not taking or row["id"] in seen.needy, dict(row)

    def a_delivery_is_published_when_all_its_parts_are_out_and_only_then(self, seen: Seen) -> None:
        waiting = {part["delivery_id"] for part in seen.parts if part["published_at"] is None}
        links = {post.remote.url for post in self.network.posts}
        for row in seen.deliveries:
            assert (row["state"] == State.PUBLISHED) == (row["id"] not in waiting), dict(row)
            assert row["state"] != State.PUBLISHED or row["remote_url"] in links, dict(row)

    def a_call_is_open_only_while_its_delivery_is_in_hand(self, seen: Seen) -> None:
        open_calls = Counter(one["delivery_id"] for one in seen.attempts if one["outcome"] is None)
        in_hand = [row for row in seen.deliveries if row["state"] == State.PUBLISHING]
        assert max(open_calls.values(), default=0) <= 1
        assert set(open_calls) <= {row["id"] for row in in_hand}
        assert len({row["account"] for row in in_hand}) == len(in_hand)

    def nothing_is_forgotten(self, seen: Seen) -> None:
        """Each delivery that has not ended is in a state from which something or somebody moves it."""
        for row in seen.deliveries:
            may_go = not row["stale"] and (not row["needs_approval"] or row["approved"] == row["message"])
            needs_a_person = row["id"] in seen.needy
            moved_on = {
                State.SCHEDULED: may_go,  # by its time; else nothing sends it and nobody is asked
                State.PUBLISHING: self.has_an_end(row),
                State.UNCERTAIN: row["look_at"] is not None or needs_a_person,
                State.HELD: seen.paused if row["hold"] == Hold.PAUSED else needs_a_person,
                State.FAILED: needs_a_person,
                State.MISSED: needs_a_person,
            }
            assert row["state"] in ENDED or moved_on[row["state"]], dict(row)

    # Helpers

    def clear_the_way(self) -> None:
        """Whatever people or missing credentials keep back is let go."""
        self.apart.clear()
        switches.resume(self.store, "anna", self.now)
        self.tidy(deaths_are_known=False)
        desk = Desk(self.store, "anna", self.now)
        for row in self.rows(deliveries):
            if row["hold"] == Hold.APPROVAL:
                desk.approve([row["id"]], "")
            elif row["state"] == State.HELD:
                desk.release([row["id"]], "")

    def see(self) -> Seen:
        with self.store.read() as connection:
            tables = [connection.execute(in_order(one)).mappings().all() for one in TABLES]
            needy = frozenset(one.id for one in listing.needing_a_person(connection))
            return Seen(*tables, needy, switches.current_pause(connection) is not None)

    def rows(self, table: Table) -> Sequence[RowMapping]:
        with self.store.read() as connection:
            return connection.execute(in_order(table)).mappings().all()

    def states_now(self) -> frozenset[str]:
        return frozenset(row["state"] for row in self.rows(deliveries))

    def pick(self, which: int, state: State | None = None) -> RowMapping:
        rows = [row for row in self.rows(deliveries) if state is None or row["state"] == state]
        return rows[which % len(rows)]

    def has_an_end(self, row: RowMapping) -> bool:
        """Its lease runs out by itself, unless it is in the hand of a worker that lives and goes on."""
        workers_at_it = [*self.hands, *self.stepping_back, *(answer.held for answer in self.unwritten)]
        known = {held.token for held in workers_at_it}
        return row["lease_until"] is not None and (row["token"] in known or row["worker"] in self.dead)

    def paused(self) -> bool:
        with self.store.read() as connection:
            return switches.current_pause(connection) is not None

    def fulfil(self, one: int, numbers: Sequence[int], fate: Fate, late: int) -> RemotePost | None:
        """What the network makes of a call; `late` is a percentage of the longest that it can take."""
        part = numbers[0]
        if (one, part) in self.network.together:
            return self.network.ever(one, part)
        if fate is Fate.SUCCEEDS_WITH_THE_REST:
            return self.network.store_together(one, numbers)
        if fate in ON_ITS_WAY:  # whoever crashes does not know when his call would have timed out
            longest = SETTLE if fate is Fate.SLOW else LIMIT + SETTLE
            self.network.coming.append((self.now + longest * late / 100, one, part))
        return self.network.store(one, part) if fate in STORED else None

    def write(self, answer: Answer) -> None:
        """As the publisher does; where more is to be sent, the worker keeps its claim."""
        held, ending = answer.held, Ending(answer.attempt, answer.outcome)
        match answer.outcome:
            case Published(remote):
                if settle.published(self.store, held, answer.part, remote, ending, self.now):
                    self.hands.append(held.with_published(answer.part.number, remote))
            case NotPublished():
                settle.postponed(self.store, held, ending, "busy", self.now + 20 * SECOND, self.now)
            case Rejected():
                settle.failed(self.store, held, ending, "too long", self.now)
            case _:
                settle.doubtful(self.store, held, ending, "no answer", self.now + SETTLE, self.now)

    def conclude(self, doubt: Doubt, seen: RemotePost | None) -> None:
        """As the reconciler does."""
        if doubt.part is None:
            settle.complete(self.store, doubt.delivery, doubt.token, "w", self.now)
        elif doubt.since is None:
            doubts.clear(self.store, doubt, "no call was made", self.now)
        elif seen is not None:
            doubts.found(self.store, doubt, seen, self.now)
        elif doubt.absences + 1 < LOOKS:
            doubts.not_seen(self.store, doubt, self.now + SETTLE)
        else:
            doubts.clear(self.store, doubt, "not there", self.now)

    def resolve_as_seen(self, one: int) -> None:
        waiting = [
            part["number"]
            for part in self.rows(parts)
            if part["delivery_id"] == one and part["published_at"] is None
        ]
        there = self.network.find(one, min(waiting, default=0))
        desk = Desk(self.store, "anna", self.now)
        if there is None:
            with suppress(DeskError):  # what was sent may still appear
                desk.resolve_not_published(one, "")
        else:
            desk.resolve_published(one, there.url or "", there.remote_id, "")

    # The end of every story

    def all_trouble_ends(self) -> None:
        """When it is over, all that nobody has cancelled is out, once, each thread in its order."""
        for held in self.hands:
            self.dead.append(held.worker)
        while self.stepping_back:
            self.a_worker_says_that_it_made_no_call(0)
        switches.resume(self.store, "anna", self.now)
        self.hands.clear()
        self.apart.clear()
        while self.unwritten:
            self.a_stalled_worker_goes_on(0)
            self.dead += [held.worker for held in self.hands]
            self.hands.clear()
        for _ in range(8):
            if self.states_now() - ENDED or any(row["removing_since"] for row in self.rows(deliveries)):
                self.a_good_hour()
        self.all_promises_are_kept()
        all_parts = self.rows(parts)
        for row in self.rows(deliveries):
            assert row["state"] in ENDED, dict(row)
            out = [post.part for post in self.network.posts if post.delivery == row["id"]]
            wanted = [part["number"] for part in all_parts if part["delivery_id"] == row["id"]]
            assert row["removing_since"] is None, dict(row)
            assert out == (wanted if row["state"] == State.PUBLISHED else wanted[: len(out)])

    def a_good_hour(self) -> None:
        """Nothing fails, everybody is there, and whatever waits for a person is decided."""
        self.time_passes(10 * MINUTE)
        self.tidy(deaths_are_known=True)
        while State.UNCERTAIN in self.states_now() and self.begin_to_look(0):
            self.ends_to_look(len(self.looking) - 1, "none")
        for row in self.rows(deliveries):
            if row["state"] == State.UNCERTAIN and row["look_at"] is None:
                self.resolve_as_seen(row["id"])
        self.clear_the_way()
        desk = Desk(self.store, "anna", self.now)
        for row in self.rows(deliveries):
            if row["removing_since"] is not None:
                self.take_away(row["id"] - 1, [])
            too_late = row["state"] == State.SCHEDULED and row["expires_at"] < self.now
            if too_late or row["state"] in (State.FAILED, State.MISSED):
                desk.reschedule({row["id"]: (self.now, "now")}, "")
        for account in ACCOUNTS:
            while self.claim(account):
                while self.hands:
                    self.call(0, Fate.SUCCEEDS, stalls=False, late=1)
                self.time_passes(SPACING)


def in_order(table: Table) -> Select[Any]:
    return select(table).order_by(*table.primary_key.columns)


def _outcome(fate: Fate, remote: RemotePost | None) -> Outcome:
    if remote is not None and fate in (Fate.SUCCEEDS, Fate.SUCCEEDS_WITH_THE_REST):
        return Published(remote, 201)
    if fate is Fate.BUSY:
        return NotPublished(Cause.BUSY, "busy")
    return Rejected(Cause.CONTENT, "too long") if fate is Fate.REFUSED else Unknown("no answer")


def _edited(row: RowMapping, length: int) -> NewDelivery:
    new = delivery(
        row["post"], row["account"], due_at=row["planned_due_at"], texts=["another text"] * length,
        late_ok=timedelta(seconds=row["late_ok_s"]), needs_approval=row["needs_approval"],
    )  # fmt: skip
    return replace(new, wall=row["wall"])


class LedgerOnPostgresql(Ledger):
    """The same stories on the other engine."""


@pytest.fixture(scope="module")
def files() -> Iterator[None]:
    Ledger.files = Files()
    yield
    Ledger.files.remove()


@pytest.fixture(scope="module")
def databases(postgresql: Server) -> Iterator[None]:
    LedgerOnPostgresql.files = Databases(postgresql)
    yield
    LedgerOnPostgresql.files.remove()


# With Phase.shrink the story of a failure becomes short, but that takes minutes.
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]
SETTINGS = settings(
    max_examples=30,
    stateful_step_count=35,
    deadline=None,
    phases=PHASES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
TestLedger = pytest.mark.usefixtures("files")(Ledger.TestCase)
TestLedger.settings = SETTINGS
TestLedgerOnPostgresql = pytest.mark.usefixtures("databases")(LedgerOnPostgresql.TestCase)
TestLedgerOnPostgresql.settings = settings(SETTINGS, max_examples=8)
