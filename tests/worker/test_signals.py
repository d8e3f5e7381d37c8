"""Signals: a worker that is told to stop, and one that is killed at the worst moment."""

import json
import signal
from collections import Counter
from collections.abc import Iterator
from urllib.request import ProxyHandler, build_opener

import pytest

from bot.sandbox import Sandbox

from .helper import BY_NETWORK, LONG_S, House, built_house, eventually, stop


def faults_to_come(sandbox: Sandbox) -> int:
    with build_opener(ProxyHandler({})).open(f"{sandbox.url}/control/faults") as answer:
        return len(json.load(answer))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_waits_stops_when_it_is_told_to(house: House, number: int) -> None:
    house.bot("db", "upgrade")
    worker = house.worker()
    eventually(lambda: house.workers() == 1, LONG_S)
    eventually(lambda: "publishes" in house.said(), LONG_S)
    assert stop(worker, number) == 0
    assert house.workers() == 0
    assert "Traceback" not in house.said()


def test_a_stop_finishes_the_calls_under_way_and_leaves_the_rest_for_the_next_worker(house: House) -> None:
    house.post("1-thread", ["1/2", "2/2"], "fice-x")
    house.post("2-post", "The post", "fice-facebook")
    house.post("3-more", "One more", "fice-facebook")
    house.bot("apply")
    for network in ("twitter", "facebook"):
        house.sandbox.add_fault(network, "slow", seconds=2)
    worker = house.worker()
    eventually(lambda: set(house.shown()) >= {"1/2", "The post"}, LONG_S)
    assert stop(worker) == 0
    assert set(house.states()) <= {"published", "scheduled"}
    assert house.workers() == 0
    assert house.worker("--until-idle").wait(LONG_S) == 0
    assert house.states() == {"published": 3}
    assert house.shown() == Counter(["1/2", "2/2", "The post", "One more"])
    first, second = (one for one in house.sandbox.feed() if one.account == "fice-x")
    assert second.parent_id == first.id
    assert "Traceback" not in house.said()


def test_a_stop_while_it_still_starts_leaves_nothing_in_publishing(house: House) -> None:
    house.configure(timeout="3s")
    house.post("1-refused", "Refused", "fice-x")
    house.bot("apply")
    house.sandbox.set_credentials("fice-x", "revoked")
    assert house.worker("--until-idle").wait(LONG_S) == 0
    # Now the account is stopped: at its start a worker asks whether the credentials work, and waits.
    house.sandbox.add_fault("twitter", "hang", on="read", seconds=60)
    house.sandbox.add_fault("facebook", "slow", seconds=1)
    house.post("2-post", "The post", "fice-facebook")
    house.bot("apply")
    worker = house.worker()
    eventually(lambda: "The post" in house.shown(), LONG_S)
    assert stop(worker) == 0
    assert "publishing" not in house.states()
    assert house.workers() == 0


KILLED = {
    "fice-x": {"fault": "hang", "stored": True, "seconds": 60},
    "fice-facebook": {"fault": "hang", "stored": False, "seconds": 60},
    "fice-linkedin": {"fault": "slow", "seconds": 60},
}


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose worker was killed in the middle of three calls, after the next one has put it right."""
    with built_house(tmp_path_factory.mktemp("killed"), travelling=True) as house:
        # Without their own rule against duplicates the networks show every mistake of ours.
        house.sandbox.set_refuse_duplicates(False)
        for network, account in BY_NETWORK.items():
            house.post(f"1-{account}", f"In the middle, {account}", account)
            house.post(f"2-{account}", f"Behind, {account}", account)
            house.sandbox.add_fault(network, **KILLED[account])
        house.bot("apply")
        worker = house.worker()
        eventually(lambda: not faults_to_come(house.sandbox) and len(house.sandbox.feed()) == 2, LONG_S)
        worker.kill()
        worker.wait()
        assert house.states() == {"publishing": 3, "scheduled": 3}
        worker = house.worker()
        house.live_until({"published": 6})
        assert stop(worker) == 0
        yield house


@pytest.mark.parametrize(
    ("account", "story"),
    [
        ("fice-x", ["uncertain", "published"]),
        ("fice-facebook", ["uncertain", "scheduled", "publishing", "published"]),
        ("fice-linkedin", ["uncertain", "published"]),
    ],
)
def test_a_worker_killed_in_the_middle_of_a_call_is_put_right_by_the_next_one(
    killed: House, account: str, story: list[str]
) -> None:
    [row] = [row for row in killed.rows() if row["post"] == f"week/1-{account}.md"]
    log = [json.loads(line) for line in killed.bot("log", "--json").splitlines()]
    of_it = [entry for entry in log if entry["delivery"] == row["id"]]
    assert [entry["state"] for entry in of_it] == ["scheduled", "publishing", *story]
    [post] = [one for one in killed.sandbox.feed() if one.text == f"In the middle, {account}"]
    assert row["remote_id"] == post.id


def test_after_a_kill_nothing_is_lost_and_nothing_comes_twice(killed: House) -> None:
    assert set(killed.shown().values()) == {1}
    assert len(killed.sandbox.feed()) == 6
    assert killed.sandbox.duplicates() == 0
    assert killed.workers() == 0
    assert "Traceback" not in killed.said()


def test_a_worker_that_is_killed_again_and_again_publishes_everything_once(travelling_house: House) -> None:
    house, sandbox = travelling_house, travelling_house.sandbox
    sandbox.set_refuse_duplicates(False)
    for number in range(6):
        house.post(f"{number}", f"number {number}", *BY_NETWORK.values())
    house.bot("apply")
    for network in BY_NETWORK:
        sandbox.add_fault(network, "slow", seconds=0.1, count=1000)
    for _ in range(3):
        seen, worker = len(sandbox.feed()), house.worker()
        eventually(lambda seen=seen: len(sandbox.feed()) > seen + 2, LONG_S)
        worker.kill()
        worker.wait()
        house.travel(seconds=60)  # as long as a call can take, and a settling time
    worker = house.worker()
    house.live_until({"published": 18})
    assert stop(worker) == 0
    assert set(Counter((one.account, one.text) for one in sandbox.feed()).values()) == {1}
    assert len(sandbox.feed()) == 18
    assert "Traceback" not in house.said()
