"""Hosting: a queue that would vanish is refused with reason and remedy, and only where that is sure."""

from pathlib import Path

import pytest

from bot.hosting import VanishingFileError, refuse_vanishing_file
from bot.settings import load

HEROKU = {"DYNO": "worker.1"}
POSTGRESQL = {"DATABASE_URL": "postgres://bot:secret@example.org/bot"}


def refusal(environment: dict[str, str], folder: Path) -> str | None:
    try:
        refuse_vanishing_file(load(environment, folder))
    except VanishingFileError as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    "variables", [{}, {"DATABASE_URL": "sqlite:////data/bot.db"}], ids=["default", "named"]
)
def test_a_file_on_heroku_is_refused_with_reason_and_remedy(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    said = refusal(HEROKU | variables, tmp_path)
    assert said is not None
    assert "\n" not in said
    assert "worker.1 has a disk of its own" in said
    assert "heroku addons:create heroku-postgresql" in said


def test_postgresql_on_heroku_is_welcome(tmp_path: Path) -> None:
    assert refusal(HEROKU | POSTGRESQL, tmp_path) is None


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"DYNO": ""},
        {"RENDER": "true"},
        {"FLY_APP_NAME": "week"},
        {"RAILWAY_PROJECT_ID": "week"},
    ],
    ids=["none", "empty", "render", "fly", "railway"],
)
def test_a_file_where_a_disk_may_last_is_left_to_the_operator(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    assert refusal(environment, tmp_path) is None
