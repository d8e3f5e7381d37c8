"""What Facebook answers to a create, and what each answer proves.

Codes: https://developers.facebook.com/docs/graph-api/guides/error-handling (read 2026-11-24).
"""

import json
from datetime import datetime, timedelta

from bot.model.outcome import Cause
from bot.networks.answer import Answer, member, objects
from bot.networks.judge import CLIENT_ERRORS, Complaint, Row, Verdict


def _codes(*numbers: int | str) -> frozenset[str]:
    return frozenset(map(str, numbers))


# The first row that applies holds. Facebook marks its rate limits as transient too, so they stand before
# the row of those errors after which nobody knows.
ANSWERS = (
    Row(CLIENT_ERRORS, Verdict.NO, Cause.DUPLICATE, _codes(506)),
    Row(CLIENT_ERRORS, Verdict.LATER, Cause.RATE_LIMIT, _codes(4, 17, 32, 341, 613, 80001)),
    Row(
        CLIENT_ERRORS,
        Verdict.NO,
        Cause.CREDENTIALS,
        _codes(102, 104, 190),
        remedy="Make a new token of the page: GET /me/accounts in the Graph API Explorer.",
    ),
    Row(
        CLIENT_ERRORS,
        Verdict.NO,
        Cause.REFUSED,
        _codes(368),
        remedy="Facebook blocks this page or app for a while: look at the page's Support inbox.",
    ),
    Row(
        CLIENT_ERRORS,
        Verdict.NO,
        Cause.VERSION,
        _codes(2635),
        remedy="Change [networks.facebook] api_version in config/bot.toml.",
    ),
    Row(
        CLIENT_ERRORS,
        Verdict.NO,
        Cause.PERMISSION,
        _codes(3, 10, "100/33", *range(200, 300)),
        remedy="The token needs pages_manage_posts and pages_read_engagement, and PAGE_ID its page.",
    ),
    # It may have been done in spite of the answer, whatever the status is.
    Row(CLIENT_ERRORS, Verdict.UNKNOWN, codes=_codes(1, 2, "transient")),
    Row(CLIENT_ERRORS, Verdict.NO, Cause.CONTENT, _codes(100, 1609005)),
    Row({429}, Verdict.LATER, Cause.RATE_LIMIT),
    Row({401}, Verdict.NO, Cause.CREDENTIALS, remedy="Make a new token of the page."),
)


def complaint(answer: Answer) -> Complaint | None:
    """What Facebook says in its error body."""
    error = answer.fields.get("error")
    if not isinstance(error, dict):
        return None
    told = [error.get("message"), error.get("error_user_msg")]
    words = ": ".join(dict.fromkeys(word for word in told if isinstance(word, str) and word))
    code, subcode = error.get("code"), error.get("error_subcode")
    codes = {str(code), f"{code}/{subcode}"}
    if error.get("is_transient") is True:
        codes.add("transient")
    return Complaint(words or f"error {code}", frozenset(codes))


def again_at(answer: Answer, now: datetime) -> datetime | None:
    """When the page may call again: Facebook says in how many minutes."""
    try:
        usage = json.loads(answer.headers.get("x-business-use-case-usage", ""))
    except (ValueError, RecursionError):
        return None
    limits = [limit for one in usage.values() for limit in objects(one)] if isinstance(usage, dict) else []
    waits = [member(limit, "estimated_time_to_regain_access") for limit in limits]
    minutes = max((wait for wait in waits if isinstance(wait, int) and 0 < wait < 100_000), default=0)
    return now + timedelta(minutes=minutes) if minutes else None
