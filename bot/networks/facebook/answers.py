"""What Facebook answers to a create, and what each answer proves.

Codes: https://developers.facebook.com/docs/graph-api/guides/error-handling (read 2026-11-24).
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bot.model.outcome import Cause
from bot.networks.answer import Answer, member, objects
from bot.networks.judge import (
    CHANGE_IT,
    CLIENT_ERRORS,
    SAY_IT_OTHERWISE,
    SHORTEN_IT,
    WE_LOOK,
    WE_TRY_AGAIN,
    WE_WAIT,
    Complaint,
    Row,
    Verdict,
)


def _codes(*numbers: int | str) -> frozenset[str]:
    return frozenset(map(str, numbers))


# App, user, page, feed actions, a custom limit, and those of business use cases, of which 80001 is pages:
# https://developers.facebook.com/docs/graph-api/overview/rate-limiting (read 2026-11-24).
_LIMITS = _codes(4, 17, 32, 341, 613, *range(80_000, 80_015))
_STEP = timedelta(minutes=15)  # a limit that names no end is one of the last hour, at every moment anew
MAKE_ANEW = "Make a new token of the page: GET /me/accounts in the Graph API Explorer."
_OF_THE_PAGE = "Take the page's own token: GET /me/accounts in the Graph API Explorer."

# The first row that applies holds. Facebook marks its rate limits as transient too, so they stand before
# the row of those errors after which nobody knows.
ANSWERS = (
    Row(CLIENT_ERRORS, Verdict.NO, Cause.DUPLICATE, _codes(506), remedy=SAY_IT_OTHERWISE),
    Row(CLIENT_ERRORS, Verdict.LATER, Cause.RATE_LIMIT, _LIMITS, remedy=WE_WAIT),
    Row(
        CLIENT_ERRORS,
        Verdict.NO,
        Cause.BLOCKED,
        _codes(368),
        "publishing authorization|non-active accounts",
        remedy="Look at the page's Support inbox and Page quality, and do what is asked there.",
    ),
    # Subcodes of 190: https://developers.facebook.com/docs/graph-api/guides/error-handling.
    Row(
        CLIENT_ERRORS,
        Verdict.NO,
        Cause.CREDENTIALS,
        _codes("190/459", "190/464"),
        remedy="Whoever made the token must log in at facebook.com and do what is asked there.",
    ),
    Row(
        CLIENT_ERRORS,
        Verdict.NO,
        Cause.CREDENTIALS,
        _codes("190/458"),
        remedy="The app was removed from the account: allow it again, then make a new token of the page.",
    ),
    Row(
        CLIENT_ERRORS,
        Verdict.NO,
        Cause.CREDENTIALS,
        _codes("190/492"),
        remedy="Whoever made the token has no role on the page any more: let one who has make it anew.",
    ),
    # The token of a person where that of the page is needed.
    Row(
        CLIENT_ERRORS,
        Verdict.NO,
        Cause.CREDENTIALS,
        _codes(210),
        "page access token|as the page itself|publish_actions|publish_to_groups",
        remedy=_OF_THE_PAGE,
    ),
    Row(
        CLIENT_ERRORS,
        Verdict.NO,
        Cause.CREDENTIALS,
        _codes(102, 104, 190),
        "active access token must be used",
        remedy=MAKE_ANEW,
    ),
    Row(
        CLIENT_ERRORS,
        Verdict.NO,
        Cause.VERSION,
        _codes(12, 2635),
        "unknown path components",
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
    Row(CLIENT_ERRORS, Verdict.UNKNOWN, codes=_codes(1, 2, "transient"), remedy=WE_LOOK),
    Row(
        CLIENT_ERRORS,
        Verdict.NO,
        Cause.CONTENT,
        words=r"too long|longer than|characters? limit",
        remedy=SHORTEN_IT,
    ),
    Row(CLIENT_ERRORS, Verdict.NO, Cause.CONTENT, _codes(100, 1500, 1609005), remedy=CHANGE_IT),
    Row({401}, Verdict.NO, Cause.CREDENTIALS, remedy="Make a new token of the page."),
)

# There is no such object, or none that this token may see.
GONE = _codes("100/33", 803)
CHANGES = (
    Row(CLIENT_ERRORS, Verdict.NO, Cause.REFUSED, GONE, remedy="It is not there any more: see its page."),
    *ANSWERS,
)
# Subcodes of a video's upload: https://developers.facebook.com/documentation/video-api/reference/error-codes
# (read 2026-11-25). 324 and 1366046: what is no photo, as seen in the field.
UPLOADS = (
    Row(
        CLIENT_ERRORS,
        Verdict.LATER,
        Cause.BUSY,
        _codes("/1363019", "/1363030", "/1363033", "/1363037"),
        remedy=WE_TRY_AGAIN,
    ),
    Row(
        CLIENT_ERRORS,
        Verdict.NO,
        Cause.CONTENT,
        _codes(324, "/1363022", "/1363023", "/1363031", "/1366046"),
        remedy="Choose another file, then: bot apply.",
    ),
    *ANSWERS,
)


def complaint(answer: Answer) -> Complaint | None:
    """What Facebook says in its error body."""
    error = answer.fields.get("error")
    if not isinstance(error, dict):
        return None
    told = [error.get("message"), error.get("error_user_title"), error.get("error_user_msg")]
    words = ": ".join(dict.fromkeys(word for word in told if isinstance(word, str) and word))
    code, subcode = error.get("code"), error.get("error_subcode")
    codes = {str(code), f"{code}/{subcode}", f"/{subcode}"}
    if error.get("is_transient") is True:
        codes.add("transient")
    return Complaint(words or f"error {code}", frozenset(codes))


def again_at(answer: Answer, now: datetime) -> datetime | None:
    """When the page may call again: Facebook says in how many minutes, or how much of its hour is used."""
    usage = _header(answer, "x-business-use-case-usage")
    limits = [limit for one in usage.values() for limit in objects(one)]
    waits = [member(limit, "estimated_time_to_regain_access") for limit in limits]
    minutes = max((wait for wait in waits if isinstance(wait, int) and 0 < wait < 100_000), default=0)
    if minutes:
        return now + timedelta(minutes=minutes)
    used = [share for share in _header(answer, "x-app-usage").values() if isinstance(share, int | float)]
    return now + _STEP if any(share >= 100 for share in used) else None


def _header(answer: Answer, name: str) -> Mapping[str, Any]:
    try:
        value = json.loads(answer.headers.get(name, ""))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
