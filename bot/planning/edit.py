"""An edit: changes in a post's file what a form changes, and leaves every other byte as it is."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from bot.planning.form import KEYS, PostForm, Value, head_of, of_source, plain, scalar, values_of, written
from bot.planning.front_matter import FENCE

_BLOCKS = ("|", ">")


@dataclass(frozen=True, slots=True)
class Key:
    """A key with the lines of the head that are its own, from 0; what stands behind them is another's."""

    name: str
    start: int
    end: int
    column: int
    value: yaml.Node


@dataclass(frozen=True, slots=True)
class _Change:
    start: int
    end: int
    lines: tuple[str, ...]


def edited(source: str, form: PostForm) -> str:
    """The file's text with what the form has otherwise; comments, order and the rest stay.

    A text whose keys can not be read is written anew.
    """
    before, wanted = of_source(source), plain(form)
    if before is None:
        return "\n".join([FENCE, *head_of(wanted), FENCE, wanted.body, ""])
    if before == wanted:
        return source
    mark = "\ufeff" if source.startswith("\ufeff") else ""
    lines = source.removeprefix(mark).split("\n")
    end = next(number for number, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE)
    return_ = "\r" if lines[0].endswith("\r") else ""
    rest = _rest(lines[end + 1 :], before.body, wanted.body, return_)
    for head in (_edited_head(lines[1:end], before, wanted, return_), _anew(wanted, return_)):
        found = "\n".join([mark + lines[0], *head, lines[end], *rest])
        if of_source(found) == wanted:
            break
    return found


def patch(path: str, before: str, after: str, folder: str = "posts") -> str:
    """The change of a file (its path below the folder, of posts or another) as `git apply` takes it."""
    name = f"{folder}/{path}"
    tab = "\t" if " " in name else ""  # by which its end is known
    found = difflib.unified_diff(_lines(before), _lines(after), f"a/{name}{tab}", f"b/{name}{tab}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in found
    )


def _lines(text: str) -> list[str]:
    """Ended by line feeds alone, as git counts them."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def fields_by_line(source: str) -> Mapping[int, str]:
    """By line, from 1, the field that stands there: "day", "text.twitter", "media.0.alt", "body"."""
    lines = source.removeprefix("\ufeff").split("\n")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        return {}
    found = {number + 1: "body" for number in range(end, len(lines))}
    head = "\n".join(lines[1:end])
    try:
        root = yaml.compose(head, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError):
        return found
    if isinstance(root, yaml.MappingNode):
        for name, start, until in _places(root, head, "", end - 1):
            found |= dict.fromkeys(range(start + 2, until + 2), name)
    return found


def _places(node: yaml.MappingNode, head: str, prefix: str, end: int) -> Iterator[tuple[str, int, int]]:
    """The fields with their lines, the outer before the inner."""
    for key in _keys(node, head, end):
        name = f"{prefix}{key.name}"
        yield name, key.start, key.end
        if isinstance(key.value, yaml.MappingNode) and not key.value.flow_style:
            yield from _places(key.value, head, f"{name}.", key.end)
        elif isinstance(key.value, yaml.SequenceNode) and name == "media":
            starts = [head.count("\n", 0, item.start_mark.index) for item in key.value.value]
            for number, (item, until) in enumerate(zip(key.value.value, [*starts[1:], key.end], strict=True)):
                yield f"{name}.{number}", starts[number], max(until, starts[number] + 1)
                if isinstance(item, yaml.MappingNode) and not item.flow_style:
                    yield from _places(item, head, f"{name}.{number}.", until)


def _rest(lines: Sequence[str], before: str, wanted: str, return_: str) -> list[str]:
    """The lines under the second fence."""
    if before == wanted:
        return list(lines)
    raw = "\n".join(lines)
    body = wanted.replace("\n", f"{return_}\n")
    if not raw.strip():
        return [*body.split("\n"), ""] if return_ == "" else f"{body}\r\n".split("\n")
    begin, end = len(raw) - len(raw.lstrip()), len(raw.rstrip())
    return f"{raw[:begin]}{body}{raw[end:]}".split("\n")


def _anew(wanted: PostForm, return_: str) -> list[str]:
    return [f"{line}{return_}" for line in head_of(wanted)]


def _edited_head(lines: Sequence[str], before: PostForm, wanted: PostForm, return_: str) -> list[str]:
    head = "\n".join(lines)
    root = yaml.compose(head, Loader=yaml.BaseLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        return _anew(wanted, return_)
    old, new = values_of(before), values_of(wanted)
    changes = list(_changes(root, head, old, new, KEYS, (0, 0, len(lines))))
    found = list(lines)
    for change in sorted(changes, key=lambda one: (one.start, one.end), reverse=True):
        found[change.start : change.end] = [
            line if line.endswith("\r") else f"{line}{return_}" for line in change.lines
        ]
    return found


def _changes(
    node: yaml.MappingNode,
    head: str,
    old: Mapping[str, Value],
    new: Mapping[str, Value],
    order: Sequence[str],
    place: tuple[int, int, int],
) -> Iterator[_Change]:
    """What to do to the lines of a mapping; `place`: its indentation, and its lines from and until."""
    column, first, end = place
    keys = {key.name: key for key in _keys(node, head, end)}
    added: dict[int, list[str]] = {}
    at = first
    for name in order:
        key = keys.get(name)
        if old.get(name) != new.get(name):
            if key is None:
                added.setdefault(at, []).extend(written(name, new.get(name), column))
            else:
                yield from _change(key, head, old.get(name), new.get(name))
        if key is not None:
            at = key.end
    for start, lines in added.items():
        yield _Change(start, start, tuple(lines))


def _change(key: Key, head: str, old: Value, new: Value) -> Iterator[_Change]:
    """What to do to the lines of one key."""
    inner = key.value
    if (
        isinstance(new, Mapping)
        and isinstance(old, Mapping)
        and isinstance(inner, yaml.MappingNode)
        and inner.value
        and not inner.flow_style
    ):
        begins = inner.start_mark.index
        place = (_column(head, begins), _line(head, begins), key.end)
        yield from _changes(inner, head, old, new, list(dict.fromkeys([*old, *new])), place)
        return
    line = _in_line(key, head, new) if isinstance(new, str) else None
    if line is not None:
        yield _Change(key.start, key.start + 1, (line,))
    else:
        yield _Change(key.start, key.end, tuple(written(key.name, new, key.column)))


def _in_line(key: Key, head: str, new: str) -> str | None:
    """The line of a key with another value, where both fit on it: what stands behind it stays."""
    start, end = key.value.start_mark.index, key.value.end_mark.index
    words = scalar(new, 0)
    is_text = isinstance(key.value, yaml.ScalarNode) and key.value.style not in _BLOCKS
    if not is_text or start == end or len(words) > 1 or _line(head, end) != key.start:
        return None
    if _line(head, start) != key.start:
        return None
    begins = head.rfind("\n", 0, start) + 1
    ends = head.find("\n", end)
    return f"{head[begins:start]}{words[0]}{head[end : ends if ends >= 0 else len(head)]}"


def _keys(node: yaml.MappingNode, head: str, end: int) -> list[Key]:
    """The keys of a mapping that ends before a line."""
    starts = [_line(head, key.start_mark.index) for key, _ in node.value]
    lines = head.split("\n")
    return [
        Key(
            key.value,
            start,
            _end(value, head, lines, start, _column(head, key.start_mark.index), until),
            _column(head, key.start_mark.index),
            value,
        )
        for (key, value), start, until in zip(node.value, starts, [*starts[1:], end], strict=True)
        if isinstance(key, yaml.ScalarNode)
    ]


def _end(value: Any, head: str, lines: Sequence[str], start: int, column: int, until: int) -> int:
    """The line behind a value: blank lines and comments before the next key belong to that."""
    is_block = value.style in _BLOCKS if isinstance(value, yaml.ScalarNode) else not value.flow_style
    if not is_block:
        return max(_line(head, value.end_mark.index), start) + 1
    while until > start + 1 and _is_of_next(lines[until - 1], column):
        until -= 1
    return until


def _is_of_next(line: str, column: int) -> bool:
    words = line.lstrip()
    return not words or (words.startswith("#") and len(line) - len(words) <= column)


def _line(head: str, index: int) -> int:
    return head.count("\n", 0, index)


def _column(head: str, index: int) -> int:
    return index - (head.rfind("\n", 0, index) + 1)
