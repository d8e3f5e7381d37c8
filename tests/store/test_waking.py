"""Waking: a lane wakes when, and only when, a claim succeeds, whatever is late, postponed or held back."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from bot.store import Store, lanes, open_store, queue, upkeep
from bot.store.tables import deliveries
from bot.store.tables import lanes as lane_table
from tests.store.acts import HOUR, MINUTE, SECOND
from tests.store.conftest import NOON, delivery, queue_up

ACCOUNT = "fice-x"
MOMENTS = st.sampled_from([-2 * HOUR, -30 * MINUTE, -2 * MINUTE, -MINUTE, -30 * SECOND, 0 * SECOND, MINUTE])
TOLERANCES = st.sampled_from([2 * MINUTE, 3 * HOUR, 24 * HOUR])
SPACINGS = st.sampled_from([10 * SECOND, 10 * MINUTE])
AGO = st.none() | st.sampled_from([0 * SECOND, 5 * SECOND, 5 * MINUTE, HOUR])
BLOCKS = st.none() | st.sampled_from([-MINUTE, 0 * SECOND, MINUTE, HOUR])


@dataclass(frozen=True)
class Waiting:
    """One delivery that waits: when it is due, how late it may be, and for how long it is put off."""

    due_in: timedelta
    late_ok: timedelta
    put_off: timedelta


WAITING = st.builds(Waiting, MOMENTS, TOLERANCES, st.sampled_from([0 * SECOND, 0 * SECOND, 5 * MINUTE, HOUR]))


@pytest.fixture(scope="module")
def emptied() -> Iterator[Store]:
    """A store that each example empties for itself."""
    folder = Path(tempfile.mkdtemp())
    store = open_store(f"sqlite:///{folder / 'bot.db'}")
    yield store
    store.close()
    shutil.rmtree(folder)


def fill(
    store: Store, waiting: Sequence[Waiting], late_call: timedelta | None, block: timedelta | None
) -> None:
    with store.write() as connection:
        for table in ("part", "delivery_words", "delivery", "lane"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    ids = queue_up(
        store,
        *(
            delivery(f"week/{number}.md", due_at=NOON + one.due_in, late_ok=one.late_ok)
            for number, one in enumerate(waiting)
        ),
    )
    with store.write() as connection:
        for number, one in zip(ids, waiting, strict=True):
            put_off = update(deliveries).where(deliveries.c.id == number)
            connection.execute(put_off.values(ready_at=NOON + one.due_in + one.put_off))
        connection.execute(
            update(lane_table).values(
                late_call_at=None if late_call is None else NOON - late_call,
                blocked_until=None if block is None else NOON + block,
            )
        )
    upkeep.miss_expired(store, NOON)  # as every pass does first


@given(waiting=st.lists(WAITING, min_size=1, max_size=4), late_call=AGO, block=BLOCKS, spacing=SPACINGS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_lane_is_awake_exactly_when_a_claim_succeeds(
    emptied: Store,
    waiting: Sequence[Waiting],
    late_call: timedelta | None,
    block: timedelta | None,
    spacing: timedelta,
) -> None:
    """Awake for nothing it would spin; asleep in spite of a claim it would let something become late."""
    fill(emptied, waiting, late_call, block)
    with emptied.read() as connection:
        [lane] = lanes.all_lanes(connection, NOON, spacing)
    awake = lane.wakes_at is not None and lane.wakes_at <= NOON
    assert awake == (queue.claim(emptied, ACCOUNT, "w1", NOON, spacing) is not None)


@given(waiting=st.lists(WAITING, min_size=1, max_size=4), late_call=AGO, block=BLOCKS, spacing=SPACINGS)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_lane_that_sleeps_does_not_sleep_too_long(
    emptied: Store,
    waiting: Sequence[Waiting],
    late_call: timedelta | None,
    block: timedelta | None,
    spacing: timedelta,
) -> None:
    """Nothing could have been claimed a moment before it wakes."""
    fill(emptied, waiting, late_call, block)
    with emptied.read() as connection:
        [lane] = lanes.all_lanes(connection, NOON, spacing)
    if lane.wakes_at is not None and lane.wakes_at > NOON:
        upkeep.miss_expired(emptied, lane.wakes_at - SECOND)
        assert queue.claim(emptied, ACCOUNT, "w1", lane.wakes_at - SECOND, spacing) is None
