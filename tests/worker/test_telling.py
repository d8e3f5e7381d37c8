"""Telling: what a pass does without a call is a line for each delivery, once."""

from collections.abc import Callable
from datetime import timedelta

from bot.store import workers

from .helper import HOUR, MINUTE, NOON, Bench, Said


def told(said: Said) -> list[tuple[str, int | None]]:
    """Event and delivery of each line so far."""
    found = [(one.facts["event"], one.about.get("delivery")) for one in said.records]  # type: ignore[attr-defined]
    said.records.clear()
    return found


def test_what_is_missed_is_told_once_for_each_delivery(bench: Bench, said: Said) -> None:
    ours = [bench.queue(text=text, late_ok=MINUTE) for text in ("one", "two")]
    bench.after(minutes=2)
    assert told(said) == [("missed", ours[0]), ("missed", ours[1])]
    bench.run()
    assert told(said) == []


def test_a_pause_what_it_holds_and_its_end_are_told(bench: Bench, said: Said) -> None:
    one = bench.queue()
    bench.pause("an earthquake")
    bench.run()
    assert told(said) == [("held", one), ("paused", None)]
    bench.run()
    bench.resume()
    bench.run()
    events = told(said)
    assert ("resumed", None) in events
    assert events[-2:] == [("claimed", one), ("published", one)]


def test_what_a_dead_worker_left_is_told_and_what_is_found_of_it(bench: Bench, said: Said) -> None:
    one = bench.queue()
    held = bench.claim()
    bench.begin(held)
    bench.call(held)
    workers.leave(bench.store, bench.name)
    bench.after(minutes=2)
    bench.after(minutes=5)
    assert told(said) == [("uncertain", one), ("found", one)]


def test_a_life_of_doubt_has_the_delivery_on_every_line(bench: Bench, said: Said) -> None:
    one = bench.queue(late_ok=HOUR)
    bench.sandbox.add_fault("twitter", "drop_before")
    bench.live_through(timedelta(minutes=10))
    events = told(said)
    assert {delivery for _, delivery in events} == {one}
    assert [name for name, _ in events] == ["claimed", "uncertain", "absent", "claimed", "published"]


def test_a_campaign_held_for_one_reason_is_one_line_with_all_its_deliveries(
    new_bench: Callable[..., Bench], said: Said
) -> None:
    bench = new_bench(connected=["fice-x"])
    ours = [bench.queue("fice-facebook", f"number {number}", due=NOON + HOUR) for number in range(3)]
    bench.run()
    [line] = said.records
    assert line.facts == {"event": "held", "deliveries": ours}  # type: ignore[attr-defined]
    assert line.about["account"] == "fice-facebook"  # type: ignore[attr-defined]
    assert line.getMessage().startswith("held, 3 deliveries of fice-facebook: not connected: set FICE_")
