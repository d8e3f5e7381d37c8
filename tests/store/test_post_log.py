"""The post log: append-only, one row for every change of state, each with who, when, why and where."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.model.outcome import Cause, Rejected, Unknown
from bot.model.state import State
from bot.store import Store, doubts, plans, settle, switches, upkeep
from bot.store.desk import Desk
from bot.store.post_log import WORKER, Filter, entries
from bot.store.settle import Ending
from bot.store.tables import post_log as log_table
from tests.store.acts import (
    HOUR,
    LIMIT,
    MINUTE,
    OTHER,
    OUT,
    SECOND,
    SETTLE,
    begin,
    broken_chains,
    claim,
    doubt,
    everything,
    fail,
    last_of,
    log_of,
    postpone,
    publish,
    reach,
    row,
    the_doubt,
)
from tests.store.conftest import NOON, delivery, queue_up

CONTRACT = {
    "at", "delivery", "post", "account", "network", "from", "state", "attempt", "remote_id", "remote_url",
    "reason", "actor", "lateness_s",
}  # fmt: skip


def told(store: Store, wanted: Filter) -> list[tuple[int, str]]:
    with store.read() as connection:
        return [(entry.delivery, entry.to_state) for entry in entries(connection, wanted)]


def fill_up_the_log(store: Store) -> None:
    """From now on the database refuses to write a row into it."""
    statements = [
        "CREATE TRIGGER no_more BEFORE INSERT ON post_log BEGIN SELECT RAISE(ABORT, 'the log is full'); END"
    ]
    if not store.is_sqlite:
        statements = [
            "CREATE FUNCTION no_more() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the log is full' USING ERRCODE = 'check_violation'; END $$",
            "CREATE TRIGGER no_more BEFORE INSERT ON post_log FOR EACH ROW EXECUTE FUNCTION no_more()",
        ]
    with store.write() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE post_log SET reason = 'nothing happened'",
        "UPDATE post_log SET id = id + 100",
        "DELETE FROM post_log",
        "INSERT INTO post_log SELECT * FROM post_log WHERE true "
        "ON CONFLICT (id) DO UPDATE SET reason = 'nothing happened'",
    ],
    ids=["change a row", "change its number", "delete it", "replace it"],
)
def test_the_database_itself_refuses_to_rewrite_the_log(store: Store, tampering: str) -> None:
    queue_up(store, delivery())
    before = everything(store)
    with pytest.raises(IntegrityError, match="append-only"), store.write() as connection:
        connection.execute(text(tampering))
    assert everything(store) == before


def test_sqlite_refuses_to_replace_a_row_of_the_log(file_store: Store) -> None:
    queue_up(file_store, delivery())
    before = everything(file_store)
    columns = ", ".join("'nothing happened'" if one.name == "reason" else one.name for one in log_table.c)
    with pytest.raises(IntegrityError, match="append-only"), file_store.write() as connection:
        connection.execute(text(f"INSERT OR REPLACE INTO post_log SELECT {columns} FROM post_log"))
    assert everything(file_store) == before


def test_postgresql_refuses_to_empty_the_log(server_store: Store) -> None:
    queue_up(server_store, delivery())
    before = everything(server_store)
    with pytest.raises(IntegrityError, match="append-only"), server_store.write() as connection:
        connection.execute(text("TRUNCATE post_log"))
    assert everything(server_store) == before


def test_a_log_row_has_the_fields_of_the_contract(store: Store) -> None:
    [one] = queue_up(store, delivery())
    publish(store, claim(store), at=NOON + 2 * SECOND)
    value = last_of(store, one).to_json()
    assert value.pop("id") > 1  # what --follow goes on from
    assert set(value) == CONTRACT
    assert value == {
        "at": "2018-09-24T12:00:02+00:00",
        "delivery": one,
        "post": "week/1.md",
        "account": "fice-x",
        "network": "twitter",
        "from": "publishing",
        "state": "published",
        "attempt": 1,
        "remote_id": OUT.remote_id,
        "remote_url": OUT.url,
        "reason": "",
        "actor": "w1",
        "lateness_s": 2.0,
    }


def test_queueing_is_the_first_row_of_every_story(store: Store) -> None:
    ids = queue_up(store, delivery("week/1.md"), delivery("week/2.md", needs_approval=True))
    for one in ids:
        first = log_of(store, one)[0]
        assert (first.from_state, first.to_state, first.actor) == (None, State.SCHEDULED, "tester")
        assert first.reason == "planned for 2018-09-24T12:00:00 UTC"
        assert first.at == NOON - timedelta(days=1)


def test_each_change_of_state_has_exactly_one_row_and_the_chain_is_unbroken(store: Store) -> None:
    queue_up(
        store,
        delivery("week/thread.md", "a", texts=["one", "two"]),
        delivery("week/tried-again.md", "b"),
        delivery("week/refused.md", "c"),
        delivery("week/found.md", "d"),
        delivery("week/not-found.md", "e"),
        delivery("week/late.md", "f", late_ok=MINUTE),
        delivery("week/unapproved.md", "g", needs_approval=True),
        delivery("week/crashed.md", "h"),
        delivery("week/not-connected.md", "i"),
    )
    [thread, tried, refused, seen, unseen, late, unapproved, crashed, apart] = range(1, 10)
    desk = Desk(store, "anna", NOON)
    publish(store, publish(store, claim(store, "a")), OTHER)
    postpone(store, claim(store, "b"), NOON + SECOND)
    publish(store, claim(store, "b", at=NOON + SECOND), at=NOON + SECOND)
    fail(store, claim(store, "c"))
    desk.reschedule({refused: (NOON + HOUR, "2018-09-24T13:00:00")}, "")
    desk.hold([refused], "")
    desk.release([refused], "")
    desk.cancel([refused], "")
    doubt(store, claim(store, "d"))
    doubts.found(store, the_doubt(store, NOON + SETTLE), OUT, NOON + SETTLE)
    doubt(store, claim(store, "e"))
    doubts.clear(store, the_doubt(store, NOON + SETTLE), "not there", NOON + SETTLE)
    upkeep.follow_connections(store, {"i": "not connected"}, NOON)
    upkeep.follow_connections(store, {}, NOON)
    desk.approve([unapproved], "")
    begin(store, claim(store, "h"))
    upkeep.rescue(store, NOON + HOUR, {})
    upkeep.miss_expired(store, NOON + HOUR)
    assert broken_chains(store) == []
    stories = {one: [entry.to_state for entry in log_of(store, one)] for one in range(1, 10)}
    assert stories == {
        thread: ["scheduled", "publishing", "publishing", "published"],
        tried: ["scheduled", "publishing", "scheduled", "publishing", "published"],
        refused: ["scheduled", "publishing", "failed", "scheduled", "held", "scheduled", "cancelled"],
        seen: ["scheduled", "publishing", "uncertain", "published"],
        unseen: ["scheduled", "publishing", "uncertain", "scheduled"],
        late: ["scheduled", "missed"],
        unapproved: ["scheduled", "held", "scheduled"],
        crashed: ["scheduled", "publishing", "uncertain"],
        apart: ["scheduled", "held", "scheduled"],
    }


def test_a_broken_story_would_be_noticed(store: Store) -> None:
    queue_up(store, delivery("week/1.md"), delivery("week/2.md"))
    with store.write() as connection:
        connection.execute(text("UPDATE delivery SET state = 'cancelled' WHERE id = 1"))
        connection.execute(
            text(
                "INSERT INTO post_log (at, delivery_id, campaign, post, account, network, from_state, "
                "to_state, reason, actor) VALUES ('2018-09-24 12:00:00', 2, '', '', '', '', 'held', "
                "'scheduled', '', '')"
            )
        )
    assert broken_chains(store) == [
        "delivery 1 is cancelled, its story ends with scheduled",
        "delivery 2: entry 3 starts from held, not from scheduled",
    ]


def test_a_row_that_changes_no_state_keeps_the_chain(store: Store) -> None:
    [one] = queue_up(store, delivery())
    doubt(store, claim(store))
    doubts.could_not_look(store, the_doubt(store, NOON + SETTLE), None, "no answer", NOON)
    assert (last_of(store, one).from_state, last_of(store, one).to_state) == ("uncertain", "uncertain")
    assert broken_chains(store) == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Filter(), [1, 2, 3]),
        (Filter(delivery=2), [2]),
        (Filter(post="week/a"), [1, 2]),
        (Filter(post="week/a_"), [2]),
        (Filter(post="week/%"), []),
        (Filter(account="fice-x"), [1, 3]),
        (Filter(network="twitter"), [1, 2, 3]),
        (Filter(network="linkedin"), []),
        (Filter(campaign="week"), [1, 2, 3]),
        (Filter(campaign="other"), []),
        (Filter(state="scheduled"), [1, 2, 3]),
        (Filter(state="published"), []),
        (Filter(post="week/a", account="fice-x"), [1]),
        (Filter(after_id=1), [2, 3]),
        (Filter().after(2), [3]),
    ],
)
def test_the_log_is_filtered(store: Store, wanted: Filter, expected: list[int]) -> None:
    queue_up(
        store,
        delivery("week/ab.md", "fice-x"),
        delivery("week/a_b.md", "fice-facebook"),
        delivery("week/c.md", "fice-x"),
    )
    assert told(store, wanted) == [(one, "scheduled") for one in expected]


@pytest.mark.parametrize(("since", "count"), [(NOON, 3), (NOON + SECOND, 1), (NOON + 2 * SECOND, 0)])
def test_the_log_is_told_from_an_instant_on(store: Store, since: datetime, count: int) -> None:
    queue_up(store, delivery(), now=NOON - SECOND)
    queue_up(store, delivery("week/2.md"), delivery("week/3.md"), now=NOON)
    queue_up(store, delivery("week/4.md"), now=NOON + SECOND)
    assert len(told(store, Filter(since=since))) == count


def test_only_the_latest_rows_are_told_oldest_first(store: Store) -> None:
    queue_up(store, *(delivery(f"week/{number}.md") for number in range(5)))
    with store.read() as connection:
        assert [entry.delivery for entry in entries(connection, Filter(), newest=2)] == [4, 5]
        assert [entry.delivery for entry in entries(connection, Filter(delivery=3), newest=2)] == [3]


def test_a_delivery_on_time_has_no_lateness_even_if_the_clocks_differ(store: Store) -> None:
    [one] = queue_up(store, delivery())
    publish(store, claim(store), at=NOON - SECOND)
    assert last_of(store, one).lateness_s == 0.0


def test_lateness_is_told_of_what_is_published_or_missed_and_of_nothing_else(store: Store) -> None:
    queue_up(store, delivery("week/1.md", "a"), delivery("week/2.md", "b", late_ok=MINUTE))
    publish(store, claim(store, "a", at=NOON + MINUTE), at=NOON + MINUTE)
    upkeep.miss_expired(store, NOON + 2 * MINUTE)
    with store.read() as connection:
        told_of = {entry.to_state: entry.lateness_s for entry in entries(connection, Filter())}
    assert told_of == {"scheduled": None, "publishing": None, "published": 60.0, "missed": 120.0}


def test_every_end_of_an_attempt_names_the_attempt_and_says_why(store: Store) -> None:
    [one] = queue_up(store, delivery(texts=["one", "two"]))
    postpone(store, claim(store), NOON)
    publish(store, claim(store))
    upkeep.rescue(store, NOON, {}, ["w1"])
    doubts.clear(store, the_doubt(store, NOON + HOUR), "no call was made", NOON)
    doubt(store, claim(store))
    doubts.clear(store, the_doubt(store, NOON + SETTLE), "not there", NOON)
    fail(store, claim(store))
    ends = [(entry.attempt, entry.to_state, entry.reason) for entry in log_of(store, one)]
    assert ends == [
        (None, "scheduled", "planned for 2018-09-24T12:00:00 UTC"),
        (None, "publishing", ""),
        (1, "scheduled", "busy"),
        (None, "publishing", ""),
        (2, "publishing", f"part 1 of 2 is out: {OUT.url}"),
        (None, "uncertain", "its worker stopped in the middle; waiting, then looking whether it is out"),
        (None, "scheduled", "no call was made"),
        (None, "publishing", ""),
        (3, "uncertain", "reset"),
        (None, "scheduled", "not there"),
        (None, "publishing", ""),
        (4, "failed", "too long"),
    ]


def test_a_crash_in_a_call_names_the_attempt_that_is_in_doubt(store: Store) -> None:
    [one] = queue_up(store, delivery())
    begin(store, claim(store))
    upkeep.rescue(store, NOON + HOUR, {})
    assert (last_of(store, one).to_state, last_of(store, one).attempt) == (State.UNCERTAIN, 1)


def test_what_the_worker_does_by_itself_and_what_people_do_are_told_apart(store: Store) -> None:
    [one] = queue_up(store, delivery(late_ok=MINUTE))
    upkeep.miss_expired(store, NOON + HOUR)
    Desk(store, "anna", NOON + HOUR).cancel([one], "the moment has passed")
    assert [(entry.actor, entry.to_state) for entry in log_of(store, one)] == [
        ("tester", "scheduled"),
        (WORKER, "missed"),
        ("anna", "cancelled"),
    ]


def test_the_log_row_and_the_change_are_one_transaction(store: Store) -> None:
    """Where the log can not be written, the state does not change either."""
    queue_up(store, delivery())
    held = claim(store)
    part, attempt = begin(store, held)
    fill_up_the_log(store)
    before = everything(store)
    refused = Rejected(Cause.CONTENT, "no")
    for change in (
        lambda: settle.published(store, held, part, OUT, Ending(attempt, Unknown("")), NOON),
        lambda: settle.postponed(store, held, Ending(attempt, refused), "", NOON, NOON),
        lambda: settle.failed(store, held, Ending(attempt, refused), "", NOON),
        lambda: settle.doubtful(store, held, Ending(attempt, Unknown("")), "", NOON, NOON),
        lambda: settle.given_back(store, held, "", NOON),
        lambda: upkeep.rescue(store, NOON + HOUR, {}),
        lambda: queue_up(store, delivery("week/2.md")),
    ):
        with pytest.raises(IntegrityError, match="the log is full"):
            change()
        assert everything(store) == before


def test_a_claim_without_its_log_row_is_no_claim(store: Store) -> None:
    [one] = queue_up(store, delivery())
    fill_up_the_log(store)
    with pytest.raises((IntegrityError, AssertionError)):
        claim(store)
    assert row(store, one)["state"] == State.SCHEDULED


@pytest.mark.parametrize("state", [State.SCHEDULED, State.HELD, State.MISSED, State.FAILED, State.CANCELLED])
def test_an_edit_of_the_file_is_one_row(store: Store, state: State) -> None:
    """An edit may lead from several states to the same one; it must not meet its own result again."""
    [one] = queue_up(store, delivery())
    reach(store, one, state)
    before = len(log_of(store, one))
    with store.write() as connection:
        plans.change(
            connection, one, delivery(texts=["Hello again"], due_at=NOON + HOUR),
            time_too=True, reason="new content", actor="anna", now=NOON,
        )  # fmt: skip
    assert len(log_of(store, one)) == before + 1
    assert (last_of(store, one).from_state, last_of(store, one).actor) == (state, "anna")
    assert broken_chains(store) == []


def test_a_pause_is_told_in_the_story_of_what_it_held(store: Store) -> None:
    [one] = queue_up(store, delivery())
    switches.pause(store, "earthquake", "anna", NOON)
    upkeep.hold_due_while_paused(store, NOON)
    assert last_of(store, one).reason == "everything is paused: earthquake"
    switches.resume(store, "berta", NOON + LIMIT)
    assert (last_of(store, one).actor, last_of(store, one).to_state) == ("berta", State.SCHEDULED)
