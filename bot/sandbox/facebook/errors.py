"""Facebook's errors, in the envelope of the Graph API.

https://developers.facebook.com/docs/graph-api/guides/error-handling (read 2026-11-24).
"""

import secrets
from typing import Any

from bot.sandbox.answer import Answer, RefusedError

# What a bare status stands for, when a fault asks for one: (code, is_transient, message).
_BY_STATUS = {
    400: (100, False, "(#100) Invalid parameter"),
    401: (190, False, "Invalid OAuth access token - Cannot parse access token"),
    403: (200, False, "(#200) Permissions error"),
    404: (100, False, "Unsupported request - method type or path"),
    405: (100, False, "Unsupported request - method type or path"),
    429: (32, True, "(#32) Page request limit reached"),
    503: (2, True, "Service temporarily unavailable"),
}
_UNKNOWN = (1, True, "An unknown error occurred")


def error(status: int, code: int, message: str, subcode: int | None = None, **more: Any) -> Answer:
    """An error in the Graph API's envelope."""
    body: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    if subcode is not None:
        body["error_subcode"] = subcode
    return Answer(status, {"error": {**body, **more, "fbtrace_id": f"A{secrets.token_urlsafe(16)}"}})


def refuse(status: int, code: int, message: str, subcode: int | None = None, **more: Any) -> RefusedError:
    """The same, to raise."""
    name = f"{code}/{subcode}" if subcode is not None else str(code)
    return RefusedError(error(status, code, message, subcode, **more), name, message)


def by_status(status: int) -> Answer:
    """The error that a status usually comes with."""
    code, transient, message = _BY_STATUS.get(status, _UNKNOWN)
    return error(status, code, message, is_transient=transient)


def parameter(message: str) -> RefusedError:
    """400, code 100: a parameter is wrong or missing."""
    return refuse(400, 100, f"(#100) {message}")


def no_such_object(remote_id: str) -> RefusedError:
    """400, code 100: there is nothing with this id, or not for this token."""
    message = (
        f"Unsupported request. Object with ID '{remote_id}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation"
    )
    return refuse(400, 100, message, 33)
