"""Taking a file's keys one by one: every problem is found, in words, on its line."""

import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.fields import (
    LARGEST_FILE,
    Fields,
    Located,
    Problem,
    Problems,
    Table,
    one_of,
    read_text,
    read_toml,
    suggestion,
    text,
    texts,
)
from bot.model.lateness import parse_duration
from bot.model.message import Level
from bot.model.post import Kind

NAMES = ["a", "at", "att", "day", "day-2", "late_ok", "network", "x", "1"]


def fields(values: dict[str, tuple[Any, int]], line: int = 1) -> Fields:
    located = {key: Located(value, number) for key, (value, number) in values.items()}
    return Fields(located, line, Problems("week.toml"))


def found(problems: Problems) -> list[tuple[int, str]]:
    return [(one.line, one.message) for one in problems.found]


def toml(folder: Path, source: str | bytes) -> tuple[Table | None, Problems]:
    path = folder / "week.toml"
    path.write_bytes(source.encode() if isinstance(source, str) else source)
    problems = Problems("week.toml")
    return read_toml(path, problems), problems


def table(folder: Path, source: str | bytes) -> Table:
    read, problems = toml(folder, source)
    assert read is not None, found(problems)
    return read


def line(folder: Path, source: str, *path: str) -> int:
    """On which line the key at the end of the path is said to stand."""
    at = table(folder, source)
    for name in path[:-1]:
        inner = at.table(name)
        assert inner is not None
        at = inner
    assert at.has(path[-1])
    return at.line_of(path[-1])


# --- Problems


def test_a_problem_is_shown_as_file_line_level_and_message() -> None:
    problem = Problem("config/bot.toml", 7, Level.WARNING, "late_ok: is empty")
    assert str(problem) == "config/bot.toml:7: warning: late_ok: is empty"


def test_problems_are_in_the_order_of_their_files_and_lines() -> None:
    ordered = [Problem(file, number, Level.ERROR, "no") for file, number in [("a", 2), ("a", 10), ("b", 1)]]
    assert sorted([ordered[1], ordered[2], ordered[0]]) == ordered


def test_errors_and_warnings_are_told_apart() -> None:
    problems = Problems("week.toml")
    problems.error(3, "no")
    problems.warning(4, "hm")
    assert problems.found == [
        Problem("week.toml", 3, Level.ERROR, "no"),
        Problem("week.toml", 4, Level.WARNING, "hm"),
    ]


def test_what_is_wrong_with_a_draft_is_only_a_warning() -> None:
    problems = Problems("week.toml")
    problems.error(1, "before")
    problems.error(2, "of the draft")
    problems.soften(1)
    assert [str(one) for one in problems.found] == [
        "week.toml:1: error: before",
        "week.toml:2: warning: of the draft (a draft)",
    ]


def test_a_problem_takes_one_line_whatever_the_value_that_is_wrong(tmp_path: Path) -> None:
    """A listing of problems is one a line, for people and for other programs."""
    read = table(tmp_path, 'late = "a\\nb"\nkind = "a\\nb"\n"a\\nb" = 1\n')
    read.take("late", parse_duration, None)
    read.take("kind", one_of(["blog", "chat"]), "blog")
    read.refuse_others()
    assert len(read.problems.found) == 3
    assert [one for one in map(str, read.problems.found) if len(one.splitlines()) > 1] == []


# --- Taking keys


def test_a_key_is_taken_as_its_parser_reads_it() -> None:
    one = fields({"title": (" The week ", 2)})
    assert one.take("title", text, "") == "The week"
    assert found(one.problems) == []


def test_a_key_that_is_absent_has_its_default() -> None:
    one = fields({})
    assert one.take("title", text, "none") == "none"
    assert found(one.problems) == []


def test_a_required_key_that_is_absent_is_missed_where_its_table_begins() -> None:
    one = fields({}, line=12)
    assert one.take("title", text, "none", required=True) == "none"
    assert found(one.problems) == [(12, "'title' is missing")]


def test_a_key_that_is_wrong_has_its_default_and_a_problem_on_its_own_line() -> None:
    one = fields({"title": (5, 14)}, line=12)
    assert one.take("title", text, "none", required=True) == "none"
    assert found(one.problems) == [(14, "title: expected a text in quotes, not 5")]


def test_every_problem_is_found_and_not_only_the_first() -> None:
    one = fields({"title": (5, 2), "kind": ("blgo", 3), "staats": ("x", 4)})
    one.take("title", text, "")
    one.take("kind", one_of(Kind), "blog")
    one.take("starts", text, "", required=True)
    one.refuse_others()
    assert found(one.problems) == [
        (2, "title: expected a text in quotes, not 5"),
        (3, "kind: 'blgo' is not known: did you mean 'blog'?"),
        (1, "'starts' is missing"),
        (4, "unknown key 'staats': did you mean 'starts'?"),
    ]


def test_a_key_that_was_asked_for_is_not_unknown_even_when_it_is_wrong() -> None:
    one = fields({"title": (5, 2)})
    one.take("title", text, "")
    one.refuse_others()
    assert len(one.problems.found) == 1


def test_an_unknown_key_that_is_near_to_none_is_told_which_are_known() -> None:
    one = fields({"colour": ("red", 9)})
    one.take("title", text, "")
    one.take("starts", text, "")
    one.refuse_others()
    assert found(one.problems) == [(9, "unknown key 'colour': known are starts, title")]


def test_the_line_of_an_absent_key_is_that_of_its_table() -> None:
    one = fields({"title": ("x", 14)}, line=12)
    assert (one.line_of("title"), one.line_of("starts")) == (14, 12)
    assert (one.has("title"), one.has("starts")) == (True, False)


# --- Parsers and suggestions


@pytest.mark.parametrize("value", ["a", " a", "a\n", "\t a \t"])
def test_a_text_is_taken_without_the_space_around_it(value: str) -> None:
    assert text(value) == "a"


@pytest.mark.parametrize("value", ["", " ", "\n\t"])
def test_a_text_of_nothing_is_empty(value: str) -> None:
    with pytest.raises(ValueError, match=r"^is empty$"):
        text(value)


@pytest.mark.parametrize("value", [5, 1.5, True, ["a"], {"a": "b"}, date(2018, 9, 24), None])
def test_what_is_no_text_is_refused_with_what_is_expected(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^expected a text in quotes, not "):
        text(value)


def test_texts_are_a_list_of_texts() -> None:
    assert texts([" a", "b "]) == ("a", "b")
    assert texts([]) == ()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("a", r"expected a list of texts like \[\"a\", \"b\"\], not 'a'"),
        (5, r"expected a list of texts like \[\"a\", \"b\"\], not 5"),
        (["a", 5], "expected a text in quotes, not 5"),
        (["a", " "], "is empty"),
    ],
)
def test_what_are_no_texts_is_refused_with_what_is_expected(value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        texts(value)


def test_one_of_some_words_is_taken() -> None:
    assert one_of(Kind)(" case-study ") == "case-study"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("blgo", "'blgo' is not known: did you mean 'blog'?"),
        ("zzz", "'zzz' is not known: known are blog, chat"),
        (5, "expected a text in quotes, not 5"),
        ("", "is empty"),
    ],
)
def test_another_word_is_refused_with_the_nearest_or_all(value: Any, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (its whole text is compared)
        one_of(["chat", "blog"])(value)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("titel", ["title", "starts"], ": did you mean 'title'?"),
        ("zzz", ["title", "starts"], ": known are starts, title"),
        ("zzz", list("abcdefghijklmnop"), ": known are a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p"),
        ("zzz", list("abcdefghijklmnopq"), ""),
        ("zzz", [], ""),
    ],
)
def test_a_suggestion_is_the_nearest_word_or_all_of_a_few(word: str, known: list[str], expected: str) -> None:
    assert suggestion(word, known) == expected


# --- Reading


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    problems = Problems("week.toml")
    assert read_toml(tmp_path / "week.toml", problems) is None
    assert found(problems) == [(1, "there is no such file")]


def test_a_folder_in_the_place_of_a_file_is_a_problem(tmp_path: Path) -> None:
    problems = Problems("week.toml")
    assert read_toml(tmp_path, problems) is None
    assert found(problems) == [(1, "can not be read: Is a directory")]


def test_a_file_of_the_largest_size_is_read_and_one_byte_more_is_not(tmp_path: Path) -> None:
    read, problems = toml(tmp_path, "#" * LARGEST_FILE)
    assert read is not None
    assert found(problems) == []
    read, problems = toml(tmp_path, "#" * (LARGEST_FILE + 1))
    assert read is None
    assert [one.line for one in problems.found] == [1]


def test_a_file_that_is_too_large_says_how_large_it_may_be(tmp_path: Path) -> None:
    _, problems = toml(tmp_path, "#" * 2 * LARGEST_FILE)
    assert found(problems) == [(1, "the file has 512 KiB: at most 256 KiB are read")]


@pytest.mark.parametrize(
    ("source", "number"),
    [
        (b"\xff\xfea\x00", 1),  # UTF-16
        (b"a = 1\n# caf\xe9\n", 2),  # Latin-1
        (b"a = 1\r\nb = 2\r\n# caf\xe9", 3),
    ],
)
def test_a_file_in_another_encoding_is_a_problem_on_the_line_where_it_shows(
    tmp_path: Path, source: bytes, number: int
) -> None:
    read, problems = toml(tmp_path, source)
    assert read is None
    assert found(problems) == [(number, "not UTF-8: save the file with the encoding UTF-8")]


def test_a_mark_at_the_beginning_and_line_ends_of_windows_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "1.md"
    path.write_bytes("\ufeffDäy one\r\n\r\nHello\r\n".encode())
    assert read_text(path, Problems("1.md")) == "Däy one\n\nHello\n"


@pytest.mark.parametrize(
    ("source", "number"),
    [
        ("title = 'a'\nstarts = \nzone = 'b'\n", 2),
        ("a = 1\nb = 2\na = 3\n", 3),
        ("[a]\nx = 1\n\n[a]\n", 4),
        ("# one\n\n  = 3\n", 3),
        ('a = 1\r\nb = "x\r\nc = 2\r\n', 2),
        ("\ufeffa = 1\nb == 2\n", 2),
        ("a = 2018-13-45\n", 1),
        ("a = 2018-02-30\n", 1),
        ("\n\na = {'line 7' = 1, 'line 7' = 2}\n", 3),
    ],
)
def test_broken_toml_is_a_problem_on_the_line_where_it_breaks(
    tmp_path: Path, source: str, number: int
) -> None:
    read, problems = toml(tmp_path, source)
    assert read is None
    [(at, message)] = found(problems)
    assert at == number
    assert message.startswith("not valid TOML: ")
    assert "(at" not in message  # the line stands before the message already


@pytest.mark.parametrize(
    "source",
    [
        "a = 1\nb = [\n  1,\n",
        "a = 1\nb = [\n  1,",
        "a = 1\n\nb =",
        "a = 1\nb = 'x\nc = 2\n",
        "a = 1\nb = '''\nc",
        "a =",
    ],
)
def test_toml_that_ends_too_soon_is_a_problem_on_its_last_line(tmp_path: Path, source: str) -> None:
    read, problems = toml(tmp_path, source)
    assert read is None
    last = len(source.splitlines())
    # Where the last line ends with a line break, an editor shows one more, which is as good.
    [(at, _)] = found(problems)
    assert at in {last, source.count("\n") + 1}


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("a = " + "[" * 5_000, id="lists in lists"),
        pytest.param("a = " + "{b=" * 5_000, id="tables in tables"),
        pytest.param("a = " + "9" * 5_000, id="a number of 5,000 digits"),
    ],
)
def test_toml_that_its_reader_can_not_bear_is_a_problem_too(tmp_path: Path, source: str) -> None:
    read, problems = toml(tmp_path, f"title = 'a'\n{source}\n")
    assert read is None
    assert [one.message[:16] for one in problems.found] == ["not valid TOML: "]


def test_an_empty_file_is_a_table_without_keys(tmp_path: Path) -> None:
    read = table(tmp_path, "")
    read.take("title", text, "", required=True)
    assert found(read.problems) == [(1, "'title' is missing")]


@settings(deadline=None)
@given(source=st.binary(max_size=60) | st.text("a.=[]{}'\"\\\n\r#,1-: ", max_size=60))
def test_whatever_a_file_holds_is_read_or_is_a_problem_on_one_of_its_lines(
    tmp_path_factory: pytest.TempPathFactory, source: str | bytes
) -> None:
    read, problems = toml(tmp_path_factory.getbasetemp(), source)
    data = source.encode() if isinstance(source, str) else source
    assert (read is None) is (len(problems.found) == 1)
    assert all(1 <= one.line <= data.count(b"\n") + 1 for one in problems.found)


# --- The lines of a TOML file


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_keys_are_found_on_their_lines_whatever_the_line_ends_and_the_first_mark(
    tmp_path: Path, ending: str, mark: str
) -> None:
    source = mark + ending.join(
        ["# The week", "title = 'a'", "", "[slots.noon]", "at = 12:00:00", "kinds = []"]
    )
    assert line(tmp_path, source, "title") == 2
    assert line(tmp_path, source, "slots", "noon") == 4
    assert line(tmp_path, source, "slots", "noon", "kinds") == 6


@pytest.mark.parametrize(
    ("source", "path", "number"),
    [
        pytest.param("\n[a]\nx = 1\n[b]\nx = 2\n", ("b", "x"), 5, id="the same key in two tables"),
        pytest.param("[a]\n[a.b]\nx = 1\n[b]\nx = 2\n", ("b", "x"), 5, id="a table named like an inner one"),
        pytest.param("[a]\n[a.b]\nx = 1\n[b]\nx = 2\n", ("a", "b", "x"), 3, id="an inner table"),
        pytest.param("# x = 0\n[a]\n# x = 1\n\nx = 2\n", ("a", "x"), 5, id="a comment that looks like a key"),
        pytest.param("# [a]\n\n[a]\n", ("a",), 3, id="a comment that looks like a table"),
        pytest.param("xx = 1\nx-x = 2\nx = 3\n", ("x",), 3, id="a key that others begin with"),
        pytest.param("[aa]\n[a-a]\n[a]\n", ("a",), 3, id="a table that others begin with"),
        pytest.param("b = 'x = 1'\nx = 2\n", ("x",), 2, id="a text that looks like a key"),
        pytest.param("\t x\t= 1\n", ("x",), 1, id="space around a key"),
        pytest.param("y = 1\n  [ a . b ]  # the table\n x = 1\n", ("a", "b", "x"), 3, id="space in a header"),
        pytest.param('\n"x" = 1\n', ("x",), 2, id="a key in quotes"),
        pytest.param("\n'x' = 1\n", ("x",), 2, id="a key in single quotes"),
        pytest.param('\n"x y.z" = 1\n', ("x y.z",), 2, id="a key with a space and a dot"),
        pytest.param("[b]\n['a'.\"b\"]\nx = 1\n", ("a", "b", "x"), 3, id="a header in quotes"),
        pytest.param('[a]\nb = 1\n["a.b"]\nx = 1\n', ("a.b", "x"), 4, id="a table with a dot in its name"),
        pytest.param("y = 1\na = {x = 1, z = 2}\n", ("a", "z"), 2, id="an inline table"),
        pytest.param("[n]\na = {x = 1}\nb = {x = 2}\n", ("n", "b", "x"), 3, id="a second inline table"),
        pytest.param("y = [\n  'a',\n  'b',\n]\nx = 1\n", ("x",), 5, id="behind a list of several lines"),
        pytest.param("[a]\ny = [\n  [1],\n]\nx = 1\n", ("a", "x"), 5, id="behind lists in a list"),
        pytest.param("a.x = 1\n", ("a", "x"), 1, id="a dotted key"),
        pytest.param("y = 1\na.x = 1\na.z = 2\n", ("a", "z"), 3, id="a second dotted key"),
        pytest.param("y = 1\na . 'z' = 2\na.x = 1\n", ("a", "x"), 3, id="a dotted key in quotes and space"),
        pytest.param("[n]\na.x = 1\na.z = 2\n", ("n", "a", "z"), 3, id="a dotted key in a table"),
        pytest.param("a.b.x = 1\na.c.x = 2\n", ("a", "c", "x"), 2, id="a key of two dots"),
        pytest.param("y = '''\nx = 0\n'''\nx = 1\n", ("x",), 4, id="a key in a text of several lines"),
        pytest.param(
            'y = """\n[a]\n"""\n[a]\nx = 1\n', ("a", "x"), 5, id="a table in a text of several lines"
        ),
        pytest.param(
            "# a\u2028b\u2029c\u0085\nx = 1\n", ("x",), 2, id="a line separator pasted from a web page"
        ),
        pytest.param(
            "a = {title = 1}\ntitle = 2\n", ("title",), 2, id="an inline key named like an outer one"
        ),
    ],
)
def test_a_key_is_found_on_its_line(tmp_path: Path, source: str, path: tuple[str, ...], number: int) -> None:
    assert line(tmp_path, source, *path) == number


@pytest.mark.parametrize(
    ("source", "numbers"),
    [
        pytest.param("[[day]]\nx = 1\n\n[[day]]\nx = 2\n", [2, 5], id="each with its header"),
        pytest.param("[[day]]\ny = 1\nx = 1\n[[day]]\nx = 2\n[a]\nx = 3\n", [3, 5], id="then another table"),
        pytest.param("  [[ day ]]  # one\nx = 1\n\t[[day]]\nx = 2\n", [2, 4], id="with space and a comment"),
        pytest.param("[[\"day\"]]\nx = 1\n[['day']]\nx = 2\n", [2, 4], id="with quotes"),
        pytest.param('[["day"]]\nx = 1\n[[day]]\nx = 2\n', [2, 4], id="with and without quotes"),
        pytest.param("y = 1\nday = [{x = 1}, {x = 2}]\n", [2, 2], id="on one line"),
        pytest.param("day = [\n  {x = 1},\n  {x = 2},\n]\n", [2, 3], id="a line each"),
        pytest.param("# [[day]]\n[[day]]\nx = 1\n", [3], id="behind a comment"),
        pytest.param("[[days]]\nx = 1\n[[day]]\nx = 2\n", [4], id="behind one of a longer name"),
    ],
)
def test_every_table_of_an_array_has_its_own_lines(tmp_path: Path, source: str, numbers: list[int]) -> None:
    assert [one.line_of("x") for one in table(tmp_path, source).array("day")] == numbers


def test_what_is_wrong_in_a_table_of_an_array_is_told_on_the_line_of_that_table(tmp_path: Path) -> None:
    read = table(tmp_path, "[[day]]\ntheme = 'a'\n\n[[day]]\n\n[[day]]\nthemes = 'c'\n")
    themes = []
    for one in read.array("day"):
        themes.append(one.take("theme", text, "", required=True))
        one.refuse_others()
    assert themes == ["a", "", ""]
    assert found(read.problems) == [
        (4, "'theme' is missing"),
        (6, "'theme' is missing"),
        (7, "unknown key 'themes': did you mean 'theme'?"),
    ]


@pytest.mark.parametrize("source", ["\n[day]\ntheme = 'a'\n", "\nday = 'Monday'\n", "\nday = ['a', 'b']\n"])
def test_what_is_no_array_of_tables_is_refused(tmp_path: Path, source: str) -> None:
    read = table(tmp_path, source)
    assert read.array("day") == []
    assert found(read.problems) == [(2, "day: expected tables, each beginning with its [[…]] line")]


def test_an_array_that_is_absent_has_no_tables(tmp_path: Path) -> None:
    read = table(tmp_path, "day = []\n")
    assert (read.array("day"), read.array("night")) == ([], [])
    assert found(read.problems) == []


def test_a_table_that_is_absent_is_none(tmp_path: Path) -> None:
    read = table(tmp_path, "")
    assert read.table("slots") is None
    assert read.tables("slots") == {}
    assert found(read.problems) == []


@pytest.mark.parametrize("source", ["\nslots = 5\n", "\nslots = ['noon']\n", "\n[[slots]]\nat = 1\n"])
def test_what_is_no_table_is_refused(tmp_path: Path, source: str) -> None:
    read = table(tmp_path, source)
    assert read.tables("slots") == {}
    assert found(read.problems) == [(2, "slots: expected a table")]


def test_tables_are_taken_by_name_and_anything_between_them_is_refused(tmp_path: Path) -> None:
    read = table(tmp_path, "[slots]\nnight = 5\n\n[slots.noon]\nat = 1\n\n[slots.morning]\nat = 2\n")
    taken = read.tables("slots")
    assert {name: (one.line, one.line_of("at")) for name, one in taken.items()} == {
        "noon": (4, 5),
        "morning": (7, 8),
    }
    assert found(read.problems) == [(2, "'night' is no table: write [slots.night]")]
    read.refuse_others()
    assert len(read.problems.found) == 1


def test_the_top_tables_are_taken_by_name_and_anything_beside_them_is_refused(tmp_path: Path) -> None:
    read = table(tmp_path, "x = 5\n\n[fice-x]\nnetwork = 'twitter'\n\n[[fice-y]]\n")
    assert {name: one.line for name, one in read.top_tables().items()} == {"fice-x": 3}
    assert found(read.problems) == [
        (1, "'x' is no table: write [x]"),
        (6, "'fice-y' is no table: write [fice-y]"),
    ]


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[tuple[str, ...], int]]:
    """A file of tables written in many of the ways that TOML allows, and the line of each key in it."""
    lines: list[str] = []
    where: dict[tuple[str, ...], int] = {}

    def write(styles: list[str], name: str) -> int:
        noise = st.sampled_from(["", "  ", f"# {name} = 1", f"# [{name}]", f"#[[{name}]]"])
        lines.extend(draw(st.lists(noise, max_size=2)))
        lines.append(draw(st.sampled_from(styles)).format(name))
        return len(lines)

    def write_keys(path: tuple[str, ...], names: list[str]) -> None:
        for name in names:
            value = draw(st.sampled_from(["1", "'x = [a]'", '"[x]"', "[1, 2]", "[\n  1,\n  2,\n]"]))
            styles = [f"{{}} = {value}", f'"{{}}" = {value}', f"'{{}}'={value}", f"\t{{}} ={value} # x = 2"]
            where[*path, name] = write(styles, name)
            lines[-1:] = lines[-1].split("\n")

    own = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=3))
    write_keys((), own)
    headers = ["[{}]", '["{}"]', "['{}']", "  [ {} ] # a table"]
    for name in draw(
        st.lists(st.sampled_from([one for one in NAMES if one not in own]), unique=True, max_size=4)
    ):
        where[(name,)] = write(headers, name)
        write_keys((name,), draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=3)))
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines), where


@settings(deadline=None)
@given(document=documents())
def test_in_any_file_every_key_is_found_on_its_line(
    tmp_path_factory: pytest.TempPathFactory, document: tuple[str, dict[tuple[str, ...], int]]
) -> None:
    source, where = document
    folder = tmp_path_factory.getbasetemp()
    assert {path: line(folder, source, *path) for path in where} == where


@pytest.mark.parametrize(
    "source",
    ["a" + ".a" * 100_000 + " = 1", "[" + "a." * 100_000 + "a]", "b = 1\nx = {" + "a." * 90 + "a = 1}"],
)
def test_no_depth_of_a_key_makes_it_slow(tmp_path: Path, source: str) -> None:
    path = tmp_path / "bot.toml"
    path.write_text(source)
    problems = Problems("bot.toml")
    before = time.process_time()
    assert read_toml(path, problems) is None
    assert time.process_time() - before < 2, "of this process alone, so other load does not matter"
    [one] = problems.found
    assert one.line == source.count("\n") + 1
    assert "nested too deeply" in one.message
