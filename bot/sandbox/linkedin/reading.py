"""Reading from LinkedIn: how posts and comments look in an answer, and lists page by page."""

import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote

from werkzeug.wrappers import Request

from bot.sandbox.linkedin import errors
from bot.sandbox.records import Stored

_COUNT, _MOST = 10, 100


def query(request: Request) -> dict[str, str]:
    """The parameters of a request, which must be encoded as Rest.li 2.0 wants it. Raises RefusedError."""
    raw = request.query_string.decode("latin-1")
    for pair in raw.split("&"):
        name, _, value = pair.partition("=")
        # In Rest.li 2.0 these four are structure unless they are encoded; only lists and records have any.
        if re.search(r"[():,]", value) and not re.fullmatch(r"(List)?\(.*\)", value) and name != "fields":
            raise errors.refuse(
                400, f"Invalid query parameters passed to request: {name}", "ILLEGAL_ARGUMENT"
            )
    return dict(parse_qsl(raw, keep_blank_values=True))


def listed(request: Request, name: str) -> list[str]:
    """The elements of a parameter that is a list, such as `List(urn%3Ali%3Ashare%3A1,…)`; empty without it.

    Raises RefusedError.
    """
    for pair in request.query_string.decode("latin-1").split("&"):
        key, _, value = pair.partition("=")
        if unquote(key) == name:
            inner = re.fullmatch(r"List\((.*)\)", value)
            if inner is None:
                words = f"Invalid query parameters passed to request: {name}"
                raise errors.refuse(400, words, "ILLEGAL_ARGUMENT")
            return [unquote(one) for one in inner[1].split(",") if one]
    return []


def union(request: Request, name: str) -> tuple[str, str]:
    """The one member of a parameter that is a union, such as `(share:urn%3Ali%3Ashare%3A1)`.

    Raises RefusedError.
    """
    for pair in request.query_string.decode("latin-1").split("&"):
        key, _, value = pair.partition("=")
        inner = re.fullmatch(r"\((\w+):([^:,()]*)\)", value)
        if unquote(key) == name and inner is not None:
            return inner[1], unquote(inner[2])
    raise errors.refuse(400, f"Invalid query parameters passed to request: {name}", "ILLEGAL_ARGUMENT")


def listing(
    path: str, asked: dict[str, str], items: Sequence[Stored], show: Callable[[Stored], dict[str, Any]]
) -> dict[str, Any]:
    """A page of a list, as Rest.li collections are. Raises RefusedError."""
    start, count = _number(asked, "start", 0), min(_number(asked, "count", _COUNT), _MOST)
    shown = items[start : start + count]
    links = []
    if start + count < len(items):
        href = f"{path}?start={start + count}&count={count}"
        links.append({"type": "application/json", "rel": "next", "href": href})
    paging = {"start": start, "count": count, "links": links, "total": len(items)}
    return {"paging": paging, "elements": [show(one) for one in shown]}


def post(stored: Stored) -> dict[str, Any]:
    """A post, with its commentary as it was sent."""
    milliseconds = _milliseconds(stored)
    element: dict[str, Any] = {
        "id": stored.published.id,
        "author": stored.extra["author"],
        "commentary": stored.raw,
        "visibility": stored.extra["visibility"],
        "distribution": stored.extra["distribution"],
        "lifecycleState": stored.extra["lifecycleState"],
        "lifecycleStateInfo": {"isEditedByAuthor": "edited_at" in stored.extra},
        "isReshareDisabledByAuthor": False,
        "createdAt": milliseconds,
        "lastModifiedAt": stored.extra.get("edited_at", milliseconds),
    }
    if stored.visible_at is not None:
        element["publishedAt"] = milliseconds
    article = stored.extra["article"]  # all that a journal of an earlier version has
    if content := stored.extra.get("content", {"article": article} if article else {}):
        element["content"] = content
    return element


def comment(stored: Stored) -> dict[str, Any]:
    """A comment."""
    stamp = {"actor": stored.extra["actor"], "time": _milliseconds(stored)}
    modified = {**stamp, "time": stored.extra.get("edited_at", stamp["time"])}
    return {
        "actor": stored.extra["actor"],
        "commentUrn": stored.published.id,
        "created": stamp,
        "id": str(stored.number),
        "lastModified": modified,
        "message": {"attributes": stored.extra.get("attributes", []), "text": stored.raw},
        "object": stored.extra["object"],
        "$URN": stored.published.id,
    }


def _milliseconds(stored: Stored) -> int:
    return int(stored.published.created_at.timestamp() * 1000)


def _number(asked: dict[str, str], name: str, default: int) -> int:
    value = asked.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise errors.refuse(400, f"Invalid query parameters passed to request: {name}", "ILLEGAL_ARGUMENT")
    return int(value)
