"""Secrets in config/ and posts/: found by file and line, never shown, and no post is accused for nothing."""

import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from bot.planning.leaks import leaks
from bot.seal import new_key
from bot.settings import load

from .helper import CREDENTIALS, Project

HEAD = ("day: 1", "kind: daily-post")
LETTERS = "abcDEF0123456789ghiJKLmnoPQRstuVWXyz"


def letters(length: int, seed: int = 1) -> str:
    return "".join(random.Random(seed).choices(LETTERS, k=length))


PLANTED = {
    "a Facebook access token": "EAA" + letters(180),
    "a LinkedIn token": "AQX" + letters(340),
    "an X bearer token": "A" * 22 + letters(80),
    "an X access token": "2244994945-" + letters(40),
    "a Slack webhook": "https://hooks.slack.com/services/T0AAAAAAA/B0BBBBBBB/" + letters(24),
    "a Slack token": "xoxb-" + "1" * 12 + "-" + letters(24),
    "a Discord webhook": "https://discord.com/api/webhooks/123456789012345678/" + letters(68),
    "a Teams webhook": "https://fice.webhook.office.com/webhookb2/" + letters(36) + "@" + letters(36),
    "a Telegram bot's token": "123456789:AA" + letters(33),
    "an AWS key": "AKIA" + "ABCDEFGH12345678",
    "a GitHub token": "ghp_" + letters(36),
    "a Google key": "AIza" + letters(35),
    "a JSON web token": "eyJ" + letters(30) + ".eyJ" + letters(60) + "." + letters(40),
    "a private key": "-----BEGIN OPENSSH PRIVATE KEY-----",
}


def errors(project: Project) -> list[str]:
    return [f"{one.file.rpartition('/')[2]}:{one.line}: {one.message}" for one in leaks(project.settings())]


@pytest.mark.parametrize("what", PLANTED)
@pytest.mark.parametrize("place", ["post", "config"])
def test_what_looks_like_a_secret_is_an_error_at_its_line(project: Project, what: str, place: str) -> None:
    secret = PLANTED[what]
    if place == "post":
        project.post("a", *HEAD, body=f"Hello\n\nSee {secret}\n")
        expected = "a.md:7: "
    else:
        project.write("config/bot.toml", f'organisation = "FICE"\n# {secret}\n')
        expected = "bot.toml:2: "
    [error] = errors(project)
    assert error.startswith(f"{expected}this looks like {what}: take it out")
    assert secret not in error
    assert any(one.startswith(str(project.folder)) for one in map(str, project.problems()))


def test_the_environments_own_values_are_found_wherever_they_stand(project: Project) -> None:
    project.environment |= {
        **CREDENTIALS,
        "FICE_X_API_SECRET": "Zq81mmx0",
        "BOT_SECRET_KEY": f"{new_key()},{new_key()}",
        "DATABASE_URL": "postgres://bot:s3cr%40tpassword@localhost/bot",
        "SOME_WEBHOOK_URL": "https://example.org/hook/8c0c1b",
    }
    second = project.environment["BOT_SECRET_KEY"].split(",")[1]
    planted = ["Zq81mmx0", second, "s3cr@tpassword", "https://example.org/hook/8c0c1b"]
    for number, value in enumerate(planted):
        project.write(f"posts/week/notes-{number}.txt", f"one\ntwo {value} three\n")
    found = errors(project)
    assert [one.partition(": take")[0] for one in found] == [
        "notes-0.txt:2: here stands the value of FICE_X_API_SECRET",
        "notes-1.txt:2: here stands the value of BOT_SECRET_KEY",
        "notes-2.txt:2: here stands the password of DATABASE_URL",
        "notes-3.txt:2: here stands the value of SOME_WEBHOOK_URL",
    ]
    assert not any(value in line for value in planted for line in found)


def test_a_common_word_as_a_password_accuses_no_post(project: Project) -> None:
    project.environment["DATABASE_URL"] = "postgres://bot:campaign@localhost/bot"
    project.environment["FICE_X_API_SECRET"] = "secret"
    project.post("a", *HEAD, body="The secret of our campaign")
    assert errors(project) == []


@pytest.mark.parametrize(
    "line",
    [
        'password = "hunter22"',
        "api_key = 'abcdef1234'",
        '[alerts]\nclient-secret = "k9k9k9k9"',
        'url = "mailto://bot:hunter22@example.org"',
        "FICE_X_API_KEY=abcdef",
    ],
)
def test_a_telling_key_with_a_value_is_an_error_in_config(project: Project, line: str) -> None:
    project.write("config/bot.toml", f"{line}\n")
    [error] = errors(project)
    assert "hunter22" not in error


@pytest.mark.parametrize(
    "line",
    [
        'password = ""',
        "# password = <the password>",
        'token = "${TOKEN}"',
        '# DATABASE_URL = "postgres://user:password@host/name"',
        'secret = "your-secret-here"',
        'title = "The secret of a good week"',
    ],
)
def test_a_placeholder_is_no_secret(project: Project, line: str) -> None:
    project.write("config/bot.toml", f"{line}\n")
    assert errors(project) == []


def test_variables_pasted_into_a_post_are_found(project: Project) -> None:
    project.post("a", *HEAD, body="FICE_FACEBOOK_ACCESS_TOKEN=abcdef123456")
    [error] = errors(project)
    assert error.startswith("a.md:5: 'FICE_FACEBOOK_ACCESS_TOKEN'")


@pytest.mark.parametrize("name", ["config/.env", "posts/.env", "posts/week/.env.local", "config/server.pem"])
def test_files_of_secrets_do_not_belong_there(project: Project, name: str) -> None:
    project.write(name, "x")
    [error] = errors(project)
    assert "does not belong here" in error


def test_an_example_of_a_file_of_secrets_may_stand_there(project: Project) -> None:
    project.write("config/.env.example", "FICE_X_API_KEY=\n")
    assert errors(project) == []


def test_the_shipped_campaign_holds_no_secret() -> None:
    root = Path(__file__).parents[2]
    assert list(leaks(load(environ={}, folder=root))) == []


WORDS = """
social workers children families token of thanks secret password key week 2018 #SSWWeek @SSWAlliance
https://www.socialserviceworkforce.org/resources/1234567890-the-case-of-botswana?utm_source=x&id=AQ12
https://bit.ly/2NGhT7x https://youtu.be/dQw4w9WgXcQ https://zoom.us/j/98765432100?pwd=none
urn:li:share:6449876543210 +41 22 555 01 01 10:30 UTC AAAAAAH!!! EAA AKIA info@example.org
https://medium.com/@fice:on-care Password: Welcome2018 the key: listening; our secret: time token=love
d41d8cd98f00b204e9800998ecf8427e 550e8400-e29b-41d4-a716-446655440000 شكرا 谢谢 ☕️ 12:00–13:00
"""


def test_hundreds_of_realistic_posts_are_not_accused(project: Project) -> None:
    chance = random.Random(7)
    for number in range(400):
        words = chance.choices(WORDS.split(), k=chance.randrange(5, 60))
        project.post(f"p{number}", *HEAD, body=" ".join(words))
    assert errors(project) == []


@pytest.mark.parametrize(
    "piece", ["a", "A", "EAA", "eyJ", "x-", "a://", "token", "A_", "1", "-----BEGIN ", "0-"]
)
def test_no_text_makes_it_slow(project: Project, piece: str) -> None:
    project.write("posts/week/long.txt", piece * (200_000 // len(piece)))
    before = time.process_time()
    list(leaks(project.settings()))
    assert time.process_time() - before < 5, "of this process alone, so other load does not matter"


def test_what_is_no_text_is_passed_over(project: Project) -> None:
    project.write("posts/week/a.jpg", b"\xff\xd8\0" + PLANTED["an AWS key"].encode())
    project.write("config/huge.txt", "x" * 3_000_000)
    os.mkfifo(project.folder / "posts" / "week" / "pipe")
    (project.folder / "posts" / "round").symlink_to(project.folder / "posts")
    (project.folder / "posts" / "week" / "out.txt").symlink_to("/proc/self/environ")
    assert errors(project) == []


def test_an_open_env_file_is_a_warning_and_a_committed_one_an_error(project: Project) -> None:
    file = project.write(".env", "A=b\n")
    file.chmod(0o600)
    assert errors(project) == []
    file.chmod(0o644)
    [warning] = errors(project)
    assert "chmod 600" in warning
    git = shutil.which("git")
    if git is None:
        return
    for words in (["init", "-q"], ["add", "-f", ".env"]):
        subprocess.run([git, *words], cwd=project.folder, check=True)
    assert "under version control" in errors(project)[1]
    subprocess.run([git, "rm", "-q", "--cached", ".env"], cwd=project.folder, check=True)
    assert len(errors(project)) == 1
