"""What a server of Bluesky answers, and what each answer proves.

The lexicons, and the reference server where they are silent: https://github.com/bluesky-social/atproto
(lexicons/com/atproto, packages/pds/src, packages/xrpc-server/src; read 2026-11-25). Limits:
https://docs.bsky.app/docs/advanced-guides/rate-limits (read 2026-11-25).
"""

from datetime import datetime

from bot.model.outcome import Cause
from bot.networks.answer import Answer
from bot.networks.judge import CHANGE_IT, SHORTEN_IT, WE_WAIT, Complaint, Row, Verdict, instant


def _codes(*codes: str) -> frozenset[str]:
    return frozenset(codes)


# A session is over: another one is begun, and the request made anew.
SESSION_OVER = _codes("ExpiredToken", "InvalidToken")
NO_RECORD = "RecordNotFound"

_WHO = {400, 401, 403}
_ANEW = "Make the app password anew at bsky.app (Settings, Privacy and security): …_APP_PASSWORD."
_LOG_IN = "Log in to bsky.app as this account and do what is asked there."

# The first row that applies holds.
ANSWERS = (
    Row({429}, Verdict.LATER, Cause.RATE_LIMIT, remedy=WE_WAIT),
    Row(
        _WHO,
        Verdict.NO,
        Cause.BLOCKED,
        _codes("AccountTakedown", "AccountDeactivated", "AccountSuspended", "RepoTakendown"),
        own=True,
        remedy=_LOG_IN,
    ),
    Row(
        _WHO,
        Verdict.NO,
        Cause.PERMISSION,
        _codes("InsufficientScope", "ScopeMissingError"),
        "token scope|missing required scope",
        own=True,
        remedy="Use an app password of the account itself, without limits to what it may do.",
    ),
    Row(
        _WHO,
        Verdict.NO,
        Cause.CREDENTIALS,
        _codes("AuthFactorTokenRequired"),
        remedy="Use an app password: the account's own asks for a code that is sent by e-mail.",
    ),
    Row(_WHO, Verdict.NO, Cause.CREDENTIALS, SESSION_OVER | {"AuthMissing", "AccountNotFound"}, remedy=_ANEW),
    Row({401}, Verdict.NO, Cause.CREDENTIALS, remedy=_ANEW),
    Row(
        {400},
        Verdict.NO,
        Cause.CONTENT,
        _codes("BlobNotFound"),
        remedy="The server has forgotten its file: bot reschedule brings it there again.",
    ),
    Row(
        {400, 413},
        Verdict.NO,
        Cause.CONTENT,
        _codes("BlobTooLarge", "PayloadTooLarge", "InvalidMimeType", "InvalidSize"),
        r"blob too big|file is too large|expected \"(?:image|video)/",
        own=True,
        remedy="Take a smaller file or another format, then: bot apply.",
    ),
    Row(
        {400},
        Verdict.NO,
        Cause.CONTENT,
        words=r"(?:string|graphemes?) too big|not be longer",
        remedy=SHORTEN_IT,
    ),
    Row(
        {400},
        Verdict.NO,
        codes=_codes(NO_RECORD),
        remedy="The message before it is gone: send the rest by hand.",
    ),
    Row(
        {400},
        Verdict.NO,
        words="could not find repo|could not locate record",
        remedy="The server does not know the account: is …_IDENTIFIER, …_SERVER or BLUESKY_API_URL wrong?",
    ),
    Row({400}, Verdict.NO, Cause.CONTENT, own=True, remedy=CHANGE_IT),
    Row({403}, Verdict.NO, own=True, remedy="Look at the account on bsky.app, then: bot reschedule."),
    Row({404}, Verdict.NO, remedy="Is …_SERVER or BLUESKY_API_URL wrong?"),
)


def complaint(answer: Answer) -> Complaint | None:
    """What the server says in its error body: a name, and mostly a sentence."""
    name, message = answer.fields.get("error"), answer.fields.get("message")
    words = [word for word in (name, message) if isinstance(word, str) and word]
    if not words:
        return None
    return Complaint(": ".join(words), frozenset(words[:1]) if isinstance(name, str) else frozenset())


def again_at(answer: Answer, now: datetime) -> datetime | None:
    """When the limit ends that was hit: the server tells of that one."""
    return instant(answer.headers.get("ratelimit-reset"))
