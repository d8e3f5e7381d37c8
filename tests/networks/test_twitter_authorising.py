"""Signing in to X by a PIN, with the sandbox's own sign-in and with servers that answer otherwise."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest

from bot.clock import FixedClock, SystemClock
from bot.model.account import Account
from bot.networks import connect, network_type
from bot.networks.authorising import Ask, Authorisation, AuthorisationError, Beginning, Visit
from bot.sandbox import Sandbox
from bot.settings import Settings

from .accounts import NOW
from .servers import answer, hang, reset, serving

ACCOUNT = Account("fice-x", "twitter", "@fice")


@dataclass
class World:
    """A sandbox in which the account is registered, and its app's keys are known."""

    sandbox: Sandbox
    keys: dict[str, str]

    def begin(self, url: str = "", **known: str) -> Authorisation:
        return begin(url or self.sandbox.environment()["TWITTER_API_URL"], **known)


def begin(url: str, **known: str) -> Authorisation:
    beginning = Beginning(
        ACCOUNT, known, url, "2", timedelta(seconds=0.5), FixedClock(NOW), "http://localhost:1/", "state"
    )
    return network_type("twitter").authorise(beginning)


@pytest.fixture
def world() -> Iterator[World]:
    with Sandbox(port=0) as sandbox:
        made = sandbox.register("twitter", ACCOUNT.name, ACCOUNT.handle)
        yield World(sandbox, {name.removeprefix("FICE_X_"): value for name, value in made.items()})


def visit(steps: Authorisation) -> Visit:
    step = next(steps)
    assert isinstance(step, Visit), step
    assert not step.returns
    return step


def pin_on(page: Visit) -> str:
    with urlopen(page.url, timeout=5) as response:
        found = re.search(r"<code>(\d{7})</code>", response.read().decode())
    assert found
    return found[1]


def end_of(steps: Authorisation, said: str) -> dict[str, str]:
    with pytest.raises(StopIteration) as caught:
        steps.send(said)
    return dict(caught.value.value)


def test_the_pin_gives_keys_that_work(world: World) -> None:
    steps = world.begin()
    asked = next(steps)
    assert isinstance(asked, Ask)
    assert (asked.field, asked.secret) == ("API_KEY", True)
    asked = steps.send(world.keys["API_KEY"] + "\n")
    assert isinstance(asked, Ask)
    assert asked.field == "API_SECRET"
    page = steps.send(world.keys["API_SECRET"])
    assert isinstance(page, Visit)
    given = end_of(steps, f" {pin_on(page)[:3]} {pin_on(page)[3:]} ")
    assert given == world.keys
    environment = {**world.sandbox.environment(), **{f"FICE_X_{name}": given[name] for name in given}}
    settings = Settings(Path("config"), Path("posts"), "sqlite://", 8000, environment=environment)
    assert connect(ACCOUNT, settings, SystemClock()).verify().ok


def test_keys_of_the_app_that_are_there_are_not_asked_for(world: World) -> None:
    page = visit(world.begin(API_KEY=world.keys["API_KEY"], API_SECRET=world.keys["API_SECRET"]))
    assert page.url.startswith(
        f"{world.sandbox.environment()['TWITTER_API_URL']}/oauth/authorize?oauth_token="
    )
    assert "Read and write" in page.words


@pytest.mark.parametrize("wrong", ["API_KEY", "API_SECRET"])
def test_a_wrong_key_of_the_app_is_said_to_be_so(world: World, wrong: str) -> None:
    keys = {name: world.keys[name] for name in ("API_KEY", "API_SECRET")} | {wrong: "wrong"}
    with pytest.raises(AuthorisationError, match="See whether the API key and its secret") as caught:
        next(world.begin(**keys))
    assert world.keys["API_SECRET"] not in str(caught.value)


def test_a_wrong_pin_is_said_to_be_so(world: World) -> None:
    steps = world.begin(API_KEY=world.keys["API_KEY"], API_SECRET=world.keys["API_SECRET"])
    pin = pin_on(visit(steps))
    with pytest.raises(AuthorisationError, match="Begin again: a PIN works once"):
        steps.send(str((int(pin) + 1) % 10**7))


def test_a_pin_works_only_where_somebody_has_agreed(world: World) -> None:
    steps = world.begin(API_KEY=world.keys["API_KEY"], API_SECRET=world.keys["API_SECRET"])
    visit(steps)
    with pytest.raises(AuthorisationError, match="oauth_verifier"):
        steps.send("")


REQUEST = answer(200, "oauth_token=t&oauth_token_secret=s&oauth_callback_confirmed=true")
CALLBACK = {"errors": [{"code": 415, "message": "Callback URL not approved for this client application."}]}


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (answer(403, CALLBACK), "a callback URL, any"),
        (answer(200, ""), "without a token"),
        (answer(200, "<html>"), "without a token"),
        (answer(503, ""), "X answered 503"),
        (answer(429, ""), "goes on by itself"),
        (hang(seconds=1), "no whole answer came in time"),
        (reset(), "X: the connection"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_whatever_x_answers_is_one_line(first: bool, behaviour: object, words: str) -> None:
    before = () if first else (REQUEST,)
    with serving(*before, behaviour) as server:  # type: ignore[arg-type]
        steps = begin(server.url, API_KEY="key", API_SECRET="hush-hush")
        if not first:
            next(steps)
        with pytest.raises(AuthorisationError) as caught:
            next(steps) if first else steps.send("1234567")
    assert words in str(caught.value)
    assert "bot looks" not in str(caught.value)
    assert str(caught.value).isprintable()
    assert "hush-hush" not in str(caught.value)


def test_it_is_asked_without_a_way_back_and_signed_for_x() -> None:
    with serving(REQUEST, answer(200, "oauth_token=1-a&oauth_token_secret=b")) as server:
        steps = begin(server.url, API_KEY="key", API_SECRET="secret")
        next(steps)
        given = end_of(steps, "1234567")
        first, second = server.requests
    assert first.line == "POST /oauth/request_token HTTP/1.1"
    assert 'oauth_callback="oob"' in first.headers["authorization"]
    assert second.line == "POST /oauth/access_token HTTP/1.1"
    assert 'oauth_verifier="1234567"' in second.headers["authorization"]
    assert 'oauth_token="t"' in second.headers["authorization"]
    assert (given["ACCESS_TOKEN"], given["ACCESS_TOKEN_SECRET"]) == ("1-a", "b")
