"""Alerts and checks in the store: of many workers at the same moment, one tells and one asks."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from bot.store import Store, alerts, checks, upkeep
from bot.store.alerts import Notice
from tests.store.conftest import NOON, delivery, queue_up

T = TypeVar("T")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MAIL, CHAT = "BOT_ALERT_MAIL", "BOT_ALERT_CHAT"


def at_once(act: Callable[[], T], workers: int = 6) -> list[T]:
    """What each of several workers gets that do the same at the same moment."""
    barrier, found = threading.Barrier(workers), []

    def run() -> None:
        barrier.wait()
        found.append(act())

    threads = [threading.Thread(target=run) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == workers
    return found


def test_what_several_workers_notice_is_noted_once_and_sent_by_one(store: Store) -> None:
    queue_up(store, *(delivery(f"week/{number}.md") for number in range(4)))
    upkeep.miss_expired(store, NOON + 5 * HOUR)
    with store.read() as connection:
        news = [Notice(key, "delivery:missed", one.post) for one, key in alerts.untold(connection)]
    assert len(news) == 4
    assert sum(at_once(lambda: alerts.note(store, news, [MAIL, CHAT], NOON))) == 4
    with store.read() as connection:
        assert alerts.untold(connection) == []
    claims = at_once(lambda: alerts.claim(store, MAIL, NOON, HOUR))
    [parcel] = [one for one in claims if one is not None]
    assert [one.subject for one in parcel.alerts] == [one.subject for one in news]
    alerts.arrived(store, parcel, NOON)
    with store.read() as connection:
        mail, chat = alerts.targets_status(connection, [MAIL, CHAT])
    assert (mail.waiting, mail.sent_at, chat.waiting, chat.sent_at) == (0, NOON, 4, None)


def test_what_can_not_be_sent_for_a_day_is_given_up(store: Store) -> None:
    alerts.note(store, [Notice("key", "topic", "subject")], [MAIL], NOON)
    parcel = alerts.claim(store, MAIL, NOON, HOUR)
    assert parcel is not None
    alerts.did_not_arrive(store, parcel, "refused", NOON)
    assert alerts.claim(store, MAIL, NOON + 2 * DAY, HOUR) is None
    with store.read() as connection:
        [status] = alerts.targets_status(connection, [MAIL])
    assert (status.waiting, status.given_up, status.problem) == (0, 1, "refused")


def test_of_a_topic_that_is_to_be_quiet_only_the_first_is_noted(store: Store) -> None:
    def noted(key: str, after: timedelta) -> int:
        return alerts.note(store, [Notice(key, "lane:fice-x", "stopped", quiet=HOUR)], [MAIL], NOON + after)

    assert [noted("1", timedelta()), noted("2", HOUR / 2), noted("1", 2 * HOUR), noted("2", 2 * HOUR)] == [
        1, 0, 0, 1,
    ]  # fmt: skip


def test_one_worker_asks_about_an_account_and_again_after_a_day(store: Store) -> None:
    assert sum(at_once(lambda: checks.begin(store, "fice-x", NOON, DAY))) == 1
    assert sum(at_once(lambda: checks.begin(store, "fice-x", NOON + DAY, DAY))) == 1
    with store.read() as connection:
        assert checks.all_checks(connection) == []  # none has been answered
    for hours, ok in enumerate((True, False, False, True)):
        checks.record(store, "fice-x", ok, "said", NOON + DAY, NOON + hours * HOUR)
        with store.read() as connection:
            [known] = checks.all_checks(connection)
        assert known.ok is ok
        assert known.checked_at == NOON + hours * HOUR
        assert known.since == NOON + {0: 0, 1: 1, 2: 1, 3: 3}[hours] * HOUR
        assert known.expires_at == NOON + DAY
