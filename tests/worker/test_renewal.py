"""Renewing LinkedIn's access token: in time, once, kept encrypted before its use, not lost to a blip."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import FixedClock
from bot.model.account import Account
from bot.networks.token_keeper import Renewed
from bot.rehearsal import stage
from bot.sandbox import Sandbox, credentials
from bot.seal import new_key
from bot.settings import Settings, SettingsError
from bot.store import secrets
from bot.store.secrets import Kept

from .helper import HOUR, NOON, PATIENCE_S, Bench, NetworkTime, Said, eventually

NAME = "fice-linkedin"
DAY = timedelta(days=1)
KEY = new_key()


@pytest.fixture
def make(new_bench: Callable[..., Bench]) -> Callable[..., Bench]:
    """Makes workers whose LinkedIn account has all that a renewal takes."""

    def made(key: str = KEY, **changed: str) -> Bench:
        own = credentials.environment(credentials.account("linkedin", NAME, "fice_linkedin"))
        return new_bench(variables={**own, "BOT_SECRET_KEY": key, **changed})

    return made


@pytest.fixture
def renewing(make: Callable[..., Bench]) -> Bench:
    """One whose token ends in three days."""
    bench = make()
    bench.sandbox.end_token(NAME, NOON + 3 * DAY)
    return bench


def kept(bench: Bench) -> Kept:
    with bench.store.read() as connection:
        found = secrets.of(connection, NAME)
    assert found is not None
    return found


def renewals(bench: Bench) -> list[str]:
    """What came of each request for a new token."""
    return [call.outcome for call in bench.sandbox.calls() if call.operation == "accessToken"]


def access(bench: Bench) -> str:
    return bench.keeper.tokens(kept(bench)).access


def publishes(bench: Bench, text: str = "Hello") -> bool:
    delivery = bench.queue(NAME, text, due=bench.clock.now())
    bench.run()
    return bench.state(delivery) == "published"


def test_a_token_is_renewed_a_week_before_it_ends(make: Callable[..., Bench]) -> None:
    bench = make()
    bench.sandbox.end_token(NAME, NOON + 10 * DAY)
    bench.keeper.care()
    assert renewals(bench) == []
    assert kept(bench).access_ends_at == NOON + 10 * DAY
    bench.advance(4 * DAY)
    bench.keeper.care()
    assert renewals(bench) == ["200"]
    assert kept(bench).access_ends_at == NOON + 64 * DAY
    bench.keeper.care()
    assert renewals(bench) == ["200"]


def test_what_is_published_after_a_renewal_uses_the_new_token(renewing: Bench) -> None:
    assert publishes(renewing, "With the old one")
    renewing.keeper.care()
    renewing.advance(5 * DAY)  # the old one has ended
    assert publishes(renewing, "With the new one")
    assert renewals(renewing) == ["200"]


def test_a_renewed_token_outlives_the_process(renewing: Bench, make: Callable[..., Bench]) -> None:
    renewing.keeper.care()
    later = make()
    later.advance(5 * DAY)
    assert publishes(later)
    assert renewals(later) == ["200"]


def test_nothing_of_a_token_stands_in_the_database_in_plain_text(renewing: Bench, tmp_path: Path) -> None:
    renewing.sandbox.set_rotate_refresh_tokens(True)
    renewing.keeper.care()
    tokens = renewing.keeper.tokens(kept(renewing))
    assert tokens.refresh.endswith("~1")
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("bot.db*"))
    own = renewing.sandbox.register("linkedin", NAME, "fice_linkedin")
    for secret in (tokens.access, tokens.refresh, *own.values(), KEY):
        if not secret.startswith("urn:"):
            assert secret.encode() not in stored
    assert kept(renewing).sealed.encode() in stored


def test_a_refused_token_is_renewed_and_the_post_goes_out_with_it(
    make: Callable[..., Bench],
) -> None:
    bench = make()
    bench.keeper.care()
    bench.sandbox.set_credentials(NAME, "expired")
    delivery = bench.queue(NAME)
    bench.run()
    assert bench.state(delivery) == "scheduled"
    assert "being renewed" in bench.row(delivery)["reason"]
    bench.after(seconds=10)
    assert bench.story(delivery)[-2:] == ["publishing", "published"]
    assert bench.attempts(delivery) == [(1, "not-published"), (1, "published")]
    assert renewals(bench) == ["200"]
    assert len(bench.feed(NAME)) == 1


def test_a_new_token_that_is_refused_too_stops_the_account(make: Callable[..., Bench], said: Said) -> None:
    bench = make()
    bench.sandbox.set_credentials(NAME, "expired")
    refusal = {"message": "Revoked", "status": 401, "code": "REVOKED_ACCESS_TOKEN", "serviceErrorCode": 65601}
    bench.sandbox.add_fault("linkedin", "status", status=401, body=refusal, count=2)
    delivery = bench.queue(NAME)
    bench.run()
    bench.after(seconds=10)
    assert bench.state(delivery) == "failed"
    assert bench.lane(NAME).cause == "credentials"
    assert renewals(bench) == ["200"]
    assert said.tracebacks() == []


def test_a_refused_refresh_token_needs_a_person_and_is_said_once(renewing: Bench, said: Said) -> None:
    renewing.sandbox.set_credentials(NAME, "revoked")
    for _ in range(3):
        renewing.keeper.care()
        renewing.advance(DAY)
    assert renewals(renewing) == ["400"]
    [line] = said.lines("not renewed any more")
    assert "expired or revoked" in line
    assert "Make new ones" in line
    delivery = renewing.queue(NAME, due=renewing.clock.now())
    renewing.run()
    assert renewing.state(delivery) == "failed"
    assert renewing.lane(NAME).cause == "credentials"


@pytest.mark.parametrize(
    ("fault", "more"),
    [
        ("status", {"status": 500}),
        ("status", {"status": 429}),
        ("status", {"status": 403, "body": "<title>Our proxy</title>", "content_type": "text/html"}),
        ("status", {"status": 200, "body": {}}),
        ("drop_before", {}),
        ("drop_after", {}),
        ("truncate", {}),
    ],
)
def test_a_blip_is_no_refusal(renewing: Bench, said: Said, fault: str, more: dict[str, Any]) -> None:
    renewing.sandbox.add_fault("linkedin", "status", on="token", status=503)  # the first asks for the end
    renewing.keeper.care()
    renewing.keeper.care()
    assert kept(renewing).access_ends_at is None
    renewing.sandbox.add_fault("linkedin", fault, on="token", **more)
    assert renewing.keeper.renew(NAME) is Renewed.LATER
    assert kept(renewing).refused == ""
    assert publishes(renewing), "the old token holds still"
    assert renewing.keeper.renew(NAME) is Renewed.YES
    assert len(said.lines("not renewed yet")) == 1


def test_after_a_failure_it_is_not_asked_again_at_once(renewing: Bench) -> None:
    renewing.sandbox.end_token(NAME, NOON + 30 * DAY)
    renewing.keeper.care()
    renewing.advance(25 * DAY)
    renewing.sandbox.add_fault("linkedin", "status", on="token", status=503)
    renewing.keeper.care()
    renewing.keeper.care()
    assert renewals(renewing) == ["fault: status, answered 503"]
    renewing.advance(timedelta(minutes=15))
    renewing.keeper.care()
    assert renewals(renewing)[1:] == ["200"]


def test_two_workers_renew_once(
    renewing: Bench, make: Callable[..., Bench], network_time: NetworkTime
) -> None:
    other = make()
    renewing.sandbox.set_rotate_refresh_tokens(True)
    start = threading.Barrier(2)

    def care(bench: Bench) -> None:
        start.wait()
        bench.keeper.care()

    threads = [threading.Thread(target=care, args=(bench,)) for bench in (renewing, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert renewals(renewing) == ["200"]
    assert access(renewing) == access(other)
    renewing.advance(5 * DAY)
    assert publishes(renewing, "One")
    assert publishes(other, "Two")


def test_who_finds_another_at_it_uses_the_old_token_meanwhile(
    renewing: Bench, make: Callable[..., Bench], network_time: NetworkTime
) -> None:
    other = make()
    renewing.sandbox.end_token(NAME, NOON + 30 * DAY)
    renewing.keeper.care()  # takes over what the environment has
    found: list[Renewed] = []
    network_time.during_next_call(lambda: found.append(other.keeper.renew(NAME)))
    assert renewing.keeper.renew(NAME) is Renewed.YES
    assert found == [Renewed.BUSY]
    assert renewals(renewing) == ["200"]


RENEW = """
import sys
from pathlib import Path
from bot.clock import FixedClock
from bot.networks.token_keeper import TokenKeeper
from bot.settings import load
from bot.store import open_store
from datetime import datetime
settings = load(folder=Path(sys.argv[1]))
clock = FixedClock(datetime.fromisoformat(sys.argv[2]))
TokenKeeper(open_store(settings.database_url), settings, clock).care()
"""


@pytest.mark.parametrize("rotates", [False, True])
def test_a_death_before_the_answer_is_kept_costs_at_most_a_person(
    renewing: Bench, clock: FixedClock, tmp_path: Path, rotates: bool
) -> None:
    """Killed while LinkedIn's answer is on the way, a process can not have kept it. Whether the old refresh
    token works still, LinkedIn decides; the next worker tries it once the hold has run out, not before."""
    renewing.sandbox.set_rotate_refresh_tokens(rotates)
    renewing.sandbox.end_token(NAME, NOON + 30 * DAY)
    renewing.keeper.care()
    clock.advance(25 * DAY)
    given = len(renewing.sandbox._books._tokens)
    renewing.sandbox.add_fault("linkedin", "hang", on="token", stored=True, seconds=PATIENCE_S)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "accounts.toml").write_text(f'[{NAME}]\nnetwork = "linkedin"\nhandle = "F"\n')
    worker = subprocess.Popen(
        [sys.executable, "-c", RENEW, str(tmp_path), clock.now().isoformat()],
        env={**os.environ, **renewing.settings.environment, "DATABASE_URL": renewing.settings.database_url},
    )
    eventually(lambda: len(renewing.sandbox._books._tokens) > given)
    worker.kill()
    worker.wait()
    assert kept(renewing).holder is not None
    assert renewing.keeper.renew(NAME) is Renewed.BUSY
    clock.advance(timedelta(minutes=2))
    assert renewing.keeper.renew(NAME) is (Renewed.REFUSED if rotates else Renewed.YES)
    assert publishes(renewing), "the first access token holds in either case"


def test_an_answer_is_kept_although_the_store_refuses_for_a_while(renewing: Bench) -> None:
    bench = renewing
    bench.sandbox.end_token(NAME, NOON + 30 * DAY)
    bench.keeper.care()
    bench.sandbox.set_rotate_refresh_tokens(True)
    bench.sandbox.add_fault("linkedin", "slow", on="token", seconds=0.2)
    blocker = threading.Timer(0.1, lambda: setattr(bench, "writes_refused", True))
    reopen = threading.Timer(0.5, lambda: setattr(bench, "writes_refused", False))
    blocker.start()
    reopen.start()
    assert bench.keeper.renew(NAME) is Renewed.YES
    assert bench.keeper.tokens(kept(bench)).refresh.endswith("~1")


def test_a_late_answer_of_one_taken_for_dead_is_kept_too(
    renewing: Bench, make: Callable[..., Bench], clock: FixedClock
) -> None:
    """With rotation its tokens are the only ones that work: the other one has been refused meanwhile."""
    other = make()
    renewing.sandbox.end_token(NAME, NOON + 30 * DAY)
    renewing.keeper.care()
    renewing.sandbox.set_rotate_refresh_tokens(True)
    given = len(renewing.sandbox._books._tokens)
    renewing.sandbox.add_fault("linkedin", "slow", on="token", seconds=1)
    found: list[Renewed] = []
    slow = threading.Thread(target=lambda: found.append(renewing.keeper.renew(NAME)))
    slow.start()
    eventually(lambda: len(renewing.sandbox._books._tokens) > given)
    clock.advance(timedelta(minutes=3))
    assert other.keeper.renew(NAME) is Renewed.REFUSED
    slow.join()
    assert found == [Renewed.YES]
    assert kept(renewing).refused == ""
    clock.advance(HOUR)
    assert renewing.keeper.renew(NAME) is Renewed.YES


def test_new_tokens_of_a_person_win_over_what_is_stored(renewing: Bench, make: Callable[..., Bench]) -> None:
    renewing.keeper.care()
    before = kept(renewing)
    fresh = "AQ" + "x" * 100
    renewing.sandbox._books.give_token(
        renewing.sandbox._books.account("linkedin", NAME), fresh, NOON + 60 * DAY
    )
    changed = make(FICE_LINKEDIN_ACCESS_TOKEN=fresh)
    assert changed.keeper.kept(NAME) is None, "what is stored began with another one"
    changed.keeper.care()
    after = kept(changed)
    assert after.origin != before.origin
    assert access(changed) == fresh
    assert publishes(changed)


def test_a_wrong_key_is_one_line_and_loses_nothing(
    renewing: Bench, make: Callable[..., Bench], said: Said
) -> None:
    renewing.keeper.care()
    before = kept(renewing)
    for key in (new_key(), ""):
        wrong = make(key)
        why = wrong.accounts.why_not(NAME)
        assert why is not None
        assert "BOT_SECRET_KEY" in why
        wrong.keeper.care()
        delivery = wrong.queue(NAME, f"Waits {key}")
        wrong.run()
        assert wrong.state(delivery) == "held"
    assert kept(renewing) == before
    right = make()
    right.run()
    assert len(right.feed(NAME)) == 2
    assert said.tracebacks() == []


def test_new_tokens_help_who_has_lost_the_key(renewing: Bench, make: Callable[..., Bench]) -> None:
    renewing.keeper.care()
    fresh = "AQ" + "y" * 100
    books = renewing.sandbox._books
    books.give_token(books.account("linkedin", NAME), fresh, NOON + 60 * DAY)
    bench = make(new_key(), FICE_LINKEDIN_ACCESS_TOKEN=fresh)
    assert bench.accounts.why_not(NAME) is None
    assert publishes(bench)


def test_keys_are_changed_by_putting_the_new_one_first(renewing: Bench, make: Callable[..., Bench]) -> None:
    renewing.keeper.care()
    token = access(renewing)
    new = new_key()
    make(f"{new},{KEY}").keeper.care()
    alone = make(new)
    assert access(alone) == token
    assert publishes(alone)


@pytest.mark.parametrize("key", ["short", "x" * 44, f"{KEY},nonsense"], ids=["short", "long", "second"])
def test_what_is_no_key_is_refused_without_being_shown(make: Callable[..., Bench], key: str) -> None:
    with pytest.raises(SettingsError, match="BOT_SECRET_KEY is not a key") as caught:
        make(key)
    assert key not in str(caught.value)


def test_without_a_key_nothing_is_renewed_or_stored_and_it_says_how(
    make: Callable[..., Bench], said: Said
) -> None:
    bench = make("")
    bench.sandbox.end_token(NAME, NOON + DAY)
    bench.keeper.care()
    bench.keeper.care()
    [line] = said.lines("BOT_SECRET_KEY")
    assert "bot secret-key" in line
    assert publishes(bench)
    assert bench.keeper.kept(NAME) is None
    assert renewals(bench) == []


def test_in_the_last_days_of_the_refresh_token_it_is_not_asked_for_what_it_can_not_give(
    renewing: Bench, clock: FixedClock
) -> None:
    clock.advance(360 * DAY)
    renewing.sandbox.end_token(NAME, clock.now() + 3 * DAY)
    renewing.keeper.care()
    assert kept(renewing).access_ends_at == kept(renewing).refresh_ends_at == NOON + 365 * DAY
    clock.advance(DAY)
    renewing.keeper.care()
    assert renewals(renewing) == ["200"]


def test_the_sandbox_of_a_rehearsal_gets_no_real_refresh_token(tmp_path: Path) -> None:
    account = Account(NAME, "linkedin", "FICE")
    real = Settings(config=tmp_path, posts=tmp_path, database_url="", port=0, accounts={NAME: account})
    with Sandbox() as sandbox:
        found = stage._environment(real, sandbox, tmp_path)
    fields = ("REFRESH_TOKEN", "CLIENT_ID", "CLIENT_SECRET")
    assert [found[f"FICE_LINKEDIN_{field}"] for field in fields] == ["", "", ""]


@pytest.fixture(autouse=True)
def _nothing_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sign-in server stands on another host than the API: it is led away with it."""
    real = socket.getaddrinfo

    def local(host: Any, *arguments: Any, **more: Any) -> Any:
        assert host in ("127.0.0.1", "localhost"), f"{host} is not on this machine"
        return real(host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", local)


def test_what_is_announced_is_the_end_of_what_renews_a_token_and_not_of_the_token(
    make: Callable[..., Bench],
) -> None:
    without_key = make(key="")
    without_key.sandbox.end_token(NAME, NOON + 3 * DAY)
    assert without_key.accounts.ends_at(NAME, without_key.accounts[NAME].verify()) == NOON + 3 * DAY
    bench = make()
    bench.sandbox.end_token(NAME, NOON + 3 * DAY)
    health = bench.accounts[NAME].verify()
    assert bench.accounts.ends_at(NAME, health) != health.expires_at
    bench.keeper.care()
    assert bench.accounts.ends_at(NAME, health) == kept(bench).refresh_ends_at
