"""The lines of a TOML file: where each key stands, which the standard reader does not keep."""

import re
import tomllib
from collections.abc import Mapping

Keys = tuple[str | int, ...]  # keys, and numbers from 0 for the items of a list

_TOKEN = re.compile(
    r"""(?P<text>\"{3}(?:\\.|[^\\])*?\"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\])*" | '[^']*')
      | (?P<mark>[][{},=\n.]) | (?P<gap>[ \t]+|\#[^\n]*) | (?P<word>[^][{},=\n.\s\#"']+)""",
    re.VERBOSE | re.DOTALL,
)


def lines_of(source: str) -> Mapping[Keys, int]:
    """The line of every key, table and item; `source` is TOML that the standard reader has taken."""
    return _Reader(source).read()


class _Reader:
    """Goes over the tokens once; they are known to make sense."""

    def __init__(self, source: str) -> None:
        self._lines: dict[Keys, int] = {}
        self._counts: dict[Keys, int] = {}  # the tables of each array so far
        self._tokens: list[tuple[str, bool, int]] = []  # the word, whether it is a mark, its line
        line = 1
        for match in _TOKEN.finditer(source):
            if match.lastgroup != "gap":
                self._tokens.append((match.group(), match.lastgroup == "mark", line))
            line += match.group().count("\n")
        self._at = 0

    def read(self) -> Mapping[Keys, int]:
        table: Keys = ()
        while self._at < len(self._tokens):
            if self._skip("["):
                table = self._header()
            elif not self._skip("\n"):
                self._assignment(table)
        return self._lines

    def _is(self, marks: str) -> bool:
        if self._at >= len(self._tokens):
            return "\n" in marks
        word, mark, _ = self._tokens[self._at]
        return mark and word in marks

    def _skip(self, mark: str) -> bool:
        found = self._at < len(self._tokens) and self._is(mark)
        self._at += found
        return found

    def _header(self) -> Keys:
        many = self._skip("[")
        table = self._keys((), "]")
        self._skip("]")
        if many:
            number = self._counts[table] = self._counts.get(table, -1) + 1
            table = (*table, number)
            self._lines[table] = self._tokens[self._at - 1][2]
        return table

    def _keys(self, path: Keys, end: str) -> Keys:
        """Note the words up to a mark as keys, one within the other."""
        while not self._skip(end):
            if path in self._counts:
                path = (*path, self._counts[path])
            word, mark, line = self._tokens[self._at]
            self._at += 1
            if not mark:
                path = (*path, next(iter(tomllib.loads(f"{word} = 0"))))
                self._lines.setdefault(path, line)
        return path

    def _assignment(self, table: Keys) -> None:
        self._value(self._keys(table, "="))

    def _value(self, path: Keys) -> None:
        if self._skip("{"):
            while not self._skip("}"):
                if not self._skip(",") and not self._skip("\n"):
                    self._assignment(path)
        elif self._skip("["):
            number = 0
            while not self._skip("]"):
                if not self._skip(",") and not self._skip("\n"):
                    self._lines[(*path, number)] = self._tokens[self._at][2]
                    self._value((*path, number))
                    number += 1
        else:
            while not self._is(",]}\n"):
                self._at += 1
