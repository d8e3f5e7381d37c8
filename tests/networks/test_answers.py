"""What each network's answers to a create prove, over real HTTP."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.model.outcome import Cause, NotPublished, Outcome, Published, Rejected, Unknown
from bot.model.sending import Sending

from .accounts import CREATED, HELLO, NETWORKS, NOW, POSTED, network, part_after
from .servers import answer, serving


def told(name: str, status: int, body: Any = "", headers: dict[str, str] | None = None) -> Outcome:
    """The outcome of publishing to a server that answers just so."""
    with serving(answer(status, body, headers)) as server:
        return network(name, server.url).publish(Sending(HELLO))


def x(title: str, detail: str = "", kind: str = "about:blank") -> dict[str, str]:
    return {"title": title, "detail": detail, "type": kind}


def fb(code: int, message: str = "no", **more: Any) -> dict[str, Any]:
    return {"error": {"message": f"(#{code}) {message}", "type": "OAuthException", "code": code, **more}}


def li(message: str, *codes: str, **more: Any) -> dict[str, Any]:
    details = {"inputErrors": [{"code": code} for code in codes]}
    return {"message": message, "errorDetails": details, **more}


DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
READ_ONLY = "Your client app is not configured with the appropriate oauth1 app permissions for this endpoint."
CAPPED = x("UsageCapExceeded", "", "https://api.twitter.com/2/problems/usage-capped")
APP_ONLY = x("Unsupported Authentication", "OAuth 2.0 Application-Only is forbidden")
GONE = {"code": "NONEXISTENT_VERSION", "message": "Requested version 20240101 is not active"}
TOO_LONG = {"errors": [{"message": "Your text is too long."}], **x("Invalid Request")}
MIDNIGHT = datetime(2026, 9, 22, tzinfo=UTC)
REPLY_REFUSED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise "
    "engaged by the author of the post you are replying to."
)


@pytest.mark.parametrize(
    ("name", "status", "body", "cause"),
    [
        ("twitter", 400, TOO_LONG, "content"),
        ("twitter", 401, x("Unauthorized", "Unauthorized"), "credentials"),
        ("twitter", 401, "<html>401</html>", "credentials"),
        ("twitter", 402, x("CreditsDepleted", "No credits."), "credits"),
        ("twitter", 403, x("Forbidden", DUPLICATE), "duplicate"),
        ("twitter", 403, x("Forbidden", REPLY_REFUSED), "refused"),
        ("twitter", 403, APP_ONLY, "credentials"),
        ("twitter", 403, x("Forbidden", READ_ONLY), "permission"),
        ("twitter", 403, x("Forbidden", "Your account is suspended"), "blocked"),
        ("twitter", 403, "<html><title>Attention Required!</title></html>", "refused"),
        ("twitter", 404, "", "refused"),
        ("twitter", 409, x("Conflict"), "refused"),
        ("twitter", 410, "", "version"),
        ("twitter", 429, CAPPED, "credits"),
        ("facebook", 400, fb(100, "Invalid parameter"), "content"),
        ("facebook", 400, fb(100, "Unsupported post request", error_subcode=33), "permission"),
        ("facebook", 400, fb(190, "Session has expired", error_subcode=463), "credentials"),
        ("facebook", 403, fb(200, "The user has not authorised the application"), "permission"),
        ("facebook", 403, fb(10, "Requires pages_read_engagement"), "permission"),
        ("facebook", 400, fb(368, "The action was deemed abusive"), "blocked"),
        ("facebook", 400, fb(506, "Duplicate status message", error_subcode=1455006), "duplicate"),
        ("facebook", 400, fb(1609005, "The link could not be scraped"), "content"),
        ("facebook", 400, fb(2635, "You are calling a deprecated version"), "version"),
        ("facebook", 400, fb(99999), "refused"),
        ("facebook", 401, "", "credentials"),
        ("facebook", 409, "", "refused"),
        ("linkedin", 400, li("Invalid param"), "content"),
        ("linkedin", 400, li("Bad", code="VERSION_MISSING"), "version"),
        ("linkedin", 401, li("Empty oauth2_access_token", serviceErrorCode=401), "credentials"),
        ("linkedin", 403, li("Not enough permissions to access: partnerApiPosts"), "permission"),
        ("linkedin", 403, "<html>WAF</html>", "refused"),
        ("linkedin", 409, li("Conflict"), "refused"),
        ("linkedin", 422, li("commentary is too long", "FIELD_LENGTH_TOO_LONG"), "content"),
        ("linkedin", 426, GONE, "version"),
    ],
)
def test_a_clear_no_is_rejected(name: str, status: int, body: Any, cause: str) -> None:
    outcome = told(name, status, body)
    assert isinstance(outcome, Rejected), outcome
    assert (outcome.cause, outcome.status) == (cause, status)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 408, 425, 302, 303, 304])
@pytest.mark.parametrize("body", ["", "<html><title>Bad Gateway</title>", [1], {"error": {"code": 190}}])
def test_what_does_not_tell_how_far_it_came_is_uncertain(name: str, status: int, body: Any) -> None:
    outcome = told(name, status, body, {"Retry-After": "5"})
    assert isinstance(outcome, Unknown)
    assert outcome.status == status


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(
    "body",
    ["", "OK", "{", "[", "null", "1", [], [1], {}, {"data": []}, {"data": {"id": ""}}, {"id": None}],
)
@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_success_without_an_id_is_uncertain(name: str, body: Any, status: int) -> None:
    outcome = told(name, status, body if status != 204 else "")
    assert isinstance(outcome, Unknown)
    assert outcome.status == status


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("status", [400, 403, 404, 418, 422])
@pytest.mark.parametrize(
    "body", ["", "<html><title>Request blocked</title><body>ticket 7</body></html>", [1], 3, "[" * 100_000]
)
@pytest.mark.parametrize("kind", ["text/html", "application/json", ""])
def test_a_no_that_is_not_in_the_networks_words_is_a_no_all_the_same(
    name: str, status: int, body: Any, kind: str
) -> None:
    outcome = told(name, status, body, {"Content-Type": kind})
    assert isinstance(outcome, Rejected)
    assert outcome.cause is Cause.REFUSED
    assert len(outcome.reason) < 500
    if isinstance(body, str) and "blocked" in body:
        assert "Request blocked" in outcome.reason


@pytest.mark.parametrize("status", [400, 403, 500])
@pytest.mark.parametrize("error", [fb(1), fb(2), fb(1200, is_transient=True)])
def test_facebooks_own_trouble_may_have_published_all_the_same(status: int, error: Any) -> None:
    assert isinstance(told("facebook", status, error), Unknown)


# Rate limits.


def epoch(minutes: float) -> str:
    return str(int((NOW + timedelta(minutes=minutes)).timestamp()))


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({}, None),
        ({"x-rate-limit-reset": epoch(10), "x-rate-limit-remaining": "0"}, 10),
        ({"x-rate-limit-reset": epoch(10)}, 10),
        (
            {
                "x-rate-limit-reset": epoch(10),
                "x-rate-limit-remaining": "0",
                "x-app-limit-24hour-reset": epoch(600),
                "x-app-limit-24hour-remaining": "3",
                "x-user-limit-24hour-reset": epoch(300),
                "x-user-limit-24hour-remaining": "0",
            },
            300,
        ),
        ({"x-rate-limit-reset": epoch(-10)}, None),
        ({"x-rate-limit-reset": "soon"}, None),
        ({"x-rate-limit-reset": "9" * 400}, None),
        ({"x-rate-limit-reset": "nan"}, None),
        ({"retry-after": "120"}, 2),
        ({"retry-after": "Mon, 21 Sep 2026 09:03:00 GMT"}, 3),
    ],
)
def test_x_says_when_its_limit_ends(headers: dict[str, str], minutes: int | None) -> None:
    outcome = told("twitter", 429, x("Too Many Requests"), headers)
    assert isinstance(outcome, NotPublished)
    assert outcome.cause is Cause.RATE_LIMIT
    assert outcome.again_at == (NOW + timedelta(minutes=minutes) if minutes else None)


@pytest.mark.parametrize("code", [4, 17, 32, 341, 613, 80001])
@pytest.mark.parametrize("wait", [19, 0, None])
def test_facebook_says_in_how_many_minutes_its_limit_ends(code: int, wait: int | None) -> None:
    usage = {"99": [{"type": "pages", "estimated_time_to_regain_access": wait}, {"type": "x"}]}
    headers = {"X-Business-Use-Case-Usage": json.dumps(usage)}
    outcome = told("facebook", 400, fb(code, "limit reached", is_transient=True), headers)
    assert isinstance(outcome, NotPublished)
    assert outcome.cause is Cause.RATE_LIMIT
    assert outcome.again_at == (NOW + timedelta(minutes=wait) if wait else None)


@pytest.mark.parametrize(
    "usage", ["", "{", "[]", '{"99": 1}', '{"99": [{"estimated_time_to_regain_access": "x"}]}']
)
def test_facebooks_usage_may_be_anything(usage: str) -> None:
    outcome = told("facebook", 400, fb(32), {"X-Business-Use-Case-Usage": usage})
    assert isinstance(outcome, NotPublished)
    assert outcome.again_at is None


@pytest.mark.parametrize(
    ("message", "again_at"),
    [
        ("Resource level throttle APPLICATION DAY limit for calls is reached.", MIDNIGHT),
        ("Resource level throttle limit for calls is reached.", MIDNIGHT),
        ("Resource level throttle MEMBER MINUTE limit is reached.", None),
    ],
)
def test_linkedins_limits_of_a_day_end_at_midnight_utc(message: str, again_at: datetime | None) -> None:
    outcome = told("linkedin", 429, li(message))
    assert isinstance(outcome, NotPublished)
    assert (outcome.cause, outcome.again_at) == (Cause.RATE_LIMIT, again_at)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_limit_of_an_unknown_maker_ends_by_our_own_back_off(name: str) -> None:
    outcome = told(name, 429, "<html>slow down</html>")
    assert isinstance(outcome, NotPublished)
    assert (outcome.cause, outcome.again_at) == (Cause.RATE_LIMIT, None)


# Words.


@pytest.mark.parametrize(
    "message",
    [
        "com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of urn:li:share:7141138937766391808",  # noqa: E501
        "Duplicate post is detected: duplicate of urn:li:ugcPost:7141138937766391808",
    ],
)
def test_linkedins_duplicate_names_the_post_that_exists(message: str) -> None:
    outcome = told("linkedin", 422, li(message, "DUPLICATE_POST"))
    assert isinstance(outcome, Rejected)
    assert outcome.cause is Cause.DUPLICATE
    assert outcome.existing is not None
    assert outcome.existing.remote_id.endswith(":7141138937766391808")


def test_a_version_that_is_gone_names_the_setting() -> None:
    outcome = told("linkedin", 426, {"code": "NONEXISTENT_VERSION", "message": "Version is not active"})
    assert isinstance(outcome, Rejected)
    assert "[networks.linkedin] api_version" in outcome.reason
    assert "config/bot.toml" in outcome.reason


def test_a_thread_that_x_does_not_let_go_on_says_why() -> None:
    part, previous = part_after("twitter")
    with serving(answer(403, x("Forbidden", REPLY_REFUSED))) as server:
        outcome = network("twitter", server.url).publish(Sending(part, previous))
    assert isinstance(outcome, Rejected)
    assert "only where the author has mentioned it" in outcome.reason


@pytest.mark.parametrize("name", NETWORKS)
def test_a_reason_is_one_short_line(name: str) -> None:
    words = "one\ntwo\x1b[31m\r\u202ethree " + "very " * 200
    body: dict[str, Any] = {"message": words, "detail": words, "error": {"message": words, "code": 100}}
    outcome = told(name, 400, {"error": words} if name == "mastodon" else body)
    assert isinstance(outcome, Rejected)
    assert "one two [31m three" in outcome.reason
    assert outcome.reason.isprintable()
    assert len(outcome.reason) < 400


@pytest.mark.parametrize("name", NETWORKS)
def test_an_id_may_come_in_the_simplest_answer(name: str) -> None:
    outcome = told(name, 200, json.dumps(CREATED[name]), {"Content-Type": ""})
    assert isinstance(outcome, Published)
    assert outcome.post.remote_id == POSTED[name].remote_id


@pytest.mark.parametrize("header", ["x-restli-id", "X-LinkedIn-Id"])
@pytest.mark.parametrize("value", ["urn:li:share:1", "urn%3Ali%3Ashare%3A1"])
@pytest.mark.parametrize("body", ["", "{", "Created"])
def test_linkedin_may_name_the_post_in_a_header_only(header: str, value: str, body: str) -> None:
    outcome = told("linkedin", 201, body, {header: value})
    assert isinstance(outcome, Published)
    assert outcome.post.remote_id == "urn:li:share:1"
