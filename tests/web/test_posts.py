"""Posts over real HTTP: who may do what, versions, conflicts, approval, and links for reading."""

import re
import shutil
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from bot.clock import FixedClock
from bot.model.role import Role
from bot.model.stage import Stage
from bot.store import Store, audit, open_store, posts
from bot.store.posts import PagePost
from bot.web.server import serving
from tests.planning.helper import SUNDAY, Office, Project, jpeg
from tests.web.helper import Visit, visit

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)> \u202ereversed\u202c \u2066isolate \x07"
DAY = timedelta(days=1)


class Desk:
    """The pages of a project, and whoever signs in there."""

    def __init__(self, project: Project, store: Store, url: str, clock: FixedClock) -> None:
        self.project, self.store, self.url, self.clock = project, store, url, clock

    def as_(self, role: Role, name: str | None = None) -> Visit:
        return visit(self.url, self.store, SUNDAY, role, name)

    def post(self, number: int) -> PagePost:
        with self.store.read() as connection:
            return posts.get(connection, number)

    def begun(self, who: Visit, **fields: object) -> PagePost:
        """A new post, written as far as these fields."""
        answer = who.post("/posts/new", {"campaign": "week", "title": "A school", "day": "1"})
        number = int(answer.url.rpartition("/")[2])
        self.save(who, number, **fields)
        return self.post(number)

    def fields(self, number: int, **fields: object) -> dict[str, object]:
        found = self.post(number)
        usual = {"kind": "daily-post", "when": "day", "day": "1", "where": "slot", "body": "Hello"}
        return {"version": found.version, **usual, **fields}

    def save(self, who: Visit, number: int, **fields: object) -> requests.Response:
        return who.post(f"/posts/{number}/save", self.fields(number, **fields))

    def seen(self, who: Visit, number: int) -> str:
        """What the page of a post holds of how it looks."""
        found = re.search(r'name="seen" value="(\w+)"', who.get(f"/posts/{number}").text)
        assert found is not None
        return found[1]


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: the migrations take longer than most tests."""
    path = tmp_path_factory.mktemp("empty") / "bot.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["required"])
def desk(request: pytest.FixtureRequest, tmp_path: Path, empty_store: Path) -> Iterator[Desk]:
    shutil.copy(empty_store, tmp_path)
    project = Project(tmp_path, {"DATABASE_URL": f"sqlite:///{tmp_path}/bot.db"})
    project.accounts()
    project.week(('timezone = "America', f'approval = "{request.param}"\ntimezone = "America'))
    clock = FixedClock(SUNDAY)
    store = open_store(project.settings().database_url)
    with serving(project.settings, clock, "127.0.0.1", 0) as url:
        yield Desk(project, store, url, clock)
    store.close()


without_approval = pytest.mark.parametrize("desk", ["none"], indirect=True)


def upload(who: Visit, content: bytes, name: str = "a.jpg") -> dict[str, object]:
    answer = who.http.post(
        f"{who.url}/media/week?name={name}", data=content, headers={"X-CSRF-Token": who.csrf}, timeout=30
    )
    return dict(answer.json())


def test_a_viewer_reads_and_an_editor_writes_and_an_approver_approves(desk: Desk) -> None:
    viewer, editor, approver = (desk.as_(one) for one in (Role.VIEWER, Role.EDITOR, Role.APPROVER))
    assert viewer.get("/posts/new").status_code == 403
    made = desk.begun(editor, body="The school opens")
    assert made.path == "week/web/a-school.md"
    page = viewer.get(f"/posts/{made.id}").text
    assert "The school opens" in page
    assert 'fieldset class="plain-set" disabled' in page
    assert desk.save(viewer, made.id, body="no").status_code == 403
    for step in ("approve", "return"):
        assert editor.post(f"/posts/{made.id}/{step}", desk.fields(made.id)).status_code == 403
    seen = desk.seen(approver, made.id)
    editor.post(f"/posts/{made.id}/submit", {"version": made.version})
    assert desk.post(made.id).stage is Stage.REVIEW
    assert "The school opens" in approver.get("/approvals").text
    answer = approver.post(
        f"/posts/{made.id}/approve", {"version": made.version, "seen": seen, "and": "queue"}
    )
    assert "In the queue: 2 deliveries, the first at 2018-09-24 08:00:00 (America/New_York)." in answer.text
    found = desk.post(made.id)
    assert (found.stage, found.approved_by, found.live_version) == (
        Stage.APPROVED,
        "the approver",
        found.version,
    )
    office = Office(desk.project, desk.store)
    withdrawal = editor.post(f"/posts/{made.id}/withdraw", {"version": found.version})
    assert "an approver can take it out of there" in withdrawal.text
    [one, _other] = office.everything()
    assert (one["state"], one["needs_approval"], one["approved"] == one["message"]) == (
        "scheduled",
        True,
        True,
    )
    with desk.store.read() as connection:
        done = [(one.actor, one.what) for one in audit.changes(connection, about=made.path)]
    assert ("the approver", "approved") in done


def test_who_goes_through_the_approvals_stays_there_and_is_told_what_comes_too_late(desk: Desk) -> None:
    editor, approver = desk.as_(Role.EDITOR), desk.as_(Role.APPROVER)
    made = desk.begun(editor, body="Over", when="at", at="2018-09-01T09:00", where="own", accounts="fice-x")
    assert "in review" not in approver.get("/").text
    editor.post(f"/posts/{made.id}/submit", {"version": made.version})
    assert "1 post is in review" in approver.get("/").text
    form = {
        "version": made.version,
        "seen": desk.seen(approver, made.id),
        "and": "queue",
        "back": "approvals",
    }
    answer = approver.post(f"/posts/{made.id}/approve", form)
    assert answer.url.endswith("/approvals")
    assert "1 of them is past its time already" in answer.text


def test_a_file_of_which_only_the_beginning_comes_is_no_fault(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    editor = desk.as_(Role.EDITOR)
    address = urlsplit(desk.url)
    head = (
        f"POST /media/week?name=a.jpg HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 9000000\r\n"
        f"Cookie: session={editor.token}\r\nX-CSRF-Token: {editor.csrf}\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=30) as line:
        line.sendall(head.encode() + b"x" * 70_000)
    assert upload(editor, b"no picture")  # the server has gone on
    assert not [one for one in caplog.records if one.exc_info], "told as a fault of the program"


def test_an_edit_voids_the_approval_and_what_was_not_seen_is_not_approved(desk: Desk) -> None:
    editor, approver = desk.as_(Role.EDITOR), desk.as_(Role.APPROVER)
    made = desk.begun(editor, body="First")
    editor.post(f"/posts/{made.id}/submit", {"version": made.version})
    seen = desk.seen(approver, made.id)
    desk.save(editor, made.id, body="Second")
    answer = approver.post(f"/posts/{made.id}/approve", {"version": made.version, "seen": seen})
    assert "It was changed since you have read it" in answer.text
    now = desk.post(made.id)
    answer = approver.post(f"/posts/{made.id}/approve", {"version": now.version, "seen": seen})
    assert "It would look different now from what you have seen" in answer.text
    assert desk.post(made.id).stage is Stage.DRAFT
    # The same words at another time, because the campaign was changed meanwhile.
    seen = desk.seen(approver, made.id)
    desk.project.week(
        ('timezone = "America', 'approval = "required"\ntimezone = "America'), ("08:00", "09:00")
    )
    answer = approver.post(f"/posts/{made.id}/approve", {"version": now.version, "seen": seen})
    assert "It would look different now" in answer.text
    seen = desk.seen(approver, made.id)
    approver.post(f"/posts/{made.id}/approve", {"version": now.version, "seen": seen})
    assert desk.post(made.id).stage is Stage.APPROVED
    desk.save(editor, made.id, body="Third")
    assert desk.post(made.id).stage is Stage.DRAFT
    answer = editor.post(f"/posts/{made.id}/queue", desk.fields(made.id, body="Third"))
    assert "This campaign asks for approval" in answer.text
    assert Office(desk.project, desk.store).everything() == []


def test_it_is_sent_back_with_a_comment_and_the_history_has_it(desk: Desk) -> None:
    editor, approver = desk.as_(Role.EDITOR), desk.as_(Role.APPROVER)
    made = desk.begun(editor, body="The school opens on Monday")
    editor.post(f"/posts/{made.id}/submit", {"version": made.version})
    answer = approver.post(f"/posts/{made.id}/return", {"version": made.version, "comment": " "})
    assert "say in a comment what is to be changed" in answer.text
    approver.post(f"/posts/{made.id}/return", {"version": made.version, "comment": f"Say where {EVIL}"})
    page = editor.get(f"/posts/{made.id}").text
    assert "Sent back by the approver:" in page
    assert "Say where &lt;script&gt;" in page
    desk.save(editor, made.id, body="The school in Nairobi opens on Monday")
    links = re.findall(rf"/posts/{made.id}/versions/\d+", editor.get(f"/posts/{made.id}").text)
    newest = editor.get(links[0]).text
    assert "in Nairobi" in newest.partition("<ins>")[2][:20]
    assert editor.get(f"/posts/{made.id}/versions/999999").status_code == 404


@without_approval
def test_without_required_approval_an_editor_queues_and_changes_show_until_they_are_queued(
    desk: Desk,
) -> None:
    editor = desk.as_(Role.EDITOR)
    made = desk.begun(editor, body="First")
    assert "In the queue" in editor.post(f"/posts/{made.id}/queue", desk.fields(made.id, body="First!")).text
    desk.save(editor, made.id, body="Second")
    assert "Unpublished changes: the queue still goes by version" in editor.get(f"/posts/{made.id}").text
    assert Office(desk.project, desk.store).everything()[0]["state"] == "scheduled"
    answer = editor.post(f"/posts/{made.id}/withdraw", {"version": desk.post(made.id).version})
    assert "Withdrawn: it is a draft again." in answer.text
    assert {one["state"] for one in Office(desk.project, desk.store).everything()} == {"cancelled"}
    editor.post(f"/posts/{made.id}/remove", {"version": desk.post(made.id).version})
    assert desk.post(made.id).removed_by == "the editor"
    assert "Removed by the editor" in editor.get(f"/posts/{made.id}").text


def test_nothing_is_overwritten_silently(desk: Desk) -> None:
    anna, ben = desk.as_(Role.EDITOR, "Anna"), desk.as_(Role.EDITOR, "Ben")
    made = desk.begun(anna, body="One text")
    ours = desk.fields(made.id, body="One long text")
    desk.save(ben, made.id, body="Another text", link="https://example.org/b")
    answer = anna.post(f"/posts/{made.id}/save", ours)
    assert answer.status_code == 409
    for words in (
        "Ben has saved version",
        "<del>Another</del>",
        "<ins>One long</ins>",
        "https://example.org/b",
    ):
        assert words in answer.text, words
    assert "Another text" in desk.post(made.id).source
    asked = anna.post(f"/posts/{made.id}/save", ours, headers={"accept": "application/json"}).json()
    assert asked["version"] == desk.post(made.id).version
    anna.post(f"/posts/{made.id}/save", {**ours, "version": asked["version"]})
    assert "One long text" in desk.post(made.id).source
    # A step does not overwrite either.
    old = {**ours, "body": "Much later"}
    assert "Two have changed this post" in anna.post(f"/posts/{made.id}/submit", old).text
    # A save of which the answer was lost is no conflict when it comes again.
    again = desk.fields(made.id, body="Twice")
    for _time in range(2):
        answer = anna.post(f"/posts/{made.id}/save", again, headers={"accept": "application/json"})
        assert answer.json()["version"] == desk.post(made.id).version


def test_people_at_one_post_are_told_of_each_other(desk: Desk) -> None:
    anna, ben = desk.as_(Role.EDITOR, "Anna"), desk.as_(Role.EDITOR, "Ben")
    made = desk.begun(anna)
    here = f"/posts/{made.id}/presence"
    hx = {"hx-request": "true"}
    assert "open too" not in anna.post(here, {"version": made.version}, headers=hx).text
    assert "Anna has this post open too." in ben.post(here, {"version": made.version}, headers=hx).text
    desk.save(ben, made.id, body="New")
    assert "Ben has saved a newer version." in anna.post(here, {"version": made.version}, headers=hx).text
    assert ben.post(f"/posts/{made.id}/leave").status_code == 204
    assert "open too" not in anna.post(here, {"version": made.version}, headers=hx).text


def test_problems_are_told_at_their_fields_and_looking_saves_nothing(desk: Desk) -> None:
    editor = desk.as_(Role.EDITOR)
    made = desk.begun(editor)
    fields = desk.fields(
        made.id, body="x" * 300, day="99", link="nowhere", media="0", **{"media.0.file": "gone.jpg"}
    )  # fmt: skip
    text = editor.post(f"/posts/{made.id}/preview", fields, headers={"hx-request": "true"}).text
    for field in ("day", "link", "media.0.alt"):
        assert f'data-field="{field}"' in text, field
    assert "<html" not in text
    assert desk.post(made.id).version == made.version
    fields = desk.fields(made.id, body="x" * 300)
    text = editor.post(f"/posts/{made.id}/preview", fields, headers={"hx-request": "true"}).text
    assert "300 of 280" in text
    assert "300 of 63,206" in text
    fields |= {"text.twitter": ["First", "Second"], "day": "2"}
    text = editor.post(f"/posts/{made.id}/preview", fields, headers={"hx-request": "true"}).text
    assert "Part 2 of 2" in text
    assert "Tue 25 Sept 2018, 08:00" in text
    assert "Tuesday&#39;s" in text


def test_files_are_taken_as_what_they_are_and_shown_to_members_only(desk: Desk) -> None:
    editor = desk.as_(Role.EDITOR)
    taken = upload(editor, jpeg(), "Über uns.PNG")
    assert (taken["name"], taken["format"], taken["width"]) == ("uber-uns.jpg", "JPEG", 2)
    answer = editor.get(str(taken["address"]))
    assert answer.content == jpeg()
    assert answer.headers["content-type"] == "image/jpeg"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "neither a picture" in str(upload(editor, b"<html><script>alert(1)</script>", "a.jpg")["refused"])
    assert "is empty" in str(upload(editor, b"", "a.jpg")["refused"])
    no_session = requests.get(f"{desk.url}{taken['address']}", timeout=30, allow_redirects=False)
    assert no_session.status_code == 303
    viewer = desk.as_(Role.VIEWER)
    refused = viewer.http.post(
        f"{viewer.url}/media/week?name=a.jpg", data=jpeg(), headers={"X-CSRF-Token": viewer.csrf}, timeout=30
    )
    assert refused.status_code == 403
    assert editor.http.post(f"{editor.url}/media/week?name=a.jpg", data=jpeg(), timeout=30).status_code == 403
    desk.project.write("posts/week/secret.txt", "no picture")
    desk.project.write("config/x.jpg", jpeg())
    for path in (
        "/media/week/secret.txt",
        "/media/../config/x.jpg",
        "/media/%2e%2e/config/x.jpg",
        "/media/week",
    ):
        assert editor.get(path).status_code == 404, path


def test_a_picture_without_words_for_it_does_not_go_to_review(desk: Desk) -> None:
    editor = desk.as_(Role.EDITOR)
    made = desk.begun(editor)
    name = upload(editor, jpeg())["name"]
    fields = {"media": "0", "media.0.file": name, "media.0.alt": ""}
    answer = editor.post(f"/posts/{made.id}/submit", desk.fields(made.id, **fields))
    assert "There is something to mend first" in answer.text
    fields["media.0.alt"] = "Children in front of a school"
    editor.post(f"/posts/{made.id}/submit", desk.fields(made.id, **fields))
    assert desk.post(made.id).stage is Stage.REVIEW


def test_a_review_link_shows_the_post_and_nothing_else_until_it_ends(desk: Desk) -> None:
    editor = desk.as_(Role.EDITOR, "Anna")
    name = upload(editor, jpeg())["name"]
    picture = {"media": "0", "media.0.file": name, "media.0.alt": "A school"}
    made = desk.begun(editor, body="For your eyes", **picture)

    def link(**form: str) -> str:
        text = editor.post(f"/posts/{made.id}/links", form).text
        found = re.search(r'value="(http[^"]+/review/[^"]+)"', text)
        assert found is not None
        return found[1]

    latest, bound = link(lasts="1"), link(shows="version")
    answer = requests.get(latest, timeout=30)
    assert answer.status_code == 200
    assert "For your eyes" in answer.text
    assert "Anna asks you to read this." in answer.text
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    for hidden in ("/posts", "a-school", "the approver", "<nav"):
        assert hidden not in answer.text, hidden
    [shown] = set(re.findall(r'src="(/review/[^"]+/0)"', answer.text))
    assert requests.get(f"{desk.url}{shown}", timeout=30).content == jpeg()
    assert requests.get(f"{desk.url}{shown[:-1]}7", timeout=30).status_code == 404
    desk.save(editor, made.id, body="Other words", **picture)
    assert "Other words" in requests.get(latest, timeout=30).text
    old = requests.get(bound, timeout=30).text
    assert "For your eyes" in old
    assert "This version is out of date" in old
    [number, *_more] = re.findall(rf"/posts/{made.id}/links/(\d+)/end", editor.get(f"/posts/{made.id}").text)
    editor.post(f"/posts/{made.id}/links/{number}/end")
    assert requests.get(bound, timeout=30).status_code == 410
    assert requests.get(latest, timeout=30).status_code == 200
    desk.clock.advance(2 * DAY)
    gone = requests.get(latest, timeout=30)
    assert gone.status_code == 410
    assert "This link has ended" in gone.text
    assert requests.get(f"{desk.url}{shown}", timeout=30).status_code == 404


def test_the_post_of_a_file_ends_as_a_file(desk: Desk) -> None:
    editor = desk.as_(Role.EDITOR)
    desk.project.post("a", "day: 1   # Monday", "kind: daily-post", body="From a file")
    assert "From a file" in editor.get("/posts?stage=file").text
    number = int(editor.post("/posts/open", {"path": "week/a.md"}).url.rpartition("/")[2])
    page = editor.get(f"/posts/{number}").text
    assert "This post comes from posts/week/a.md." in page
    desk.save(editor, number, body="From a file, and better", day="2")
    change = editor.get(f"/posts/{number}/patch").text
    assert "+day: 2   # Monday" in change
    assert "-From a file\n+From a file, and better\n" in change
    answer = editor.get(f"/posts/{number}/download")
    assert answer.text == desk.post(number).source
    assert 'filename="a.md"' in answer.headers["content-disposition"]
    assert "was changed after this copy" not in editor.get(f"/posts/{number}").text
    desk.project.post("a", "day: 1   # Monday", "kind: daily-post", body="Changed meanwhile")
    assert "was changed after this copy" in editor.get(f"/posts/{number}").text
    approver = desk.as_(Role.APPROVER)
    for step in ("submit", "approve", "queue"):
        form = {"version": desk.post(number).version, "seen": desk.seen(approver, number)}
        assert "comes from a file" in approver.post(f"/posts/{number}/{step}", form).text, step
    for path in ("../config/accounts.toml", "week/../../x.md", "week/none.md"):
        assert "There is no such file" in editor.post("/posts/open", {"path": path}).text


def test_deliveries_of_files_are_approved_as_they_were_seen(desk: Desk) -> None:
    approver = desk.as_(Role.APPROVER)
    desk.project.post("a", "day: 1", "kind: daily-post", "accounts: [fice-x]", body="Waits for you")
    office = Office(desk.project, desk.store)
    office.apply()
    delivery, seen = office.row()["id"], office.row()["message"]
    assert office.state() == "held"
    assert "Waits for you" in approver.get("/approvals").text
    answer = approver.post("/approvals", {"each": f"{delivery} something else"})
    assert "was changed after you read it" in answer.text
    each = {"each": f"{delivery} {seen}"}
    assert desk.as_(Role.EDITOR).post("/approvals", each).status_code == 403
    approver.post("/approvals", each)
    assert office.state() == "scheduled"
    assert office.log()[-1].actor == "the approver"


def test_evil_content_harms_no_page(desk: Desk) -> None:
    approver = desk.as_(Role.APPROVER)
    made = desk.begun(
        approver, body=EVIL, first_comment=EVIL, card_title=EVIL, link='https://example.org/"><script>',
        slot=EVIL, late_ok=EVIL, media="0",
        **{"media.0.file": EVIL, "media.0.alt": EVIL, "text.twitter": EVIL},
    )  # fmt: skip
    approver.post(f"/posts/{made.id}/submit", {"version": made.version})
    link = approver.post(f"/posts/{made.id}/links").text
    review = re.search(r"/review/[\w-]+", link)
    assert review is not None
    entries = re.findall(rf"/posts/{made.id}/versions/\d+", approver.get(f"/posts/{made.id}").text)
    for path in ("/posts", f"/posts/{made.id}", "/approvals", review[0], entries[0]):
        text = approver.get(path).text
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
    assert approver.get("/posts", params={"text": EVIL, "campaign": EVIL, "stage": EVIL}).status_code == 200


def test_a_hundred_thousand_characters_harm_no_page(desk: Desk) -> None:
    editor = desk.as_(Role.EDITOR)
    text = "Word, word. " * 8_400
    made = desk.begun(editor, body=text, **{"text.twitter": "y" * 20_000})
    assert len(made.source) > 100_000
    began = time.monotonic()
    page = editor.get(f"/posts/{made.id}")
    assert page.status_code == 200
    assert len(page.content) < 2_000_000
    desk.save(editor, made.id, body=text.replace("word", "words"))
    entries = re.findall(rf"/posts/{made.id}/versions/\d+", editor.get(f"/posts/{made.id}").text)
    assert editor.get(entries[0]).status_code == 200
    assert len(editor.get("/posts").content) < 100_000
    assert time.monotonic() - began < 20
    # Too long even for a file: it is refused, and the page says so.
    answer = editor.post(
        f"/posts/{made.id}/save", desk.fields(made.id, body="z" * 300_000),
        headers={"accept": "application/json"},
    )  # fmt: skip
    assert "too long" in answer.json()["refused"]


def test_a_time_that_the_clocks_pass_over_is_told_of(desk: Desk) -> None:
    editor = desk.as_(Role.EDITOR)
    made = desk.begun(editor)
    fields = desk.fields(made.id, when="at", at="2018-03-11T02:30", where="own", accounts=["fice-x"])
    text = editor.post(f"/posts/{made.id}/preview", fields, headers={"hx-request": "true"}).text
    assert "The clocks go forward over this time" in text
    desk.save(editor, made.id, when="at", at="2018-09-25T09:15", where="own", accounts=["fice-x"])
    assert "at: 2018-09-25 09:15" in desk.post(made.id).source
    assert "accounts: [fice-x]" in desk.post(made.id).source


def test_the_list_finds_posts_by_campaign_stage_and_text(desk: Desk) -> None:
    editor = desk.as_(Role.EDITOR)
    made = desk.begun(editor, body="About the school in Nairobi")
    desk.project.post("a", "day: 2", "kind: daily-post", body="About the clinic")
    page = editor.get("/posts").text
    for words in (
        "About the school in Nairobi",
        "About the clinic",
        "Mon 24 Sept 2018, 08:00",
        "fice-facebook",
    ):
        assert words in page, words
    assert "Nairobi" in editor.get("/posts?text=nairobi").text
    assert "Nairobi" not in editor.get("/posts?text=clinic").text.partition("<table>")[2]
    assert "Nairobi" not in editor.get("/posts?stage=review").text
    editor.post(f"/posts/{made.id}/submit", {"version": made.version})
    assert "Nairobi" in editor.get("/posts?stage=review&campaign=week").text
    assert editor.get("/posts/999999").status_code == 404
    assert editor.get(f"/posts/at/{made.path}").url.endswith(f"/posts/{made.id}")
    assert "Edit a copy of the file" in editor.get("/posts/at/week/a.md").text
    desk.project.folder.joinpath("config/campaigns/week.toml").unlink()  # the page says so, and does not fail
    assert "its campaign can not be read" in editor.get(f"/posts/{made.id}").text
    assert editor.get("/posts").status_code == editor.get("/approvals").status_code == 200
