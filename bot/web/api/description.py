"""The description: OpenAPI 3.1, made of the routes, each with its scope; and a page to read it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from bot.model.scope import Scope
from bot.store.webhooks import EVENTS
from bot.web.access import declared
from bot.web.api.access import NeedsScope
from bot.web.api.part import PREFIX, Api

_ABOUT = """What the pages of the campaign publisher do, for programs.

Send a token with every request: `Authorization: Bearer bot_…`; members make theirs on the page Programs. A
token never may do more than its member may at that moment. Times are ISO 8601 in UTC. Lists come a page at a
time: send the `next` of an answer as `cursor`. Whatever is not done is answered with a fitting status and
`{"detail": "…"}`, one sentence for a person. Each token has about ten requests a second, and 600 at once.
"""


def description(api: Api) -> None:
    """Add the two routes that describe all others."""
    site, routes = api.site, api.router
    public = APIRouter(prefix=PREFIX)
    described = cache(lambda: openapi(routes))

    @public.get("/openapi.json", dependencies=[site.public], include_in_schema=False)
    def machine() -> Response:
        return JSONResponse(described())

    @public.get("/docs", dependencies=[site.public], include_in_schema=False)
    def page(request: Request) -> Response:
        found = described()
        context = {
            "about": found["info"], "groups": grouped(found), "events": EVENTS, "origin": _origin(request),
            "prefix": PREFIX, "scopes": [(one, one.role) for one in Scope],
        }  # fmt: skip
        return site.render(request, "api.html", context)

    for route in public.routes:
        routes.routes.append(route)


def openapi(router: APIRouter) -> dict[str, Any]:
    """The description of a router's routes."""
    found: dict[str, Any] = get_openapi(
        title="Campaign publisher", version=version("campaign-bot"), description=_ABOUT,
        routes=router.routes, separate_input_output_schemas=False,
    )  # fmt: skip
    found["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token of the page Programs."}
    }
    for route in router.routes:
        if isinstance(route, APIRoute) and isinstance(needed := declared(route.dependant), NeedsScope):
            for method in route.methods or ():
                operation = found["paths"][route.path][method.lower()]
                operation["security"] = [{"token": [needed.scope]}]
                operation["x-scope"] = needed.scope
                operation["operationId"] = _name(method, route.path)
                _describe_headers(operation["responses"])
    return found


def _describe_headers(responses: dict[str, Any]) -> None:
    responses["401"]["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    responses["403"]["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    responses["429"]["headers"] = {"Retry-After": {"schema": {"type": "string"}}}


def _name(method: str, path: str) -> str:
    words = path.removeprefix(PREFIX).replace("{", "").replace("}", "").replace("/", "_").strip("_")
    return f"{method.lower()}_{words}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as the page shows it."""

    method: str
    path: str
    summary: str
    scope: str
    parameters: list[tuple[str, str, str, bool]]  # name, where, what it is, whether it must be given
    fields: list[tuple[str, str, str, bool]]  # of the body
    answers: list[tuple[str, str, str]]  # status, what it means, the name of the value
    body: str  # an example, or ""


def grouped(found: Mapping[str, Any]) -> dict[str, list[Operation]]:
    """The operations by what they are about, in the order in which they are described."""
    groups: dict[str, list[Operation]] = {}
    for path, item in found["paths"].items():
        for method, operation in item.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(found, method, path, operation))
    return groups


def _operation(found: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> Operation:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    fields = list(_fields(found, body))
    return Operation(
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        scope=operation["x-scope"],
        parameters=[
            (
                one["name"],
                one["in"],
                _kind(one["schema"], one.get("description", "")),
                one.get("required", False),
            )
            for one in operation.get("parameters", [])
        ],
        fields=fields,
        answers=[
            (status, answer["description"], _value(answer))
            for status, answer in operation["responses"].items()
        ],
        body=json.dumps(_example(found, body), ensure_ascii=False) if body else "",
    )


def _fields(found: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[tuple[str, str, str, bool]]:
    whole = _resolved(found, schema)
    for name, one in whole.get("properties", {}).items():
        yield name, "body", _kind(one, one.get("description", "")), name in whole.get("required", [])


def _resolved(found: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    resolved: Mapping[str, Any] = found["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return resolved


def _kind(schema: Mapping[str, Any], said: str) -> str:
    """What a value is, in a few words."""
    choices = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    one = choices[0] if choices else schema
    if "enum" in one:
        words = " | ".join(map(str, one["enum"]))
    elif "$ref" in one:
        words = one["$ref"].rpartition("/")[2]
    elif one.get("type") == "array":
        words = f"list of {_kind(one.get('items', {}), '')}"
    else:
        words = str(one.get("format") or one.get("type") or "value")
    return f"{words}: {said}" if said else words


def _value(answer: Mapping[str, Any]) -> str:
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _example(found: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    """Something that the schema takes."""
    whole = _resolved(found, schema)
    if examples := whole.get("examples"):
        return examples[0]
    if "enum" in whole:
        return whole["enum"][0]
    if "anyOf" in whole:
        return _example(found, whole["anyOf"][0])
    kind = whole.get("type")
    if kind == "object":
        return {name: _example(found, one) for name, one in whole.get("properties", {}).items()}
    if kind == "array":
        return [_example(found, whole.get("items", {}))]
    return {"integer": 12, "boolean": True, "string": "…"}.get(str(kind))


def _origin(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"
