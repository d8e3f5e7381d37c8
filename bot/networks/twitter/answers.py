"""What X answers to a create, and what each answer proves.

Statuses and problem types: https://docs.x.com/x-api/fundamentals/response-codes-and-errors (read
2026-11-24); the texts of 402 and 403 as quoted in public issues. X sends no Retry-After.
"""

from datetime import datetime

from bot.model.outcome import Cause
from bot.networks.answer import Answer, objects
from bot.networks.judge import Complaint, Row, Verdict, instant

# The first row that applies holds.
ANSWERS = (
    Row({402}, Verdict.NO, Cause.CREDITS, remedy="Buy credits for the app at developer.x.com."),
    Row({429}, Verdict.NO, Cause.CREDITS, words="usage-?cap", remedy="Raise the cap at developer.x.com."),
    Row({429}, Verdict.LATER, Cause.RATE_LIMIT),
    Row({401}, Verdict.NO, Cause.CREDENTIALS, words="timestamp", remedy="Set this machine's clock."),
    Row({401}, Verdict.NO, Cause.CREDENTIALS, remedy="Make the four keys anew at developer.x.com."),
    Row({403}, Verdict.NO, Cause.DUPLICATE, words="duplicate"),
    Row(
        {403},
        Verdict.NO,
        Cause.PERMISSION,
        words="reply to this conversation is not allowed|not allowed to reply",
        remedy="X lets this app reply only where the author mentions it: send the rest by hand.",
    ),
    Row(
        {403}, Verdict.NO, Cause.REFUSED, words="deleted or not visible", remedy="The message before is gone."
    ),
    Row(
        {403},
        Verdict.NO,
        Cause.CREDENTIALS,
        words="unsupported.authentication",
        remedy="Use the access token and secret of the user, not the app's bearer token.",
    ),
    Row(
        {403},
        Verdict.NO,
        Cause.PERMISSION,
        words="oauth1 app permissions|read.?only",
        remedy="Set the app to 'Read and write' at developer.x.com, then make a new access token.",
    ),
    Row({403}, Verdict.NO, Cause.PERMISSION, own=True, remedy="Look at the account and the app on X."),
    Row({404}, Verdict.NO, Cause.REFUSED, remedy="Is TWITTER_API_URL or the API version wrong?"),
    Row(
        {410, 426},
        Verdict.NO,
        Cause.VERSION,
        remedy="Change [networks.twitter] api_version in config/bot.toml.",
    ),
    Row({400, 422}, Verdict.NO, Cause.CONTENT, own=True),
)

_WINDOWS = ("x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour")


def complaint(answer: Answer) -> Complaint | None:
    """What X says in its error body: a problem of RFC 7807, or a list of errors as in version 1.1."""
    fields = answer.fields
    details = objects(fields.get("errors"))
    words = [fields.get("title"), fields.get("detail"), *(one.get("message") for one in details)]
    told = list(dict.fromkeys(word for word in words if isinstance(word, str) and word))
    kind = str(fields.get("type", ""))
    if kind and kind != "about:blank":
        told.append(f"({kind.rpartition('/')[2]})")
    codes = frozenset(str(one["code"]) for one in details if "code" in one)
    return Complaint(": ".join(told), codes) if told else None


def again_at(answer: Answer, now: datetime) -> datetime | None:
    """When the last of the exhausted windows ends; where none says so, when the ordinary one does."""
    spent = [name for name in _WINDOWS if answer.headers.get(f"{name}-remaining") == "0"]
    resets = [instant(answer.headers.get(f"{name}-reset")) for name in spent or _WINDOWS[:1]]
    return max((reset for reset in resets if reset), default=None)
