"""Problems of a form: each is shown at the field that it is about."""

from bot.model.message import Level
from bot.planning.form import FormMedia, PostForm, to_source
from bot.planning.form_problems import problems_of
from bot.planning.queueing import content_with
from tests.planning.helper import Office

PATH = "week/web/a.md"


def said(office: Office, source: str) -> set[tuple[str, str]]:
    """The field of each error, with the beginning of its words."""
    content = content_with(office.store, office.project.settings(), PATH, source)
    found = problems_of(content, PATH, source)
    return {(one.field, one.message.split(":")[0]) for one in found if one.level is Level.ERROR}


def test_each_problem_is_at_its_field(office: Office) -> None:
    office.project.week(
        ('timezone = "America/New_York"', 'timezone = "America/New_York"\nhashtags = ["SSW"]')
    )
    form = PostForm(
        day="9", kind="case-study", slot="noon", accounts=("fice-x", "nobody"), link="no link",
        late_ok="soon",         body="fine", text={"twitter": ("short", "x" * 400), "facebook": ("ok",)},
        media=(FormMedia("a.jpg", "A"), FormMedia("b.jpg", "B")),
    )  # fmt: skip
    assert said(office, to_source(form)) == {
        ("day", "day"), ("slot", "slot"), ("accounts", "accounts"), ("link", "link"), ("late_ok", "late_ok"),
        ("media.0.file", "media"), ("media.1.file", "media"),
    }  # fmt: skip
    good = PostForm(day="1", accounts=("fice-x",), body="x" * 400, text={"facebook": ("ok",)})
    assert {field for field, _ in said(office, to_source(good))} == {"body"}
    long = PostForm(day="1", accounts=("fice-x",), body="ok", text={"twitter": ("x" * 400,)})
    assert {field for field, _ in said(office, to_source(long))} == {"text.twitter"}


def test_what_has_no_line_is_at_its_field_too(office: Office) -> None:
    assert said(office, to_source(PostForm(kind="", accounts=("fice-x",), body="x"))) == {
        ("kind", "'kind' is missing"),
        ("day", "it has no time yet"),
    }
    assert said(office, "no keys") == {
        ("", "a post begins with a line '---', then its keys, then another '---'")
    }
    assert said(office, to_source(PostForm(day="1", body="Hello"))) == set()


def test_other_posts_and_other_campaigns_are_not_its_problems(office: Office) -> None:
    office.project.write("posts/week/broken.md", "no front matter")
    office.project.write("posts/week/file.MARKDOWN", "x")
    office.project.write("config/campaigns/other.toml", "broken")
    assert said(office, to_source(PostForm(day="1", body="Hello"))) == set()
