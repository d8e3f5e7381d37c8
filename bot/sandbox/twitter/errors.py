"""X's errors, in X's words.

Bodies as quoted in public issues and by X's own Playground (read 2026-11-24).
"""

from http import HTTPStatus
from typing import Any

from bot.sandbox.answer import Answer, RefusedError

PROBLEM = "application/problem+json; charset=utf-8"
_TYPES = "https://api.twitter.com/2/problems/"
_NOT_FOUND = "https://api.x.com/2/problems/resource-not-found"  # as in X's published description


def plain(status: int, detail: str | None = None) -> Answer:
    """An error without a type of its own."""
    title = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
    body = {"detail": detail or title, "type": "about:blank", "title": title, "status": status}
    return Answer(status, body)  # as plain JSON, as observed; only errors with a type are problem+json


def refuse(status: int, detail: str | None = None, code: str = "") -> RefusedError:
    """An error without a type of its own, to raise."""
    answer = plain(status, detail)
    return RefusedError(answer, code or str(status), answer.body["detail"])


def invalid(path: str, value: Any, message: str) -> RefusedError:
    """400: a field of the request is wrong."""
    body = {
        "errors": [{"parameters": {path.removeprefix("$."): [_said(value)]}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{_TYPES}invalid-request",
    }
    return RefusedError(Answer(400, body, content_type=PROBLEM), "invalid-request", message)


def bad(message: str) -> RefusedError:
    """400: an upload can not be what it is to be, or is not there."""
    body = {
        "errors": [{"message": f"BadRequest: {message}"}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{_TYPES}invalid-request",
    }
    return RefusedError(Answer(400, body, content_type=PROBLEM), "invalid-request", message)


def unsupported() -> RefusedError:
    """403: a bearer token, which stands for an app and not for a user."""
    ways = "OAuth 1.0a User Context, OAuth 2.0 User Context"
    detail = (
        "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  "
        f"Supported authentication types are [{ways}]."
    )
    kind = f"{_TYPES}unsupported-authentication"
    body = {"title": "Unsupported Authentication", "detail": detail, "type": kind, "status": 403}
    return RefusedError(Answer(403, body, content_type=PROBLEM), "unsupported-authentication", detail)


def not_found(parameter: str, remote_id: str, resource: str) -> dict[str, Any]:
    """The partial error with which X answers 200 when what was asked for is not there."""
    return {
        "value": remote_id,
        "detail": f"Could not find {resource} with {parameter}: [{remote_id}].",
        "title": "Not Found Error",
        "resource_type": resource,
        "parameter": parameter,
        "resource_id": remote_id,
        "type": _NOT_FOUND,
    }


def not_authorized(parameter: str, remote_id: str, field: str) -> dict[str, Any]:
    """The partial error with which X answers 200 when it does not tell a field of a post."""
    return {
        "value": remote_id,
        "detail": f"Sorry, you are not authorized to access '{field}' on the Tweet with {parameter} : "
        f"[{remote_id}].",
        "title": "Field Authorization Error",
        "section": "data",
        "field": field,
        "resource_type": "tweet",
        "parameter": parameter,
        "resource_id": remote_id,
        "type": "https://api.x.com/2/problems/not-authorized-for-field",
    }


def _said(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)
