"""Posts that programs write: nothing is overwritten, and nothing goes out that nobody has read."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.model.role import Role
from bot.model.scope import Scope
from bot.settings import Settings
from tests.web.api.conftest import Program

Programs = Callable[..., Program]
CAMPAIGN = """title = "The week"
timezone = "UTC"
starts = 2018-10-01
approval = "required"

[[day]]
theme = "Heroes"

[slots.morning]
at = 09:00:00
kinds = ["daily-post"]
accounts = ["fice-x"]
"""
SOURCE = "---\nday: 1\nkind: daily-post\n---\nThe week begins.\n"
NEW = {"campaign": "week", "title": "The week begins!", "source": SOURCE}


@pytest.fixture(autouse=True)
def campaign(settings: Settings) -> None:
    folder: Path = settings.config / "campaigns"
    folder.mkdir(parents=True)
    (settings.posts / "week").mkdir(parents=True)
    (folder / "week.toml").write_text(CAMPAIGN)


def test_a_post_goes_from_a_draft_to_the_queue(program: Programs) -> None:
    editor, approver = program(Role.EDITOR), program(Role.APPROVER)
    made = editor.ask("POST", "/posts", NEW)
    assert made.status_code == 201, made.text
    post = made.json()
    assert (post["path"], post["version"], post["stage"]) == ("week/web/the-week-begins.md", 1, "draft")
    assert post["created_by"] == "the editor via n8n"
    path, seen = f"/posts/{post['id']}", {"version": 1}
    assert editor.ask("GET", path).headers["ETag"] == '"1"'
    assert editor.ask("POST", f"{path}/submit", seen).json()["stage"] == "review"
    assert editor.ask("POST", f"{path}/approve", seen).status_code == 403
    silent = approver.ask("POST", f"{path}/return", seen)
    assert (silent.status_code, silent.json()["detail"]) == (409, "say in a comment what is to be changed")
    returned = approver.ask("POST", f"{path}/return", {"version": 1, "comment": "shorter"}).json()
    assert returned["stage"] == "returned"
    saved = editor.ask("PUT", path, {"source": SOURCE + "Join us!\n"}, headers={"If-Match": '"1"'}).json()
    assert (saved["version"], saved["stage"]) == (2, "draft")
    assert approver.ask("POST", f"{path}/approve", {"version": 2}).json()["approved_version"] == 2
    queued = approver.ask("POST", f"{path}/queue", {"version": 2})
    assert queued.status_code == 200, queued.text
    assert queued.json()["queued_version"] == 2
    [delivery] = approver.get("/deliveries", post="week/web/")["items"]
    assert (delivery["state"], delivery["due_at"]) == ("scheduled", "2018-10-01T09:00:00Z")
    refused = editor.ask("POST", f"{path}/withdraw", {"version": 2})
    assert (refused.status_code, "'approve'" in refused.json()["detail"]) == (403, True)
    assert approver.ask("POST", f"{path}/withdraw", {"version": 2}).json()["queued_version"] is None
    assert approver.get(f"/deliveries/{delivery['id']}")["state"] == "cancelled"


def test_what_somebody_else_has_saved_is_not_overwritten(program: Programs) -> None:
    asking = program()
    path = f"/posts/{asking.ask('POST', '/posts', NEW).json()['id']}"
    assert asking.ask("PUT", path, {"source": "one", "version": 1}).json()["version"] == 2
    refused = asking.ask("PUT", path, {"source": "two", "version": 1})
    assert refused.status_code == 409
    assert refused.json()["current"]["source"] == "one"
    assert refused.json()["current"]["version"] == 2
    assert "has saved this post" in refused.json()["detail"]
    assert asking.ask("POST", f"{path}/approve", {"version": 1}).status_code == 409
    assert asking.ask("PUT", path, {"source": "two"}).status_code == 422
    assert asking.get(path)["source"] == "one"


def test_a_request_that_is_sent_again_begins_no_second_post(program: Programs) -> None:
    asking, other = program(), program(name="other")
    key = {"headers": {"Idempotency-Key": "first"}}
    first, again = (asking.ask("POST", "/posts", NEW, **key) for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert asking.ask("POST", "/posts", {**NEW, "title": "Another"}, **key).status_code == 409
    assert other.ask("POST", "/posts", NEW, **key).json()["id"] != first.json()["id"]
    assert asking.ask("POST", "/posts", NEW).json()["path"] == "week/web/the-week-begins-3.md"
    page = asking.get("/posts", limit=2, campaign="week")
    rest = asking.get("/posts", limit=2, cursor=page["next"])
    assert [one["id"] for one in page["items"] + rest["items"]] == [3, 2, 1]
    assert "source" not in page["items"][0]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/posts/9", None, 404),
        ("PUT", "/posts/9", {"source": "", "version": 1}, 404),
        ("POST", "/posts/9/queue", {"version": 1}, 404),
        ("POST", "/posts/9/withdraw", {"version": 1}, 404),
        ("POST", "/posts", {**NEW, "campaign": "../etc"}, 422),
        ("POST", "/posts", {**NEW, "source": "x" * 300_000}, 422),
        ("POST", "/posts", {**NEW, "source": "x" * 5_000_000}, 413),
    ],
)
def test_what_can_not_be_is_said_so(
    program: Programs, method: str, path: str, body: Any, status: int
) -> None:
    answer = program().ask(method, path, body)
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["detail"]


def test_a_post_with_errors_is_not_queued_and_says_why(program: Programs) -> None:
    asking = program()
    made = asking.ask("POST", "/posts", {**NEW, "source": "---\nday: 9\nkind: daily-post\n---\nHello\n"})
    answer = asking.ask("POST", f"/posts/{made.json()['id']}/queue", {"version": 1})
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("the post has errors:")


def test_a_file_is_taken_in_once_however_often_it_is_sent(program: Programs) -> None:
    asking = program(Role.EDITOR)
    image = BytesIO()
    Image.new("RGB", (40, 30), "navy").save(image, "PNG")
    params = {"campaign": "week", "name": "Class room.PNG"}
    for _ in range(2):
        answer = asking.ask("POST", "/media", data=image.getvalue(), params=params)
        assert answer.status_code == 201, answer.text
        assert answer.json()["name"] == "class-room.png"
    wrong = asking.ask("POST", "/media", data=b"#!/bin/sh", params=params)
    assert wrong.status_code == 400
    assert program(Role.ADMINISTRATOR, Scope.READ).ask("POST", "/media", params=params).status_code == 403
