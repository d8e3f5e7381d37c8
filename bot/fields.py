"""Fields: takes a file's keys one by one and collects every problem with its place, never only the first."""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from bot.model.message import Level

T = TypeVar("T")
LARGEST_FILE = 256 * 1024  # bytes; a campaign, a post or a setting is never that long


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong in a file: where, how bad, what, and what to do about it."""

    file: str
    line: int
    level: Level
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.level}: {self.message}"

    def softened(self) -> "Problem":
        """The same as a warning: nothing of a draft goes out."""
        return replace(self, level=Level.WARNING, message=f"{self.message} (a draft)")


@dataclass(slots=True)
class Problems:
    """What was found wrong in one file so far."""

    file: str
    found: list[Problem] = field(default_factory=list)

    def error(self, line: int, message: str) -> None:
        """Add an error."""
        self.found.append(Problem(self.file, line, Level.ERROR, message))

    def warning(self, line: int, message: str) -> None:
        """Add a warning."""
        self.found.append(Problem(self.file, line, Level.WARNING, message))

    def soften(self, first: int) -> None:
        """Make warnings of all problems from that index on: they are about a draft."""
        self.found[first:] = [one.softened() for one in self.found[first:]]


@dataclass(frozen=True, slots=True)
class Located:
    """A value with the line it stands on, from 1."""

    value: Any
    line: int


class Fields:
    """The keys of one table or one front matter, taken one by one."""

    def __init__(self, values: Mapping[str, Located], line: int, problems: Problems) -> None:
        self.line = line  # where the table begins
        self.problems = problems
        self._values = values
        self._asked: list[str] = []

    def take(self, key: str, parse: Callable[[Any], T], default: T, *, required: bool = False) -> T:
        """The parsed value of a key; its default where it is absent or wrong, and then a problem is noted.

        `parse` raises ValueError with a sentence that says what is expected.
        """
        self._asked.append(key)
        found = self._values.get(key)
        if found is None:
            if required:
                self.problems.error(self.line, f"'{key}' is missing")
            return default
        try:
            return parse(found.value)
        except ValueError as error:
            self.problems.error(found.line, f"{key}: {error}")
            return default

    def line_of(self, key: str) -> int:
        """The line of a key, or of the table where the key is absent."""
        found = self._values.get(key)
        return found.line if found else self.line

    def has(self, key: str) -> bool:
        """Whether the file has the key at all."""
        return key in self._values

    def refuse_others(self) -> None:
        """Note every key that was never asked for, with the nearest one that is known."""
        for key, found in self._values.items():
            if key not in self._asked:
                self.problems.error(found.line, f"unknown key '{key}'{suggestion(key, self._asked)}")


def suggestion(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown word: the nearest known one, or all of them if few."""
    words = sorted(known)
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f": did you mean '{near[0]}'?"
    return f": known are {', '.join(words)}" if 0 < len(words) <= 12 else ""


def read_text(path: Path, problems: Problems) -> str | None:
    """A file's text, or None after noting why it can not be had: its size, its encoding, the disk."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            size = path.stat().st_size // 1024
            problems.error(1, f"the file has {size} KiB: at most {LARGEST_FILE // 1024} KiB are read")
            return None
        data = path.read_bytes()
    except OSError as error:
        problems.error(1, f"can not be read: {error.strerror}")
        return None
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problems.error(line, "not UTF-8: save the file with the encoding UTF-8")
        return None


def read_toml(path: Path, problems: Problems) -> "Table | None":
    """The top table of a TOML file, or None after noting what is wrong with it."""
    text = read_text(path, problems)
    if text is None:
        return None
    try:
        return Table(tomllib.loads(text), 1, problems, text.splitlines(), ())
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        line = int(at.group(1)) if at else max(text.count("\n"), 1)
        problems.error(line, f"not valid TOML: {re.sub(r' ?[(]at .*[)]$', '', str(error))}")
        return None


class Table(Fields):
    """A TOML table; finds the lines that the TOML reader does not keep."""

    def __init__(
        self,
        values: Mapping[str, Any],
        line: int,
        problems: Problems,
        lines: list[str],
        path: tuple[str, ...],
    ) -> None:
        self._lines, self._path, self._raw = lines, path, values
        located = {key: Located(value, self._find(key, line, value)) for key, value in values.items()}
        super().__init__(located, line, problems)

    def _find(self, key: str, start: int, value: Any) -> int:
        """The line of `key = …` behind `start`, or of the header of the table it names."""
        quoted = rf"""["']?{re.escape(key)}["']?"""
        if isinstance(value, dict) or (isinstance(value, list) and value and isinstance(value[0], dict)):
            dotted = r"\s*\.\s*".join(rf"""["']?{re.escape(part)}["']?""" for part in (*self._path, key))
            header = re.compile(rf"\s*\[\[?\s*{dotted}\s*[.\]]")
            for number, line in enumerate(self._lines, 1):
                if header.match(line):
                    return number
        assignment = re.compile(rf"\s*{quoted}\s*[=.]")
        for number, line in enumerate(self._lines[start - 1 :], start):
            if assignment.match(line) or (number == start and re.search(rf"[{{,]\s*{quoted}\s*=", line)):
                return number
            if number > start and re.match(r"\s*\[", line):
                break
        return start

    def table(self, key: str) -> "Table | None":
        """The table `[key]`, or None where it is absent."""
        values = self.take(key, _table, None)
        if values is None:
            return None
        return Table(values, self.line_of(key), self.problems, self._lines, (*self._path, key))

    def tables(self, key: str) -> dict[str, "Table"]:
        """The tables `[key.NAME]`, by name; anything else there is noted as a problem."""
        outer = self.table(key)
        return outer.top_tables() if outer else {}

    def top_tables(self) -> dict[str, "Table"]:
        """Every table of this table, by name; anything else there is noted as a problem."""
        found = {}
        for name, value in self._raw.items():
            self._asked.append(name)
            if isinstance(value, dict):
                found[name] = Table(
                    value, self.line_of(name), self.problems, self._lines, (*self._path, name)
                )
            else:
                header = ".".join((*self._path, name))
                self.problems.error(self.line_of(name), f"'{name}' is no table: write [{header}]")
        return found

    def array(self, key: str) -> list["Table"]:
        """The tables `[[key]]`, in order; their lines are those of their headers."""
        values: list[dict[str, Any]] = self.take(key, _list_of_tables, [])
        header = re.compile(rf"\s*\[\[\s*{re.escape(key)}\s*\]\]")
        lines = [number for number, line in enumerate(self._lines, 1) if header.match(line)]
        lines += [self.line_of(key)] * (len(values) - len(lines))
        return [
            Table(value, line, self.problems, self._lines, (*self._path, key))
            for value, line in zip(values, lines, strict=False)
        ]


def _table(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        raise ValueError("expected a table")
    return value


def _list_of_tables(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError("expected tables, each beginning with its [[…]] line")
    return value


def text(value: Any) -> str:
    """A parser: a text that is not empty."""
    if not isinstance(value, str):
        raise ValueError(f"expected a text in quotes, not {value!r}")
    if not value.strip():
        raise ValueError("is empty")
    return value.strip()


def texts(value: Any) -> tuple[str, ...]:
    """A parser: a list of texts."""
    if not isinstance(value, list):
        raise ValueError(f'expected a list of texts like ["a", "b"], not {value!r}')
    return tuple(text(item) for item in value)


def one_of(words: Iterable[str]) -> Callable[[Any], str]:
    """A parser: one of these words."""
    known = list(words)

    def parse(value: Any) -> str:
        if text(value) not in known:
            raise ValueError(f"'{value}' is not known{suggestion(str(value), known)}")
        return str(value).strip()

    return parse
