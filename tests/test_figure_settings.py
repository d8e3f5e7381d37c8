"""The table [figures] of config/bot.toml: how often which network is asked how posts do."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.figures import SPARSE, USUAL
from bot.model.figures import Rhythm
from bot.settings import Settings, load

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def loaded(folder: Path, general: str) -> Settings:
    (folder / "config").mkdir()
    (folder / "config/bot.toml").write_text(general)
    return load({}, folder)


def said(settings: Settings) -> list[str]:
    return [str(one).partition("config/")[2] for one in settings.problems if "bot.toml" in one.file]


def test_without_a_word_x_is_asked_more_seldom_because_it_is_paid(tmp_path: Path) -> None:
    figures = loaded(tmp_path, "").figures
    assert (figures.rhythm("linkedin"), figures.rhythm("twitter")) == (USUAL, SPARSE)


def test_a_network_may_have_its_own_rhythm_or_none(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        '[figures]\nthen = "2d"\n[figures.twitter]\nfirst_day = "never"\n'
        "[figures.facebook]\ncollect = false\n",
    )
    assert said(settings) == []
    assert settings.figures.rhythm("linkedin") == Rhythm(2 * HOUR, 2 * DAY, 30 * DAY)
    assert settings.figures.rhythm("twitter") == Rhythm(None, 7 * DAY, 28 * DAY)
    assert settings.figures.rhythm("facebook") is None


def test_all_of_it_can_be_switched_off(tmp_path: Path) -> None:
    figures = loaded(tmp_path, "[figures]\ncollect = false\n").figures
    assert {figures.rhythm(name) for name in ("twitter", "facebook", "linkedin")} == {None}


def test_the_shipped_file_says_what_holds_without_it() -> None:
    shipped = load({}, Path(__file__).parents[1]).figures
    assert (shipped.rhythm("linkedin"), shipped.rhythm("twitter")) == (USUAL, SPARSE)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('first_day = "5m"', "first_day: '5m' is too often"),
        ("then = 3", "then: expected a text in quotes"),
        ('until = "10m"', "until: write at least 1h"),
        ('collect = "no"', "collect: expected true or false, without quotes"),
        ('ever = "1d"', "unknown key 'ever'"),
    ],
)
def test_what_is_wrong_is_said_at_its_line(tmp_path: Path, line: str, words: str) -> None:
    [problem] = said(loaded(tmp_path, f"[figures]\n{line}\n"))
    assert problem.startswith("bot.toml:2: error: ")
    assert words in problem
