"""What follows from each outcome of an attempt."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.model.decision import FindOut, GiveUp, PartIsOut, TryAgain, decide
from bot.model.outcome import Cause, NotPublished, Published, Rejected, RemotePost, Unknown

OUT = RemotePost("1", "https://example.org/1")
LATER = datetime(2018, 9, 25, tzinfo=UTC)


def test_what_is_published_is_out() -> None:
    assert decide(Published(OUT), doubted=False) == PartIsOut(OUT)


@pytest.mark.parametrize("cause", [Cause.RATE_LIMIT, Cause.NEVER_LEFT])
def test_what_concerns_the_account_lets_the_whole_account_wait(cause: Cause) -> None:
    decision = decide(NotPublished(cause, "wait", LATER), doubted=False)
    assert decision == TryAgain(cause, "wait", LATER, whole_account=True)


def test_a_busy_network_delays_only_this_delivery() -> None:
    decision = decide(NotPublished(Cause.BUSY, "wait"), doubted=False)
    assert decision == TryAgain(Cause.BUSY, "wait", None, whole_account=False)


def test_used_up_credits_are_waited_for() -> None:
    decision = decide(Rejected(Cause.CREDITS, "none left", status=402), doubted=False)
    wait = timedelta(minutes=15)
    assert decision == TryAgain(Cause.CREDITS, "none left", None, whole_account=True, wait=wait)


@pytest.mark.parametrize("cause", [Cause.CREDENTIALS, Cause.VERSION])
def test_what_every_other_delivery_would_suffer_stops_the_account(cause: Cause) -> None:
    assert decide(Rejected(cause, "no"), doubted=False) == GiveUp(cause, "no", stop_account=True)


@pytest.mark.parametrize("cause", [Cause.PERMISSION, Cause.BLOCKED])
def test_a_missing_right_or_a_blocked_account_stops_it_and_is_tried_again_by_the_hour(cause: Cause) -> None:
    decision = decide(Rejected(cause, "no"), doubted=False)
    assert decision == GiveUp(cause, "no", stop_account=True, stop_for=timedelta(hours=1))


def test_a_right_that_only_a_comment_needs_does_not_stop_the_posts() -> None:
    decision = decide(Rejected(Cause.PERMISSION, "no"), doubted=False, first=False)
    assert decision == GiveUp(Cause.PERMISSION, "no", stop_account=False)


@pytest.mark.parametrize("cause", [Cause.CONTENT, Cause.REFUSED, Cause.DUPLICATE])
def test_what_concerns_one_post_fails_that_post_alone(cause: Cause) -> None:
    assert decide(Rejected(cause, "no"), doubted=False) == GiveUp(cause, "no", stop_account=False)


def test_a_duplicate_that_is_named_after_a_doubtful_attempt_is_ours() -> None:
    decision = decide(Rejected(Cause.DUPLICATE, "is a duplicate", existing=OUT), doubted=True)
    assert decision == PartIsOut(OUT)


def test_a_duplicate_without_a_name_after_a_doubtful_attempt_is_looked_for() -> None:
    assert isinstance(decide(Rejected(Cause.DUPLICATE, "is a duplicate"), doubted=True), FindOut)


def test_what_nobody_knows_is_found_out() -> None:
    assert decide(Unknown("reset"), doubted=False) == FindOut("reset")
