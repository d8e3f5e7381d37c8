"""A Bluesky server's errors, in its own words.

As the reference server says them, version 0.4.217, asked on 2026-11-25; https://atproto.com/specs/xrpc.
"""

from bot.sandbox.answer import Answer, RefusedError

_BY_STATUS = {
    400: ("InvalidRequest", "Invalid request"),
    401: ("AuthenticationRequired", "Invalid identifier or password"),
    403: ("Forbidden", "Forbidden"),
    404: ("XRPCNotSupported", "XRPCNotSupported"),
    413: ("PayloadTooLarge", "request entity too large"),
    429: ("RateLimitExceeded", "Rate Limit Exceeded"),
    500: ("InternalServerError", "Internal Server Error"),
    502: ("UpstreamFailure", "Upstream Failure"),
}


def error(status: int, name: str, message: str) -> Answer:
    """An error with its name."""
    return Answer(status, {"error": name, "message": message})


def by_status(status: int) -> Answer:
    """The error that a status usually comes with."""
    return error(status, *_BY_STATUS.get(status, ("Unknown", "Unknown error")))


def refuse(status: int, name: str, message: str) -> RefusedError:
    """The same, to raise."""
    return RefusedError(error(status, name, message), name, message)


def invalid(message: str) -> RefusedError:
    """400: the request is wrong."""
    return refuse(400, "InvalidRequest", message)


def broken() -> RefusedError:
    """500: what this server says, for example, where a record is to be created that is there."""
    return refuse(500, "InternalServerError", "Internal Server Error")
