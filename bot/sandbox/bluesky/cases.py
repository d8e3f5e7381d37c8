"""Named answers of a Bluesky server: what it says when it refuses, by the case.

As the reference server says them (packages/pds and packages/xrpc-server in
https://github.com/bluesky-social/atproto, read 2026-11-25; most of them asked of version 0.4.217).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from bot.sandbox.bluesky import errors
from bot.sandbox.named import ANY, Named


def _no(status: int, name: str, message: str, **more: Any) -> Named:
    return Named(status, errors.error(status, name, message).body, **more)


def _record(what: str) -> Named:
    return _no(400, "InvalidRequest", f"Invalid app.bsky.feed.post record: {what}")


def _limit(points: int, seconds: int, ends: int) -> Named:
    headers = {
        "ratelimit-limit": str(points),
        "ratelimit-remaining": "0",
        "ratelimit-policy": f"{points};w={seconds}",
    }
    return _no(
        429, "RateLimitExceeded", "Rate Limit Exceeded", headers=headers, resets={"ratelimit-reset": ends}
    )


NAMED: Mapping[str, Named] = MappingProxyType(
    {
        **ANY,
        "wrong app password": _no(401, "AuthenticationRequired", "Invalid identifier or password"),
        "no token": _no(401, "AuthMissing", "Authentication Required"),
        "code by e-mail": _no(
            401, "AuthFactorTokenRequired", "A sign in code has been sent to your email address"
        ),
        "suspended account": _no(401, "AccountTakedown", "Account has been taken down"),
        "deactivated account": _no(401, "AccountDeactivated", "Account is deactivated"),
        "another account": _no(403, "AccountNotFound", "Account not found"),
        "permission missing": _no(
            403, "ScopeMissingError", 'Missing required scope "repo:app.bsky.feed.post?action=create"'
        ),
        "not permitted": _no(403, "Forbidden", "Forbidden"),
        "rate limit": _limit(5_000, 3_600, 600),
        "rate limit of the day": _limit(35_000, 86_400, 40_000),
        "rate limit that does not say when it ends": _no(429, "RateLimitExceeded", "Rate Limit Exceeded"),
        "too long": _record("grapheme too big (maximum 300, got 301) at $.record.text"),
        "forgotten file": _no(400, "BlobNotFound", "Could not find blob: bafkreibme22gw2h7y2h7tg2fhqotaq"),
        "file too large": _record(
            "blob too big (maximum 1000000, got 2100003) at $.record.embed.images[0].image"
        ),
        "wrong kind of file": _record('Expected "image/*" (got "text/plain") at $.record.embed.images[0]'),
        "request too large": _no(413, "PayloadTooLarge", "request entity too large"),
        "wrong request": _record('Missing required key "createdAt" at $.record'),
        "unknown account": _no(400, "InvalidRequest", "Could not find repo: nobody.example.org"),
        "gone post": _no(
            400, "RecordNotFound", "Could not locate record: at://did:plc:1/app.bsky.feed.post/3"
        ),
        "unknown address": _no(404, "XRPCNotSupported", "XRPCNotSupported"),
        "trouble of its own": _no(500, "InternalServerError", "Internal Server Error"),
    }
)
