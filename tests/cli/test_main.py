"""The entry: help that teaches, a quick start, and one line for every trouble."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from bot.cli.main import app

from .workplace import ROOT, Workplace

COMMANDS = typer.main.get_command(app)
HEAVY = {"tweepy", "facebook", "linkedin_api", "twitter_text", "fastapi", "uvicorn", "apscheduler", "alembic"}


def walk(group: object, prefix: str = "") -> list[tuple[str, object]]:
    found = []
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        whole = f"{prefix}{name}"
        if hasattr(command, "commands"):
            found += walk(command, f"{whole} ")
        if not hasattr(command, "commands") or command.invoke_without_command:
            found.append((whole, command))
    return found


ALL = walk(COMMANDS)


@pytest.mark.parametrize(("name", "command"), ALL, ids=[name for name, _ in ALL])
def test_every_command_teaches_what_it_does_and_what_it_takes(name: str, command: object) -> None:
    assert len(command.help or "") > 30  # type: ignore[attr-defined]
    for parameter in command.params:  # type: ignore[attr-defined]
        assert getattr(parameter, "help", "") or parameter.name in ("install_completion", "campaign"), (
            parameter
        )


@pytest.mark.parametrize("name", [name for name, _ in ALL])
def test_the_readme_names_every_command(name: str) -> None:
    assert f"`{name}" in (ROOT / "README.md").read_text()


def test_the_design_has_these_commands() -> None:
    asked = (
        "demo rehearse check plan apply preview up worker web sandbox queue hold release cancel reschedule "
        "approve resolve pause resume log status accounts preflight"
    )
    assert {*asked.split(), "db upgrade", "db backup"} <= {name for name, _ in ALL}


def loaded(place: Workplace, *words: str) -> set[str]:
    """The top modules that a command has loaded when it ends."""
    script = (
        "import sys, json, atexit\n"
        f"sys.argv = ['bot', *{list(words)!r}]\n"
        "atexit.register(lambda: print(json.dumps(sorted({n.partition('.')[0] for n in sys.modules})), "
        "file=sys.stderr))\n"
        "from bot.cli import main\nmain()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=place.folder,
        env=dict(place._environment()),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return set(json.loads(ended.stderr.splitlines()[-1]))


@pytest.mark.parametrize("words", [("--help",), ("log", "--help"), ("worker", "--help")])
def test_help_loads_neither_a_database_nor_a_network(place: Workplace, words: tuple[str, ...]) -> None:
    assert not loaded(place, *words) & {*HEAVY, "sqlalchemy", "sqlmodel", "requests", "yaml"}


@pytest.mark.parametrize("words", [("log",), ("queue", "--json"), ("pause",), ("resume",)])
def test_a_look_at_the_store_loads_no_network(place: Workplace, words: tuple[str, ...]) -> None:
    place.run("db", "upgrade", check=0)
    assert not loaded(place, *words) & HEAVY


def test_a_preview_loads_no_database_and_the_clients_of_networks_only_for_requests(place: Workplace) -> None:
    post = next(iter(sorted((place.folder / "posts").rglob("*.md"))))
    name = str(post.relative_to(place.folder))
    assert not loaded(place, "preview", name) & {*HEAVY, "sqlalchemy", "sqlmodel"}


@pytest.mark.parametrize(
    "words",
    [
        ("publish",),
        ("queue", "--state", "lost"),
        ("log", "--since", "yesterday"),
        ("hold",),
        ("hold", "1", "--account", "fice-x"),
        ("resolve", "1", "--published", "the page"),
        ("reschedule", "soon"),
        ("reschedule", "1", "soon"),
        ("apply", "--starts", "Monday"),
        ("web", "--port", "99999"),
    ],
)
def test_wrong_usage_is_said_and_ends_with_2(place: Workplace, words: tuple[str, ...]) -> None:
    place.run("apply", check=0)
    done = place.run(*words, check=2)
    assert done.out == ""
    assert done.err.strip()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("hold", "99"), "no delivery 99"),
        (("plan", "month"), "no campaign 'month'"),
        (("rehearse", "month"), "no campaign 'month'"),
        (("preflight", "month"), "no campaign 'month'"),
        (("preview", "week/9.md"), "week/9.md"),
        (("resolve", "1"), "only an uncertain one"),
        (("resolve", "99"), "no delivery 99"),
        (("resolve", "1", "--not-published"), "only an uncertain one"),
        (("release", "1"), "only one that is held"),
        (("approve", "1"), "does not wait for approval"),
        (("cancel", "--post", "month/"), "none of these"),
    ],
)
def test_what_can_not_be_done_is_one_line_and_ends_with_1(
    place: Workplace, words: tuple[str, ...], said: str
) -> None:
    place.run("apply", check=0)
    done = place.run(*words, check=1)
    assert done.out == ""
    [line] = done.err.strip().splitlines()
    assert said in line


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("DATABASE_URL", "mysql://host/name", "DATABASE_URL"),
        ("DATABASE_URL", "postgres://nobody:secret@127.0.0.1:1/bot", "is it running"),
        ("DATABASE_URL", "sqlite:////proc/nothing/bot.db", "/proc/nothing"),
        ("DATABASE_URL", "sqlite:///posts", "posts"),
        ("DATABASE_URL", "sqlite:///config/accounts.toml", "no database"),
        ("PORT", "http", "PORT"),
    ],
)
def test_a_setting_that_can_not_be_used_is_one_line(
    place: Workplace, variable: str, value: str, said: str
) -> None:
    place.environment[variable] = value
    done = place.run("status", check=1)
    [line] = done.err.strip().splitlines()
    assert said in line


def test_without_config_a_command_says_what_is_missing(tmp_path: Path) -> None:
    done = Workplace(tmp_path).run("check", check=1)
    assert "config" in done.out
    assert "posts" in done.out


def test_a_reader_who_stops_reading_is_no_trouble(place: Workplace) -> None:
    place.run("apply", check=0)
    with place.running("log", "--json") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=60) in (0, -13)
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
