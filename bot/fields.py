"""Fields: takes a file's keys one by one and collects every problem with its place, never only the first."""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from bot.model.message import Level
from bot.toml_lines import Keys, lines_of

T = TypeVar("T")
LONGEST_MESSAGE = 400  # characters
_DEEP_KEY = re.compile(r"(?:\.[ \t]*[\"']?[\w-]+[\"']?[ \t]*){40}")
LARGEST_FILE = 256 * 1024  # bytes; a campaign, a post or a setting is never that long


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong in a file: where, how bad, what, and what to do about it."""

    file: str
    line: int
    level: Level
    message: str

    def __post_init__(self) -> None:
        """Both texts hold what a person has written: make them fit for one line of any terminal."""
        object.__setattr__(self, "file", _printable(self.file))
        object.__setattr__(self, "message", _printable(self.message))

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.level}: {self.message}"

    def softened(self) -> "Problem":
        """The same as a warning: nothing of a draft goes out."""
        return replace(self, level=Level.WARNING, message=f"{self.message} (a draft)")


def _printable(message: str) -> str:
    """The message on one line that any terminal can show, whatever a file has put into it."""
    plain = "".join(character if character.isprintable() else " " for character in message)
    words = " ".join(plain.split())
    return words if len(words) <= LONGEST_MESSAGE else words[: LONGEST_MESSAGE - 1] + "…"


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
    source: str = ""  # of a text: as the file has it, from its first sign to its last
    begins: int = 0  # the line on which the source begins


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

    def located(self, key: str) -> Located | None:
        """A key's value as it stands in the file; None where it is absent."""
        return self._values.get(key)

    @property
    def names(self) -> tuple[str, ...]:
        """The keys that the file has, in its order."""
        return tuple(self._values)

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
    near = difflib.get_close_matches(word, words, n=1, cutoff=0.65)
    near = near or [one for one in words if len(word) > 2 and one.startswith(word)]
    if len(near) == 1:
        return f": did you mean '{near[0]}'?"
    return f": known are {', '.join(words)}" if 0 < len(words) <= 16 else ""


def may_exist(path: Path) -> bool:
    """Whether reading a file is worth a try: it is there, or something else is wrong, which that will say."""
    try:
        return path.exists()
    except OSError:
        return True


def read_text(path: Path, problems: Problems) -> str | None:
    """A file's text, or None after noting why it can not be had: its size, its encoding, the disk."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            size = -(-path.stat().st_size // 1024)  # rounded up
            problems.error(1, f"the file has {size} KiB: at most {LARGEST_FILE // 1024} KiB are read")
            return None
        data = path.read_bytes()
    except FileNotFoundError:
        problems.error(1, "there is no such file")
        return None
    except OSError as error:
        problems.error(1, f"can not be read: {error.strerror}")
        return None
    try:
        return data.decode().removeprefix("\ufeff").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problems.error(line, "not UTF-8: save the file with the encoding UTF-8")
        return None


def read_toml(path: Path, problems: Problems) -> "Table | None":
    """The top table of a TOML file, or None after noting what is wrong with it."""
    text = read_text(path, problems)
    return None if text is None else parse_toml(text, problems)


def parse_toml(text: str, problems: Problems) -> "Table | None":
    """The top table of a TOML text, or None after noting what is wrong with it."""
    if deep := _DEEP_KEY.search(text):  # the time that tomllib takes grows with the square of the depth
        line = text.count("\n", 0, deep.start()) + 1
        problems.error(line, "not valid TOML: a key in it is nested too deeply")
        return None
    try:
        return Table(tomllib.loads(text), 1, problems, lines_of(text), ())
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"[(]at line (\d+), column \d+[)]$", str(error))
        line = int(at.group(1)) if at else max(len(text.rstrip("\n").split("\n")), 1)
        words = re.sub(r" ?[(]at [^(]*[)]$", "", str(error))
        words = re.sub(
            r"Cannot (?:overwrite a value|declare (.*) twice)", r"the same key or table twice \1", words
        )
        problems.error(line, f"not valid TOML: {words}{_hint(text, line)}")
    except RecursionError:
        problems.error(1, "not valid TOML: its lists or tables are nested too deeply")
    except ValueError:  # of the number itself
        problems.error(1, "not valid TOML: a number in it has too many digits")
    return None


def _hint(text: str, line: int) -> str:
    """What to write instead, for the slips of people who write no TOML every day."""
    wrong = text.split("\n")[line - 1]
    if re.search("[“”„‘’]", wrong):
        return ': a text stands in straight quotes, "like this"'
    if time := re.search(r"=\s*(\d{1,2}):(\d\d)(?::(\d\d))?\s*(?:#.*)?$", wrong):
        return f": write {int(time[1]):02}:{time[2]}:{time[3] or '00'}"
    if re.search(r"=\s*\d+[-./]\d+[-./]\d+", wrong):
        return ": write a date like 2018-09-24"
    if re.match(r"\s*[\w-]+\s*:", wrong):
        return ": write '=' between a key and its value"
    if wrong.count('"') % 2 or re.search(r"=\s*[^\W\d]", wrong):
        return ': a text stands in quotes, "like this"'
    return ""


class Table(Fields):
    """A TOML table with the lines of its keys."""

    def __init__(
        self,
        values: Mapping[str, Any],
        line: int,
        problems: Problems,
        lines: Mapping[Keys, int],
        path: Keys,
    ) -> None:
        self._lines, self._path, self._raw = lines, path, values
        located = {key: Located(value, lines.get((*path, key), line)) for key, value in values.items()}
        super().__init__(located, line, problems)

    def table(self, key: str) -> "Table | None":
        """The table `[key]`, or None where it is absent."""
        values = self.take(key, _table, None)
        if values is None:
            return None
        return self._inner(values, key)

    def _inner(self, values: Mapping[str, Any], key: str, *number: int) -> "Table":
        path = (*self._path, key, *number)
        return Table(values, self._lines.get(path, self.line_of(key)), self.problems, self._lines, path)

    def inner_names(self) -> list[str]:
        """The keys of this table that are tables themselves."""
        return [name for name, value in self._raw.items() if isinstance(value, dict)]

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
                found[name] = self._inner(value, name)
            else:
                header = ".".join(map(str, (*self._path, name)))
                self.problems.error(self.line_of(name), f"'{name}' is no table: write [{header}]")
        return found

    def array(self, key: str) -> list["Table"]:
        """The tables `[[key]]`, in order; their lines are those of their headers."""
        values: list[dict[str, Any]] = self.take(key, _list_of_tables, [])
        return [self._inner(value, key, number) for number, value in enumerate(values)]


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
        raise ValueError(f"expected a text in quotes, not {_shown(value)}")
    if not value.strip():
        raise ValueError("is empty")
    return value.strip()


def texts(value: Any) -> tuple[str, ...]:
    """A parser: a list of texts."""
    if not isinstance(value, list):
        raise ValueError(f'expected a list of texts like ["a", "b"], not {_shown(value)}')
    return tuple(text(item) for item in value)


def yes_or_no(value: Any) -> bool:
    """A parser: true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"write true or false, not {_shown(value)}")
    return value


def one_of(words: Iterable[str]) -> Callable[[Any], str]:
    """A parser: one of these words."""
    known = list(words)

    def parse(value: Any) -> str:
        if text(value) not in known:
            raise ValueError(f"'{value}' is not known{suggestion(str(value), known)}")
        return str(value).strip()

    return parse


def _shown(value: Any) -> str:
    """A value of the wrong type as its file has it, more or less."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    return repr(value) if isinstance(value, str) else str(value)
