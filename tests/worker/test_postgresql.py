"""Workers on PostgreSQL: together, wherever they run, they publish everything once."""

from collections import Counter

from .helper import BY_NETWORK, LONG_S, House, eventually, stop

ACCOUNTS = tuple(BY_NETWORK.values())


def test_three_workers_while_the_plan_is_applied_publish_everything_once(server_house: House) -> None:
    house = server_house
    house.sandbox.set_refuse_duplicates(False)
    house.bot("db", "upgrade")
    workers = [house.worker() for _ in range(3)]
    eventually(lambda: house.workers() == 3, LONG_S)
    for round_ in range(3):
        for number in range(4):
            house.post(f"{round_}-{number}", f"number {round_}-{number}", *ACCOUNTS)
        house.bot("apply")
    eventually(lambda: house.states() == {"published": 36}, LONG_S)
    assert [stop(worker) for worker in workers] == [0, 0, 0]
    assert set(Counter((one.account, one.text) for one in house.sandbox.feed()).values()) == {1}
    assert len(house.sandbox.feed()) == 36
    assert house.workers() == 0
    assert "Traceback" not in house.said()
