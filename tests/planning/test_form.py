"""The form: what is filled in comes back from the file, and an edit changes nothing else in it."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.fields import Problems
from bot.networks import REGISTRY
from bot.planning.edit import edited, fields_by_line, patch
from bot.planning.form import FormMedia, PostForm, of_source, plain, to_source
from bot.planning.post_file import read_source

AWKWARD = (
    "no", "10:30", "~", "null", "'quoted'", '"quoted"', "a: b", "# no heading", "text # and a tag", "- item",
    "&anchor", "*alias", "!tag", "%x", "@you", "`x`", "{a: b}", "[a]", "---", "x\n---\ny", "...", "|", ">-",
    "a\n  indented", "  a\n b ", "tab\there", "\u202eright to left", "\ufeffmark", "é",
    "👩‍👩‍👧", "\x85", "\u2028",
    "ends with:", "a\\nb", "\x07", "line\n\n\nline", "#تعليم", "trailing \nspace", "\x1f", "\ufffe",
)  # fmt: skip
words = st.one_of(
    st.sampled_from(AWKWARD), st.text(max_size=60), st.text("ab:#-'\" \n\t{}[]&*!|>%@`\\", max_size=40)
)
texts = st.lists(words, max_size=3).map(tuple)
names = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
forms = st.builds(
    PostForm,
    kind=words, day=words, at=words, slot=words,
    accounts=st.lists(st.one_of(names, words), max_size=3).map(tuple),
    link=words, card_title=words, card_description=words, card_image=words, card_image_alt=words, body=words,
    text=st.dictionaries(st.sampled_from(sorted(REGISTRY)), texts, max_size=3),
    auto_thread=st.booleans(),
    media=st.lists(
        st.builds(FormMedia, file=words, alt=words, only=st.lists(names, max_size=2).map(tuple)), max_size=2
    ).map(tuple),
    first_comment=words, late_ok=words, status=st.sampled_from(["ready", "draft"]),
)  # fmt: skip

HAND_WRITTEN = """\
---
# The case of Kenya; see the brief.
day: 2     # Tuesday
kind:   case-study
accounts:
  - fice-x   # first
  - fice-facebook
text:
    # X is short
    twitter: >
      A folded
      text
    linkedin: 'One ''quoted'' text'   # with a comment

# about the link
link: "https://example.org/a?b=c#d"
mood: hopeful
media: [{file: a.jpg, alt: "A school"}]
---


Body *as it is*

---
still the body

"""


@given(forms)
@settings(max_examples=120, deadline=None)
def test_what_is_filled_in_comes_back(form: PostForm) -> None:
    wanted = plain(form)
    assert of_source(to_source(form)) == wanted
    assert to_source(wanted) == to_source(form)


@given(forms, forms)
@settings(max_examples=100, deadline=None)
@example(plain(PostForm(body="a")), plain(PostForm(body="")))
def test_an_edit_gives_what_was_filled_in_and_none_leaves_every_byte(form: PostForm, other: PostForm) -> None:
    source = to_source(form)
    assert edited(source, form) == source
    assert of_source(edited(source, other)) == plain(other)


@given(forms)
@settings(max_examples=50, deadline=None)
def test_any_edit_of_a_file_that_was_written_by_hand_is_what_was_filled_in(form: PostForm) -> None:
    for source in (
        HAND_WRITTEN,
        HAND_WRITTEN.replace("\n", "\r\n"),
        f"\ufeff{HAND_WRITTEN}",
        "---\n---",
        "---\n{}\n---\nx",
    ):
        filled = of_source(source)
        assert filled is not None
        assert edited(source, filled) == source
        assert of_source(edited(source, form)) == plain(form)
    assert "mood: hopeful" in edited(HAND_WRITTEN, form)


def changed(**values: object) -> list[str]:
    """The lines that an edit of the file takes away and adds."""
    form = of_source(HAND_WRITTEN)
    assert form is not None
    after = edited(HAND_WRITTEN, replace(form, **values))  # type: ignore[arg-type]
    lines = patch("week/a.md", HAND_WRITTEN, after).splitlines()[2:]
    return [line for line in lines if line[0] in "+-"]


def test_an_edit_changes_its_own_lines_only() -> None:
    assert changed(day="3") == ["-day: 2     # Tuesday", "+day: 3     # Tuesday"]
    assert changed(kind="event") == ["-kind:   case-study", "+kind:   event"]
    assert changed(slot="morning") == ["+slot: morning"]
    assert changed(link="") == ['-link: "https://example.org/a?b=c#d"']
    assert changed(status="draft") == ["+status: draft"]
    form = of_source(HAND_WRITTEN)
    assert form is not None
    assert form.text == {"twitter": ("A folded text",), "linkedin": ("One 'quoted' text",)}
    assert changed(text={**form.text, "linkedin": ("Another",)}) == [
        "-    linkedin: 'One ''quoted'' text'   # with a comment",
        "+    linkedin: Another   # with a comment",
    ]
    assert changed(text={"linkedin": form.text["linkedin"]}) == [
        "-    twitter: >", "-      A folded", "-      text",
    ]  # fmt: skip
    assert changed(accounts=("fice-x",))[-1] == "+accounts: [fice-x]"
    assert changed(body=f"{form.body}\nmore")[-1] == "+more"


def test_a_long_text_is_a_block_that_people_can_read() -> None:
    form = PostForm(
        day="1", text={"twitter": ("One\n\nTwo", "no")}, media=(FormMedia("a.jpg", "A: b", ("twitter",)),)
    )
    assert to_source(form).splitlines() == [
        "---", "day: 1", "kind: daily-post", "media:", "  - file: a.jpg", '    alt: "A: b"',
        "    only: [twitter]", "text:",
       "  twitter:", "    - |-", "      One", "", "      Two", '    - "no"', "---", "",
    ]  # fmt: skip


def test_a_hundred_thousand_characters_come_back() -> None:
    form = plain(
        PostForm(body="é'\" :" * 20_000, first_comment="x\n y:" * 20_000, text={"twitter": ("a " * 50_000,)})
    )
    assert of_source(to_source(form)) == form


def test_what_is_filled_in_is_what_the_post_says(tmp_path: Path) -> None:
    form = PostForm(
        day="2", kind="event", accounts=("fice-x",), link="https://example.org/x", body="Hello\n---\nthere",
        text={"twitter": ("1/2", "2/2 #tag")}, first_comment="10:30", late_ok="24h", auto_thread=True,
    )  # fmt: skip
    problems = Problems("")
    read = read_source(to_source(form), tmp_path / "week/web/a.md", tmp_path, problems)
    assert read is not None
    assert problems.found == []
    post = read.post
    assert (post.day, post.kind, post.accounts, post.body) == (2, "event", ("fice-x",), "Hello\n---\nthere")
    assert (post.text, post.first_comment, post.auto_thread) == (
        {"twitter": ("1/2", "2/2 #tag")},
        "10:30",
        True,
    )


def test_each_line_belongs_to_a_field() -> None:
    source = to_source(
        PostForm(
            day="1", card_title="T", card_image="c.jpg", text={"twitter": ("a\nb",)}, body="x\ny",
            media=(FormMedia("a.jpg", "A"), FormMedia("b.jpg", "B")),
        )
    )  # fmt: skip
    places = fields_by_line(source)
    of_line = {line: places.get(number, "") for number, line in enumerate(source.split("\n"), 1)}
    assert of_line["day: 1"] == "day"
    assert of_line["  title: T"] == "card.title"
    assert of_line["  image: c.jpg"] == "card.image"
    assert (of_line["  - file: b.jpg"], of_line["    alt: B"]) == ("media.1.file", "media.1.alt")
    assert (of_line["    b"], of_line["y"]) == ("text.twitter", "body")
    assert fields_by_line("no front matter") == {}
    assert fields_by_line("---\na: [\n---\nx")[4] == "body"


@pytest.mark.parametrize("ending", ["", "\n"])
@pytest.mark.parametrize("name", ["a.md", "with space.md", "é.md"])
def test_git_takes_the_patch(tmp_path: Path, name: str, ending: str) -> None:
    def git(*words: str, given: str = "") -> None:
        subprocess.run(["git", *words], cwd=tmp_path, input=given.encode(), check=True, capture_output=True)

    file = tmp_path / "posts/week" / name
    file.parent.mkdir(parents=True)
    before = HAND_WRITTEN.rstrip("\n") + "\x0cform feed \u2028 end" + ending
    file.write_bytes(before.encode())
    git("init", "-q")
    form = of_source(before)
    assert form is not None
    after = edited(before, replace(form, day="4", slot="morning", body=f"{form.body}\nMore"))
    git("apply", given=patch(f"week/{name}", before, after))
    assert file.read_bytes().decode() == after
