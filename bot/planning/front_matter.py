"""Front matter: the YAML at the head of a post, every value kept as it was written, with its line."""

import re
from dataclasses import dataclass

import yaml

from bot.fields import Fields, Located, Problems

FENCE = "---"
DEEPEST = 20  # lists and mappings within each other; a post has three
_TOO_DEEP = "not valid YAML: its lists are nested too deeply"
_BEGINS = (
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
)
_ENDS = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)
_QUOTES = "put a text with special characters in quotes, the whole of it"


@dataclass(frozen=True, slots=True)
class Document:
    """A post's keys, and the text below them."""

    fields: Fields
    body: str
    body_line: int  # the first line of the text, from 1


class _BrokenError(ValueError):
    """The YAML is not one that we take."""

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        super().__init__(message)


def read_document(text: str, problems: Problems) -> Document | None:
    """Split a post and read its keys, or None after noting what is wrong with it."""
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        problems.error(1, "a post begins with a line '---', then its keys, then another '---'")
        return None
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        problems.error(1, "the keys have no end: put a line '---' between them and the text")
        return None
    try:
        values = _Head("\n".join(lines[1:end])).values()
    except _BrokenError as error:
        problems.error(error.line, str(error))
        return None
    first = next((number for number in range(end + 1, len(lines)) if lines[number].strip()), end)
    return Document(Fields(values, 1, problems), "\n".join(lines[end + 1 :]).strip(), first + 1)


class _Head:
    """The YAML between the fences; it begins on the second line of the file."""

    def __init__(self, source: str) -> None:
        self._source = source

    def values(self) -> dict[str, Located]:
        """Every key. Raises _BrokenError for anything that a reader would not take as it stands there."""
        try:
            self._refuse_marks()
            # The base loader makes a text of every scalar: others read 10:30 as 630 and `no` as false.
            node = yaml.compose(self._source, Loader=yaml.BaseLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise self._explained(error, mark.index if mark else 0) from None
        except yaml.reader.ReaderError as error:
            words = "a control character stands here: write it anew, or paste it as plain text"
            raise _BrokenError(self._line(error.position), words) from None
        except RecursionError:
            raise _BrokenError(1, _TOO_DEEP) from None
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            words = "each key stands on a line of its own, like  day: 2"
            raise self._glued(0) or _BrokenError(2, words)
        return self._mapping(node)

    def _refuse_marks(self) -> None:
        """YAML takes '&', '*' and '!' at the start of a value for marks of its own, and they vanish.

        Without aliases, a few of which can stand for more than any memory holds.
        """
        marks = (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken)
        depth = 0
        for token in yaml.scan(self._source, Loader=yaml.BaseLoader):
            depth += isinstance(token, _BEGINS) - isinstance(token, _ENDS)
            if depth > DEEPEST:  # at once: the time that PyYAML takes grows with the square of the depth
                raise _BrokenError(self._line(token.start_mark.index), _TOO_DEEP)
            if isinstance(token, marks):
                words = (
                    f"a text that begins with '{self._source[token.start_mark.index]}' must stand in quotes"
                )
                raise _BrokenError(self._line(token.start_mark.index), words)

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Located]:
        values: dict[str, Located] = {}
        for key, value in node.value:
            line = self._line(key.start_mark.index)
            if not isinstance(key, yaml.ScalarNode):
                raise _BrokenError(line, f"a key is a single word; {_QUOTES}")
            if key.value in values:
                first = values[key.value].line
                raise _BrokenError(line, f"'{key.value}' stands here twice: first on line {first}")
            values[key.value] = self._located(value, line)
        return values

    def _located(self, node: yaml.Node, line: int) -> Located:
        start, end = node.start_mark.index, node.end_mark.index
        source = self._source[start:end] if isinstance(node, yaml.ScalarNode) else ""
        return Located(self._value(node), line, source, self._line(start))

    def _value(self, node: yaml.Node) -> object:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode):
            return [self._located(item, self._line(item.start_mark.index)) for item in node.value]
        self._refuse_lost_hashtag(node)
        return str(node.value)

    def _refuse_lost_hashtag(self, node: yaml.Node) -> None:
        """What follows ' #' is a comment to YAML; a hashtag there would be lost without a word."""
        if isinstance(node, yaml.ScalarNode) and node.style is None:
            rest = self._source[node.end_mark.index :].split("\n", 1)[0]
            if re.match(r"\s*#\w", rest):
                words = f"what stands behind ' #' is lost: put the whole text in quotes: {rest.strip()}"
                raise _BrokenError(self._line(node.end_mark.index), words)

    def _explained(self, error: yaml.MarkedYAMLError, place: int) -> _BrokenError:
        problem = error.problem or "it can not be read"
        if glued := self._glued(place):
            return glued
        if "mapping values are not allowed" in problem:
            words = "a text that contains ': ' must stand in quotes"
        elif "'\\t'" in problem:
            words = "indent with spaces, not with a tab"
        else:
            words = f"{problem}; {_QUOTES}"
        return _BrokenError(self._line(place), f"not valid YAML: {words}")

    def _glued(self, place: int) -> _BrokenError | None:
        """The likeliest cause where a line looks like `key:value`, there or on the line before."""
        at = self._line(place) - 2
        for number in (at - 1, at):
            line = self._source.split("\n")[number] if number >= 0 else ""
            if found := re.match(r"\s*(\w+):[^\s/]", line):
                return _BrokenError(number + 2, f"put a space behind '{found[1]}:'")
        return None

    def _line(self, place: int) -> int:
        return self._source.count("\n", 0, place) + 2
