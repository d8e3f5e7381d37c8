"""Alerts at work: real messages through the real Apprise, to targets on this machine, good and bad."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller

import bot.alerts.alerts as alerts_module
from bot.alerts.alerts import Alerts
from bot.alerts.courier import Courier
from bot.alerts.outlook import targets_now
from bot.alerts.targets import Target, all_targets, pieces
from bot.clock import FixedClock
from bot.settings import Settings
from tests.alerts.catcher import CHAT, MAIL, SECRET, Catcher, alerts_of, settings_of
from tests.alerts.test_events import fail
from tests.worker.helper import HOUR, LONG_S, MINUTE, Bench, Said, eventually


class Mailbox:
    """Keeps what an SMTP server is given."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 kept"


@contextmanager
def mail_server() -> Iterator[tuple[Mailbox, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, port
    finally:
        controller.stop()


@contextmanager
def at_work(alerts: Alerts) -> Iterator[Alerts]:
    alerts.start()
    try:
        yield alerts
    finally:
        alerts.stop()


def target(settings: Settings, name: str) -> Target:
    return next(one for one in all_targets(settings) if one.name == name)


def test_one_failure_is_one_mail_and_one_chat_message_from_two_workers(
    bench: Bench, catcher: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts_module, "EVERY_S", 0.1)
    with mail_server() as (box, port):
        mail = f"mailto://127.0.0.1:{port}?from=bot@example.org&to=anna@example.org"
        settings = settings_of(bench, MAIL, CHAT, urls={MAIL: mail, CHAT: catcher.url})
        with at_work(alerts_of(bench, settings)), at_work(alerts_of(bench, settings)):
            fail(bench)
            eventually(lambda: box.mails and catcher.caught, LONG_S)
            eventually(lambda: all(not one.waiting for one in targets_now(bench.store, settings)), LONG_S)
    [mail_message], [chat] = box.mails, catcher.caught
    assert (
        mail_message["Subject"]
        == chat["title"]
        == ("Campaign bot: week/1.md -> fice-x is failed (due Mon 24 Sep 12:00 UTC)")
    )
    assert chat["type"] == "failure"
    assert "You may not post <this>." in chat["message"]
    plain = mail_message.get_body(("plain",)).get_content()
    assert "You may not post <this>." in plain
    assert "bot log --delivery 1" in plain


def test_a_target_that_refuses_is_tried_again_and_the_others_have_it_once(
    bench: Bench, catcher: Catcher, said: Said
) -> None:
    with Catcher() as broken:
        broken.status = 500
        settings = settings_of(bench, MAIL, CHAT, urls={MAIL: broken.url, CHAT: catcher.url})
        alerts = alerts_of(bench, settings)
        fail(bench)
        alerts.watch()
        for name in (MAIL, CHAT):
            alerts.send(target(settings, name))
        refused, fine = targets_now(bench.store, settings)
        assert (refused.waiting, refused.fine, fine.waiting, fine.fine) == (1, False, 0, True)
        assert "500" in refused.said
        assert SECRET not in refused.said
        assert SECRET not in "".join(said.lines())
        broken.status = 200
        alerts.send(target(settings, MAIL))
        assert broken.caught == []  # not so soon
        bench.advance(2 * MINUTE)
        for name in (MAIL, CHAT):
            alerts.send(target(settings, name))
        assert len(broken.caught) == len(catcher.caught) == 1
        assert all(one.fine for one in targets_now(bench.store, settings))


def test_a_target_that_never_answers_delays_neither_publishing_nor_the_others_nor_a_stop(
    bench: Bench, catcher: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts_module, "EVERY_S", 0.1)
    with Catcher() as silent:
        silent.status = None
        settings = settings_of(bench, MAIL, CHAT, urls={MAIL: silent.url, CHAT: catcher.url})
        fail(bench)

        def waiting(name: str) -> int:
            return next(one.waiting for one in targets_now(bench.store, settings) if one.name == name)

        with at_work(alerts_of(bench, settings, limit_s=600)):
            eventually(lambda: silent.asked.is_set() and catcher.caught and waiting(CHAT) == 0, LONG_S)
            two = bench.queue(text="number two")
            bench.run()
            assert bench.state(two) == "published"
        # It has come out of the block although nobody has answered; the next process sends it.
        assert (waiting(MAIL), waiting(CHAT)) == (1, 0)
        silent.status = 200
        alerts_of(bench, settings).send(target(settings, MAIL))
        assert len(silent.caught) == 1


def test_a_message_that_takes_too_long_is_broken_off(catcher: Catcher) -> None:
    catcher.status = None
    answer = Courier([], limit_s=0.5).send(Target(CHAT, catcher.url), "subject", "body", "test")
    assert not answer.ok
    assert answer.words.startswith("no answer within")


def test_a_database_that_can_not_be_used_is_told_from_memory_and_once(
    bench: Bench, catcher: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts_module, "TROUBLE_LASTS_S", 0.0)
    settings = settings_of(bench, CHAT, urls={CHAT: catcher.url})
    trouble = "bot.db: the disk is full: free some room; nothing that was queued is lost"
    fail(bench)
    alerts = alerts_of(bench, settings, troubles=lambda: {trouble})
    bench.writes_refused = True
    for _ in range(3):
        alerts.finish()  # nothing can be written, and that is no fault of this program
    eventually(lambda: catcher.caught, LONG_S)
    bench.writes_refused = False
    bench.advance(HOUR)
    alerts.finish()
    eventually(lambda: len(catcher.caught) >= 2, LONG_S)
    told = [one for one in catcher.caught if trouble in one["message"]]
    assert [one["title"] for one in told] == ["Campaign bot: the worker can not use its database"]


def test_a_worker_that_waits_for_its_clock_is_told_once_though_the_words_change(
    bench: Bench, catcher: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is missed meanwhile, so nothing in the store would tell it."""
    settings = settings_of(bench, CHAT, urls={CHAT: catcher.url})
    waits: list[str | None] = ["the clock says 12:00", "the clock says 12:01", "the clock says 12:02"]
    alerts = alerts_of(
        bench, settings, waits=lambda: waits.pop(0) if waits else None, clock_is_right=lambda: False
    )
    alerts.watch()
    monkeypatch.setattr(alerts_module, "TROUBLE_LASTS_S", 0.0)  # the first look was longer ago than that
    for _ in range(4):
        alerts.watch()
    eventually(lambda: catcher.caught, LONG_S)
    [told] = catcher.caught
    assert told["title"] == "Campaign bot: the worker waits, and nothing goes out"
    assert "the clock says 12:01" in told["message"]


def test_by_a_wrong_clock_nothing_is_noted_and_nothing_sent(
    bench: Bench, clock: FixedClock, catcher: Catcher
) -> None:
    """What it wrote down would count as told, or as being sent, until that time has come."""
    settings = settings_of(bench, CHAT, urls={CHAT: catcher.url})
    right = True
    alerts = alerts_of(bench, settings, clock_is_right=lambda: right)
    fail(bench)
    alerts.watch()
    right = False
    clock.advance(8760 * HOUR)
    fail(bench)
    alerts.finish()
    assert catcher.caught == []
    [status] = targets_now(bench.store, settings)
    assert status.waiting == 1
    right = True
    clock.advance(-8760 * HOUR)
    alerts.finish()
    assert len(catcher.caught) == 1


def test_no_secret_is_in_what_is_sent_or_shown(bench: Bench, catcher: Catcher) -> None:
    settings = settings_of(bench, CHAT, urls={CHAT: catcher.url})
    token = settings.environment["FICE_X_ACCESS_TOKEN"]
    answer = Courier.of(settings).send(
        target(settings, CHAT), f"a {token}", f"b {token} {catcher.url}", "test"
    )
    assert answer.ok
    [sent] = catcher.caught
    assert token not in str(sent)
    assert SECRET not in str(sent)
    assert SECRET not in repr(settings)
    assert SECRET not in repr(all_targets(settings))


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general", "TIiajkdnlazkcOXrIdevi7FQ"),
        ("mailto://anna:p%40ssw0rd@mail.example.org", "p@ssw0rd"),
        ("mastodons://accesstokenABC@mastodon.example/@anna", "accesstokenABC"),
        ("json://localhost/?key=hidden1", "hidden1"),
        ("tgram://123456789:abcdefg_hijklmnop/12315544/", "abcdefg_hijklmnop"),
    ],
)
def test_whatever_part_of_an_address_is_its_secret_it_is_not_shown(url: str, secret: str) -> None:
    assert secret in pieces(url)


def test_an_address_that_is_none_is_said_so() -> None:
    answer = Courier([]).send(Target(CHAT, "nonsense://somewhere"), "subject", "body", "test")
    assert not answer.ok
    assert answer.words
