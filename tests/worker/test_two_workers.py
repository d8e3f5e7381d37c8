"""Two workers on one store: together they publish everything once."""

from collections import Counter
from collections.abc import Callable, Iterable

import pytest

from .helper import BY_NETWORK, LONG_S, Bench, House, eventually, stop

ACCOUNTS = tuple(BY_NETWORK.values())


def write(house: House, numbers: Iterable[int]) -> None:
    for number in numbers:
        house.post(f"{number:02}", f"number {number}", *ACCOUNTS)


def test_two_workers_publish_thirty_deliveries_once_and_in_order(house: House) -> None:
    house.sandbox.set_refuse_duplicates(False)
    write(house, range(10))
    house.bot("apply")
    both = [house.worker("--until-idle"), house.worker("--until-idle")]
    assert [worker.wait(LONG_S) for worker in both] == [0, 0]
    assert house.states() == {"published": 30}
    assert set(Counter((one.account, one.text) for one in house.sandbox.feed()).values()) == {1}
    for account in ACCOUNTS:
        seen = [one.text for one in house.sandbox.feed() if one.account == account]
        assert seen == [f"number {number}" for number in range(10)]
    assert house.workers() == 0
    assert "Traceback" not in house.said()


@pytest.mark.parametrize(
    ("place", "number"), [("house", 2), ("server_house", 3)], ids=["two on a file", "three on PostgreSQL"]
)
def test_workers_while_plans_are_applied_publish_everything_once(
    request: pytest.FixtureRequest, place: str, number: int
) -> None:
    """With deliveries that are claimed and queued at the same moment, by two `bot apply` at once."""
    house: House = request.getfixturevalue(place)
    house.sandbox.set_refuse_duplicates(False)
    write(house, range(8))
    house.bot("apply")
    workers = [house.worker() for _ in range(number)]
    eventually(lambda: house.workers() == number, LONG_S)
    write(house, range(8, 24))
    eventually(lambda: "published" in house.states(), LONG_S)
    applying = [house.start("apply"), house.start("apply")]
    assert [one.wait(LONG_S) for one in applying] == [0, 0]
    eventually(lambda: house.states() == {"published": 72}, LONG_S)
    assert [stop(worker) for worker in workers] == [0] * number
    seen = Counter((one.account, one.text) for one in house.sandbox.feed())
    assert (len(seen), set(seen.values())) == (72, {1})
    assert house.workers() == 0
    assert "Traceback" not in house.said()


def test_when_one_of_two_workers_is_killed_the_other_publishes_everything(
    travelling_house: House,
) -> None:
    house = travelling_house
    house.sandbox.set_refuse_duplicates(False)
    house.bot("db", "upgrade")
    both = [house.worker(), house.worker()]
    eventually(lambda: house.workers() == 2, LONG_S)
    for number in range(3):
        house.post(f"{number}", f"number {number}", *ACCOUNTS)
    house.sandbox.add_fault("twitter", "hang", stored=True, seconds=60)
    house.bot("apply")
    eventually(lambda: house.states() == {"published": 6, "publishing": 1, "scheduled": 2}, LONG_S)
    busy = next(row["worker"] for row in house.rows() if row["state"] == "publishing")
    [victim] = [worker for worker in both if f":{worker.pid}:" in busy]
    [survivor] = [worker for worker in both if worker is not victim]
    victim.kill()
    victim.wait()
    eventually(lambda: house.workers() == 1, LONG_S)  # the other one has noticed
    house.live_until({"published": 9})
    assert stop(survivor) == 0
    assert len(house.sandbox.feed()) == 9
    assert house.sandbox.duplicates() == 0


def test_what_one_worker_has_in_hand_another_one_leaves_alone(new_bench: Callable[..., Bench]) -> None:
    ours, theirs = new_bench(), new_bench(name="w2")
    in_hand, behind = ours.queue(text="one"), ours.queue(text="two")
    ours.sandbox.add_fault("twitter", "hang", stored=True, seconds=60)
    ours.dispatcher.dispatch()
    eventually(ours.feed)
    other = ours.queue("fice-facebook")
    theirs.run()
    assert [ours.state(one) for one in (in_hand, behind, other)] == ["publishing", "scheduled", "published"]
    assert theirs.row(other)["worker"] == "w2"


def test_two_workers_that_compete_for_everything_send_nothing_twice(new_bench: Callable[..., Bench]) -> None:
    ours, theirs = new_bench(), new_bench(name="w2")
    ours.sandbox.set_refuse_duplicates(False)
    for number in range(10):
        for account in ACCOUNTS:
            ours.queue(account, f"number {number}")

    def done() -> bool:
        ours.dispatcher.dispatch()
        theirs.dispatcher.dispatch()
        return ours.states() == {"published": 30}

    eventually(done)
    assert len(ours.sandbox.feed()) == 30
    assert ours.sandbox.duplicates() == 0


def test_a_limit_that_one_worker_meets_holds_for_the_other(new_bench: Callable[..., Bench]) -> None:
    ours, theirs = new_bench(), new_bench(name="w2")
    posts = [ours.queue(text=f"number {number}") for number in range(3)]
    ours.sandbox.add_fault("twitter", "status", status=429)
    ours.run()
    theirs.run()
    assert sum(len(ours.attempts(one)) for one in posts) == 1
