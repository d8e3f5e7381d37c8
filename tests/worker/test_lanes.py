"""The lanes: in order within an account, in parallel between accounts."""

import logging
import threading
from collections.abc import Iterator
from queue import SimpleQueue

import pytest

from bot.store.engine import StoreError
from bot.worker.lanes import Lanes

from .helper import BY_NETWORK, PATIENCE_S, Bench, Said, eventually


def test_a_network_that_hangs_delays_no_other_account(bench: Bench) -> None:
    hanging = bench.queue("fice-x", "one")
    behind = bench.queue("fice-x", "two")
    bench.sandbox.add_fault("twitter", "hang", seconds=60)
    bench.dispatcher.dispatch()
    eventually(lambda: bench.state(hanging) == "publishing")
    others = [bench.queue(account) for account in ("fice-facebook", "fice-linkedin")]
    bench.dispatcher.dispatch()
    eventually(lambda: [bench.state(one) for one in others] == ["published"] * 2)
    eventually(lambda: bench.lanes.busy() == {"fice-x"})
    assert (bench.state(hanging), bench.state(behind)) == ("publishing", "scheduled")


def test_two_accounts_of_one_network_do_not_wait_for_each_other(bench: Bench) -> None:
    bench.queue("fice-x")
    bench.sandbox.add_fault("twitter", "hang", stored=True, seconds=60)
    bench.dispatcher.dispatch()
    eventually(bench.feed)  # the fault is taken, by the account that it is meant for
    other = bench.queue("kenya-x")
    bench.dispatcher.dispatch()
    eventually(lambda: bench.state(other) == "published")
    eventually(lambda: bench.lanes.busy() == {"fice-x"})


def test_every_account_keeps_its_order_however_often_the_worker_is_woken(bench: Bench) -> None:
    accounts = tuple(BY_NETWORK.values())
    for number in range(8):
        for account in accounts:
            bench.queue(account, f"number {number}")

    def done() -> bool:
        bench.dispatcher.dispatch()
        return bench.states() == {"published": 24}

    eventually(done)
    for account in accounts:
        assert bench.texts(account) == [f"number {number}" for number in range(8)]
    assert bench.sandbox.refusals() == []


@pytest.fixture
def troubles() -> list[StoreError]:
    return []


@pytest.fixture
def ended() -> "SimpleQueue[bool]":
    """What the tasks said of themselves, in the order in which they ended."""
    return SimpleQueue()


@pytest.fixture
def lanes(troubles: list[StoreError], ended: "SimpleQueue[bool]") -> Iterator[Lanes]:
    made = Lanes(when_free=ended.put, on_trouble=troubles.append)
    yield made
    made.close()


@pytest.fixture
def go_on() -> Iterator[threading.Event]:
    """Until it is set, tasks that wait for it hang."""
    event = threading.Event()
    yield event
    event.set()


def test_a_busy_lane_takes_no_second_task(
    lanes: Lanes, ended: "SimpleQueue[bool]", go_on: threading.Event
) -> None:
    assert lanes.run("fice-x", go_on.wait)
    assert not lanes.run("fice-x", go_on.wait)
    assert lanes.busy() == lanes.closed() == {"fice-x"}
    go_on.set()
    assert ended.get(timeout=PATIENCE_S) is True
    assert lanes.busy() == lanes.closed() == frozenset()
    assert lanes.run("fice-x", go_on.wait)
    ended.get(timeout=PATIENCE_S)


def test_a_network_that_hangs_on_sixty_accounts_delays_no_other(lanes: Lanes, go_on: threading.Event) -> None:
    other = threading.Event()
    for number in range(60):
        lanes.run(f"account {number}", go_on.wait)
    lanes.run("another", lambda: other.set() is None)
    assert other.wait(PATIENCE_S)


def test_a_lane_that_failed_rests_and_the_others_do_not(
    lanes: Lanes, ended: "SimpleQueue[bool]", said: Said
) -> None:
    def fail() -> bool:
        raise ValueError("a mistake of ours")

    lanes.run("fice-x", fail)
    assert ended.get(timeout=PATIENCE_S) is False
    assert (lanes.busy(), lanes.closed()) == (frozenset(), {"fice-x"})
    assert not lanes.run("fice-x", fail)
    assert lanes.run("fice-facebook", lambda: True)
    assert ended.get(timeout=PATIENCE_S) is True
    assert len(said.lines("fice-x", level=logging.ERROR)) == 1


def test_a_trouble_of_the_store_is_handed_on_and_shows_no_traceback(
    lanes: Lanes, ended: "SimpleQueue[bool]", troubles: list[StoreError], said: Said
) -> None:
    full = StoreError("the disk is full")

    def fail() -> bool:
        raise full

    lanes.run("fice-x", fail)
    assert ended.get(timeout=PATIENCE_S) is False
    assert troubles == [full]
    assert said.tracebacks() == []


def test_lanes_that_are_closed_take_nothing_more_and_complain_of_nothing(lanes: Lanes) -> None:
    """A pass over the store may still be under way when the worker stops."""
    lanes.close()
    assert not lanes.run("fice-x", lambda: True)
    assert lanes.busy() == frozenset()
