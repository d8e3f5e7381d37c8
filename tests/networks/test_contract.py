"""The contract that every network fulfils, over real HTTP against the sandbox."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.model.account import Account
from bot.model.message import Message, Part
from bot.model.outcome import Cause, NotPublished, Published, Rejected, RemotePost, Unknown
from bot.model.sending import Sending
from bot.model.wording import Person, Wording
from bot.networks import Network, connect, network_type
from bot.sandbox import Sandbox
from bot.settings import NetworkOptions, Settings

from .accounts import NETWORKS, REFUSE_DUPLICATES, post

NASTY = [
    "Emoji 👩‍👩‍👧 😷 and (round) [square] {curly} <angle> brackets",
    "under_scores * stars ~ tildes | pipes # hashes \\ back @ at",
    "Q&A: 5 > 4 & 3 < 4; “quotes” 'single' – dashes…",
    "<script>alert('hello')</script>",
    "社会服务 работа خدمة เด็ก",
    "See https://example.org/a_(b)?c=1&d=2#part-3 now #SocialWork",
]
ALLIANCE = Person(
    "Global Alliance (GSSWA)",
    {
        "twitter": "alliance",
        "linkedin": "urn:li:organization:2414183",
        "mastodon": "alliance@social.example.org",
        "bluesky": "alliance.example.org",
    },
)
SHOWN_AS = {
    "facebook": "Global Alliance (GSSWA)",
    "linkedin": "Global Alliance (GSSWA)",
    "mastodon": "@alliance@social.example.org",
    "bluesky": "@alliance.example.org",
}


@dataclass
class World:
    """One account of one network in a sandbox of its own."""

    sandbox: Sandbox
    name: str
    account: Account
    environment: Mapping[str, str]

    @property
    def network(self) -> Network:
        return self.network_with(timeout=timedelta(seconds=30))

    def network_with(self, timeout: timedelta) -> Network:
        options = {self.name: NetworkOptions(timeout=timeout)}
        settings = Settings(
            Path("config"), Path("posts"), "sqlite://", 8000, networks=options, environment=self.environment
        )
        return connect(self.account, settings, SystemClock())

    def compose(self, body: str, **fields: Any) -> Message:
        return network_type(self.name).compose(post(body, **fields), self.account)

    def publish(self, part: Part, previous: RemotePost | None = None) -> Any:
        return self.network.publish(Sending(part, previous))

    def fault(self, fault: str, **more: Any) -> None:
        self.sandbox.add_fault(network=self.name, fault=fault, **more)

    def shown(self) -> list[str]:
        return [entry.text for entry in self.sandbox.feed()]


@pytest.fixture(params=NETWORKS)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    name = request.param
    account = Account(f"fice-{name}", name, "@fice")
    with Sandbox(port=0) as sandbox:
        environment = {**sandbox.environment(), **sandbox.register(name, account.name, account.handle)}
        yield World(sandbox, name, account, environment)


def test_a_post_is_published_once_with_id_and_permalink(world: World) -> None:
    outcome = world.publish(world.compose("Hello #World").parts[0])
    assert isinstance(outcome, Published), outcome
    assert outcome.post.remote_id
    assert str(outcome.post.url).startswith("https://")
    assert world.shown() == ["Hello #World"]


@pytest.mark.parametrize("text", NASTY)
def test_a_text_arrives_as_it_was_written(world: World, text: str) -> None:
    message = world.compose(text)
    assert isinstance(world.publish(message.parts[0]), Published)
    assert world.shown() == [text]
    assert isinstance(world.network.find(Sending(message.parts[0]), an_hour_ago(), ()), RemotePost)


def test_a_mention_and_a_hashtag_of_the_campaign_arrive_in_the_networks_own_form(world: World) -> None:
    text = "With @{Alliance} (and others): it's *our* week"
    wording = Wording({"Alliance": ALLIANCE}, ("SSWWeek",))
    message = network_type(world.name).compose(post(text), world.account, wording)
    assert message.faults == ()
    assert isinstance(world.publish(message.parts[0]), Published)
    [shown] = world.shown()
    before, name, after = shown.partition(SHOWN_AS.get(world.name, "@alliance"))
    assert (before, after) == ("With ", " (and others): it's *our* week #SSWWeek"), shown
    assert name
    assert isinstance(world.network.find(Sending(message.parts[0]), an_hour_ago(), ()), RemotePost)


def test_a_link_goes_out_with_its_post(world: World) -> None:
    part = world.compose("Read this", link="https://example.org/a_b#c").parts[0]
    assert isinstance(world.publish(part), Published)
    assert "example.org" in str(world.sandbox.feed())


def test_the_second_part_stands_under_the_first(world: World) -> None:
    fields: dict[str, Any] = {"first_comment": "And more (here)"}
    if network_type(world.name).abilities.threads:
        fields = {"text": {world.name: ("Hello", "And more (here)")}}
    first, second = world.compose("Hello", **fields).parts
    head = world.publish(first)
    tail = world.publish(second, head.post)
    assert isinstance(tail, Published), tail
    assert tail.post.remote_id != head.post.remote_id
    found = world.network.find(Sending(second, head.post), an_hour_ago(), ())
    assert isinstance(found, RemotePost)
    assert found.remote_id == tail.post.remote_id


@pytest.mark.parametrize("status", [500, 503, 408])
def test_a_status_that_tells_nothing_is_uncertain(world: World, status: int) -> None:
    world.fault("status", status=status)
    assert isinstance(world.publish(world.compose("Hello").parts[0]), Unknown)


def test_a_limit_lets_it_be_tried_again(world: World) -> None:
    world.fault("status", status=429)
    outcome = world.publish(world.compose("Hello").parts[0])
    assert isinstance(outcome, NotPublished)
    assert outcome.cause is Cause.RATE_LIMIT
    assert world.shown() == []


def test_refused_credentials_are_said_to_be_so(world: World) -> None:
    world.fault("status", status=401)
    outcome = world.publish(world.compose("Hello").parts[0])
    assert isinstance(outcome, Rejected)
    assert outcome.cause is Cause.CREDENTIALS


@pytest.mark.parametrize("world", REFUSE_DUPLICATES, indirect=True)
def test_the_same_again_is_refused_as_a_duplicate(world: World) -> None:
    part = world.compose("Hello").parts[0]
    world.publish(part)
    outcome = world.publish(part)
    assert isinstance(outcome, Rejected), outcome
    assert outcome.cause is Cause.DUPLICATE


@pytest.mark.parametrize("fault", ["drop_after", "truncate", "half_close"])
def test_a_post_whose_answer_was_lost_is_found(world: World, fault: str) -> None:
    world.fault(fault)
    part = world.compose("Hello (again)", link="https://example.org/a").parts[0]
    assert isinstance(world.publish(part), Unknown)
    found = world.network.find(Sending(part), an_hour_ago(), ())
    assert isinstance(found, RemotePost)
    assert world.network.find(Sending(part), an_hour_ago(), [found.remote_id]) is None


def test_a_post_that_never_arrived_is_provably_absent(world: World) -> None:
    world.fault("drop_before")
    part = world.compose("Hello").parts[0]
    assert isinstance(world.publish(part), Unknown)
    assert world.network.find(Sending(part), an_hour_ago(), ()) is None


def test_a_server_that_hangs_holds_us_for_the_time_limit_only(world: World) -> None:
    world.fault("hang", seconds=600)
    part = world.compose("Hello").parts[0]
    assert isinstance(world.network_with(timeout=timedelta(seconds=0.3)).publish(Sending(part)), Unknown)


def test_working_credentials_say_who_they_are(world: World) -> None:
    health = world.network.verify()
    assert health.ok, health.detail
    assert health.identity


def an_hour_ago() -> Any:
    return SystemClock().now() - timedelta(hours=1)
