"""Named answers of Mastodon servers, and of GoToSocial, which speaks the same API.

Bodies as the documents and the servers' own code have them, headers as in recorded answers (read 2026-11-25).
"""

from collections.abc import Mapping
from types import MappingProxyType

from bot.sandbox.mastodon.errors import NOT_FOUND, OUT_OF_SCOPE
from bot.sandbox.named import ANY, Named


def _said(status: int, words: str) -> Named:
    return Named(status, {"error": words})


def _limit(limit: int, seconds: int) -> Named:
    """A limit that is used up and ends in so many seconds, told as a time."""
    headers = {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": "0"}
    resets = {"x-ratelimit-reset": seconds}
    return Named(429, {"error": "Too many requests"}, headers, resets=resets, in_words=True)


NAMED: Mapping[str, Named] = MappingProxyType(
    {
        **ANY,
        "temporary problem": _said(
            503, "There was a temporary problem serving your request, please try again"
        ),
        "expired token": _said(401, "The access token expired"),
        "revoked token": _said(401, "The access token was revoked"),
        "unknown token": _said(401, "The access token is invalid"),
        "permission missing": _said(403, OUT_OF_SCOPE),
        "blocked account": _said(403, "Your login is currently disabled"),
        "account not confirmed": _said(403, "Your login is missing a confirmed e-mail address"),
        "not permitted": _said(403, "This action is not allowed"),
        "reply to a deleted post": _said(
            404, "The post you are trying to reply to does not appear to exist."
        ),
        "gone post": _said(404, NOT_FOUND),
        "unknown address": Named(404, "<html><title>404 Not Found</title></html>", content_type="text/html"),
        "gone server": Named(410, ""),
        "rate limit": _limit(300, 120),
        "rate limit of posts": _limit(300, 3 * 3600),
        "rate limit of GoToSocial": Named(
            429, {"error": "Too Many Requests"}, resets={"x-ratelimit-reset": 600}
        ),
        "file not ready": _said(
            422, "Cannot attach files that have not finished processing. Try again in a moment!"
        ),
        "file shown already": _said(422, "Media with IDs 1 not found or already attached to another post"),
        "too long": _said(422, "Validation failed: Text character limit of 500 exceeded"),
        "too long for GoToSocial": _said(
            400, "Bad Request: status too long, 501 characters provided but limit is 500"
        ),
        "wrong request": _said(422, "Validation failed: Text can't be blank"),
    }
)
