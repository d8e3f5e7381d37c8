"""LinkedIn's errors, in LinkedIn's words.

https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling (read 2026-08-22); the
duplicate and the throttle as quoted in public issues (read 2026-11-24).
"""

from http import HTTPStatus
from typing import Any

from bot.sandbox.answer import Answer, RefusedError

_THROTTLED = "Resource level throttle APPLICATION DAY limit for calls to this resource is reached."


def error(
    status: int, message: str, code: str | None = None, service_code: int | None = None, **more: Any
) -> Answer:
    """An error in LinkedIn's envelope."""
    body: dict[str, Any] = {"message": message, "status": status}
    if code is not None:
        body["code"] = code
    if service_code is not None:
        body["serviceErrorCode"] = service_code
    return Answer(status, {**body, **more})


def refuse(
    status: int, message: str, code: str | None = None, service_code: int | None = None, **more: Any
) -> RefusedError:
    """The same, to raise."""
    name = code or str(service_code or status)
    return RefusedError(error(status, message, code, service_code, **more), name, message)


def by_status(status: int) -> Answer:
    """The error that a status usually comes with."""
    if status == 401:
        return error(401, "Invalid access token", "INVALID_ACCESS_TOKEN", 65600)
    if status == 429:
        return error(429, _THROTTLED)
    return error(status, HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error")


def duplicate(urn: str) -> RefusedError:
    """422: the same is out already, as `urn`."""
    message = (
        f"com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of {urn}"
    )
    item = {"description": "Duplicate post is detected", "input": {}, "code": "DUPLICATE_POST"}
    body = {
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "message": message,
        "errorDetails": {"inputErrors": [item]},
        "status": 422,
    }
    return RefusedError(Answer(422, body), "DUPLICATE_POST", message)


def field(name: str, why: str, code: str = "FIELD_INVALID", status: int = 422) -> RefusedError:
    """422 (or 400): a field of the request is wrong."""
    message = f"ERROR :: /{name} :: {why}"
    item = {"description": why, "input": {"inputPath": {"fieldPath": f"/{name}"}}, "code": code}
    more: dict[str, Any] = {
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "errorDetails": {"inputErrors": [item]},
    }
    return refuse(status, message, code, **more)
