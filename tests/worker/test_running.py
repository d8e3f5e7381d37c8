"""A worker as a process of its own: what people do while it runs is what happens."""

from collections import Counter

from bot.clock import SystemClock

from .helper import HOUR, LONG_S, SECOND, House, eventually


def test_a_worker_until_idle_publishes_what_is_due_and_ends(house: House) -> None:
    tomorrow = SystemClock().now() + 24 * HOUR
    house.post("1-due", "Due now", "fice-x", "fice-facebook", "fice-linkedin")
    house.post("2-later", "Tomorrow", "fice-x", at=tomorrow)
    house.bot("apply")
    assert house.worker("--until-idle").wait(LONG_S) == 0
    assert house.states() == {"published": 3, "scheduled": 1}
    assert house.workers() == 0
    assert house.worker("--until-idle").wait(LONG_S) == 0
    assert house.shown() == Counter(["Due now"] * 3)


def test_a_worker_notices_what_is_queued_after_its_start(house: House) -> None:
    house.bot("db", "upgrade")
    house.worker()
    eventually(lambda: house.workers() == 1, LONG_S)
    house.post("1-due", "Due now", "fice-x")
    house.bot("apply")
    eventually(lambda: house.states() == {"published": 1}, LONG_S)
    assert house.shown() == Counter(["Due now"])


def test_what_is_edited_while_it_runs_is_what_goes_out(travelling_house: House) -> None:
    house = travelling_house
    due = SystemClock().now() + HOUR
    for name in ("edited", "deleted", "held", "moved", "left-alone"):
        house.post(name, f"first words: {name}", "fice-x", at=due)
    house.bot("apply")
    house.worker()
    eventually(lambda: house.workers() == 1, LONG_S)
    house.post("edited", "second words: edited", "fice-x", at=due)
    (house.posts / "deleted.md").unlink()
    house.post("moved", "first words: moved", "fice-x", at=due + HOUR)
    house.bot("apply")
    house.bot("hold", "--post", "week/held")
    house.travel(to=due + SECOND)
    eventually(lambda: house.states().get("published") == 2, LONG_S)
    assert house.shown() == Counter(["first words: left-alone", "second words: edited"])
    assert house.states() == {"published": 2, "cancelled": 1, "held": 1, "scheduled": 1}
    assert "Traceback" not in house.said()


def test_what_is_edited_while_nobody_knows_is_not_sent_as_it_was(travelling_house: House) -> None:
    house = travelling_house
    house.post("1-now", "first words", "fice-x")
    house.bot("apply")
    house.sandbox.add_fault("twitter", "drop_before")
    house.worker()
    eventually(lambda: house.states() == {"uncertain": 1}, LONG_S)
    house.post("1-now", "second words", "fice-x")
    house.bot("apply")
    house.live_until({"held": 1})
    house.bot("apply")
    house.live_until({"published": 1})
    assert house.shown() == Counter(["second words"])


def test_a_pause_holds_what_falls_due_until_publishing_goes_on(travelling_house: House) -> None:
    house = travelling_house
    house.post("1-now", "Now", "fice-x")
    house.post("2-later", "In an hour", "fice-x", at=SystemClock().now() + HOUR)
    house.bot("apply")
    house.worker()
    eventually(lambda: house.states().get("published") == 1, LONG_S)
    house.bot("pause", "an earthquake")
    house.travel(hours=1, minutes=1)
    eventually(lambda: house.states().get("held") == 1, LONG_S)
    house.bot("resume")
    eventually(lambda: house.states() == {"published": 2}, LONG_S)
    assert house.shown() == Counter(["Now", "In an hour"])
