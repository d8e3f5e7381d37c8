"""The head of a post: every value stays the text that was written, and every fault has its line."""

import time

import pytest

from bot.fields import Problems
from bot.planning.front_matter import Document, read_document


def read(text: str) -> tuple[Document | None, list[str]]:
    problems = Problems("a.md")
    return read_document(text, problems), [str(one) for one in problems.found]


def value_of(written: str) -> object:
    document, said = read(f"---\nkey: {written}\n---\n")
    assert said == []
    assert document is not None
    return document.fields.take("key", lambda value: value, None)


@pytest.mark.parametrize(
    "written",
    [
        "2018-09-25 10:30",
        "2018-09-25",
        "10:30",
        "10:30:00",
        "no",
        "Off",
        "2",
        "007",
        "1_000",
        "1e3",
        "0x1F",
        "null",
        "~",
        "=",
        "<<",
        "12:30:45",
    ],
)
def test_a_value_is_the_text_that_was_written(written: str) -> None:
    assert value_of(written) == written


def test_an_umlaut_an_emoji_and_an_arabic_word_stay_as_they_are() -> None:
    assert value_of("Kinder schützen 👩🏽‍🏫 الأطفال") == "Kinder schützen 👩🏽‍🏫 الأطفال"


def test_a_text_of_several_lines_keeps_them() -> None:
    document, said = read("---\nkey: |-\n  One\n\n  Two\n---\n")
    assert said == []
    assert document is not None
    assert document.fields.take("key", str, "") == "One\n\nTwo"


def test_the_body_is_what_stands_below_the_second_line_of_dashes() -> None:
    document, said = read("---\nday: 2\n---\n\n\nFirst\n---\nLast\n\n")
    assert said == []
    assert document is not None
    assert document.body == "First\n---\nLast"


@pytest.mark.parametrize(("below", "line"), [("Hello", 4), ("\nHello", 5), ("\n\n  \nHello\n", 7)])
def test_the_body_begins_on_its_first_line_with_words(below: str, line: int) -> None:
    document, _ = read(f"---\nday: 2\n---\n{below}")
    assert document is not None
    assert document.body_line == line


@pytest.mark.parametrize("text", ["---\nday: 2\n---", "---\nday: 2\n---\n", "---\n---"])
def test_a_body_that_is_not_there_has_a_line_of_the_file_all_the_same(text: str) -> None:
    document, _ = read(text)
    assert document is not None
    assert document.body == ""
    assert 1 <= document.body_line <= text.count("\n") + 1


def test_a_line_of_dashes_may_have_spaces_behind_it() -> None:
    document, said = read("--- \nday: 2\n---\t\nHello\n")
    assert (said, document and document.body) == ([], "Hello")


def test_a_head_without_keys_is_no_fault_of_the_reader() -> None:
    document, said = read("---\n---\nHello\n")
    assert (said, document and document.body) == ([], "Hello")


def test_comments_of_the_author_are_no_keys() -> None:
    document, said = read("---\n# Announced on the evening before.\nday: 2  # Tuesday\n---\nHello\n")
    assert said == []
    assert document is not None
    assert document.fields.take("day", str, "") == "2"
    assert document.fields.line_of("day") == 3


@pytest.mark.parametrize("piece", ["[", "{", "- ", "? ", "a: {", "[a, "])
def test_no_depth_makes_it_slow(piece: str) -> None:
    problems = Problems("a.md")
    source = piece * (240_000 // len(piece))
    before = time.process_time()
    assert read_document(f"---\na: {source}\n---\nHello\n", problems) is None
    assert time.process_time() - before < 5, "of this process alone, so other load does not matter"
    assert len(problems.found) == 1


def test_marks_that_make_something_of_nothing_are_refused() -> None:
    """A few lines of aliases can stand for more than any memory holds, and a tag for a program."""
    laughs = "a: &a [x, x]\n" + "".join(f"{k}: &{k} [*a, *a]\n" for k in "bcdefghi")
    for source in (laughs, "a: !!python/object/apply:os.system [ls]", "<<: *x"):
        problems = Problems("a.md")
        assert read_document(f"---\n{source}\n---\nHello\n", problems) is None
        [one] = problems.found
        assert "must stand in quotes" in one.message
