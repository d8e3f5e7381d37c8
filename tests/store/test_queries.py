"""Queries: what is asked again and again costs a look at an index, however much has been published."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, insert, update

from bot.model.figures import Rhythm
from bot.model.message import Part, Role
from bot.model.outcome import Figures, Published
from bot.model.state import ENDED, State
from bot.store import (
    Store,
    alerts,
    doubts,
    figures,
    lanes,
    listing,
    open_store,
    post_log,
    queue,
    removals,
    settle,
    upkeep,
    workers,
)
from bot.store.listing import QueueFilter
from bot.store.tables import attempts, deliveries, parts
from bot.store.tables import figures as figures_table
from bot.store.tables import post_log as log_table
from tests.conftest import SET_UP
from tests.postgres import Server
from tests.store.acts import (
    HOUR,
    LIMIT,
    OUT,
    SECOND,
    SPACING,
    begin,
    claim,
    doubt,
    reading,
    statements,
    the_doubt,
)
from tests.store.conftest import NOON, delivery, queue_up

ENDED_ROWS = 20_000
LONG_AGO = NOON - timedelta(days=400)
# Partial indexes hold only what has not ended; to go through one of them costs nothing that grows.
OF_THE_LIVING = {
    "delivery_ready",
    "delivery_expiry",
    "delivery_in_flight",
    "delivery_doubtful",
    "delivery_open",
    "delivery_standing",
    "delivery_held",
    "delivery_removing",
    "delivery_removed",
    "delivery_figures",
}


@pytest.fixture(scope="module")
def grown_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("years")
    store = open_store(f"sqlite:///{folder / 'bot.db'}")
    grow(store)
    yield store
    store.close()


@pytest.fixture(scope="module")
def grown_server(postgresql: Server) -> Iterator[Store]:
    name = postgresql.create(template=SET_UP)
    store = open_store(postgresql.url(name))
    grow(store)
    postgresql.execute(f"SELECT setval('delivery_id_seq', {ENDED_ROWS})", name)
    postgresql.execute("VACUUM ANALYZE", name)
    yield store
    store.close()
    postgresql.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def grown(request: pytest.FixtureRequest) -> Store:
    """A store after years: 20,000 deliveries that have ended, and a few that have not."""
    found: Store = request.getfixturevalue("grown_file" if request.param == "sqlite" else "grown_server")
    return found


def grow(store: Store) -> None:
    ended = sorted(ENDED)
    with store.write() as connection:
        upkeep.know_accounts(connection, {f"account-{n}": "twitter" for n in range(5)})
        put(
            connection, deliveries,
            [
                {
                    "id": number, "campaign": f"week-{number % 50}", "post": f"old/{number}.md",
                    "account": f"account-{number % 5}", "network": "twitter", "kind": "daily-post",
                    "state": ended[number % 2], "reason": "", "wall": "", "zone": "UTC", "due_at": LONG_AGO,
                    "planned_due_at": LONG_AGO, "ready_at": LONG_AGO, "expires_at": LONG_AGO, "late_ok_s": 0,
                    "message": "", "needs_approval": False, "tries": 0, "looks": 0, "absences": 0,
                    "stale": False, "remote_id": str(number),
                }
                for number in range(1, ENDED_ROWS + 1)
            ],
        )  # fmt: skip
        put(
            connection, parts,
            [
                {"delivery_id": number, "number": 1, "content": {}, "remote_id": str(number),
                 "published_at": LONG_AGO}
                for number in range(1, ENDED_ROWS + 1)
            ],
        )  # fmt: skip
        put(
            connection, attempts,
            [
                {"delivery_id": number, "part": 1, "number": 1, "token": "", "worker": "", "payload": "",
                 "started_at": LONG_AGO, "deadline_at": LONG_AGO, "outcome": "published", "said": ""}
                for number in range(1, ENDED_ROWS + 1)
            ],
        )  # fmt: skip
        put(
            connection, figures_table,
            [
                {"delivery_id": number, "part": 1, "collected_at": LONG_AGO, "impressions": 1}
                for number in range(1, ENDED_ROWS + 1)
            ],
        )  # fmt: skip
        put(
            connection, log_table,
            [
                {"at": LONG_AGO, "delivery_id": number, "campaign": "", "post": f"old/{number}.md",
                 "account": "", "network": "", "to_state": "published", "reason": "", "actor": ""}
                for number in range(1, ENDED_ROWS + 1)
            ],
        )  # fmt: skip


def put(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert many rows, by the quickest way that the engine has."""
    if connection.dialect.name == "sqlite":
        connection.execute(insert(table), rows)
        return
    driver: Any = connection.connection.driver_connection
    columns = ", ".join(rows[0])
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([str(value) if isinstance(value, dict) else value for value in row.values()])


@pytest.fixture
def living(grown: Store) -> Store:
    """Beside them one delivery in each state in which something can still happen to it."""
    with grown.write() as connection:
        connection.exec_driver_sql(f"DELETE FROM attempt WHERE delivery_id > {ENDED_ROWS}")
        connection.exec_driver_sql(f"DELETE FROM part WHERE delivery_id > {ENDED_ROWS}")
        connection.exec_driver_sql(f"DELETE FROM delivery_words WHERE delivery_id > {ENDED_ROWS}")
        connection.exec_driver_sql(f"DELETE FROM delivery WHERE id > {ENDED_ROWS}")
    queue_up(
        grown,
        delivery("week/1.md", "account-0"),
        delivery("week/2.md", "account-1"),
        delivery("week/3.md", "account-2"),
        delivery("week/4.md", "account-3", needs_approval=True),
    )
    begin(grown, claim(grown, "account-1", worker="w1"))
    doubt(grown, claim(grown, "account-2"))
    return grown


def plans_of(store: Store, act: Callable[[], object]) -> list[str]:
    """How the engine goes about each statement that an act sends."""
    with statements(store) as sent:
        act()
    explain = "EXPLAIN QUERY PLAN" if store.is_sqlite else "EXPLAIN"
    found = []
    raw = store.engine.raw_connection()
    try:
        for statement, values in sent:
            if re.match(r"(SELECT|UPDATE|DELETE|INSERT)\b", statement):
                cursor = raw.cursor()
                one = values[0] if isinstance(values, list) else values  # of many rows, the first
                cursor.execute(f"{explain} {statement}", one)
                lines = [str(row[-1]) for row in cursor.fetchall()]
                found += lines if store.is_sqlite else nodes(lines)
                cursor.close()
    finally:
        raw.close()
    return found


def nodes(lines: list[str]) -> list[str]:
    """The nodes of a plan of PostgreSQL, each with its conditions behind it."""
    found: list[str] = []
    for line in lines:
        if "(cost=" in line:
            found.append(line.strip())
        elif found:
            found[-1] += f" {line.strip()}"
    return found


def scans(steps: list[str]) -> list[str]:
    """The steps that go through everything that was ever stored."""
    growing = re.compile(
        r"(SCAN|(Seq|Index|Only) Scan .*\bon) (delivery|part|attempt|post_log|figure|delivery_words)\b"
    )
    named = re.compile(r"INDEX (\w+)|Scan (?:Backward )?using (\w+)")
    return [
        step
        for step in steps
        if growing.search(step)
        and "Index Cond" not in step
        and not ((index := named.search(step)) and (index[1] or index[2]) in OF_THE_LIVING)
    ]


def collect(store: Store, account: str) -> None:
    """Ask about what is due on an account, as a worker does, and keep what was answered."""
    with store.write() as connection:
        asked_about = deliveries.c.id.in_([10, 20, 30])
        connection.execute(
            update(deliveries).where(asked_about).values(figures_at=NOON, published_at=LONG_AGO)
        )
        said = Part(1, Role.POST, "Hello").to_json()
        connection.execute(update(parts).where(parts.c.delivery_id.in_([10, 20, 30])).values(content=said))
    turn, rhythm = figures.Turn(account, "token"), Rhythm(HOUR, HOUR, timedelta(days=1000))
    assert figures.take_turn(store, turn, NOON)
    asked = figures.next_batch(store, turn, rhythm, NOON)
    told = {post.remote_id: Figures(impressions=1) for one in asked for post in one.parts.values()}
    assert figures.record(store, asked, told, rhythm, NOON) > 0
    figures.end_turn(store, turn, NOON)


ACTS: dict[str, Callable[[Store], object]] = {
    "claim": lambda store: queue.claim(store, "account-0", "w2", NOON, SPACING),
    "nothing to claim": lambda store: queue.claim(store, "account-4", "w2", NOON, SPACING),
    "the first of each lane": lambda store: reading(store, lambda c: lanes.all_lanes(c, NOON, SPACING)),
    "the next doubt": lambda store: reading(store, lanes.first_doubt),
    "the next expiry": lambda store: reading(store, lanes.first_expiry),
    "anything due": lambda store: reading(store, lambda c: lanes.anything_due(c, NOON)),
    "nothing due": lambda store: reading(store, lambda c: lanes.anything_due(c, NOON - HOUR)),
    "what to look for": lambda store: reading(store, lambda c: listing.doubts(c, NOON + HOUR)),
    "anything in flight": lambda store: reading(store, listing.in_flight),
    "the next lease": lambda store: reading(store, lanes.first_lease),
    "the next looks": lambda store: reading(store, listing.next_doubts),
    "what a pause lets go": lambda store: upkeep.let_go_after_pause(store, NOON),
    "a sign of life": lambda store: workers.beat(store, "w1", [], ["token"], NOON, NOON),
    "a rescue": lambda store: upkeep.rescue(store, NOON + HOUR, {}, ["w1"]),
    "what is missed": lambda store: upkeep.miss_expired(store, NOON + 9 * HOUR),
    "what a pause holds": lambda store: upkeep.hold_due_while_paused(store, NOON),
    "what is not connected": lambda store: upkeep.follow_connections(store, {"account-0": "no"}, NOON),
    "what is connected": lambda store: upkeep.follow_connections(store, {}, NOON),
    "take a look": lambda store: doubts.take(store, the_doubt(store, NOON + HOUR), NOON + 2 * HOUR),
    "what is known to be out": lambda store: reading(
        store, lambda c: listing.known_ids(c, "account-1", NOON)
    ),
    "what was taken away by half": lambda store: reading(store, listing.numbers_needing_a_person),
    "how many were taken away": lambda store: reading(store, listing.number_removed),
    "links that lead nowhere": lambda store: reading(store, lambda c: listing.removed_links(c, [1, 2])),
    "a delivery by its post's id": lambda store: reading(
        store, lambda c: removals.deliveries_with(c, ["7", "https://x.com/fice/status/7"])
    ),
    "posts to ask about": lambda store: reading(store, lambda c: figures.anything_due(c, "account-0", NOON)),
    "a turn to ask": lambda store: collect(store, "account-0"),
    "the queue": lambda store: reading(store, lambda c: listing.queue(c, QueueFilter())),
    "what needs a person": lambda store: reading(store, listing.needing_a_person),
    "what nobody was told": lambda store: reading(store, alerts.untold),
    "the end of the log": lambda store: reading(store, alerts.newest_entry),
    "nothing to tell": lambda store: alerts.claim(store, "BOT_ALERT_MAIL", NOON, HOUR),
    "what goes out soon": lambda store: reading(store, lambda c: listing.due_before(c, NOON + HOUR)),
    "what is new in the log": lambda store: reading(
        store, lambda c: post_log.entries(c, post_log.Filter(after_id=ENDED_ROWS))
    ),
    "one story": lambda store: reading(
        store, lambda c: post_log.entries(c, post_log.Filter(delivery=ENDED_ROWS + 1))
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_is_asked_all_the_time_never_goes_through_everything(living: Store, act: str) -> None:
    steps = plans_of(living, lambda: ACTS[act](living))
    assert steps, "nothing was asked"
    assert scans(steps) == []


def test_an_attempt_from_intent_to_end_never_goes_through_everything(living: Store) -> None:
    def attempt() -> None:
        held = claim(living, "account-0")
        waiting = held.next_sending
        assert waiting is not None
        number = queue.begin(living, held, waiting.part, "payload", NOON, LIMIT)
        assert number is not None
        ending = settle.Ending(number, Published(OUT))
        settle.published(living, held, waiting.part, OUT, ending, NOON + SECOND)

    assert scans(plans_of(living, attempt)) == []


def test_a_claim_finds_its_delivery_through_the_index_of_what_is_ready(living: Store) -> None:
    steps = plans_of(living, lambda: queue.claim(living, "account-0", "w2", NOON, SPACING))
    wanted = r"delivery_ready \(account=\? AND ready_at<\?\)"
    if not living.is_sqlite:  # which knows that all the indexes of what is scheduled are small
        wanted = r"using delivery_(ready|expiry) .*Index Cond"
    assert any(re.search(wanted, step) for step in steps)


def test_a_way_through_everything_would_be_noticed(living: Store) -> None:
    wanted = QueueFilter(post="old/1", ended=True)
    steps = plans_of(living, lambda: reading(living, lambda c: listing.queue(c, wanted, limit=1)))
    [step] = scans(steps)
    assert step.startswith(("SCAN delivery", "->  Index Scan using delivery_due on delivery"))


def test_the_store_is_as_full_as_these_tests_say(living: Store) -> None:
    with living.read() as connection:
        counted = listing.counts(connection)
    assert sum(n for (_, state), n in counted.items() if state in ENDED) == ENDED_ROWS
    assert {state for _, state in counted} == {
        *ENDED,
        State.SCHEDULED,
        State.PUBLISHING,
        State.UNCERTAIN,
        State.HELD,
    }
