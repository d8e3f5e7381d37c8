"""Errors of a Mastodon server, in its words.

https://docs.joinmastodon.org/methods/statuses/, …/methods/media/ and …/methods/oauth/ (read 2026-11-25);
those of validation and of disabled accounts as the server's own code has them.
"""

from http import HTTPStatus

from bot.sandbox.answer import Answer, RefusedError

NOT_FOUND = "Record not found"
OUT_OF_SCOPE = "This action is outside the authorized scopes"
_USUAL = {
    400: "Bad request",
    401: "The access token is invalid",
    403: "This action is not allowed",
    404: NOT_FOUND,
    422: "Validation failed",
    429: "Too many requests",
    503: "There was a temporary problem serving your request, please try again",
}


def refuse(status: int, message: str, code: str = "", **more: str) -> RefusedError:
    """A no in the server's envelope, to raise."""
    return RefusedError(Answer(status, {"error": message, **more}), code or str(status), message)


def invalid(message: str, code: str = "invalid") -> RefusedError:
    """422: what was asked for breaks a rule."""
    return refuse(422, message, code)


def by_status(status: int) -> Answer:
    """The error that a status usually comes with."""
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Error"
    return Answer(status, {"error": _USUAL.get(status, phrase)})
