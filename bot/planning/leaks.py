"""Leaks: finds secrets that were written into config/ or posts/, where everyone can read them.

A table of our own instead of a library: those for this purpose guess by entropy and by words, so they accuse
posts, and they know neither the credentials of this program's environment nor LinkedIn's and X's tokens.
"""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.fields import LARGEST_FILE, Problem
from bot.model.message import Level
from bot.networks import is_distinctive, secrets_of
from bot.settings import Settings

MOST_FILES = 20_000  # of a folder; more is no campaign
_REMEDY = "take it out, make a new one (this one has been seen), and set it in the environment"

# Shapes that nothing else has. Every repetition is bounded, so that no text makes them slow.
_SHAPES = tuple(
    (what, re.compile(pattern))
    for what, pattern in (
        ("a Facebook access token", r"\bEAA[A-Za-z0-9]{60}"),
        ("a LinkedIn token", r"\bAQ[A-Za-z0-9_-]{100}"),
        ("an X bearer token", r"(?<![A-Za-z0-9])A{12}[A-Za-z0-9%_-]{40}"),
        ("an X access token", r"(?<![\w/-])\d{6,20}-[A-Za-z0-9]{40,50}(?![\w-])"),
        ("a Slack webhook", r"hooks\.slack\.com/(?:services|workflows|triggers)/[\w/-]{20}"),
        ("a Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10}"),
        ("a Discord webhook", r"discord(?:app)?\.com/api/webhooks/\d{5,25}/[\w-]{30}"),
        (
            "a Teams webhook",
            r"\.webhook\.office\.com/webhookb2/[\w@-]{20}|\.logic\.azure\.com\S{1,500}[?&]sig=\w",
        ),
        ("a Telegram bot's token", r"\b\d{8,10}:AA[\w-]{33}"),
        ("an AWS key", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
        ("a GitHub token", r"\b(?:gh[opsru]_[A-Za-z0-9]{36}|github_pat_\w{50})"),
        ("a Google key", r"\bAIza[\w-]{35}|\bGOCSPX-[\w-]{20}"),
        ("a JSON web token", r"\beyJ[\w-]{10,2000}\.eyJ[\w-]{10,2000}\.[\w-]{10}"),
        ("a private key", r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY"),
    )
)
_URL = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@?#'\"<>]{0,200}:(?P<value>[^\s/@?#'\"<>]{1,200})@[^\s/@]"
)
_VARIABLE = r"[A-Z][A-Z0-9]{0,60}(?:_[A-Z0-9]{1,60}){0,8}_(?:TOKEN|SECRET|PASSWORD|KEY)"
_TELLING = r"[\w.-]{0,60}(?:token|secret|passwor[dt]|passwd|(?:api|access|private|secret)[_-]?key)"
_SET = r"[\"']?[ \t]{0,20}[=:][ \t]{0,20}[\"']?(?P<value>[^\s\"'#,;}\]]{1,500})"
_IN_POSTS = re.compile(rf"\b(?P<key>{_VARIABLE}){_SET}")
_IN_CONFIG = re.compile(rf"(?i)(?<![\w.-])[\"']?(?P<key>{_TELLING}){_SET}")
_PLACEHOLDER = re.compile(
    r"(?i)[<$%{\[(*.…xX]|(?:your|my|the|some|example|change|secret$|password$|passwort$|pass$|token$|none$|true$|false$)"
)
_LOCKERS = (".pem", ".key", ".p12", ".pfx", ".jks", ".keystore")


def leaks(settings: Settings) -> Iterator[Problem]:
    """Every secret in the files of config/ and posts/, by file and line and never with its value."""
    values = {value: name for value, name in secrets_of(settings).items() if is_distinctive(value)}
    for folder in dict.fromkeys((settings.config, settings.posts)):
        for path in _files(folder):
            yield from _of_file(path, values)
    yield from _of_dotenv(settings.folder)


def _files(folder: Path) -> Iterator[Path]:
    """Every file below a folder; what a link leads to outside is not part of it."""
    seen = 0
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if one != ".git")
        for name in sorted(names):
            seen += 1
            if seen > MOST_FILES:
                return
            yield Path(parent) / name


def _of_file(path: Path, values: Mapping[str, str]) -> Iterator[Problem]:
    if _is_environment_file(path.name):
        words = "a file with secrets does not belong here: move it beside config/, and out of version control"
        yield Problem(str(path), 1, Level.ERROR, words)
        return
    if path.suffix.lower() in _LOCKERS:
        yield Problem(str(path), 1, Level.ERROR, "a file with keys does not belong here: take it away")
        return
    text = _text(path)
    if text is None:
        return
    named = _IN_POSTS if path.suffix == ".md" else _IN_CONFIG
    for number, line in enumerate(text.split("\n"), 1):
        if what := _what(line, values, named):
            yield Problem(str(path), number, Level.ERROR, f"{what}: {_REMEDY}")


def _is_environment_file(name: str) -> bool:
    harmless = name.endswith((".example", ".sample", ".template"))
    return (name == ".env" or name.startswith(".env.")) and not harmless


def _text(path: Path) -> str | None:
    """A text file's content; None for pictures, pipes and whatever else has no lines to read."""
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > 4 * LARGEST_FILE:
            return None
        data = path.read_bytes()
    except OSError:
        return None  # who needs it says so
    return None if b"\0" in data[:4096] else data.decode(errors="replace")


def _what(line: str, values: Mapping[str, str], named: re.Pattern[str]) -> str | None:
    """What secret a line holds."""
    for value, name in values.items():
        if value in line:
            return f"here stands the value of {name}" if name.isupper() else f"here stands {name}"
    for what, shape in _SHAPES:
        if shape.search(line):
            return f"this looks like {what}"
    for found in _URL.finditer(line):
        if not _PLACEHOLDER.match(found["value"]):
            return "this address has a password in it"
    for found in named.finditer(line):
        if len(found["value"]) >= 6 and not _PLACEHOLDER.match(found["value"]):
            return f"'{found['key']}' seems to have a secret as its value"
    return None


def _of_dotenv(folder: Path) -> Iterator[Problem]:
    """Whether the file that is meant for secrets is kept as one."""
    path = folder / ".env"
    try:
        if not path.is_file():
            return
        if os.name == "posix" and path.stat().st_mode & stat.S_IROTH:
            yield Problem(
                str(path), 1, Level.WARNING, f"every user of this machine can read it: chmod 600 {path}"
            )
        index = folder / ".git" / "index"
        # An entry's name stands behind its length; that much of the format is the same in all versions.
        if index.is_file() and b"\x00\x04.env\x00" in index.read_bytes():
            words = "it is under version control: git rm --cached .env, and make every secret in it anew"
            yield Problem(str(path), 1, Level.ERROR, words)
    except OSError:
        return
