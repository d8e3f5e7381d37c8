"""How long a delivery waits after tries that proved to have published nothing."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.backoff import backoff

MIDDLE = 0.5  # of the spread: neither sooner nor later
jitters = st.floats(0, 1, exclude_max=True)
many = st.integers(1, 10_000)


@pytest.mark.parametrize(
    ("tries", "seconds"), [(1, 20), (2, 40), (3, 80), (4, 160), (5, 320), (6, 640), (7, 900), (8, 900)]
)
def test_the_wait_doubles_from_20_seconds_to_a_quarter_of_an_hour(tries: int, seconds: int) -> None:
    assert backoff(tries, MIDDLE) == timedelta(seconds=seconds)


def test_the_wait_is_spread_by_a_fifth_either_way() -> None:
    assert backoff(1, 0.0) == timedelta(seconds=16)
    assert backoff(1, 0.75) == timedelta(seconds=22)


@settings(deadline=None)
@given(many, jitters)
def test_no_wait_is_shorter_than_16_seconds_or_longer_than_18_minutes(tries: int, jitter: float) -> None:
    assert timedelta(seconds=16) <= backoff(tries, jitter) <= timedelta(minutes=18)


@settings(deadline=None)
@given(many, many, jitters)
def test_more_tries_never_shorten_the_wait(one: int, other: int, jitter: float) -> None:
    fewer, more = sorted((one, other))
    assert backoff(fewer, jitter) <= backoff(more, jitter)


@settings(deadline=None)
@given(many, jitters, jitters)
def test_a_larger_jitter_never_shortens_the_wait(tries: int, one: float, other: float) -> None:
    smaller, larger = sorted((one, other))
    assert backoff(tries, smaller) <= backoff(tries, larger)


@pytest.mark.parametrize("tries", [0, -1])
def test_before_the_first_try_the_wait_is_that_after_it(tries: int) -> None:
    assert backoff(tries, MIDDLE) == backoff(1, MIDDLE)


def test_any_number_of_tries_has_a_wait() -> None:
    assert backoff(10**30, MIDDLE) == timedelta(minutes=15)
