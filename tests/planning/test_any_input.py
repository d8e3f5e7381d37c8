"""Whatever stands in the files, the check says it and never breaks."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.model.post import Status
from bot.planning.check import check
from bot.planning.schedule import schedule
from tests.planning.helper import ACCOUNTS, WEEK, Project, is_one_line, post

POST = post(
    "day: 2  # Tuesday",
    "kind: daily-post",
    "slot: morning",
    "accounts: [fice-x, fice-facebook, fice-linkedin]",
    "link: https://example.org/a",
    'media: [{file: a.jpg, alt: "A child"}]',
    "late_ok: 3h",
    "text:",
    '  twitter: ["1/2 One", "2/2 Two"]',
    "  facebook: |-",
    "    Several",
    "    lines",
    "first_comment: More",
    "status: ready",
)
FIXED = post("at: 2018-09-25 10:30", "kind: chat", "accounts: [fice-x]")
SETTINGS = """\
organisation = "FICE"

[late_ok]
chat = "2m"

[worker]
spacing = "10s"

[networks.facebook]
api_version = "v25.0"
"""
# What breaks readers of such files, and what people paste into them.
NASTY = [
    "---\n", "...\n", "\n", "\r", "\r\n", "\t", " ", ": ", ":", "- ", "#", " #", "&a ", "*a",
    "!!python/object ", "? ", "|", ">", "%", "@", "`", "'", '"', "[", "]", "{", "}", "[" * 400,
    "[" * 1_200, "{a: " * 300, "{a=" * 1_200, "\ufeff", "\u2028", "\x85", "\x0c", "\x00", "\x1b[2J",
    "\u202e", "\ud7ff", "\U0010ffff", "e\u0301", "👩🏽‍🏫" * 100, '"\\ud800"', '"\\n"', '"\\0"',
    "0001-01-01 00:00", "9999-12-31 23:59", "2018-03-11 02:30", "2018-11-04 01:30", "0001-01-01",
    "9999-12-31", "00:00:00", "24:00", "9" * 30, "9" * 5_000, "000001" + "9" * 20, "999999w " * 200, "-1",
    "1e9", "nan", "null", "true", "../../x", "/etc/hostname", "a" * 300, "a" * 3_100, "a/" * 3_000,
    "https://[::1", "https://例え.jp", "http://" + "a." * 300 + "org", "<<: *a", "day: 1\n", "day: 2018\n",
    "at: ", "status: draft\n", "late_ok: ", "text: ", "  twitter: ", "media: ", "kind: chat\n",
    "[[day]]\n", "[slots]\n", 'timezone = "account"\n', "[slots.x]\n", "[fice-x]\n", "= ",
    "network = ''\n", "starts = ", "at = ", "accounts = []",
]  # fmt: skip


@st.composite
def mutations(draw: st.DrawFn, *originals: str) -> bytes:
    """A file that was right, after a few cuts and insertions anywhere."""
    text = draw(st.sampled_from(originals))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 0, 1, 2, 8, 40])))
        text = text[:start] + draw(st.sampled_from(NASTY) | st.text(max_size=8)) + text[end:]
    data = text.encode()
    if draw(st.integers(0, 9)) == 0:
        data = data[: draw(st.integers(0, len(data)))] + draw(st.binary(max_size=4))
    return data


def anything(*originals: str) -> st.SearchStrategy[bytes]:
    return mutations(*originals) | st.text(max_size=200).map(str.encode) | st.binary(max_size=200)


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One project for all examples: each spoils one file and puts it right again."""
    made = Project(tmp_path_factory.mktemp("project"))
    made.accounts()
    made.week()
    made.write("config/bot.toml", SETTINGS)
    made.post("a", "day: 1", "kind: daily-post")
    made.write("posts/week/a.jpg", b"\xff\xd8")
    return made


def judge(project: Project, file: str, data: bytes) -> None:
    before = (project.folder / file).read_bytes() if (project.folder / file).exists() else None
    project.write(file, data)
    try:
        content = project.content()
        problems = check(content)
        planned = schedule(content)
    finally:
        project.write(file, before) if before is not None else (project.folder / file).unlink()
    for problem in problems:
        assert 1 <= problem.line <= lines_of(project, file, data, problem.file), problem
        assert is_one_line(problem.message), ascii(problem.message)
    if not [problem for problem in problems if problem.level == "error"]:
        ready = {one.path for one in content.posts if one.status is Status.READY}
        assert ready == {one.post.path for one in planned}
        for one in planned:
            assert one.due_at + one.tolerance


def lines_of(project: Project, file: str, data: bytes, named: str) -> int:
    """How many lines an editor shows of a file that a problem names."""
    path = Path(named)
    if path == project.folder / file:
        shown = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return shown.count(b"\n") + 1
    return path.read_text().count("\n") + 1 if path.is_file() else 1


@given(data=anything(POST, FIXED))
@example(b"")
@example(b"---\nday: 1\nkind: daily-post\n---")
@example("---\nday: 1\nkind: daily-post # \u2028\u2028\u2028\u2028\ncolour: 1\n---\n".encode())
@example(b"---\nday: 1\nkind: " + b"[" * 300 + b"]" * 300 + b"\n---\nHello\n")
@example(b"---\nday: 00000199999999999999\nkind: daily-post\n---\nHello\n")
@example(b"---\nat: 9999-12-31 23:59\nkind: chat\naccounts: [fice-x]\n---\nHello\n")
@example(b"---\nday: 1\nkind: daily-post\nmedia: [{file: " + b"a" * 300 + b", alt: A}]\n---\nHello\n")
@example(b"---\nday: 1\nkind: daily-post\nlate_ok: " + b"999999w " * 200 + b"\n---\nHello\n")
@settings(deadline=None, max_examples=150)
def test_no_post_breaks_the_check(spoilt: Project, data: bytes) -> None:
    judge(spoilt, "posts/week/spoilt.md", data)


@given(data=anything(WEEK))
@example(b"")
@example(b"x = " + b"[" * 1_200)
@example(b"x = " + b"9" * 5_000)
@example(WEEK.replace("2018-09-24", "9999-12-31").encode())
@example(WEEK.replace('["fice-x", "fice-facebook"]', "[]").encode())
@settings(deadline=None, max_examples=80)
def test_no_campaign_breaks_the_check(spoilt: Project, data: bytes) -> None:
    judge(spoilt, "config/campaigns/week.toml", data)


@given(data=anything(ACCOUNTS))
@example(b"[fice-x]\nnetwork = 'x'\nhandle = 'a\\nb'\n")
@settings(deadline=None, max_examples=40)
def test_no_account_breaks_the_check(spoilt: Project, data: bytes) -> None:
    judge(spoilt, "config/accounts.toml", data)


@given(data=anything(SETTINGS))
@example(b"[late_ok]\ndaily-post = '999999w'\n")
@settings(deadline=None, max_examples=40)
def test_no_setting_breaks_the_check(spoilt: Project, data: bytes) -> None:
    judge(spoilt, "config/bot.toml", data)
