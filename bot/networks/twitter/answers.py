"""What X answers to a create and to an upload, and what each answer proves.

Statuses and problem types: https://docs.x.com/x-api/fundamentals/response-codes-and-errors; the numbers of
version 1.1, which still come: https://developer.x.com/en/docs/basics/response-codes (both read
2026-11-24); the texts of 402 and 403 as quoted in public issues. X sends no Retry-After.
"""

from datetime import datetime

from bot.model.outcome import Cause
from bot.networks.answer import Answer, objects
from bot.networks.judge import (
    CHANGE_IT,
    SAY_IT_OTHERWISE,
    SHORTEN_IT,
    WE_UPLOAD_AGAIN,
    WE_WAIT,
    Complaint,
    Row,
    Verdict,
    instant,
)


def _codes(*codes: int | str) -> frozenset[str]:
    return frozenset(map(str, codes))


# About the account or the app, whatever is asked. In each table the first row that applies holds.
_ACCOUNT = (
    Row({402}, Verdict.NO, Cause.CREDITS, remedy="Buy credits for the app at developer.x.com."),
    Row({429}, Verdict.NO, Cause.CREDITS, words="usage-?cap", remedy="Raise the cap at developer.x.com."),
    Row({429}, Verdict.LATER, Cause.RATE_LIMIT, remedy=WE_WAIT),
    # So many posts a day, for all apps of the account together.
    Row({403}, Verdict.LATER, Cause.RATE_LIMIT, _codes(185), r"\bdaily\b.*\blimit", remedy=WE_WAIT),
    Row({401}, Verdict.NO, Cause.CREDENTIALS, _codes(135), "timestamp", remedy="Set this machine's clock."),
    Row(
        {401, 403},
        Verdict.NO,
        Cause.BLOCKED,
        _codes(64, 326, 416, "user-suspended"),
        r"\bsuspended\b|temporarily locked|account is locked",
        remedy="Log in to x.com as this account and do what it asks, or appeal there.",
    ),
    Row({401}, Verdict.NO, Cause.CREDENTIALS, remedy="Make the four keys anew at developer.x.com."),
)
_VERSION = Row(
    {410, 426},
    Verdict.NO,
    Cause.VERSION,
    remedy="Change [networks.twitter] api_version in config/bot.toml.",
)
_RIGHTS = (
    Row(
        {403},
        Verdict.NO,
        Cause.CREDENTIALS,
        _codes(220, "unsupported-authentication"),
        "unsupported.authentication",
        remedy="Use the access token and secret of the user, not the app's bearer token.",
    ),
    # A right that the app lacks, whatever it sends.
    Row(
        {403},
        Verdict.NO,
        Cause.PERMISSION,
        _codes(261, "oauth1-permissions"),
        "oauth1 app permissions|read.?only",
        remedy="Set the app to 'Read and write' at developer.x.com, then make a new access token.",
    ),
    Row(
        {403},
        Verdict.NO,
        Cause.PERMISSION,
        _codes(453, "client-forbidden", "client-not-enrolled"),
        "not enrolled|client.forbidden",
        remedy="Put the app into a project with access to this at developer.x.com.",
    ),
)
ANSWERS = (
    *_ACCOUNT,
    Row({403}, Verdict.NO, Cause.DUPLICATE, _codes(187), "duplicate", remedy=SAY_IT_OTHERWISE),
    # About this one message, so the account's others may go out.
    Row(
        {403},
        Verdict.NO,
        words="reply to this conversation is not allowed|not allowed to reply",
        remedy="X lets this app reply only where the author has mentioned it.",
    ),
    Row(
        {403},
        Verdict.NO,
        Cause.REFUSED,
        _codes(385),
        "deleted or not visible",
        remedy="The message before it is gone from X.",
    ),
    Row({400, 403}, Verdict.NO, Cause.CONTENT, _codes(186), "too long|bit shorter", remedy=SHORTEN_IT),
    Row(
        {403},
        Verdict.NO,
        Cause.REFUSED,
        _codes(226),
        remedy="X takes it for spam: look at the account, wait a while, then: bot reschedule.",
    ),
    *_RIGHTS,
    Row({403}, Verdict.NO, own=True, remedy="Look at the account and the app on X, then: bot reschedule."),
    Row({404}, Verdict.NO, remedy="Is TWITTER_API_URL or the API version wrong?"),
    _VERSION,
    # As X's own playground says it (2026-01): it has forgotten a file, or never finished it.
    Row({400}, Verdict.LATER, Cause.FILES, words="media ids are invalid", remedy=WE_UPLOAD_AGAIN),
    Row({400, 422}, Verdict.NO, Cause.CONTENT, own=True, remedy=CHANGE_IT),
)

# The words for an upload that X does not know: https://github.com/xdevplatform/xurl/issues/18 (read
# 2026-11-25); those about its pieces are of version 1.1.
_LOST = "not found|segments do not add up|media.?id"
UPLOAD_ANSWERS = (
    *_ACCOUNT,
    *_RIGHTS,
    Row({403}, Verdict.NO, Cause.PERMISSION, own=True, remedy="Let the app upload media at developer.x.com."),
    Row({400, 404}, Verdict.LATER, Cause.BUSY, words=_LOST, own=True, remedy=WE_UPLOAD_AGAIN),
    Row({404}, Verdict.NO, remedy="Is TWITTER_API_URL or the API version wrong?"),
    Row({413}, Verdict.NO, Cause.CONTENT, remedy="Make the file smaller, then: bot apply."),
    _VERSION,
    Row({400, 422}, Verdict.NO, Cause.CONTENT, own=True, remedy="Put another file in its place: bot apply."),
)

_WINDOWS = ("x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour")


def complaint(answer: Answer) -> Complaint | None:
    """What X says in its error body: a problem of RFC 7807, or a list of errors as in version 1.1."""
    fields = answer.fields
    details = objects(fields.get("errors"))
    words = [fields.get("title"), fields.get("detail"), *(one.get("message") for one in details)]
    words += [one.get("detail") for one in details]
    told = list(dict.fromkeys(word for word in words if isinstance(word, str) and word))
    kinds = [str(one.get("type") or "").rpartition("/")[2] for one in (fields, *details)]
    kinds = [kind for kind in dict.fromkeys(kinds) if kind and kind != "about:blank"]
    told += [f"({kind})" for kind in kinds]
    reasons = [str(one["reason"]) for one in (fields, *details) if one.get("reason")]
    codes = frozenset([str(one["code"]) for one in details if "code" in one] + kinds + reasons)
    return Complaint(": ".join(told), codes) if told else None


def again_at(answer: Answer, now: datetime) -> datetime | None:
    """When the last of the exhausted windows ends; where none says so, when the ordinary one does."""
    spent = [name for name in _WINDOWS if answer.headers.get(f"{name}-remaining") == "0"]
    resets = [instant(answer.headers.get(f"{name}-reset")) for name in spent or _WINDOWS[:1]]
    return max((reset for reset in resets if reset), default=None)
