"""Signing in with LinkedIn, step by step, and choosing whom to publish as."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from bot.clock import FixedClock
from bot.model.account import Account
from bot.networks import network_type
from bot.networks.authorising import Ask, Authorisation, AuthorisationError, Beginning, Choose, Visit
from bot.networks.base import Connection
from bot.sandbox import Sandbox

from .servers import Behaviour, answer, reset, serving

ACCOUNT = Account("fice-linkedin", "linkedin", "FICE")
BACK, STATE = "http://127.0.0.1:8765/connected", "state & more/+"


@dataclass
class Person:
    """Whoever sits before the screen: answers what is asked."""

    answers: dict[str, str]  # by the field that is asked for
    whom: str = "organization"
    allow: str = "yes"
    change: Callable[[str], str] = field(default=lambda back: back)  # of the address that comes back
    seen: list[Any] = field(default_factory=list)

    def answer(self, step: Any) -> str:
        self.seen.append(step)
        match step:
            case Ask(name):
                return self.answers[name]
            case Choose(_, options) if options[0][0].startswith("urn:"):
                return options[0][0]
            case Choose():
                return self.whom
            case Visit(url):
                return self.change(self.agree(url))
        raise AssertionError(step)

    def agree(self, url: str) -> str:
        with requests.Session() as session:
            session.trust_env = False
            page = session.get(url)
            page.raise_for_status()
            assert "would like to" in page.text
            return session.post(url, data={"allow": self.allow}, allow_redirects=False).headers["location"]


@dataclass
class World:
    """A sandbox with one app and its member."""

    sandbox: Sandbox
    clock: FixedClock
    keys: Mapping[str, str]

    def beginning(self, known: Mapping[str, str] | None = None, url: str = "") -> Beginning:
        base = url or self.sandbox.environment()["LINKEDIN_API_URL"]
        wait = timedelta(seconds=5)
        return Beginning(ACCOUNT, known or {}, base, "202607", wait, self.clock, BACK, STATE)

    def connect(self, person: Person, known: Mapping[str, str] | None = None) -> Mapping[str, str]:
        return lead(network_type("linkedin").authorise(self.beginning(known)), person)

    def person(self, **more: Any) -> Person:
        return Person({name: self.keys[name] for name in ("CLIENT_ID", "CLIENT_SECRET")}, **more)


def lead(steps: Authorisation, person: Person) -> Mapping[str, str]:
    """Go through all steps."""
    try:
        step = next(steps)
        while True:
            step = steps.send(person.answer(step))
    except StopIteration as end:
        return dict(end.value)


@pytest.fixture
def world() -> Iterator[World]:
    clock = FixedClock(datetime(2026, 9, 21, 9, 0, tzinfo=UTC))
    with Sandbox(now=clock.now) as sandbox:
        made = sandbox.register("linkedin", ACCOUNT.name, "FICE")
        yield World(sandbox, clock, {n.removeprefix("FICE_LINKEDIN_"): v for n, v in made.items()})


def test_a_page_is_connected(world: World) -> None:
    person = world.person()
    found = world.connect(person)
    assert set(found) == {"AUTHOR", "ACCESS_TOKEN", "REFRESH_TOKEN", "CLIENT_ID", "CLIENT_SECRET"}
    assert found["AUTHOR"] == world.keys["AUTHOR"]
    assert found["ACCESS_TOKEN"] != world.keys["ACCESS_TOKEN"]
    assert [type(step) for step in person.seen] == [Ask, Ask, Choose, Visit, Choose]
    assert person.seen[4].options == ((world.keys["AUTHOR"], "FICE"),)
    kind = network_type("linkedin")
    url, wait = world.sandbox.environment()["LINKEDIN_API_URL"], timedelta(seconds=5)
    health = kind.connect(Connection(ACCOUNT, found, url, "202607", wait, world.clock)).verify()
    assert health.ok
    assert "w_organization_social" in health.detail
    assert health.expires_at == world.clock.now() + timedelta(days=60)


def test_a_member_is_connected_with_less(world: World) -> None:
    person = world.person(whom="person")
    found = world.connect(person)
    assert found["AUTHOR"].startswith("urn:li:person:m")
    assert "REFRESH_TOKEN" not in found
    asked = parse_qs(urlsplit(person.seen[3].url).query)
    assert asked["scope"] == ["openid profile w_member_social"]
    assert (asked["redirect_uri"], asked["state"]) == ([BACK], [STATE])
    assert person.seen[3].returns


def test_what_is_known_is_not_asked_for_again(world: World) -> None:
    person = world.person()
    known = {"CLIENT_ID": world.keys["CLIENT_ID"], "CLIENT_SECRET": world.keys["CLIENT_SECRET"]}
    world.connect(person, known)
    assert not [step for step in person.seen if isinstance(step, Ask)]


def test_the_secret_of_the_app_is_asked_for_as_a_secret(world: World) -> None:
    person = world.person()
    world.connect(person)
    assert [(step.field, step.secret) for step in person.seen[:2]] == [
        ("CLIENT_ID", False),
        ("CLIENT_SECRET", True),
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda back: back.replace("state=", "state=x"), "begin anew"),
        (lambda back: back.split("&state")[0], "begin anew"),
        (lambda back: "", "begin anew"),
        (lambda back: "no address at all", "begin anew"),
        (lambda back: back.replace("code=", "cod="), "no code"),
        (lambda back: back.replace("code=AQ", "code=AX"), "authorization code not found"),
    ],
)
def test_an_address_that_is_not_of_this_sign_in_is_not_believed(
    world: World, change: Callable[[str], str], words: str
) -> None:
    with pytest.raises(AuthorisationError, match=words):
        world.connect(world.person(change=change))


def test_whoever_says_no_is_heard(world: World) -> None:
    with pytest.raises(AuthorisationError, match="cancelled the authorization"):
        world.connect(world.person(allow="no"))


def test_a_wrong_secret_is_said_to_be_so(world: World) -> None:
    person = world.person()
    person.answers["CLIENT_SECRET"] = "wrong-secret"
    with pytest.raises(AuthorisationError, match="Client authentication failed") as error:
        world.connect(person)
    assert "wrong-secret" not in str(error.value)


def test_a_member_without_a_role_is_told_what_she_lacks(world: World) -> None:
    world.sandbox.set_credentials(ACCOUNT.name, "read-only")
    with pytest.raises(AuthorisationError, match="may publish on no page"):
        world.connect(world.person())


def test_a_choice_that_was_not_offered_is_not_taken(world: World) -> None:
    with pytest.raises(AuthorisationError, match="choose organization or person"):
        world.connect(world.person(whom="everybody"))


@pytest.mark.parametrize(
    "behaviour", [reset(), answer(500), answer(200, {}), answer(200, "<html>"), answer(400, {"error": "x"})]
)
def test_a_sign_in_that_goes_wrong_ends_in_one_line(world: World, behaviour: Behaviour) -> None:
    known = {"CLIENT_ID": "app", "CLIENT_SECRET": "very-secret-value"}
    with serving(behaviour) as server:
        steps = network_type("linkedin").authorise(world.beginning(known, server.url))
        next(steps)
        visit = steps.send("person")
        assert isinstance(visit, Visit)
        assert visit.url.startswith(f"{server.url}/oauth/v2/authorization?")
        query = "code=abc&state=state%20%26%20more%2F%2B"
        with pytest.raises(AuthorisationError) as error:
            steps.send(f"{BACK}?{query}")
    assert "\n" not in str(error.value)
    assert "very-secret-value" not in str(error.value)


def test_the_real_sign_in_is_linkedins_own(world: World) -> None:
    known = {"CLIENT_ID": "app", "CLIENT_SECRET": "secret"}
    steps = network_type("linkedin").authorise(world.beginning(known, "https://api.linkedin.com"))
    next(steps)
    visit = steps.send("organization")
    assert isinstance(visit, Visit)
    assert visit.url.startswith(
        "https://www.linkedin.com/oauth/v2/authorization?response_type=code&client_id=app"
    )
    scopes = parse_qs(urlsplit(visit.url).query)["scope"]
    assert scopes == ["w_organization_social r_organization_social rw_organization_admin"]
