"""Figures over time: when a post is asked about, and what is kept of the answers."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.model.figures import Rhythm, superfluous, total
from bot.model.outcome import Figures

NOON = datetime(2018, 9, 24, 12, 10, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OFTEN = Rhythm(2 * HOUR, DAY, 30 * DAY)


def looks(rhythm: Rhythm) -> list[datetime]:
    """Every time at which a post of noon is asked about."""
    found, at = [], rhythm.first(NOON)
    while at is not None:
        found.append(at)
        at = rhythm.after(NOON, at)
    return found


def test_a_post_is_asked_about_often_at_first_and_for_the_last_time_at_its_end() -> None:
    times = looks(OFTEN)
    assert times[0] == datetime(2018, 9, 24, 15, tzinfo=UTC)
    assert times[-1] == NOON + 30 * DAY
    assert len([at for at in times if at < NOON + DAY]) == 11
    assert len(times) < 45


def test_posts_of_one_morning_are_asked_about_at_the_same_full_hours() -> None:
    later = OFTEN.first(NOON + 40 * MINUTE)
    assert later == OFTEN.first(NOON)
    assert all((at.minute, at.second) == (0, 0) for at in looks(OFTEN)[:-1])


@pytest.mark.parametrize(
    ("rhythm", "number"),
    [
        (Rhythm(12 * HOUR, 7 * DAY, 28 * DAY), 6),
        (Rhythm(None, 7 * DAY, 30 * DAY), 6),
        (Rhythm(12 * HOUR, None, 30 * DAY), 2),
        (Rhythm(None, None, 30 * DAY), 0),
    ],
)
def test_a_sparse_rhythm_asks_as_seldom_as_it_says(rhythm: Rhythm, number: int) -> None:
    assert len(looks(rhythm)) == number


def test_one_collection_an_hour_then_one_a_day_then_the_last_is_kept() -> None:
    every = [NOON + 10 * MINUTE * number for number in range(6 * 24 * 40)]
    kept = sorted(set(every) - set(superfluous(every, NOON)))
    assert len(kept) == 24 + 29 + 1
    assert kept[-1] == every[-1]
    assert superfluous(kept, NOON) == []


def test_a_sum_says_nothing_where_nobody_does() -> None:
    summed = total([Figures(impressions=5, clicks=0), Figures(impressions=None, clicks=2), Figures()])
    assert summed == Figures(impressions=5, clicks=2)
    assert total([]) == Figures()
