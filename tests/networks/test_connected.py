"""Credentials that people gave by `bot accounts connect`, beside those of the environment."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.model.account import Account
from bot.networks import could_renew, missing_credentials, obstacle, secrets
from bot.networks.connected import origin_of, sealed, with_connected
from bot.seal import new_key
from bot.settings import Settings, SettingsError
from bot.store.connections import Connected

X = Account("fice-x", "twitter", "@fice")
KEYS = {
    "API_KEY": "the-key-0123456789",
    "API_SECRET": "the-secret-0123456789",
    "ACCESS_TOKEN": "1234-the-token-0123456789",
    "ACCESS_TOKEN_SECRET": "the-token-secret-0123456789",
}


def settings(**environment: str) -> Settings:
    return Settings(
        Path("config"), Path("posts"), "sqlite:///x.db", 0, accounts={X.name: X}, environment=environment
    )


def connected(known: Settings, **more: str) -> Connected:
    now = SystemClock().now()
    return Connected(
        X.name, X.network, origin_of(X, known), sealed({**KEYS, **more}, known), "@fice", now, "anna"
    )


def test_an_account_that_was_connected_needs_no_environment() -> None:
    known = settings(BOT_SECRET_KEY=new_key())
    assert len(missing_credentials(X, known)) == 4
    complete = with_connected(known, [connected(known)])
    assert missing_credentials(X, complete) == []
    assert obstacle("fice-x", complete) is None


def test_they_go_before_what_stood_in_the_environment_when_it_was_connected() -> None:
    known = settings(BOT_SECRET_KEY=new_key(), FICE_X_API_KEY="an-old-one")
    complete = with_connected(known, [connected(known)])
    assert complete.variable(X, "API_KEY") == KEYS["API_KEY"]


def test_what_is_put_into_the_environment_later_holds() -> None:
    before = settings(BOT_SECRET_KEY=new_key())
    kept = connected(before)
    after = replace(before, environment={**before.environment, "FICE_X_API_KEY": "a-new-one"})
    assert with_connected(after, [kept]).variable(X, "API_KEY") == "a-new-one"
    assert with_connected(after, [kept]).variable(X, "API_SECRET") is None


def test_none_of_it_is_shown() -> None:
    known = settings(BOT_SECRET_KEY=new_key())
    kept = connected(known)
    complete = with_connected(known, [kept])
    for value in KEYS.values():
        assert value not in repr(complete)
        assert value not in repr(kept)
        assert value in secrets(complete)


@pytest.mark.parametrize("key", ["", new_key()], ids=["none", "another"])
def test_without_the_key_the_account_is_not_connected_and_says_why(key: str) -> None:
    known = settings(BOT_SECRET_KEY=new_key())
    kept = connected(known)
    locked = with_connected(settings(BOT_SECRET_KEY=key), [kept])
    assert "BOT_SECRET_KEY" in str(obstacle("fice-x", locked))


def test_without_the_key_nothing_is_sent_with_what_is_left_in_the_environment() -> None:
    old = {f"FICE_X_{field}": f"old-{value}" for field, value in KEYS.items()}
    known = settings(BOT_SECRET_KEY=new_key(), **old)
    kept = connected(known)
    locked = with_connected(settings(BOT_SECRET_KEY=new_key(), **old), [kept])
    assert "BOT_SECRET_KEY" in str(obstacle("fice-x", locked))
    assert set(old.values()) <= set(secrets(locked))


def test_what_renewed_an_earlier_token_does_not_renew_the_one_that_was_connected() -> None:
    page = Account("fice-page", "linkedin", "FICE")
    names = ("AUTHOR", "ACCESS_TOKEN", "REFRESH_TOKEN", "CLIENT_ID", "CLIENT_SECRET")
    old = {f"FICE_PAGE_{field}": f"old-{field}" for field in names}
    known = replace(settings(BOT_SECRET_KEY=new_key(), **old), accounts={page.name: page})
    assert could_renew(page, known)
    given = {"AUTHOR": "urn:li:organization:2", "ACCESS_TOKEN": "new-token-0123456789"}
    now = SystemClock().now()
    kept = Connected(
        page.name, page.network, origin_of(page, known), sealed(given, known), "FICE", now, "anna"
    )
    complete = with_connected(known, [kept])
    assert not could_renew(page, complete)
    assert obstacle(page.name, complete) is None


def test_nothing_is_kept_without_a_key() -> None:
    with pytest.raises(SettingsError, match="BOT_SECRET_KEY is not set"):
        sealed(KEYS, settings())


def test_an_account_that_is_on_another_network_now_or_is_gone_is_left_alone() -> None:
    known = settings(BOT_SECRET_KEY=new_key())
    kept = [replace(connected(known), network="facebook"), replace(connected(known), account="gone")]
    assert with_connected(known, kept).connected == {}
