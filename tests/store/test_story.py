"""A story, and what today brings: what a person is shown of deliveries, from the plan to the link."""

import json
from datetime import timedelta

from bot.model.outcome import Uploaded
from bot.model.state import State
from bot.store import Store, removals, today, uploads
from bot.store.desk import Desk
from bot.store.story import Story, story
from tests.store.acts import HOUR, MINUTE, OTHER, OUT, SECOND, begin, claim, fail, postpone, publish
from tests.store.conftest import NOON, delivery, queue_up


def told(store: Store, one: int) -> Story:
    with store.read() as connection:
        found = story(connection, one)
    assert found is not None
    return found


def test_a_story_goes_from_the_plan_to_the_link(store: Store) -> None:
    [one] = queue_up(store, delivery(texts=["one", "two"]))
    postpone(store, claim(store), NOON)
    publish(store, publish(store, claim(store)), OTHER, NOON + 30 * SECOND)
    found = told(store, one)
    assert [(each.part.text, each.remote, each.is_shown) for each in found.parts] == [
        ("one", OUT, True),
        ("two", OTHER, True),
    ]
    assert [(each.number, each.part, each.outcome, each.cause, each.said) for each in found.tries] == [
        (1, 1, "not-published", "busy", "busy"),
        (2, 1, "published", None, ""),
        (3, 2, "published", None, ""),
    ]
    assert found.entries[0].actor == "tester"
    assert found.entries[-1].to_state == State.PUBLISHED
    assert (found.lateness_s, found.moved, found.cut) == (30.0, False, False)
    assert (found.delivery.state, found.planned_at, found.expires_at) == ("published", NOON, NOON + 3 * HOUR)
    value = json.loads(json.dumps(found.to_json()))
    assert value["parts"][1]["url"] == OTHER.url
    assert value["entries"][-1]["state"] == "published"


def test_what_a_person_has_moved_and_what_was_taken_away_is_told(store: Store) -> None:
    one, two = queue_up(store, delivery(), delivery("week/2.md", due_at=NOON + HOUR))
    Desk(store, "anna", NOON).reschedule({two: (NOON + 2 * HOUR, "2018-09-24T14:00:00")}, "")
    assert told(store, two).moved
    publish(store, claim(store))
    with store.read() as connection:
        out = removals.of_delivery(connection, one).parts[0]
    removals.begin(store, one, [1], "anna", "wrong", NOON)
    removals.removed(store, one, out, "gone", "anna", NOON + SECOND)
    [part] = told(store, one).parts
    assert (part.remote, part.removed_at, part.removed_by, part.is_shown) == (
        OUT, NOON + SECOND, "anna", False,
    )  # fmt: skip
    with store.read() as connection:
        [gone] = today.went_out(connection, NOON - HOUR)
    assert (gone.delivery.removed_by, gone.parts[0].removed_at) == ("anna", NOON + SECOND)


def test_files_that_the_network_has_already_are_told(store: Store) -> None:
    [one] = queue_up(store, delivery())
    place = uploads.Place(one, 1, 0)
    uploads.keep(store, place, "content", Uploaded("media-7", NOON + HOUR, None), NOON)
    uploads.take(store, one, 1, NOON, NOON + HOUR)
    [part] = told(store, one).parts
    assert [(each.place, each.handle, each.expires_at) for each in part.brought] == [
        (0, "media-7", NOON + HOUR)
    ]


def test_there_is_no_story_of_what_there_is_not(store: Store) -> None:
    with store.read() as connection:
        assert story(connection, 7) is None


def test_today_says_what_is_next_and_what_went_out(store: Store) -> None:
    one, two, three, four, five = queue_up(
        store,
        delivery(texts=["one", "two"]),
        delivery("week/2.md", "kenya-x"),
        delivery("week/3.md", "georgia-x", needs_approval=True),
        delivery("week/4.md", due_at=NOON + HOUR),
        delivery("week/5.md", due_at=NOON - HOUR, account="other-x"),
    )
    publish(store, publish(store, claim(store), at=NOON), OTHER, at=NOON + 2 * SECOND)
    publish(store, claim(store, "other-x"), at=NOON - MINUTE)
    begin(store, claim(store, "kenya-x"))
    with store.read() as connection:
        assert [each.id for each in today.next_out(connection)] == [four]
        assert [each.id for each in today.going_out(connection)] == [two]
        assert [each.id for each in today.waiting_for_approval(connection)] == [three]
        out = today.went_out(connection, NOON - HOUR)
        assert [each.delivery.id for each in out] == [one, five]
        assert [link.remote.url for link in out[0].parts] == [OUT.url, OTHER.url]
        assert (out[0].at, out[0].lateness_s) == (NOON + 2 * SECOND, 0.0)
        assert out[1].lateness_s == timedelta(minutes=59).total_seconds()
        assert [each.delivery.id for each in today.went_out(connection, NOON - HOUR, most=1)] == [one]
        assert [each.delivery.id for each in today.went_out(connection, NOON)] == [one]


def test_what_failed_is_no_longer_next(store: Store) -> None:
    queue_up(store, delivery())
    fail(store, claim(store))
    with store.read() as connection:
        assert today.next_out(connection) == []
