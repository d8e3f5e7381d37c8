"""The version of a delivery: whoever decides on one that has changed meanwhile is refused."""

from datetime import timedelta

import pytest

from bot.store import Store, listing
from bot.store.desk import Desk
from bot.store.desk_error import DeskError
from bot.store.listing import QueueFilter
from tests.store.acts import HOUR, log_of, row, state_of
from tests.store.conftest import NOON, delivery, queue_up


def version(store: Store) -> str:
    with store.read() as connection:
        [one] = listing.queue(connection, QueueFilter(ended=True))
    return one.version


def test_what_was_seen_is_decided_on(store: Store) -> None:
    [one] = queue_up(store, delivery())
    Desk(store, "anna", NOON, seen={one: version(store)}).hold([one], "")
    assert state_of(store, one) == "held"


def test_another_time_or_state_is_another_version(store: Store) -> None:
    [one] = queue_up(store, delivery())
    seen = [version(store)]
    later = {one: (NOON + HOUR, "2018-09-24T13:00:00")}
    Desk(store, "anna", NOON).reschedule(later, "")
    seen.append(version(store))
    Desk(store, "anna", NOON).hold([one], "")
    seen.append(version(store))
    assert len(set(seen)) == 3


def test_one_that_was_moved_meanwhile_stays_where_it_is(store: Store) -> None:
    [one] = queue_up(store, delivery())
    seen = version(store)
    Desk(store, "anna", NOON).reschedule({one: (NOON + HOUR, "2018-09-24T13:00:00")}, "")
    late = Desk(store, "ben", NOON, seen={one: seen})
    with pytest.raises(DeskError, match="has changed since it was shown"):
        late.reschedule({one: (NOON + 2 * HOUR, "2018-09-24T14:00:00")}, "")
    for act in (late.hold, late.cancel, late.release):
        with pytest.raises(DeskError, match="has changed since it was shown"):
            act([one], "")
    assert row(store, one)["due_at"] == NOON + timedelta(hours=1)
    assert log_of(store, one)[-1].actor == "anna"
