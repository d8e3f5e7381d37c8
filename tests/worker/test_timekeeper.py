"""The timekeeper: a clock that may be wrong publishes nothing, and misses nothing."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.clock import SystemClock
from bot.networks.date import SilentError, network_time
from bot.sandbox import credentials
from bot.seal import new_key
from bot.store import workers
from bot.store.tables import attempts
from bot.worker import timekeeper as timekeeper_module

from .helper import BY_NETWORK, HOUR, MINUTE, NOON, SECOND, Bench, NetworkTime, Said, eventually, running

DAY = timedelta(days=1)
YEARS = timedelta(days=18 * 365)


class WrongClock:
    """A machine's clock that is off by so much and can be set, with which the campaign's goes along."""

    def __init__(self) -> None:
        self._ahead = NOON - SystemClock().now()
        self.off = timedelta()

    def now(self) -> datetime:
        return SystemClock().now() + self._ahead + self.off

    def real(self, instant: datetime) -> datetime:
        return instant - self._ahead


@pytest.fixture
def clock() -> WrongClock:
    return WrongClock()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds are long for a test."""
    monkeypatch.setattr(timekeeper_module, "ASK_EVERY_S", 0.1)
    monkeypatch.setattr(timekeeper_module, "AFTER_A_JUMP_S", 0.1)
    monkeypatch.setattr(timekeeper_module, "LOOK_EVERY_S", 0.05)


def a_week(bench: Bench) -> list[int]:
    return [bench.queue(text=f"day {day}", due=NOON + day * DAY, late_ok=3 * HOUR) for day in range(1, 6)]


@pytest.mark.parametrize(
    "off", [YEARS, 2 * DAY, -DAY, -YEARS], ids=["2036", "in two days", "yesterday", "2000"]
)
def test_a_worker_that_starts_with_a_wrong_clock_touches_nothing_until_it_is_set(
    bench: Bench, clock: WrongClock, said: Said, off: timedelta
) -> None:
    week = a_week(bench)
    due = bench.queue(text="now", due=NOON)
    clock.off = off
    with running(bench) as worker:
        eventually(lambda: said.lines("nothing is sent until it is set", logging.ERROR))
        assert worker.idle()  # there is nothing that it could do
        assert bench.states() == {"scheduled": 6}
        clock.off = timedelta()
        eventually(lambda: bench.state(due) == "published")
    assert [bench.state(one) for one in week] == ["scheduled"] * 5
    assert len(said.lines("nothing is sent until it is set")) == 1
    assert bench.texts() == ["now"]


@pytest.mark.parametrize("off", [2 * HOUR, 25 * HOUR, -HOUR])
def test_a_clock_that_jumps_to_a_wrong_time_while_a_worker_runs_sends_and_misses_nothing(
    bench: Bench, clock: WrongClock, said: Said, off: timedelta
) -> None:
    week = [bench.queue(text="in an hour", due=NOON + HOUR, late_ok=2 * MINUTE), *a_week(bench)]
    first = bench.queue(text="now", due=NOON)
    with running(bench):
        eventually(lambda: bench.state(first) == "published")
        clock.off = off
        eventually(lambda: said.lines("nothing is sent until it is set", logging.ERROR))
        assert {bench.state(one) for one in week} == {"scheduled"}
        clock.off = timedelta()
        eventually(lambda: said.lines("the clock is right now"))
        later = bench.queue(text="later", due=clock.now())
        eventually(lambda: bench.state(later) == "published")
    assert {bench.state(one) for one in week} == {"scheduled"}
    assert bench.texts() == ["now", "later"]


def test_a_thread_during_which_the_clock_jumps_ahead_goes_on_only_by_the_right_time(
    bench: Bench, clock: WrongClock, network_time: NetworkTime, said: Said
) -> None:
    """An attempt of tomorrow would be looked for among the posts of tomorrow, not found, and sent again."""
    bench.sandbox.set_refuse_duplicates(False)

    def jump() -> None:
        clock.off = DAY
        row = bench.row(thread)  # its heart goes on beating, by the new time
        workers.beat(bench.store, row["worker"], [], [row["token"]], clock.now(), clock.real(clock.now()))
        bench.sandbox.add_fault("twitter", "drop_after")  # nobody knows whether the next part is out

    network_time.during_next_call(jump)
    thread = bench.queue(text=["1/2", "2/2"])
    with running(bench):
        eventually(lambda: said.lines("nothing is sent until it is set", logging.ERROR))
        assert bench.attempts(thread) == [(1, "published")]
        clock.off = timedelta()
        eventually(lambda: bench.state(thread) == "uncertain")
        with bench.store.read() as connection:
            started = connection.execute(select(attempts.c.started_at).order_by(attempts.c.id)).scalars()
            assert all(at < clock.now() for at in started)
    assert bench.texts() == ["1/2", "2/2"]


def test_an_account_that_is_connected_later_finds_a_clock_that_was_never_compared(
    new_bench: Callable[..., Bench], clock: WrongClock, said: Said
) -> None:
    """Without an account there was nobody to ask, and nothing to send."""
    bench = new_bench(connected=[])
    one = bench.queue(due=NOON + DAY)
    clock.off = -DAY
    with running(bench) as worker:
        eventually(lambda: bench.state(one) == "held")
        worker.use(new_bench().settings)
        eventually(lambda: said.lines("nothing is sent until it is set", logging.ERROR))
        assert (bench.state(one), bench.texts()) == ("held", [])
        clock.off = timedelta()
        eventually(lambda: bench.state(one) == "scheduled")
    assert bench.texts() == []


def test_a_token_is_not_renewed_by_a_wrong_clock(
    new_bench: Callable[..., Bench], clock: WrongClock, said: Said
) -> None:
    """It would be taken for just renewed, and not be renewed again, until that time has come."""
    own = credentials.environment(credentials.account("linkedin", "fice-linkedin", "fice_linkedin"))
    bench = new_bench(variables={**own, "BOT_SECRET_KEY": new_key()})
    bench.sandbox.end_token("fice-linkedin", NOON + 9 * DAY)
    clock.off = 3 * DAY
    with running(bench):
        eventually(lambda: said.lines("nothing is sent until it is set", logging.ERROR))
        clock.off = timedelta()
        eventually(lambda: said.lines("the clock is right now"))
        one = bench.queue("fice-linkedin", due=clock.now())
        eventually(lambda: bench.state(one) == "published")
    assert [call.operation for call in bench.sandbox.calls() if call.operation == "accessToken"] == []


def test_after_a_board_without_a_clock_was_set_right_its_week_goes_on(
    bench: Bench, clock: WrongClock, said: Said
) -> None:
    """It begins in the past, where nothing is due, and jumps to now as soon as there is a network."""
    late, chat = bench.queue(text="late"), bench.queue(text="Q1", due=NOON - HOUR, late_ok=2 * MINUTE)
    clock.off = -YEARS
    with running(bench):
        eventually(lambda: said.lines("nothing is sent until it is set"))
        clock.off = timedelta()
        eventually(lambda: bench.state(late) == "published" and bench.state(chat) == "missed")


def test_a_laptop_that_wakes_goes_on(bench: Bench, clock: WrongClock, said: Said) -> None:
    """While it slept only its monotonic clock stood still: the new time is right."""
    one = bench.queue(due=NOON + HOUR)
    with running(bench) as worker:
        eventually(worker.idle)
        clock._ahead += HOUR  # campaign and network alike are an hour further
        eventually(lambda: bench.state(one) == "published")
    assert said.lines("the clock has jumped") == []  # by its own clock nothing happened


def test_where_no_network_answers_nothing_is_touched_until_one_does(bench: Bench, said: Said) -> None:
    chat = bench.queue(text="Q1", due=NOON - HOUR, late_ok=2 * MINUTE)
    bench.sandbox.stop()
    with running(bench) as worker:
        eventually(lambda: said.lines("no network answers", logging.ERROR))
        assert (bench.state(chat), worker.idle()) == ("scheduled", True)
        bench.sandbox.start()
        eventually(lambda: bench.state(chat) == "missed")


def test_the_networks_tell_the_time_without_credentials(bench: Bench) -> None:
    for network in BY_NETWORK:
        told = network_time(network, bench.settings)
        assert told is not None
        assert abs(told - datetime.now(UTC)) < 30 * SECOND
    bench.sandbox.stop()
    with pytest.raises(SilentError):
        network_time("twitter", bench.settings)
