"""The checks of a post for the sake of its readers, on the levels that are set."""

import pytest

from tests.planning.helper import Project, expect, jpeg

HEAD = ("day: 1", "kind: daily-post")
ON_X = (*HEAD, "accounts: [fice-x]")
LONG = "Workers tell what they do for children and families, in a few words and for all to read. "


def thread(project: Project, *messages: str) -> list[str]:
    project.post("a", *ON_X, "text:", "  twitter:", *(f'    - "{message}"' for message in messages), body="")
    return project.said()


@pytest.mark.parametrize("alt", ["A.jpg", "a", "IMAGE", "Picture.", "foto", "n/a"])
def test_words_that_say_nothing_of_a_picture_are_an_error(project: Project, alt: str) -> None:
    project.write("posts/week/a.jpg", jpeg())
    project.post("a", *ON_X, "media:", "  - file: a.jpg", f"    alt: {alt}")
    expect(project.said(), ("posts/week/a.md:7: error", f"'{alt}' does not say what a.jpg shows [alt-text]"))


@pytest.mark.parametrize("alt", ["A picture of a class", "Image: a nurse", "A", "Alt Text Week logo"])
def test_words_that_say_something_are_fine(project: Project, alt: str) -> None:
    project.write("posts/week/class.jpg", jpeg())
    project.post("a", *ON_X, f"media: [{{file: class.jpg, alt: '{alt}'}}]")
    assert project.said() == []


def test_a_picture_without_words_is_sent_where_the_check_is_off(project: Project) -> None:
    project.write("posts/week/a.jpg", jpeg())
    project.write("config/bot.toml", '[checks]\nalt-text = "off"\n')
    project.post("a", *ON_X, "media: [{file: a.jpg}]")
    assert project.said() == []
    assert [one.message.parts[0].media[0].alt for one in project.planned()] == [""]


@pytest.mark.parametrize(("length", "count"), [(210, 0), (211, 1)], ids=["what LinkedIn shows", "one more"])
def test_a_first_line_that_linkedin_would_cut(project: Project, length: int, count: int) -> None:
    project.post("a", *HEAD, "accounts: [fice-linkedin, fice-facebook]", body="a" * length + "\nmore")
    said = project.said()
    assert len(said) == count
    assert all("[linkedin-first-line]" in line and line.startswith("posts/week/a.md:6:") for line in said)


def test_the_first_line_is_nothing_to_other_networks(project: Project) -> None:
    project.post("a", *HEAD, "accounts: [fice-facebook]", body="a" * 300)
    assert project.said() == []


@pytest.mark.parametrize(
    "messages",
    [
        (f"1/3 {LONG}", f"2/3 {LONG}b", f"3/3 {LONG}c"),
        (f"{LONG}(1/2)", f"{LONG}b (2/2)"),
        (LONG, f"1/3 of all {LONG}", f"{LONG}c"),
        (LONG, f"{LONG}b", "And so on: read it, and tell us."),
        ("One", "Two and three and four and five and six and seven and eight"),
    ],
    ids=["numbered", "at the end", "a fraction", "a short end", "short all of it"],
)
def test_a_thread_in_balance(project: Project, messages: tuple[str, ...]) -> None:
    assert thread(project, *messages) == []


@pytest.mark.parametrize(
    ("messages", "line", "words"),
    [
        ((f"1/3 {LONG}", f"2/3 {LONG}b"), 7, "1/3 and is message 1/2"),
        ((f"1/2 {LONG}", f"2/2 {LONG}b", f"{LONG}c"), 9, "3/3 has no number"),
        ((LONG, f"{LONG}b", "Thanks."), 9, "much shorter"),
    ],
    ids=["another count", "one without", "a short one"],
)
def test_a_thread_out_of_balance(project: Project, messages: tuple[str, ...], line: int, words: str) -> None:
    said = thread(project, *messages)
    assert any(one.startswith(f"posts/week/a.md:{line}: warning") and words in one for one in said)
    assert all(one.endswith("[unbalanced-threads]") for one in said)


def test_a_level_is_what_the_file_says(project: Project) -> None:
    project.write("config/bot.toml", '[checks]\nall-caps = "error"\nemoji-runs = "off"\n')
    project.post("a", *ON_X, body="READ THIS NOW PLEASE 🎉🎉🎉")
    expect(project.said(), ("posts/week/a.md:6: error", "[all-caps]"))


@pytest.mark.parametrize(
    ("line", "words"),
    [('all-cups = "off"', "did you mean 'all-caps'?"), ('all-caps = "no"', "known are error, off, warning")],
)
def test_what_is_wrong_with_the_levels_is_said_at_its_line(project: Project, line: str, words: str) -> None:
    project.write("config/bot.toml", f"[checks]\n{line}\n")
    expect(project.said("config/bot.toml"), ("config/bot.toml:2: error", words))


def test_the_levels_of_the_shipped_file_are_the_defaults(project: Project) -> None:
    from pathlib import Path

    from bot.model.checks import LEVELS

    shipped = (Path(__file__).parents[2] / "config" / "bot.toml").read_text(encoding="utf-8")
    project.write("config/bot.toml", shipped)
    assert project.settings().checks == LEVELS
    assert all(f"{check} = " in shipped for check in LEVELS)


def test_a_message_of_a_thread_that_another_post_has_said_is_named_where_it_stands(project: Project) -> None:
    project.post("a", *ON_X, "text:", f"  twitter: ['{LONG}', '{LONG}Thank you']", body="")
    lines = ["day: 2", *ON_X[1:], "text:", "  twitter:", f"    - {LONG}more", f"    - {LONG}thank you"]
    project.post("b", *lines, body="")
    expect(project.said(), ("posts/week/b.md:8: error", "fice-x: the same text as week/a.md, 24 hours later"))


def test_the_same_first_comment_twice_is_no_duplicate(project: Project) -> None:
    for name, day in (("a", 1), ("b", 2)):
        lines = [f"day: {day}", HEAD[1], "accounts: [fice-facebook]", "first_comment: Read on"]
        project.post(name, *lines, body=f"Day {day}")
    assert project.said() == []
