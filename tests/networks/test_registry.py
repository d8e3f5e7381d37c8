"""From the settings to an adapter, by the registry."""

from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.outcome import Published
from bot.model.sending import Sending
from bot.networks import REGISTRY, NotConnectedError, connect, missing_credentials, network_type
from bot.settings import Settings, SettingsError

from .accounts import CREATED, CREDENTIALS, HELLO, NETWORKS, NOW
from .servers import answer, serving


def settings(**environment: str) -> Settings:
    return Settings(Path("config"), Path("posts"), "sqlite://", 8000, environment=environment)


def account(name: str) -> Account:
    return Account("fice-main", name, "@fice")


def complete(name: str) -> dict[str, str]:
    return {f"FICE_MAIN_{field}": value.replace(" ", "") for field, value in CREDENTIALS[name].items()}


def test_every_network_of_the_registry_says_what_it_is() -> None:
    for name in REGISTRY:
        kind = network_type(name)
        assert kind.name == name
        assert kind.base_url.startswith("https://")
        assert all(one.where for one in kind.credentials)


@pytest.mark.parametrize("name", NETWORKS)
def test_an_account_is_connected_by_the_environment(name: str) -> None:
    with serving(answer(201, CREATED[name])) as server:
        known = settings(**complete(name), **{network_type(name).url_variable: server.url})
        adapter = connect(account(name), known, FixedClock(NOW))
        assert isinstance(adapter.publish(Sending(HELLO)), Published)


@pytest.mark.parametrize("name", NETWORKS)
def test_each_missing_variable_is_named(name: str) -> None:
    for variable in complete(name):
        rest = {key: value for key, value in complete(name).items() if key != variable}
        assert missing_credentials(account(name), settings(**rest)) == [variable]
        with pytest.raises(NotConnectedError, match=variable):
            connect(account(name), settings(**rest), FixedClock(NOW))


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("value", ["“quoted”", "two words", "two\nlines", "tab\there"])
def test_a_token_that_can_not_be_sent_is_as_good_as_none(name: str, value: str) -> None:
    variable = "FICE_MAIN_APP_PASSWORD" if name == "bluesky" else "FICE_MAIN_ACCESS_TOKEN"
    known = settings(**{**complete(name), variable: value})
    assert missing_credentials(account(name), known) == [variable]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("url", ["localhost:8080", "ftp://example.org", "https://", "https://a.example/?b=c"])
def test_a_base_address_that_is_none_is_said_with_its_variable(name: str, url: str) -> None:
    variable = network_type(name).url_variable
    known = settings(**complete(name), **{variable: url})
    with pytest.raises(SettingsError, match=variable):
        connect(account(name), known, FixedClock(NOW))
