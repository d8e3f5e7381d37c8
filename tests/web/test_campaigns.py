"""The pages of campaigns, over real HTTP: who may what, and nothing twice or unseen."""

import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.clock import FixedClock
from bot.model.figures import Rhythm
from bot.model.outcome import Figures, RemotePost
from bot.model.role import Role
from bot.model.state import State
from bot.store import Store, audit, campaign_sources, figures, open_store, posts
from bot.store.campaign_progress import progress_of
from bot.store.engine import connect
from bot.web.server import serving
from tests.planning.helper import DAY, SUNDAY, Office, Project, jpeg, post
from tests.web.helper import Visit, visit


@dataclass
class Team:
    """A page with its files, and somebody of each role."""

    url: str
    office: Office

    def member(self, role: Role = Role.OPERATOR) -> Visit:
        return visit(self.url, self.office.store, SUNDAY, role)

    @property
    def store(self) -> Store:
        return self.office.store

    def applied(self, name: str) -> int:
        with self.store.read() as connection:
            return progress_of(connection, [name])[name].of(State.SCHEDULED)


@pytest.fixture(scope="module")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated once, and copied for each test."""
    path = tmp_path_factory.mktemp("new") / "bot.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def store(tmp_path: Path, new_database: Path) -> Iterator[Store]:
    opened = connect(f"sqlite:///{shutil.copy(new_database, tmp_path / 'bot.db')}")
    yield opened
    opened.close()


@pytest.fixture
def team(tmp_path: Path, store: Store) -> Iterator[Team]:
    project = Project(tmp_path)
    project.accounts()
    project.week()
    project.write("posts/week/a.jpg", jpeg())
    project.post("1-monday", "day: 1", "kind: daily-post", 'media: [{file: a.jpg, alt: "A class"}]')
    project.post("2-tuesday", "day: 2", "kind: daily-post", body="Hello again")
    project.environment["DATABASE_URL"] = str(store.engine.url)
    with serving(project.settings(), FixedClock(SUNDAY), "127.0.0.1", 0) as url:
        yield Team(url, Office(project, store))


def words(answer: requests.Response) -> str:
    """What a page says in its main part, without its markup."""
    main = answer.text.partition("<main")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def hidden(answer: requests.Response, name: str) -> str:
    """What a hidden field of the page holds."""
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found, answer.text
    return unescape(found[1])


FORM: dict[str, Any] = {
    "title": "The <b>next</b> week",
    "name": "next",
    "starts": "2024-02-29",
    "timezone": "Europe/Paris",
    "themes": "First\r\nSecond\r\n\r\n",
    "hashtags": "#SSW2024, Care",
    "approval": "required",
    "slot-0-name": "morning",
    "slot-0-at": "09:00",
    "slot-0-kinds": ["daily-post"],
    "slot-0-accounts": ["fice-x", "fice-facebook"],
    "slot-1-name": "",
    "slot-1-at": "",
}


def test_a_campaign_is_shown_day_by_day_with_what_it_lacks(team: Team) -> None:
    viewer = team.member(Role.VIEWER)
    assert "Nothing of it is in the queue yet." in words(viewer.get("/campaigns"))
    said = words(viewer.get("/campaigns/week"))
    assert "Day 1 · Monday, 24 September 2018" in said
    assert "08:00 morning 1-monday Daily post fice-x, fice-facebook" in said
    assert "Day 3 has no post of the kind “Daily post”" in said
    assert "Problems" not in said
    assert "Nothing is wrong" in words(team.member(Role.EDITOR).get("/campaigns/week"))
    team.office.apply()
    said = words(viewer.get("/campaigns"))
    assert "0 of 4 are out." in said
    assert "4 scheduled" in said
    for path in ("/campaigns/none", "/campaigns/..%2fx", "/campaigns/" + "a" * 99, "/campaigns/_new/edit"):
        assert viewer.get(path).status_code in (403, 404)


def test_each_role_does_what_it_may(team: Team) -> None:
    viewer, editor, approver = map(team.member, (Role.VIEWER, Role.EDITOR, Role.APPROVER))
    assert viewer.get("/campaigns/week/apply").status_code == 403
    assert viewer.get("/campaigns/week/export.zip").status_code == 403
    said = words(editor.get("/campaigns/week/apply"))
    assert "4 new" in said
    assert "An operator can apply it." in said
    for path in ("/campaigns/_new", "/campaigns/week/edit", "/campaigns/week/copy", "/campaigns/week/apply"):
        assert approver.post(path, {**FORM, "seen": "x"}).status_code == 403
    assert approver.get("/campaigns/week/copy").status_code == 403
    assert team.applied("week") == 0


def test_what_was_seen_is_applied_and_nothing_else(team: Team) -> None:
    anna = team.member()
    seen = hidden(anna.get("/campaigns/week/apply"), "seen")
    team.office.project.post("3-wednesday", "day: 3", "kind: daily-post", body="A third")
    said = words(anna.post("/campaigns/week/apply", {"seen": seen}))
    assert "The plan has changed since you looked at it, and nothing was done" in said
    assert team.applied("week") == 0
    page = anna.get("/campaigns/week/apply")
    assert "6 new" in words(page)
    said = words(anna.post("/campaigns/week/apply", {"seen": hidden(page, "seen")}))
    assert "6 deliveries were changed in the queue." in said
    assert team.applied("week") == 6
    with team.store.read() as connection:
        [entry] = audit.changes(connection, about="week")
    assert (entry.actor, entry.what, entry.detail) == (anna.name, "applied the campaign", "6 new")
    assert {one.actor for one in team.office.log("1-monday")} == {anna.name}
    assert "Nothing would change" in words(anna.get("/campaigns/week/apply"))
    assert team.office.plan().active == []  # bot plan says the same


def test_a_campaign_is_moved_with_its_plan_in_view(team: Team) -> None:
    anna = team.member()
    team.office.apply()
    page = anna.get("/campaigns/week/apply?starts=2018-10-01")
    assert "4 moved" in words(page)
    assert "week starts on 2018-10-01 instead of 2018-09-24" in words(page)
    anna.post("/campaigns/week/apply", {"seen": hidden(page, "seen"), "starts": "2018-10-01"})
    said = words(anna.get("/campaigns/week"))
    assert (
        "It begins on 24 September 2018 as it is written; in the queue it was moved to 1 October 2018."
        in said
    )
    assert "no date of a campaign" in words(anna.get("/campaigns/week/apply?starts=2018-02-29"))
    assert "no date of a campaign" in words(
        anna.post("/campaigns/week/apply", {"seen": "x", "starts": "tomorrow"})
    )


def test_errors_keep_all_of_it_out_of_the_queue(team: Team) -> None:
    anna = team.member()
    seen = hidden(anna.get("/campaigns/week/apply"), "seen")
    team.office.project.post("4-wrong", "day: 9", "kind: daily-post", "colour: red")
    page = anna.get("/campaigns/week/apply")
    assert "stand in the way" in words(page)
    assert "4-wrong.md:3" in words(page) or "4-wrong.md:4" in words(page)
    assert 'name="seen"' not in page.text
    assert "nothing was changed" in words(anna.post("/campaigns/week/apply", {"seen": seen}))
    assert "4-wrong.md" in words(anna.get("/campaigns/week"))
    assert team.applied("week") == 0


def test_last_years_campaign_is_copied_once(team: Team) -> None:
    anna = team.member()
    page = anna.get("/campaigns/week/copy")
    assert 'value="2019-09-23"' in page.text
    page = anna.get("/campaigns/week/copy?title=Next+Week&starts=2019-09-24&new=")
    assert "as “next-week”. 2 posts are copied." in words(page)
    assert "was Monday, 24 September 2018 and would be Tuesday, 24 September 2019" in words(page)
    assert "Day 1 · Tuesday, 24 September 2019" in words(page)
    asked = {"title": "Next Week", "starts": "2019-09-24", "new": "next-week"}
    said = words(anna.post("/campaigns/week/copy", asked))
    assert "Its 2 posts are drafts" in said
    assert "Drafts They go out only when somebody queues them. 1-monday" in said
    said = words(anna.post("/campaigns/week/copy", asked))
    assert "This copy was made before. Nothing was changed." in said
    with team.store.read() as connection:
        made = posts.all_posts(connection, "next-week")
        [entry] = audit.changes(connection, about="next-week")
    assert len(made) == 2
    assert (entry.actor, entry.what, entry.detail) == (anna.name, "made the campaign", "a copy of week")
    assert f'href="/posts/{made[0].id}"' in anna.get("/campaigns/next-week").text
    assert anna.get("/preflight/next-week").status_code == 200


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"new": "../x"}, "is no name for a campaign"),
        ({"new": "week"}, "in a file"),
        ({"new": "a/b"}, "is no name for a campaign"),
        ({"new": "_new"}, "is no name for a campaign"),
        ({"new": "n" * 200}, "at most 60"),
        ({"starts": "2019-02-29"}, "no date of a campaign"),
        ({"starts": "9999-12-31"}, "no date of a campaign"),
    ],
)
def test_a_copy_with_an_evil_name_or_date_is_refused(team: Team, change: dict[str, str], said: str) -> None:
    asked = {"title": "Next", "starts": "2019-09-24", "new": "next", **change}
    anna = team.member()
    assert said in words(anna.post("/campaigns/week/copy", asked))
    assert anna.get("/campaigns/week/copy", params=asked).status_code == 422
    with team.store.read() as connection:
        assert campaign_sources.all_campaigns(connection) == []
    assert [one.name for one in (team.office.project.folder / "config/campaigns").iterdir()] == ["week.toml"]


def test_a_campaign_is_made_edited_and_exported(team: Team) -> None:
    anna = team.member()
    assert "Another slot" in words(anna.get("/campaigns/_new"))
    answer = anna.post("/campaigns/_new", FORM)
    assert "The campaign is made." in words(answer)
    assert "Thursday, 29 February 2024" in words(answer)
    assert "&lt;b&gt;next" in answer.text
    assert "There is a campaign of this name already" in words(anna.post("/campaigns/_new", FORM))
    page = anna.get("/campaigns/next/edit")
    assert hidden(page, "seen") == "1"
    edited = {**FORM, "seen": "1", "themes": "First\nSecond\nThird", "slot-0-at": "10:30"}
    assert "The campaign is saved." in words(anna.post("/campaigns/next/edit", edited))
    said = words(anna.get("/campaigns/next"))
    assert "10:30 morning" in said
    assert "3 days" in said
    assert "#SSW2024 #Care" in said
    posts.create(team.store, "next", "Hello", post("day: 1", "kind: daily-post"), "anna", SUNDAY)
    packed = anna.get("/campaigns/next/export.zip")
    assert packed.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["config/campaigns/next.toml", "posts/next/hello.md"]
        assert b"at = 10:30:00" in archive.read("config/campaigns/next.toml")
    assert anna.get("/campaigns/week/export.zip").status_code == 400


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"timezone": "Europe/Atlantis"}, "timezone", "is not a time zone"),
        ({"starts": "2023-02-29"}, "starts", "no date of a campaign"),
        ({"title": "  "}, "title", "a title is missing"),
        ({"themes": "One\n\nThree"}, "day", "a line is empty"),
        ({"themes": ""}, "day", "write a theme for each day"),
        ({"hashtags": "a-b"}, "hashtags", "is no hashtag"),
        ({"slot-0-at": "25:00"}, "slots-0-at", "no time of day"),
        ({"slot-0-name": "a b"}, "slots-0-name", "no name for a slot"),
        ({"slot-0-kinds": []}, "slots-0-kinds", "choose what goes out"),
        ({"slot-0-accounts": ["nobody"]}, "slots-0-accounts", "there is no account"),
        ({"name": "../x"}, "name", "Use letters"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    team: Team, change: dict[str, Any], field: str, said: str
) -> None:
    answer = team.member().post("/campaigns/_new", {**FORM, **change})
    assert answer.status_code == 422
    found = re.search(rf'id="{field}-fault-1">([^<]*)', answer.text)
    assert found, words(answer)
    assert said in unescape(found[1])
    with team.store.read() as connection:
        assert campaign_sources.all_campaigns(connection) == []


def test_nothing_that_another_has_saved_is_overwritten_unseen(team: Team) -> None:
    anna, ben = team.member(), visit(team.url, team.store, SUNDAY, Role.OPERATOR, "ben")
    anna.post("/campaigns/_new", FORM)
    ben.post("/campaigns/next/edit", {**FORM, "seen": "1", "title": "Ben's week"})
    answer = anna.post("/campaigns/next/edit", {**FORM, "seen": "1", "title": "Anna's week"})
    assert answer.status_code == 409
    assert "ben has saved this campaign at" in words(answer)
    assert '-title = "Ben\'s week"' in words(answer)
    assert 'value="Anna&#39;s week"' in answer.text
    assert "Ben's week" in words(anna.get("/campaigns/next"))
    again = {**FORM, "seen": hidden(answer, "seen"), "title": "Anna's week"}
    assert "The campaign is saved." in words(anna.post("/campaigns/next/edit", again))
    assert "Anna's week" in words(anna.get("/campaigns/next"))
    with team.store.read() as connection:
        found = [(one.actor, one.what) for one in audit.changes(connection, about="next")]
    assert found == [
        (anna.name, "changed the campaign"), ("ben", "changed the campaign"),
        (anna.name, "made the campaign"),
    ]  # fmt: skip


def test_a_file_is_edited_as_a_file(team: Team) -> None:
    anna = team.member()
    page = anna.get("/campaigns/week/edit")
    assert "This campaign comes from the file" in words(page)
    form = {
        **FORM, "title": "A week", "starts": "2018-09-24", "timezone": "America/New_York", "hashtags": "",
        "approval": "none", "themes": "Monday's\nTuesday's\nWednesday's", "slot-0-at": "08:00",
        "slot-0-kinds": ["daily-post", "event"], "slot-1-name": "afternoon", "slot-1-at": "15:00",
        "slot-1-kinds": ["case-study", "daily-post"], "slot-1-accounts": ["fice-linkedin"],
        "seen": hidden(page, "seen"),
    }  # fmt: skip
    before = (team.office.project.folder / "config/campaigns/week.toml").read_text()
    whole = anna.post("/campaigns/week/edit", {**form, "as": "file"})
    assert whole.headers["content-disposition"] == 'attachment; filename="week.toml"'
    assert whole.text == before.replace('"Week"', '"A week"')
    change = anna.post("/campaigns/week/edit", {**form, "as": "patch"})
    assert '-title = "Week"\n+title = "A week"' in change.text
    assert "+++ b/config/campaigns/week.toml" in change.text
    assert (team.office.project.folder / "config/campaigns/week.toml").read_text() == before
    team.office.project.week(("Week", "Theirs"))
    assert anna.post("/campaigns/week/edit", {**form, "as": "file"}).status_code == 409


def test_the_figures_are_shown_with_pictures_that_can_run_nothing(team: Team) -> None:
    viewer = team.member(Role.VIEWER)
    assert viewer.get("/campaigns/week/figures").status_code == 404
    team.office.apply()
    assert "Nothing of it is out yet." in words(viewer.get("/campaigns/week/figures"))
    held = team.office.publish("1-monday")
    assert "X (Twitter) 1 –" in words(viewer.get("/campaigns/week/figures"))
    assert viewer.get("/campaigns/week/figures/twitter.svg").status_code == 404
    asked = figures.Asked(held.delivery, SUNDAY, {1: RemotePost(f"{held.delivery}1", None)})
    rhythm = Rhythm(None, DAY, DAY)
    figures.record(
        team.store, [asked], {f"{held.delivery}1": Figures(impressions=7)}, rhythm, SUNDAY + DAY
    )  # fmt: skip
    page = viewer.get("/campaigns/week/figures")
    assert "X (Twitter) 1 7" in words(page)
    assert '<img src="/campaigns/week/figures/twitter.svg"' in page.text
    picture = viewer.get("/campaigns/week/figures/twitter.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["content-security-policy"].startswith("default-src 'none'; sandbox")
    assert "<svg" in picture.text
    assert "script" not in picture.text


def test_a_campaign_that_only_the_queue_knows_is_still_shown(team: Team) -> None:
    team.office.apply()
    (team.office.project.folder / "config/campaigns/week.toml").unlink()
    anna = team.member()
    assert "only in the queue" in words(anna.get("/campaigns"))
    assert "0 of 4 are out." in words(anna.get("/campaigns/week"))
    for path in ("edit", "copy"):
        assert anna.get(f"/campaigns/week/{path}").status_code == 404
