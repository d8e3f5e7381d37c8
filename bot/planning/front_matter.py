"""Front matter: the YAML at the head of a post, every value kept as it was written, with its line."""

from dataclasses import dataclass

import yaml

from bot.fields import Fields, Located, Problems

FENCE = "---"


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
        values = _values("\n".join(lines[1:end]))
    except _BrokenError as error:
        problems.error(error.line, str(error))
        return None
    below = lines[end + 1 :]
    blank = next((number for number, line in enumerate(below) if line.strip()), 0)
    return Document(Fields(values, 1, problems), "\n".join(below).strip(), end + 2 + blank)


def _values(source: str) -> dict[str, Located]:
    try:
        # The base loader makes a text of every scalar: others read 10:30 as 630 and `no` as false.
        node = yaml.compose(source, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 2 if mark else 1
        raise _BrokenError(line, f"not valid YAML: {_in_words(error)}") from None
    except yaml.YAMLError as error:
        raise _BrokenError(1, f"not valid YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise _BrokenError(1, "not valid YAML: its lists are nested too deeply") from None
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode):
        raise _BrokenError(2, "the head of a post has keys, each on a line of its own like  day: 2")
    return _mapping(node, set())


def _in_words(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "it can not be read"
    if "mapping values are not allowed" in problem:
        return "a text that contains ': ' must stand in quotes"
    if "cannot start any token" in problem:
        return f"{problem}; quote texts that begin with a special character, and indent with spaces"
    return problem


def _mapping(node: yaml.MappingNode, seen: set[int]) -> dict[str, Located]:
    values: dict[str, Located] = {}
    for key, value in node.value:
        line = key.start_mark.line + 2
        if not isinstance(key, yaml.ScalarNode):
            raise _BrokenError(line, "a key is a single word")
        if key.value in values:
            first = values[key.value].line
            raise _BrokenError(line, f"'{key.value}' stands here twice: first on line {first}")
        values[key.value] = Located(_value(value, seen), line)
    return values


def _value(node: yaml.Node, seen: set[int]) -> object:
    if id(node) in seen:  # a few aliases of aliases can stand for more than any memory holds
        raise _BrokenError(node.start_mark.line + 2, "'&' and '*' at the start of a value need quotes")
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, seen)
    if isinstance(node, yaml.SequenceNode):
        return [Located(_value(item, seen), item.start_mark.line + 2) for item in node.value]
    return str(node.value)
