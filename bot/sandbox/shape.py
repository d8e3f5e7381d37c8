"""The shape of a JSON value: the few words of JSON Schema that X's published description uses."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Shape = Mapping[str, Any]
_TYPES: dict[str, type] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "array": list,
    "object": dict,
}


def problems(value: Any, shape: Shape, path: str = "$") -> Iterator[tuple[str, str]]:
    """Where a value is not of a shape, and why: (path, sentence)."""
    wanted: str = shape["type"]
    if not _is(value, wanted):
        yield path, f"{path}: {_said(value)} is not of the type {wanted}"
        return
    if wanted == "object":
        yield from _object_problems(value, shape, path)
    elif wanted == "array":
        yield from _range_problems(len(value), shape, path, "minItems", "maxItems")
        for number, item in enumerate(value):
            yield from problems(item, shape["items"], f"{path}.{number}")
    elif wanted == "string":
        yield from _range_problems(len(value), shape, path, "minLength", "maxLength")
        if "pattern" in shape and not re.fullmatch(shape["pattern"], value, re.ASCII):
            yield path, f"{path}: {_said(value)} does not match the regex pattern {shape['pattern']}"
        if "enum" in shape and value not in shape["enum"]:
            yield path, f"{path}: {_said(value)} is not one of {', '.join(shape['enum'])}"
    elif wanted == "integer":
        yield from _range_problems(value, shape, path, "minimum", "maximum")


def _object_problems(value: dict[str, Any], shape: Shape, path: str) -> Iterator[tuple[str, str]]:
    for name in shape.get("required", ()):
        if name not in value:
            yield f"{path}.{name}", f"{path}.{name}: is missing but it is required"
    for name, member in value.items():
        if name in shape["properties"]:
            yield from problems(member, shape["properties"][name], f"{path}.{name}")
        else:
            words = "is not defined in the schema and the schema does not allow additional properties"
            yield f"{path}.{name}", f"{path}.{name}: {words}"


def _range_problems(number: int, shape: Shape, path: str, least: str, most: str) -> Iterator[tuple[str, str]]:
    if number < shape.get(least, number):
        yield path, f"{path}: {number} is less than the {least} of {shape[least]}"
    if number > shape.get(most, number):
        yield path, f"{path}: {number} is more than the {most} of {shape[most]}"


def _is(value: Any, wanted: str) -> bool:
    return type(value) is _TYPES[wanted]  # exactly: in Python true is a number


def _said(value: Any) -> str:
    words = repr(value)
    return words if len(words) <= 40 else words[:39] + "…"
