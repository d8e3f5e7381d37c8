"""Named answers: what the networks say when they refuse, by the case, for faults that ask for one.

Bodies and headers as the networks' documents show them and as public issues quote them (read 2026-11-24):
https://docs.x.com/x-api/fundamentals/response-codes-and-errors,
https://developers.facebook.com/docs/graph-api/guides/error-handling and
https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from bot.sandbox.answer import JSON, Answer, RefusedError
from bot.sandbox.registry import stand_in

_PROBLEM = "application/problem+json; charset=utf-8"
_HTML = "text/html; charset=utf-8"
_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


@dataclass(frozen=True, slots=True)
class Named:
    """One thing that a network may answer to whatever it is asked."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON
    resets: Mapping[str, int] = field(default_factory=dict)  # header -> in how many seconds, told as an epoch
    in_words: bool = False  # as a time in ISO 8601 instead

    def answer(self, now: datetime) -> Answer:
        """What goes over the wire at an instant (UTC)."""
        ends = {name: self._told(now + timedelta(seconds=seconds)) for name, seconds in self.resets.items()}
        return Answer(self.status, self.body, {**self.headers, **ends}, self.content_type)

    def _told(self, at: datetime) -> str:
        if self.in_words:
            return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return str(int(at.timestamp()))


def _problem(status: int, title: str, detail: str, kind: str = "") -> Named:
    """X's problem of RFC 7807; only one with a type of its own says so in its content type."""
    name = f"https://api.twitter.com/2/problems/{kind}" if kind else "about:blank"
    body = {"title": title, "detail": detail, "type": name, "status": status}
    return Named(status, body, content_type=_PROBLEM if kind else JSON)


def _old(status: int, code: int, message: str) -> Named:
    """X's error of version 1.1, which the newer one still gives."""
    return Named(status, {"errors": [{"code": code, "message": message}]})


def _x_limit(**seconds: int) -> Named:
    """A 429 of X; the windows that are named are used up and end in so many seconds."""
    names = {"window": "x-rate-limit", "app": "x-app-limit-24hour", "user": "x-user-limit-24hour"}
    spent = {f"{name}-remaining": "0" if key in seconds else "7" for key, name in names.items()}
    ends = {f"{names[key]}-reset": value for key, value in seconds.items()}
    body = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
    return Named(429, body, {**spent, "x-rate-limit-limit": "100"}, resets=ends)


def _graph(status: int, code: int, message: str, subcode: int | None = None, **more: Any) -> Named:
    """An error of the Graph API."""
    inner: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    if subcode is not None:
        inner["error_subcode"] = subcode
    return Named(status, {"error": {**inner, **more, "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUvW"}})


def _graph_limit(code: int, message: str, minutes: int = 0, used: int = 20) -> Named:
    """A limit of the Graph API, with how much is used and in how many minutes it ends."""
    usage = {"call_count": used, "total_time": 20, "total_cputime": 20}
    business = {"99": [{"type": "pages", **usage, "estimated_time_to_regain_access": minutes}]}
    headers = {"x-app-usage": json.dumps(usage)}
    if minutes:
        headers["x-business-use-case-usage"] = json.dumps(business)
    inner = {"message": message, "type": "OAuthException", "code": code, "is_transient": True}
    return Named(400, {"error": {**inner, "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUvW"}}, headers)


def _restli(status: int, message: str, code: str = "", service_code: int | None = None) -> Named:
    """An error of LinkedIn."""
    body: dict[str, Any] = {"status": status, "message": message}
    if code:
        body["code"] = code
    if service_code is not None:
        body["serviceErrorCode"] = service_code
    return Named(status, body)


def _restli_field(status: int, path: str, description: str, code: str) -> Named:
    """LinkedIn on one field of a request."""
    item = {"description": description, "input": {"inputPath": {"fieldPath": path}}, "code": code}
    body = {
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "message": f"ERROR :: {path} :: {description}",
        "errorDetails": {"inputErrors": [item]},
        "status": status,
    }
    return Named(status, body)


_DUPLICATE_URN = "urn:li:share:7141138937766391808"

# What every network, or what stands before it, may answer.
ANY = {
    "server error": Named(500, {"error": "Internal Server Error"}),
    "over capacity": Named(503, "", {"retry-after": "30"}),
    "html with an error": Named(502, _PAGE, content_type=_HTML),
    "html with a success": Named(200, "<html><title>Welcome</title></html>", content_type=_HTML),
    "html with a limit": Named(429, "<html><title>Slow down</title></html>", content_type=_HTML),
    "html that knows nobody": Named(401, "<html><title>Who are you?</title></html>", content_type=_HTML),
    "html with a no": Named(403, "<html><title>Attention Required!</title></html>", content_type=_HTML),
    "empty success": Named(201, ""),
    "success without an id": Named(200, {}),
    "success of another shape": Named(201, [None, {"id": 1}]),
    "redirect that says elsewhere": Named(307, "", {"location": "https://example.org/2/tweets"}),
    "redirect that says done": Named(303, "", {"location": "https://example.org/home"}),
    "gateway gave up waiting": Named(408, ""),
}

# Of the networks that do not keep them in a module of their own.
NAMED: Mapping[str, Mapping[str, Named]] = MappingProxyType(
    {
        "twitter": {
            **ANY,
            "revoked token": _problem(401, "Unauthorized", "Unauthorized"),
            "expired token": _old(401, 89, "Invalid or expired token."),
            "clock of the client": _old(401, 135, "Timestamp out of bounds."),
            "wrong kind of token": _problem(
                403,
                "Unsupported Authentication",
                "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  Supported "
                "authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context].",
                "unsupported-authentication",
            ),
            "permission missing": _problem(
                403,
                "Forbidden",
                "Your client app is not configured with the appropriate oauth1 app permissions for this "
                "endpoint.",
                "oauth1-permissions",
            ),
            "permission missing, in old words": _old(
                403, 261, "Application cannot perform write actions. Contact X Platform Operations."
            ),
            "app without a project": Named(
                403,
                {
                    "title": "Client Forbidden",
                    "detail": "When authenticating requests to the X API v2 endpoints, you must use keys and "
                    "tokens from a developer App that is attached to a Project.",
                    "reason": "client-not-enrolled",
                    "required_enrollment": "Appropriate Level of API Access",
                    "type": "https://api.twitter.com/2/problems/client-forbidden",
                },
                content_type=_PROBLEM,
            ),
            "rate limit": _x_limit(window=600),
            "rate limit of the user for the day": _x_limit(window=600, user=40_000),
            "rate limit of the app for the day": _x_limit(app=50_000),
            "rate limit in old words": _old(429, 88, "Rate limit exceeded"),
            "daily limit of posts": _old(403, 185, "User is over daily status update limit."),
            "monthly cap": _problem(
                429, "UsageCapExceeded", "Usage cap exceeded: Monthly product cap", "usage-capped"
            ),
            "credits used up": _problem(
                402,
                "CreditsDepleted",
                "Your enrolled account does not have any credits to fulfill this request.",
                "credits",
            ),
            "duplicate": _problem(
                403, "Forbidden", "You are not allowed to create a Tweet with duplicate content."
            ),
            "duplicate in old words": _old(403, 187, "Status is a duplicate."),
            "too long": _old(403, 186, "Tweet needs to be a bit shorter."),
            "suspended account": _problem(
                403, "Forbidden", "The user used for authentication is suspended", "user-suspended"
            ),
            "locked account": _old(
                403,
                326,
                "To protect our users from spam and other malicious activity, this account is temporarily "
                "locked. Please log in to https://x.com to unlock your account.",
            ),
            "taken for spam": _old(
                403, 226, "This request looks like it might be automated. Please try again later."
            ),
            "reply not allowed": _problem(
                403,
                "Forbidden",
                "Reply to this conversation is not allowed because you have not been mentioned or otherwise "
                "engaged by the author of the post you are replying to.",
            ),
            "reply to a deleted post": _problem(
                403, "Forbidden", "You attempted to reply to a Tweet that is deleted or not visible to you."
            ),
            "not permitted": _problem(403, "Forbidden", "You are not permitted to perform this action."),
            "wrong request": Named(
                400,
                {
                    "errors": [{"parameters": {"text": [""]}, "message": "text: is not valid"}],
                    "title": "Invalid Request",
                    "detail": "One or more parameters to your request was invalid.",
                    "type": "https://api.twitter.com/2/problems/invalid-request",
                },
                content_type=_PROBLEM,
            ),
            "file that is not known": Named(
                400,
                {
                    "errors": [
                        {"parameters": {"media.media_ids": ["1"]}, "message": "Your media IDs are invalid."}
                    ],
                    "title": "Invalid Request",
                    "detail": "One or more parameters to your request was invalid.",
                    "type": "https://api.twitter.com/2/problems/invalid-request",
                },
                content_type=_PROBLEM,
            ),
            "version gone": Named(410, ""),
            "unknown address": _problem(404, "Not Found", "Not Found"),
        },
        "facebook": {
            **ANY,
            "expired token": _graph(
                400, 190, "Error validating access token: Session has expired on Monday.", 463
            ),
            "revoked token": _graph(
                400,
                190,
                "Error validating access token: The session has been invalidated because the user changed "
                "their password or Facebook has changed the session for security reasons.",
                460,
            ),
            "app removed": _graph(
                400,
                190,
                "Error validating access token: The user has not authorized application 1.",
                458,
            ),
            "checkpoint": _graph(
                400,
                190,
                "Error validating access token: You cannot access the app till you log in to "
                "www.facebook.com and follow the instructions given.",
                459,
            ),
            "role lost": _graph(
                400,
                190,
                "Error validating access token: The user does not have a role on the page.",
                492,
            ),
            "wrong kind of token": _graph(
                403, 200, "(#200) Unpublished posts must be posted to a page as the page itself."
            ),
            "wrong kind of token, in other words": _graph(
                400, 210, "(#210) A page access token is required to request this resource."
            ),
            "a user's token for the feed": _graph(
                403,
                200,
                "(#200) This endpoint is deprecated since the required permission publish_actions is "
                "deprecated",
            ),
            "no token": _graph(
                400,
                2500,
                "An active access token must be used to query information about the current user.",
            ),
            "permission missing": _graph(
                403,
                200,
                "(#200) If posting to a page, requires both pages_read_engagement and pages_manage_posts as "
                "an admin with sufficient administrative permission",
            ),
            "another page": _graph(
                400,
                100,
                "Unsupported post request. Object with ID '98' does not exist, cannot be loaded due to "
                "missing permissions, or does not support this operation.",
                33,
            ),
            "rate limit of the app": _graph_limit(4, "(#4) Application request limit reached", used=104),
            "rate limit of the user": _graph_limit(17, "(#17) User request limit reached", used=100),
            "rate limit of the page": _graph_limit(32, "(#32) Page request limit reached", minutes=19),
            "rate limit of a custom kind": _graph_limit(
                613, "(#613) Calls to this api have exceeded the limit."
            ),
            "rate limit of the business": _graph_limit(
                80001, "(#80001) There have been too many calls to this Page account.", minutes=45
            ),
            "duplicate": _graph(
                400,
                506,
                "(#506) Duplicate status message",
                1455006,
                error_user_title="Duplicate Status Update",
                error_user_msg="This status update is identical to the last one you posted.",
            ),
            "too long": _graph(400, 100, "(#100) The message is too long."),
            "wrong link": _graph(400, 1609005, "(#1609005) The link could not be scraped."),
            "blocked account": _graph(
                400,
                368,
                "The action attempted has been deemed abusive or is otherwise disallowed",
                1390008,
                error_user_title="Your request couldn't be processed",
                error_user_msg="You have been temporarily blocked from performing this action.",
            ),
            "publishing authorization wanted": _graph(
                403,
                200,
                "(#200) Permissions error",
                error_user_title="Page Publishing Authorization Required",
            ),
            "version gone": _graph(
                400, 2635, "(#2635) You are calling a deprecated version of the Graph API."
            ),
            "version unknown": _graph(400, 2500, "Unknown path components: /feed"),
            "trouble of its own": _graph(500, 1, "An unknown error occurred", is_transient=True),
            "trouble with another status": _graph(
                400, 2, "Service temporarily unavailable", is_transient=True
            ),
            "wrong request": _graph(400, 100, "(#100) Invalid parameter"),
        },
        "linkedin": {
            **ANY,
            "expired token": _restli(
                401, "The token used in the request has expired", "EXPIRED_ACCESS_TOKEN", 65602
            ),
            "revoked token": _restli(
                401,
                "The token used in the request has been revoked by the user",
                "REVOKED_ACCESS_TOKEN",
                65601,
            ),
            "wrong kind of token": _restli(401, "Invalid access token", "INVALID_ACCESS_TOKEN", 65600),
            "permission missing": _restli(
                403, "Not enough permissions to access: partnerApiPostsExternal.CREATE", "ACCESS_DENIED", 100
            ),
            "role missing": _restli(
                403,
                "Field Value validation failed in REQUEST_BODY: Data Processing Exception while processing "
                "fields [/author]",
                service_code=100,
            ),
            "mention not allowed": _restli(
                403,
                "Field Value validation failed in REQUEST_BODY: Data Processing Exception while processing "
                "fields [/commentary]",
                service_code=100,
            ),
            "not permitted": _restli(403, "Forbidden"),
            "rate limit of the app for the day": _restli(
                429,
                "Resource level throttle APPLICATION DAY limit for calls to this resource is reached.",
                service_code=101,
            ),
            "rate limit of the member for the day": _restli(
                429,
                "Resource level throttle APPLICATION_AND_MEMBER DAY limit for calls to this resource is "
                "reached.",
                service_code=101,
            ),
            "rate limit without a window": _restli(
                429,
                "Resource level throttle limit for calls to this resource is reached.",
                service_code=101,
            ),
            "rate limit of a minute": _restli(
                429,
                "Resource level throttle MEMBER MINUTE limit for calls to this resource is reached.",
                service_code=101,
            ),
            "duplicate": Named(
                422,
                {
                    "errorDetailType": "com.linkedin.common.error.BadRequest",
                    "message": "com.linkedin.content.common.exception.BadRequestResponseException: Content "
                    f"is a duplicate of {_DUPLICATE_URN}",
                    "errorDetails": {
                        "inputErrors": [
                            {
                                "description": "Duplicate post is detected",
                                "input": {},
                                "code": "DUPLICATE_POST",
                            }
                        ]
                    },
                    "status": 422,
                },
            ),
            "too long": _restli_field(
                422, "/commentary", "length is more than 3000", "FIELD_LENGTH_TOO_LONG"
            ),
            "wrong request": _restli_field(422, "/commentary", "is not valid", "FIELD_INVALID"),
            "blocked account": _restli(403, "This member is restricted", "MEMBER_RESTRICTED"),
            "version gone": _restli(426, "Requested version 20240101 is not active", "NONEXISTENT_VERSION"),
            "version missing": _restli(
                400,
                "A version must be present. Please specify a version by adding the LinkedIn-Version header.",
                "VERSION_MISSING",
            ),
            "media in process": _restli_field(
                400, "/content/media/id", "urn:li:video:1 is still being processed", "MEDIA_ASSET_PROCESSING"
            ),
            "gone post": _restli(404, "Could not find entity urn:li:share:1", "NOT_FOUND"),
        },
    }
)


def check(network: str, state: str, now: datetime) -> None:
    """Whether an account in such a state of its credentials may publish. Raises RefusedError."""
    case = {"read-only": "permission missing", "blocked": stand_in(network).blocked}.get(state)
    if case is not None:
        raise RefusedError(stand_in(network).named[case].answer(now), state, case)
