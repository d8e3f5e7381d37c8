"""`bot check` on thirty wrong posts: every fault at its line, and nothing more."""

import re
from pathlib import Path
from shutil import copytree

from .workplace import Workplace

FOLDER = Path(__file__).parent / "wrong_posts"
EXPECTED = (FOLDER / "expected.txt").read_text(encoding="utf-8").splitlines()
RIGHT = {"24-said-first.md"}  # wrong only together with the next one


def test_every_fault_of_the_wrong_posts_is_named_at_its_line_and_nothing_more() -> None:
    assert Workplace(FOLDER).run("check", check=1).out.splitlines() == EXPECTED


def test_each_of_the_thirty_has_a_fault() -> None:
    posts = {path.name for path in (FOLDER / "posts" / "week").glob("*.md")} - RIGHT
    assert len(posts) == 30
    assert {Path(line.split(":")[0]).name for line in EXPECTED} == posts


def test_checks_that_are_off_say_nothing_and_all_else_stays(tmp_path: Path) -> None:
    checks = {found[1] for line in EXPECTED if (found := re.search(r"\[([a-z-]+)\]( \(a draft\))?$", line))}
    assert len(checks) == 10  # all but the links, which are asked on request
    place = Workplace(copytree(FOLDER, tmp_path / "wrong"))
    place.write("config/bot.toml", "[checks]\n" + "".join(f'{check} = "off"\n' for check in checks))
    assert place.run("check", check=1).out.splitlines() == [line for line in EXPECTED if "[" not in line]
