"""The files of deploy/: what they name is there in the product, and they leave it the time that it needs."""

import configparser
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from bot.cli.main import app
from bot.settings import database_url
from bot.worker.publisher import PATIENCE_WHEN_STOPPING_S
from bot.worker.worker import GRACE, HEARTBEAT_S

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
COMPOSED = sorted(DEPLOY.glob("compose*.yaml"))
STOP_S = GRACE.total_seconds() + PATIENCE_WHEN_STOPPING_S
SOURCE = "".join(path.read_text() for path in (ROOT / "bot").rglob("*.py"))
OF_OTHERS = {"PATH", "PYTHONUNBUFFERED", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}


def assert_is_a_command(words: list[str]) -> None:
    """That the product knows these words after `bot`, with their options."""
    group: Any = typer.main.get_command(app)
    while hasattr(group, "commands"):
        group, words = group.commands[words[0]], words[1:]
    group.make_context("bot", list(words))


def assert_is_read(variable: str) -> None:
    assert variable in OF_OTHERS or f'"{variable}"' in SOURCE, variable


def unit(path: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text())
    return parser["Service"]


def services(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text())["services"]
    return found


def ours(path: Path) -> list[dict[str, Any]]:
    return [one for one in services(path).values() if one["image"] == "campaign-bot"]


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_what_there_is_and_leaves_it_time_to_stop(path: Path) -> None:
    service = unit(path)
    program, *words = shlex.split(service["ExecStart"])
    assert program.startswith(service["WorkingDirectory"])
    assert_is_a_command(words)
    assert (service["Type"], service["ExecReload"]) == ("notify", "/bin/kill -HUP $MAINPID")
    assert "Environment" not in service
    assert "EnvironmentFile" not in service  # a reload would not see what is changed in it
    assert int(service["TimeoutStopSec"]) > (STOP_S if words != ["web"] else 5)
    assert int(service["WatchdogSec"]) > 2 * HEARTBEAT_S
    assert service["ReadWritePaths"] == f"{service['WorkingDirectory']}/var"
    assert (service["ProtectSystem"], service["NoNewPrivileges"], service["User"]) == (
        "strict", "yes", "campaign-bot",
    )  # fmt: skip


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_understands_every_line_of_a_unit(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / path.name.replace("@", "@1")
    program = "/srv/campaign-bot/.venv/bin/bot"
    assert program in path.read_text()
    copy.write_text(path.read_text().replace(program, "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False
    )
    assert [line for line in (done.stdout + done.stderr).splitlines() if path.stem.rstrip("@") in line] == []


@pytest.mark.parametrize("path", COMPOSED, ids=lambda path: path.name)
def test_a_compose_file_runs_what_there_is_and_leaves_it_time_to_stop(path: Path) -> None:
    whole = yaml.safe_load(path.read_text())
    for service in ours(path):
        assert (path.parent / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
        if "command" in service:
            assert_is_a_command(service["command"])
        assert int(service["stop_grace_period"].removesuffix("s")) > STOP_S
        environment = service.get("environment", {})
        for name, value in environment.items():
            assert_is_read(name)
            assert name != "DATABASE_URL" or database_url(value).startswith("postgresql+psycopg://")
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")
        for volume in service["volumes"]:
            source, target, *_ = volume.split(":")
            assert (source, target) in {("..", "/campaign"), ("data", "/data")}
    assert set(whole["volumes"]) == {"data"}


def dockerfile() -> str:
    return (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")


def test_the_image_is_built_of_files_that_are_there_and_let_in() -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    copied = [words.split()[:-1] for words in re.findall(r"^COPY (?!--from)(.*)$", dockerfile(), re.M)]
    wanted = {name for names in copied for name in names}
    assert wanted == let_in
    assert all((ROOT / name).exists() for name in wanted)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {project["readme"], *project["license-files"]} <= wanted
    least = project["requires-python"].removeprefix(">=").split(".")
    for version in re.findall(r"^FROM python:([\d.]+)-slim", dockerfile(), re.M):
        assert [int(one) for one in version.split(".")] >= [int(one) for one in least]


def test_the_image_runs_commands_that_there_are_as_nobody_in_particular() -> None:
    text = dockerfile()
    said = {
        name: yaml.safe_load(words) for name, words in re.findall(r"(ENTRYPOINT|CMD) (\[.*\])", text)[-2:]
    }
    assert said["ENTRYPOINT"] == ["bot"]
    assert_is_a_command(said["CMD"])
    [check] = re.findall(r"^HEALTHCHECK .*CMD (\[.*\])$", text, re.M)
    program, *words = yaml.safe_load(check)
    assert program == "bot"
    assert_is_a_command(words)
    assert "--require-hashes -r requirements.txt" in text
    assert re.findall(r"^USER (.*)$", text, re.M) == ["campaign-bot"]
    assert "STOPSIGNAL SIGTERM" in text
    [variables] = re.findall(r"^ENV (PATH.*DATABASE_URL.*)$", text, re.M)
    for name, value in (word.split("=", 1) for word in variables.split()):
        assert_is_read(name)
        assert name != "DATABASE_URL" or database_url(value) == "sqlite:////data/bot.db"


def test_a_platform_that_reads_the_procfile_runs_commands_that_there_are() -> None:
    processes = dict(line.split(": ") for line in (ROOT / "Procfile").read_text().splitlines())
    assert set(processes) == {"release", "web", "worker"}
    for command in processes.values():
        python, option, module, *words = command.split()
        assert (python, option, module) == ("python", "-m", "bot")
        assert_is_a_command(words)


def test_every_file_is_explained_in_five_lines() -> None:
    explained = (DEPLOY / "README.md").read_text()
    chapters = re.split(r"^## ", explained, flags=re.M)
    named = {name: part for part in chapters for name in re.findall(r"`([^`]+)`", part.partition("\n")[0])}
    for file in (*UNITS, *COMPOSED, DEPLOY / "Dockerfile"):
        [chapter] = [part for name, part in named.items() if name.endswith(file.name)]
        assert re.findall(r"^(\d)\. ", chapter, re.M) == list("12345"), file.name


def test_the_example_of_the_environment_names_the_form_of_the_log() -> None:
    names = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert {"DATABASE_URL", "BOT_CONFIG", "BOT_POSTS", "PORT", "BOT_LOG_FORMAT", "BOT_DEBUG"} <= names
    for name in ("DATABASE_URL", "BOT_CONFIG", "BOT_POSTS", "PORT", "BOT_LOG_FORMAT", "BOT_DEBUG"):
        assert_is_read(name)
