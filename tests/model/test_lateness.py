"""How long after its time a delivery may go out, and how a person writes such a length of time."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.lateness import (
    DEFAULT_TOLERANCE,
    LATE_AFTER,
    is_missed,
    parse_duration,
)
from bot.model.post import Kind

NOON = datetime(2018, 9, 24, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
durations = st.integers(0, 366 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("90s", timedelta(seconds=90)),
        ("2m", timedelta(minutes=2)),
        ("3h", timedelta(hours=3)),
        ("1d", timedelta(days=1)),
        ("2w", timedelta(weeks=2)),
        ("1h 30m", timedelta(minutes=90)),
        ("1h30m", timedelta(minutes=90)),
        ("1h, 30m", timedelta(minutes=90)),
        ("30m 1h", timedelta(minutes=90)),
        ("24 H", timedelta(hours=24)),
        (" 3h ", timedelta(hours=3)),
        ("0s", timedelta()),
    ],
)
def test_a_duration_is_read_as_a_person_writes_it(words: str, expected: timedelta) -> None:
    assert parse_duration(words) == expected


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 8), st.sampled_from("smhdwSMHDW")), min_size=1, max_size=6),
    st.sampled_from(["", " ", ", "]),
    st.sampled_from(["", " "]),
)
def test_a_duration_is_the_sum_of_its_terms(terms: list[tuple[int, str]], between: str, within: str) -> None:
    words = between.join(f"{number}{within}{unit}" for number, unit in terms)
    assert parse_duration(words) == sum(
        (timedelta(seconds=number * UNIT_SECONDS[unit.lower()]) for number, unit in terms), timedelta()
    )


@pytest.mark.parametrize(
    "words",
    [
        "",
        " ",
        "3",
        "h",
        "3 hours",
        "3h!",
        "-3h",
        "1.5h",
        "3h 2",
        "10:30",
        "1y",
        "soon",
        "1234567s",
        "1e3s",
        "+3h",
    ],
)
def test_what_is_no_duration_is_refused_with_one_sentence_that_says_how_to_write_it(words: str) -> None:
    with pytest.raises(ValueError, match=r"^'.*' is not a duration: write for instance 90s, .*$") as caught:
        parse_duration(words)
    assert f"'{words}'" in str(caught.value)


@settings(deadline=None)
@given(st.text("0123456789 smhdw.,-x\n", max_size=30))
def test_whatever_is_written_is_a_duration_or_refused(words: str) -> None:
    try:
        found = parse_duration(words)
    except ValueError:
        return
    # Nothing is passed over: what is read holds every digit and every letter that was written.
    assert found >= timedelta()
    assert not re.search(r"[^0-9smhdw ,\n]", words)
    assert words.rstrip(" ,\n")[-1] in "smhdw"


@pytest.mark.parametrize("text", ["367d", "999999w", "999999w " * 200])
def test_a_duration_of_more_than_a_year_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="more than a year"):
        parse_duration(text)


def test_every_kind_has_a_tolerance() -> None:
    assert set(DEFAULT_TOLERANCE) == set(Kind)


@pytest.mark.parametrize(
    ("kind", "tolerance"),
    [
        (Kind.CHAT, timedelta(minutes=2)),
        (Kind.DAILY_POST, timedelta(hours=3)),
        (Kind.CASE_STUDY, timedelta(hours=24)),
    ],
)
def test_a_chat_question_may_be_less_late_than_a_case_study(kind: Kind, tolerance: timedelta) -> None:
    assert DEFAULT_TOLERANCE[kind] == tolerance


def test_no_kind_is_missed_before_it_counts_as_late() -> None:
    assert min(DEFAULT_TOLERANCE.values()) >= LATE_AFTER


def test_what_is_exactly_at_its_tolerance_may_still_go_out() -> None:
    tolerance = timedelta(minutes=2)
    assert not is_missed(NOON, NOON + tolerance, tolerance)
    assert is_missed(NOON, NOON + tolerance + SECOND, tolerance)


def test_what_is_not_yet_due_is_not_missed() -> None:
    assert not is_missed(NOON, NOON - timedelta(days=9), timedelta())


@settings(deadline=None)
@given(durations, durations)
def test_a_delivery_is_missed_when_and_only_when_it_is_later_than_its_tolerance(
    late: timedelta, tolerance: timedelta
) -> None:
    assert is_missed(NOON, NOON + late, tolerance) is (late > tolerance)
