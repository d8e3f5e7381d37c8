"""What programs see of deliveries and decide of them."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from bot.clock import FixedClock
from bot.model.role import Role
from bot.store import Store
from bot.store.desk import Desk
from tests.store.acts import begin, claim, doubt, publish
from tests.store.conftest import NOON, delivery, queue_up
from tests.web.api.conftest import LATER, Program

Programs = Callable[..., Program]


def test_the_queue_is_read_a_page_at_a_time_in_order(program: Programs) -> None:
    asking = program(Role.VIEWER)
    first = asking.get("/deliveries", limit=2)
    assert [one["id"] for one in first["items"]] == [1, 2]
    assert first["items"][0]["due_at"] == "2018-09-24T14:00:00Z"
    second = asking.get("/deliveries", limit=2, cursor=first["next"])
    assert [one["id"] for one in second["items"]] == [3]
    assert second["next"] is None
    assert asking.ask("GET", "/deliveries?cursor=x").status_code == 400


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({"account": "kenya-x"}, [3]),
        ({"state": "held"}, [3]),
        ({"state": "scheduled"}, [1, 2]),
        ({"campaign": "week", "network": "twitter"}, [1, 2, 3]),
        ({"campaign": "other"}, []),
        ({"post": "week/2"}, [2]),
    ],
)
def test_the_queue_is_filtered(program: Programs, params: dict[str, str], ids: list[int]) -> None:
    assert [one["id"] for one in program().get("/deliveries", **params)["items"]] == ids


def test_the_story_of_a_delivery_has_its_parts_attempts_and_log(program: Programs, store: Store) -> None:
    [number] = queue_up(store, delivery("week/0.md", "third-x", texts=("1/2", "2/2")))
    held = claim(store, "third-x")
    publish(store, held)
    story = program().get(f"/deliveries/{number}")
    assert (story["state"], story["post"], story["zone"]) == ("publishing", "week/0.md", "UTC")
    assert [(one["number"], one["text"]) for one in story["parts"]] == [(1, "1/2"), (2, "2/2")]
    assert story["parts"][0]["remote_url"].startswith("https://x.com/")
    assert [one["outcome"] for one in story["attempts"]] == ["published"]
    assert [(one["from"], one["state"]) for one in story["log"][:2]] == [
        (None, "scheduled"), ("scheduled", "publishing"),
    ]  # fmt: skip
    assert program().ask("GET", "/deliveries/999").status_code == 404


def test_one_is_held_released_moved_and_withdrawn_in_the_members_name(
    program: Programs, store: Store
) -> None:
    asking = program(Role.OPERATOR)
    held = asking.ask("POST", "/deliveries/1/hold", {"reason": "wait for the photo"})
    assert held.status_code == 200
    assert (held.json()["state"], held.json()["hold"], held.json()["reason"]) == (
        "held", "operator", "wait for the photo",
    )  # fmt: skip
    assert asking.ask("POST", "/deliveries/1/release", {}).json()["state"] == "scheduled"
    moved = asking.ask("POST", "/deliveries/1/reschedule", {"to": "2018-09-25 09:00"}).json()
    assert (moved["due_at"], moved["wall"]) == ("2018-09-25T09:00:00Z", "2018-09-25T09:00:00")
    again = asking.ask("POST", "/deliveries/1/reschedule", {"to": "2018-09-26T09:00:00+02:00"}).json()
    assert again["due_at"] == "2018-09-26T07:00:00Z"
    assert asking.ask("POST", "/deliveries/1/cancel", {"reason": "no"}).json()["state"] == "cancelled"
    log = asking.get("/log", delivery=1)["items"]
    assert {one["actor"] for one in log[:-1]} == {"the operator via n8n"}


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/deliveries/1/release", {}, 409, "it is scheduled"),
        ("/deliveries/3/release", {}, 409, "waits for approval"),
        ("/deliveries/999/hold", {}, 404, "there is no delivery 999"),
        ("/deliveries/1/reschedule", {"to": "tomorrow"}, 422, "write it as"),
        ("/deliveries/1/reschedule", {"to": "2001-01-01 09:00"}, 409, "is over"),
        ("/deliveries/1/reschedule", {}, 422, "to: Field required"),
        ("/deliveries/1/hold", {"why": "?"}, 422, "why: Extra inputs"),
        ("/deliveries/1/hold", {"reason": 1}, 422, "reason"),
        ("/deliveries/0/hold", {}, 422, "id"),
        ("/deliveries/1/resolve", {"outcome": "published"}, 422, "url"),
        ("/deliveries/1/resolve", {"outcome": "not-published"}, 409, "only an uncertain one"),
        ("/deliveries/hold", {"ids": []}, 422, "ids"),
    ],
)
def test_what_can_not_be_done_is_said_so(
    program: Programs, path: str, body: dict[str, object], status: int, words: str
) -> None:
    answer = program().ask("POST", path, body)
    assert answer.status_code == status, answer.text
    assert words in answer.json()["detail"]


def test_many_are_changed_together_or_not_at_all(program: Programs, store: Store) -> None:
    asking = program()
    done = asking.ask("POST", "/deliveries/hold", {"ids": [2, 1, 1], "reason": "all of them"})
    assert [one["id"] for one in done.json()["items"]] == [1, 2]
    refused = asking.ask("POST", "/deliveries/cancel", {"ids": [1, 999]})
    assert refused.status_code == 409
    assert [one["state"] for one in asking.get("/deliveries")["items"]] == ["held", "held", "held"]
    assert len(asking.ask("POST", "/deliveries/release", {"ids": [1, 2]}).json()["items"]) == 2
    moved = asking.ask("POST", "/deliveries/reschedule", {"ids": [1, 2], "to": "2018-09-25 10:00"})
    assert {one["due_at"] for one in moved.json()["items"]} == {"2018-09-25T10:00:00Z"}
    assert asking.ask("POST", "/deliveries/cancel", {"ids": [1, 2]}).status_code == 200


def test_an_approval_is_of_what_was_read(program: Programs, store: Store) -> None:
    asking = program(Role.APPROVER)
    [waiting] = asking.get("/deliveries", state="held")["items"]
    assert (waiting["hold"], waiting["approved"]) == ("approval", False)
    stale = asking.ask("POST", "/deliveries/3/approve", {"fingerprint": "of something else"})
    assert stale.status_code == 409
    assert "was changed after you read it" in stale.json()["detail"]
    fine = asking.ask("POST", "/deliveries/3/approve", {"fingerprint": waiting["fingerprint"]})
    assert (fine.json()["state"], fine.json()["approved"]) == ("scheduled", True)
    [other] = queue_up(store, delivery("week/4.md", due_at=LATER, needs_approval=True))
    read = {"id": other, "fingerprint": asking.get(f"/deliveries/{other}")["fingerprint"]}
    both = {"items": [read, {"id": 3, "fingerprint": waiting["fingerprint"]}]}
    assert asking.ask("POST", "/deliveries/approve", both).status_code == 409
    assert asking.ask("POST", "/deliveries/approve", {"items": [read]}).status_code == 200


def test_a_doubt_is_ended_either_way(program: Programs, store: Store, clock: FixedClock) -> None:
    asking = program()
    one, two = queue_up(store, delivery("week/8.md", "third-x"), delivery("week/9.md", "fourth-x"))
    for account in ("third-x", "fourth-x"):
        doubt(store, claim(store, account))
    elsewhere = {"outcome": "published", "url": "https://www.facebook.com/1"}
    refused = asking.ask("POST", f"/deliveries/{one}/resolve", elsewhere)
    assert refused.status_code == 409
    assert "can not be its link" in refused.json()["detail"]
    seen = {"outcome": "published", "url": "https://x.com/third/status/1044210"}
    done = asking.ask("POST", f"/deliveries/{one}/resolve", seen).json()
    assert (done["state"], done["remote_id"]) == ("published", "1044210")
    hasty = asking.ask("POST", f"/deliveries/{two}/resolve", {"outcome": "not-published"})
    assert hasty.status_code == 409
    assert "may still appear" in hasty.json()["detail"]
    clock.advance(timedelta(minutes=10))
    done = asking.ask("POST", f"/deliveries/{two}/resolve", {"outcome": "not-published"}).json()
    assert done["state"] == "scheduled"


def test_the_log_is_followed_by_number_or_read_back(program: Programs, store: Store) -> None:
    asking = program(Role.VIEWER)
    seen = asking.get("/log")
    assert [one["id"] for one in seen["items"]] == sorted((one["id"] for one in seen["items"]), reverse=True)
    last = seen["last_id"]
    assert asking.get("/log", after_id=last) == {"items": [], "next": None, "last_id": last}
    Desk(store, "anna", NOON).hold([1, 2], "")
    news = asking.get("/log", after_id=last)
    assert [(one["delivery"], one["state"]) for one in news["items"]] == [(1, "held"), (2, "held")]
    assert asking.get("/log", after_id=news["last_id"])["items"] == []
    pages, cursor = [], None
    while True:
        page = asking.get("/log", limit=2, **({"cursor": cursor} if cursor else {}))
        pages += page["items"]
        if (cursor := page["next"]) is None:
            break
    assert [one["id"] for one in pages] == list(range(news["last_id"], 0, -1))
    assert [one["delivery"] for one in asking.get("/log", state="held", account="kenya-x")["items"]] == [3]
    assert asking.get("/log", since="2030-01-01T00:00:00+02:00")["items"] == []
    assert asking.ask("GET", f"/log?after_id=1&cursor={last}").status_code == 422


def test_everything_is_paused_and_goes_on(program: Programs) -> None:
    editor, operator = program(Role.EDITOR), program(Role.OPERATOR)
    assert editor.get("/pause") == {"paused": False, "reason": None, "actor": None, "at": None}
    paused = editor.ask("POST", "/pause", {"reason": "an earthquake"}).json()
    assert (paused["paused"], paused["reason"], paused["actor"]) == (
        True, "an earthquake", "the editor via n8n",
    )  # fmt: skip
    assert editor.get("/status")["paused"] is True
    assert editor.ask("DELETE", "/pause").status_code == 403
    assert operator.ask("DELETE", "/pause").json() == {"paused": False, "released": 0}


def test_the_status_accounts_campaigns_and_changes_are_there(program: Programs) -> None:
    asking = program()
    status = asking.get("/status")
    assert status["counts"] == {"scheduled": 2, "held": 1}
    assert [one["id"] for one in status["attention"]] == [3]
    accounts = {one["account"]: one for one in asking.get("/accounts")["items"]}
    assert (accounts["fice-x"]["handle"], accounts["fice-x"]["timezone"]) == ("@fice", "Europe/Berlin")
    assert accounts["kenya-x"]["handle"] is None
    assert asking.get("/campaigns") == {"items": []}
    assert asking.ask("GET", "/campaigns/week").status_code == 404
    changes = asking.get("/audit", limit=1)
    assert changes["items"][0]["what"] == "made a token"
    assert asking.get("/audit", cursor=changes["next"])["items"][0]["what"] == "made"
    assert asking.get("/webhooks") == {"items": []}
    assert asking.get("/me")["member"] == "the administrator"


def test_what_no_database_can_keep_gets_into_none(program: Programs) -> None:
    asking = program()
    held = asking.ask("POST", "/deliveries/1/hold", {"reason": "a\0b"})
    assert held.json()["reason"] == "a\ufffdb"
    for half in (b'{"reason": "\\ud800"}', b'{"\\ud800": 1}'):
        headers = {"Content-Type": "application/json"}
        assert asking.ask("POST", "/deliveries/2/hold", data=half, headers=headers).status_code == 422


def test_begun_and_published_are_told_by_the_network(program: Programs, store: Store) -> None:
    [number] = queue_up(store, delivery("week/7.md", "third-x"))
    begin(store, claim(store, "third-x"))
    [attempt] = program().get(f"/deliveries/{number}")["attempts"]
    assert attempt["outcome"] is None
    assert datetime.fromisoformat(attempt["started_at"]) == NOON
