"""The composer in a real browser: it saves by itself, shows what will be seen, and loses nothing."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from bot.clock import FixedClock
from bot.model.role import Role
from bot.store import Store, open_store, posts
from bot.web.server import serving
from tests.planning.helper import SUNDAY, Project
from tests.web.helper import Visit, visit


@dataclass
class Office:
    """The pages of a project, for people with browsers of their own."""

    url: str
    store: Store
    project: Project
    browser: Browser

    def source(self, number: int) -> str:
        with self.store.read() as connection:
            return posts.get(connection, number).source

    def member(self, name: str, role: Role = Role.EDITOR) -> Visit:
        return visit(self.url, self.store, SUNDAY, role, name)

    def sit_down(self, name: str) -> Page:
        """A browser in which somebody is signed in; whatever the page complains of fails the test."""
        context = self.browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        return self.member(name).enter(page)


@pytest.fixture(scope="module")
def office(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("composer")
    project = Project(folder, {"DATABASE_URL": f"sqlite:///{folder}/bot.db"})
    project.accounts()
    project.week(('timezone = "America', 'approval = "required"\ntimezone = "America'))
    project.post("a", "day: 1", "kind: daily-post", body="From a file")
    store = open_store(project.settings().database_url)
    with serving(project.settings, FixedClock(SUNDAY), "127.0.0.1", 0) as url:
        yield Office(url, store, project, browser)
    store.close()


def picture(folder: Path) -> Path:
    file = io.BytesIO()
    Image.new("RGB", (640, 400), "teal").save(file, "JPEG")
    path = folder / "School.jpg"
    path.write_bytes(file.getvalue())
    return path


def drop(page: Page, name: str, content: bytes) -> None:
    """Drop a file on the page, as from a folder."""
    made = page.evaluate_handle(
        """([name, content]) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([new Uint8Array(content)], name));
            return transfer;
        }""",
        [name, list(content)],
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": made})


def begin(page: Page, office: Office, title: str) -> int:
    """A new post by the form; its number."""
    page.goto(f"{office.url}/posts/new")
    page.get_by_label("A short name").fill(title)
    page.get_by_label("Day").select_option("1")
    page.get_by_role("button", name="Write").click()
    page.locator(".scripted-on").wait_for()
    return int(page.url.rpartition("/")[2])


def test_a_post_with_a_picture_is_written_and_saves_itself(office: Office, tmp_path: Path) -> None:
    page = office.sit_down("Anna")
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    number = begin(page, office, "The school")
    preview = page.get_by_role("complementary", name="Preview")
    page.get_by_label("Text for all networks").fill("The school opens today")
    expect(preview.get_by_text("The school opens today").first).to_be_visible()
    expect(page.locator("#counts-here")).to_contain_text("22 of 280")
    expect(page.locator("#saved")).to_contain_text("Saved")
    assert "The school opens today" in office.source(number)

    page.locator("#files").set_input_files(picture(tmp_path))
    alt = page.get_by_label("What does it show?")
    expect(alt).to_be_focused()
    expect(alt).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("link", name="Error").first).to_be_visible()
    alt.fill("A white school building")
    expect(alt).not_to_have_attribute("aria-invalid", "true")
    expect(preview.get_by_alt_text("A white school building").first).to_be_visible()

    drop(page, "second.jpg", picture(tmp_path).read_bytes())
    expect(alt).to_have_count(2)
    alt.nth(1).fill("Another one")
    drop(page, "notes.txt", b"no picture")
    expect(page.get_by_text("notes.txt: ")).to_contain_text("neither a picture")
    page.get_by_role("button", name="Move this file up").nth(1).press("Enter")
    expect(alt.first).to_have_value("Another one")
    page.get_by_role("button", name="Remove this file").first.click()
    expect(alt).to_have_value("A white school building")

    own = page.locator("details.own", has_text="X (Twitter)")
    own.locator("summary").click()
    own.get_by_role("textbox").fill("First on X")
    own.get_by_role("button", name="Add a message").click()
    expect(own.get_by_role("textbox").nth(1)).to_be_focused()
    page.keyboard.type("Second on X")
    up = own.get_by_role("button", name="Move this message up").nth(1)
    up.press("Enter")
    expect(up).to_have_count(1)
    expect(own.get_by_role("textbox").first).to_have_value("Second on X")
    expect(preview.get_by_label("Part 2 of 2, a reply").get_by_text("First on X")).to_be_visible()
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.reload()
    expect(own.get_by_role("textbox").nth(1)).to_have_value("First on X")
    expect(alt).to_have_value("A white school building")

    page.get_by_label("Text for all networks").fill("Typed at the last moment")
    page.get_by_role("button", name="Send to review").click()  # without waiting for the save
    expect(page.get_by_text("Sent to review.")).to_be_visible()
    assert "Typed at the last moment" in office.source(number)
    assert complaints == []
    page.context.close()


def test_without_a_connection_the_text_stays_and_is_saved_later(office: Office) -> None:
    page = office.sit_down("Anna")
    number = begin(page, office, "Offline")
    page.context.set_offline(True)
    page.get_by_label("Text for all networks").fill("Written in a tunnel")
    expect(page.locator("#saved")).to_contain_text("No connection")
    page.context.set_offline(False)
    expect(page.locator("#saved")).to_contain_text("Saved", timeout=10_000)
    assert "Written in a tunnel" in office.source(number)
    page.context.close()


def test_who_is_signed_out_while_writing_keeps_the_words_and_saves_them_after_signing_in(
    office: Office,
) -> None:
    page = office.sit_down("Ines")
    number = begin(page, office, "Signed out")
    page.context.clear_cookies()
    page.get_by_label("Text for all networks").fill("Written after the end")
    expect(page.locator("#saved")).to_contain_text("You are signed out")
    with page.expect_response("**/preview"):
        page.get_by_label("Text for all networks").fill("Written long after the end")
    office.member("Boris").enter(page)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#saved")).to_contain_text("You are signed out")
    assert "Written" not in office.source(number), "not in the name of somebody else"
    office.member("Ines").enter(page)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#saved")).to_contain_text("Saved")
    assert "Written long after the end" in office.source(number)
    page.context.close()


def test_two_editors_are_told_of_each_other_and_choose(office: Office) -> None:
    anna, ben = office.sit_down("Anna"), office.sit_down("Ben")
    number = begin(anna, office, "Together")
    ben.goto(f"{office.url}/posts/{number}")
    expect(ben.get_by_text("Anna has this post open too.")).to_be_visible()
    ben.get_by_label("Text for all networks").fill("What Ben says")
    expect(ben.locator("#saved")).to_contain_text("Saved")
    anna.get_by_label("Text for all networks").fill("What Anna says")
    choice = anna.get_by_role("dialog", name="Two have changed this post")
    expect(choice).to_be_visible()
    expect(choice).to_contain_text("What Ben says")
    expect(choice).to_contain_text("What Anna says")
    assert "What Ben says" in office.source(number)
    choice.get_by_role("button", name="Keep mine").click()
    expect(anna.locator("#saved")).to_contain_text("Saved")
    assert "What Anna says" in office.source(number)
    ben.get_by_label("Text for all networks").fill("What Ben says now")
    ben.get_by_role("button", name="Take theirs").click()
    expect(ben.get_by_label("Text for all networks")).to_have_value("What Anna says")
    for one in (anna, ben):
        one.context.close()


def test_the_post_of_a_file_is_taken_home_as_a_file_or_a_patch(office: Office) -> None:
    page = office.sit_down("Anna")
    page.goto(f"{office.url}/posts?stage=file")
    page.get_by_role("button", name="Edit a copy").click()
    expect(page.get_by_text("This post comes from posts/week/a.md.")).to_be_visible()
    page.get_by_label("Text for all networks").fill("Better")
    expect(page.locator("#saved")).to_contain_text("Saved")
    for name, file, words in (
        ("Download the file", "a.md", "\nBetter\n"),
        ("Download the patch", "a.patch", "-From a file\n+Better"),
    ):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert download.value.suggested_filename == file
        assert words in Path(download.value.path()).read_text()
    assert page.get_by_role("button", name="Send to review").count() == 0
    page.context.close()
