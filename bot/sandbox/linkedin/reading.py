"""Reading from LinkedIn: how posts and comments look in an answer, and lists page by page."""

import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

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
        "lifecycleStateInfo": {"isEditedByAuthor": False},
        "isReshareDisabledByAuthor": False,
        "createdAt": milliseconds,
        "lastModifiedAt": milliseconds,
    }
    if stored.visible_at is not None:
        element["publishedAt"] = milliseconds
    if stored.extra["article"]:
        element["content"] = {"article": stored.extra["article"]}
    return element


def comment(stored: Stored) -> dict[str, Any]:
    """A comment."""
    stamp = {"actor": stored.extra["actor"], "time": _milliseconds(stored)}
    return {
        "actor": stored.extra["actor"],
        "commentUrn": stored.published.id,
        "created": stamp,
        "id": str(stored.number),
        "lastModified": stamp,
        "message": {"attributes": [], "text": stored.raw},
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
