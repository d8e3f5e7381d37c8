"""What receivers are told: everything once or more, in order, signed; over real HTTP."""

import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from bot.clock import FixedClock
from bot.settings import Settings
from bot.store import Store, post_log, webhook_copies, webhooks
from bot.store.desk import Desk
from bot.store.webhooks import Webhook
from bot.webhooks.posting import Post, Stopped
from bot.webhooks.signing import new_secret, seal_of
from bot.webhooks.webhooks import Webhooks
from tests.store.acts import claim, fail, publish
from tests.store.conftest import NOON, delivery, queue_up
from tests.webhooks.conftest import Got, Receiver
from tests.worker.helper import eventually, listening

DAY = timedelta(days=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def running(store: Store, settings: Settings, clock: FixedClock) -> Webhooks:
    return Webhooks(store, settings, clock)


def hook(store: Store, settings: Settings, url: str, *events: str, secret: str | None = None) -> int:
    sealed = seal_of(settings).close(secret or new_secret())
    with store.write() as connection:
        return webhooks.make(connection, "ours", url, events, sealed, "anna", NOON)


def found(store: Store, number: int) -> Webhook:
    with store.read() as connection:
        return webhooks.get(connection, number)


def copies(store: Store, number: int) -> list[webhook_copies.Copy]:
    with store.read() as connection:
        return list(reversed(webhook_copies.latest(connection, number, 100)))


def send_all(running: Webhooks) -> None:
    eventually(lambda: not running.look())


def told(receiver: Receiver) -> list[tuple[str, str]]:
    return [(one.json["type"], one.json["delivery"]["post"]) for one in receiver.got]


def test_a_change_is_told_with_a_signature_that_anybody_can_verify(
    store: Store, settings: Settings, receiver: Receiver, running: Webhooks
) -> None:
    secret = new_secret()
    queue_up(store, delivery("week/0.md"))  # before there was a webhook: not told
    hook(store, settings, receiver.url, secret=secret)
    [number] = queue_up(store, delivery("week/é.md", "kenya-x"))
    publish(store, claim(store, "kenya-x"))
    send_all(running)
    first, *_, last = receiver.got
    assert [one.json["type"] for one in receiver.got] == [
        "delivery.scheduled", "delivery.publishing", "delivery.published",
    ]  # fmt: skip
    assert first.path == "/hook?of=ours"
    assert first.headers["content-type"] == "application/json"
    assert all(one.is_signed_with(secret) for one in receiver.got)
    assert not first.is_signed_with(new_secret())
    assert not Got(first.path, first.headers, first.body + b" ").is_signed_with(secret)
    assert int(first.headers["webhook-timestamp"]) == int(NOON.timestamp())
    assert len({one.headers["webhook-id"] for one in receiver.got}) == 3
    assert last.json["id"] == last.headers["webhook-id"]
    assert "." not in last.json["id"]
    told = last.json["delivery"]
    assert (told["id"], told["post"], told["state"], told["from"]) == (
        number, "week/é.md", "published", "publishing",
    )  # fmt: skip
    assert (told["campaign"], told["account"], told["network"]) == ("week", "kenya-x", "twitter")
    assert told["remote_url"].startswith("https://x.com/")
    assert last.json["at"] == last.json["timestamp"] == NOON.isoformat()
    assert last.json["entry"] > first.json["entry"]


def test_only_what_was_asked_for_is_told(
    store: Store, settings: Settings, receiver: Receiver, running: Webhooks
) -> None:
    hook(store, settings, receiver.url, "delivery.failed", "delivery.published")
    queue_up(store, delivery("week/1.md"), delivery("week/2.md", "kenya-x"))
    publish(store, claim(store))
    fail(store, claim(store, "kenya-x"))
    send_all(running)
    assert told(receiver) == [("delivery.published", "week/1.md"), ("delivery.failed", "week/2.md")]


def test_what_does_not_arrive_is_sent_again_with_the_same_id_and_nothing_overtakes_it(
    store: Store, settings: Settings, clock: FixedClock, receiver: Receiver, running: Webhooks
) -> None:
    number = hook(store, settings, receiver.url)
    queue_up(store, delivery("week/1.md"), delivery("week/2.md"))
    receiver.status, receiver.words = 500, b"a fault of mine\n" * 50
    with listening() as said:
        send_all(running)
        send_all(running)
        assert len(receiver.got) == 1  # not at once again, and not the second before the first
        clock.advance(timedelta(seconds=7))
        send_all(running)
    assert len(said.lines("was not told")) == 1
    assert len(receiver.got) == 2
    [first, second] = copies(store, number)
    assert (first.tries, first.status, second.tries) == (2, 500, 0)
    assert first.answer.startswith("a fault of mine a fault")
    assert len(first.answer) == 200
    assert found(store, number).failing_since == NOON
    receiver.status, receiver.words = 200, b""
    clock.advance(timedelta(minutes=2))
    send_all(running)
    again = receiver.got[2]
    assert [one.json["delivery"]["post"] for one in receiver.got[2:]] == ["week/1.md", "week/2.md"]
    assert again.headers["webhook-id"] == receiver.got[0].headers["webhook-id"]
    assert again.body == receiver.got[0].body
    assert again.headers["webhook-timestamp"] != receiver.got[0].headers["webhook-timestamp"]
    assert found(store, number).failing_since is None


def test_a_receiver_that_asks_for_time_gets_it(
    store: Store, settings: Settings, clock: FixedClock, receiver: Receiver, running: Webhooks
) -> None:
    number = hook(store, settings, receiver.url)
    queue_up(store, delivery())
    receiver.status, receiver.more = 429, {"Retry-After": "300"}
    send_all(running)
    assert found(store, number).ready_at == NOON + timedelta(seconds=300)


def test_a_redirect_is_not_followed(
    store: Store, settings: Settings, receiver: Receiver, running: Webhooks
) -> None:
    number = hook(store, settings, receiver.url)
    queue_up(store, delivery())
    receiver.status, receiver.more = 307, {"Location": "/elsewhere"}
    send_all(running)
    assert [one.path for one in receiver.got] == ["/hook?of=ours"]
    assert copies(store, number)[0].sent_at is None


def test_what_is_a_day_old_is_given_up_and_the_next_is_tried(
    store: Store, settings: Settings, clock: FixedClock, receiver: Receiver, running: Webhooks
) -> None:
    number = hook(store, settings, receiver.url)
    queue_up(store, delivery("week/1.md"), delivery("week/2.md"))
    receiver.status = 503
    send_all(running)
    clock.advance(DAY + timedelta(hours=1))
    send_all(running)
    assert copies(store, number)[0].given_up_at == clock.now()
    receiver.status = 200
    clock.advance(timedelta(hours=2))
    send_all(running)
    assert told(receiver)[-1] == ("delivery.scheduled", "week/2.md")
    assert copies(store, number)[1].sent_at == clock.now()


@pytest.mark.parametrize("status", [410, 500])
def test_who_is_gone_or_never_answers_is_told_nothing_more_and_the_team_can_see_why(
    store: Store, settings: Settings, clock: FixedClock, receiver: Receiver, running: Webhooks, status: int
) -> None:
    number = hook(store, settings, receiver.url)
    queue_up(store, delivery())
    receiver.status = status
    send_all(running)
    if status == 500:
        assert found(store, number).active
        queue_up(store, delivery("week/2.md"))
        clock.advance(timedelta(days=8))
        send_all(running)
    off = found(store, number)
    assert not off.active
    assert off.off_why
    queue_up(store, delivery("week/3.md"))
    seen = len(receiver.got)
    clock.advance(DAY)
    send_all(running)
    assert len(receiver.got) == seen


def test_two_secrets_sign_while_one_is_exchanged(
    store: Store, settings: Settings, clock: FixedClock, receiver: Receiver, running: Webhooks
) -> None:
    old, new = new_secret(), new_secret()
    number = hook(store, settings, receiver.url, secret=old)
    with store.write() as connection:
        webhooks.rotate(connection, number, seal_of(settings).close(new), "anna", NOON)
    queue_up(store, delivery("week/1.md"))
    send_all(running)
    assert receiver.got[0].is_signed_with(old)
    assert receiver.got[0].is_signed_with(new)
    clock.advance(DAY)
    queue_up(store, delivery("week/2.md"))
    send_all(running)
    assert not receiver.got[1].is_signed_with(old)
    assert receiver.got[1].is_signed_with(new)


def test_a_crash_between_the_call_and_the_note_sends_the_same_again(
    store: Store, settings: Settings, clock: FixedClock, receiver: Receiver, running: Webhooks
) -> None:
    number = hook(store, settings, receiver.url)
    queue_up(store, delivery("week/1.md"), delivery("week/2.md"))
    webhook_copies.note(store, NOON)
    parcel = webhook_copies.claim(store, number, NOON)
    assert parcel is not None
    running._post(parcel, Post())  # and then the process is gone
    send_all(running)
    assert len(receiver.got) == 1  # it may be under way still
    clock.advance(webhook_copies.LEASE)
    send_all(running)
    assert [one.json["delivery"]["post"] for one in receiver.got] == ["week/1.md", "week/1.md", "week/2.md"]
    assert receiver.got[0].headers["webhook-id"] == receiver.got[1].headers["webhook-id"]
    webhook_copies.did_not_arrive(store, parcel, 500, "", clock.now())  # of the one that was taken for dead
    assert [one.status for one in copies(store, number)] == [204, 204]


def test_two_senders_send_each_once_and_in_order(
    store: Store, other_store: Store, settings: Settings, clock: FixedClock, receiver: Receiver
) -> None:
    hook(store, settings, receiver.url)
    ids = queue_up(store, *(delivery(f"week/{number}.md") for number in range(20)))
    Desk(store, "anna", NOON).hold(ids[:10], "")
    senders = [Webhooks(one, settings, clock) for one in (store, other_store)]
    threads = [threading.Thread(target=send_all, args=(one,)) for one in senders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send_all(senders[0])
    entries = [one.json["entry"] for one in receiver.got]
    assert entries == sorted(set(entries))
    assert len(entries) == 30


def test_a_slow_receiver_delays_no_other_and_a_stop_waits_for_none(
    store: Store, settings: Settings, clock: FixedClock, receiver: Receiver, running: Webhooks
) -> None:
    with Receiver() as slow:
        slow.status = None
        number = hook(store, settings, slow.url)
        hook(store, settings, receiver.url)
        queue_up(store, delivery())
        running.start()
        assert slow.arrived.wait(20)
        assert receiver.arrived.wait(20)
        running.stop()
        eventually(lambda: copies(store, number)[0].tries == 1)
        # At once, by whoever comes next.
        eventually(lambda: webhook_copies.claim(store, number, NOON) is not None)


def test_a_wrong_clock_sends_nothing(
    store: Store, settings: Settings, clock: FixedClock, receiver: Receiver
) -> None:
    hook(store, settings, receiver.url)
    queue_up(store, delivery())
    assert not Webhooks(store, settings, clock, clock_is_right=lambda: False).look()
    assert receiver.got == []


def test_without_the_key_it_says_so_and_waits(
    store: Store, settings: Settings, clock: FixedClock, receiver: Receiver
) -> None:
    number = hook(store, settings, receiver.url)
    queue_up(store, delivery())
    bare = Settings(settings.config, settings.posts, settings.database_url, 0)
    send_all(Webhooks(store, bare, clock))
    assert "BOT_SECRET_KEY" in copies(store, number)[0].answer
    assert receiver.got == []


def test_a_test_is_sent_at_once_and_an_answer_shows_no_secret(
    store: Store, settings: Settings, clock: FixedClock, receiver: Receiver, running: Webhooks
) -> None:
    secret = new_secret()
    number = hook(store, settings, receiver.url, secret=secret)
    receiver.status, receiver.words = 400, f"who is {secret}?".encode()
    for _ in range(2):
        with store.write() as connection:
            webhook_copies.add_test(connection, number, clock.now())
        send_all(running)
    assert [one.json["type"] for one in receiver.got] == ["test", "test"]
    assert receiver.got[0].is_signed_with(secret)
    assert copies(store, number)[0].answer == "who is [secret]?"


def test_one_that_is_switched_on_again_is_not_told_what_happened_meanwhile(
    store: Store, settings: Settings, clock: FixedClock, receiver: Receiver, running: Webhooks
) -> None:
    number = hook(store, settings, receiver.url)
    with store.write() as connection:
        webhooks.switch(connection, number, False, "anna", NOON)
    queue_up(store, delivery("week/1.md"))
    with store.write() as connection:
        webhooks.switch(connection, number, True, "anna", NOON)
    queue_up(store, delivery("week/2.md"))
    send_all(running)
    assert told(receiver) == [("delivery.scheduled", "week/2.md")]


def test_a_removed_one_leaves_nothing_behind(
    store: Store, settings: Settings, receiver: Receiver, running: Webhooks
) -> None:
    number = hook(store, settings, receiver.url)
    queue_up(store, delivery())
    webhook_copies.note(store, NOON)
    parcel = webhook_copies.claim(store, number, NOON)
    assert parcel is not None
    with store.write() as connection:
        webhooks.remove(connection, number, "anna", NOON)
    webhook_copies.did_not_arrive(store, parcel, None, "", NOON)
    webhook_copies.arrived(store, parcel, 200, "", NOON)
    send_all(running)
    assert receiver.got == []


def test_a_stopped_call_is_no_failure() -> None:
    post = Post()
    post.stop()
    with Receiver() as receiver, pytest.raises(Stopped):
        post.send(receiver.url, b"{}", {}, ())


def test_an_entry_that_changes_no_state_is_not_taken_for_one() -> None:
    assert webhook_copies.type_of("published", "published") == "delivery.noted"
    assert webhook_copies.type_of(None, "scheduled") == "delivery.scheduled"


def test_nothing_of_it_is_loaded_with_the_commands() -> None:
    code = "import sys, bot.cli.main; sys.exit('bot.webhooks' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_newest_entry_is_where_a_webhook_begins(
    store: Store, settings: Settings, receiver: Receiver
) -> None:
    queue_up(store, delivery())
    hook(store, settings, receiver.url)
    assert webhook_copies.note(store, NOON) is False
    with store.read() as connection:
        assert post_log.newest(connection) == 1
