"""The page of a post, in a real browser, and the files that it may show."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from bot.clock import FixedClock
from bot.model.role import Role
from bot.store import open_store
from bot.web.server import serving
from tests.planning.helper import SUNDAY, Project, jpeg
from tests.web.helper import Visit, visit

ALL = ("day: 1", "kind: daily-post", "accounts: [fice-x, fice-facebook, fice-linkedin]")
EVIL = "<script>alert(1)</script> & “quotes”"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path, {"DATABASE_URL": f"sqlite:///{tmp_path}/bot.db"})
    made.accounts()
    made.week()
    made.write("posts/week/a.jpg", jpeg())
    made.post(
        "a", *ALL, "link: https://example.org/a", 'media: [{file: a.jpg, alt: "A school"}]',
        "first_comment: More below", body=f"Hello (all) {EVIL}\n\nTwo\n\nThree lines",
    )  # fmt: skip
    return made


@pytest.fixture
def url(project: Project) -> Iterator[str]:
    open_store(project.settings().database_url).close()
    with serving(project.settings, FixedClock(SUNDAY), "127.0.0.1", 0) as address:
        yield address


@pytest.fixture
def member(url: str, project: Project) -> Iterator[Visit]:
    store = open_store(project.settings().database_url)
    yield visit(url, store, SUNDAY, Role.VIEWER)
    store.close()


@pytest.fixture
def tab(tab: Page, member: Visit) -> Page:
    return member.enter(tab)


def test_a_post_is_shown_on_each_network_side_by_side(url: str, tab: Page) -> None:
    dialogs: list[str] = []
    tab.on("dialog", lambda dialog: dialogs.append(dialog.message))
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.goto(f"{url}/preview/week/a.md")
    assert tab.get_by_role("article").count() == 3
    tops = {round(one.bounding_box()["y"]) for one in tab.get_by_role("article").all()}  # type: ignore[index]
    assert len(tops) == 1
    linkedin = tab.get_by_role("article", name="fice-linkedin")
    assert linkedin.get_by_text(f"Hello (all) {EVIL}").first.is_visible()
    more = linkedin.locator("details p.words")
    assert not more.is_visible()
    linkedin.get_by_text("see more").click()
    assert more.is_visible()
    assert more.inner_text().startswith("Three lines")
    picture = linkedin.get_by_role("img", name="A school")
    assert picture.evaluate("picture => picture.naturalWidth") == 2
    assert linkedin.get_by_label("Part 2 of 2, a comment").get_by_text("More below").is_visible()
    assert dialogs == []


def test_it_needs_no_javascript(member: Visit) -> None:
    text = member.get("/preview/week/a").text
    assert "Hello (all)" in text
    assert "&lt;script&gt;" in text
    assert "<script>alert" not in text
    sent = [line for line in text.splitlines() if "commentary" in line]
    assert len(sent) == 1
    assert r"\(all\)" in json.loads(f'"{sent[0].split("&#34;")[3]}"')


def test_it_fits_a_phone(url: str, tab: Page) -> None:
    tab.goto(f"{url}/preview/week/a.md")
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(
    "path", ["", "week/b.md", "../config/bot.toml", "week/..%2fa", "%2e%2e/x", "week/%00"]
)
def test_what_is_no_post_is_said_to_be_none(member: Visit, path: str) -> None:
    answer = member.get(f"/preview/{path}")
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


def test_a_file_comes_as_what_it_is_and_may_do_nothing(member: Visit) -> None:
    answer = member.get("/preview-file/0/week/a.md")
    assert (answer.status_code, answer.content) == (200, jpeg())
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; sandbox")


@pytest.mark.parametrize(
    "place", ["1/week/a.md", "-1/week/a.md", "0/week/b.md", "0/week/a.jpg", "x/week/a.md"]
)
def test_only_what_a_post_names_can_be_had(member: Visit, place: str) -> None:
    assert member.get(f"/preview-file/{place}").status_code in (404, 422)


@pytest.mark.parametrize("file", ["../../config/accounts.toml", "secret.jpg", "page.svg", "a.html"])
def test_nothing_outside_the_folder_and_nothing_that_is_no_media(
    member: Visit, project: Project, file: str
) -> None:
    project.write("secret.jpg", jpeg())
    (project.folder / "posts/week/secret.jpg").symlink_to(project.folder / "secret.jpg")
    for name in ("page.svg", "a.html"):
        project.write(
            f"posts/week/{name}", "<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"
        )
    project.post("b", *ALL, f'media: [{{file: {file}, alt: "x"}}]')
    assert member.get("/preview-file/0/week/b.md").status_code == 404
    assert "can not be shown" in member.get("/preview/week/b.md").text


def test_a_document_is_offered_and_not_opened(member: Visit, project: Project) -> None:
    project.write("posts/week/d.pdf", b"%PDF-1.4\n%%EOF\n")
    project.post("b", *ALL[:2], "accounts: [fice-linkedin]", 'media: [{file: d.pdf, alt: "A report"}]')
    assert member.get("/preview-file/0/week/b.md").headers["content-disposition"].startswith("attachment")
