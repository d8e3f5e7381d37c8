"""What a Mastodon server answers to a create, and what each answer proves.

https://docs.joinmastodon.org/methods/statuses/, …/methods/media/ and https://docs.joinmastodon.org/api/rate-limits/
(read 2026-11-25); what an account hears that may not act, as the server's own code says it.
"""

from datetime import UTC, datetime

from bot.model.outcome import Cause
from bot.networks.answer import Answer, iso_time
from bot.networks.judge import CHANGE_IT, SHORTEN_IT, WE_TRY_AGAIN, WE_WAIT, Complaint, Row, Verdict, instant

MAKE_ANEW = "Make a new token on the server (Preferences, Development), or: bot accounts connect."

# The first row that applies holds.
ANSWERS = (
    Row({401}, Verdict.NO, Cause.CREDENTIALS, remedy=MAKE_ANEW),
    Row(
        {403},
        Verdict.NO,
        Cause.PERMISSION,
        words=r"outside the authorized scopes|insufficient.scope",
        own=True,
        remedy="The token needs read, write:statuses and write:media: make a new one on the server.",
    ),
    Row(
        {403, 410},
        Verdict.NO,
        Cause.BLOCKED,
        words=r"login is|currently disabled|suspended|account (?:has|is|was)",
        own=True,
        remedy="Log in to the server as this account and do what it asks, or write to its moderators.",
    ),
    Row({403}, Verdict.NO, own=True, remedy="Look at the account on its server, then: bot reschedule."),
    Row(
        {404},
        Verdict.NO,
        words="reply|record not found",
        own=True,
        remedy="What it answers, or would change, is gone: see on the server.",
    ),
    Row({404, 410}, Verdict.NO, remedy="Is the account's SERVER, or MASTODON_API_URL, wrong?"),
    Row({429}, Verdict.LATER, Cause.RATE_LIMIT, remedy=WE_WAIT),
    Row({422}, Verdict.LATER, Cause.BUSY, words="not finished processing", own=True, remedy=WE_TRY_AGAIN),
    Row(
        {422},
        Verdict.NO,
        Cause.DUPLICATE,
        words="already attached",
        own=True,
        remedy="Its files are out with another post: see whether it is this one, then: bot resolve.",
    ),
    Row(
        {400, 422},
        Verdict.NO,
        Cause.CONTENT,
        words="character limit|too long|exceed",
        remedy=SHORTEN_IT,
    ),
    Row({400, 422}, Verdict.NO, Cause.CONTENT, own=True, remedy=CHANGE_IT),
)


def complaint(answer: Answer) -> Complaint | None:
    """What the server says in its error body."""
    words = answer.fields.get("error")
    if not isinstance(words, str) or not words:
        return None
    more = answer.fields.get("error_description")
    return Complaint(f"{words}: {more}" if isinstance(more, str) and more else words)


def again_at(answer: Answer, now: datetime) -> datetime | None:
    """When the window ends: a time in ISO 8601; GoToSocial gives seconds since 1970."""
    said = answer.headers.get("x-ratelimit-reset", "").strip()
    if said.isdecimal():
        return instant(said)
    at = iso_time(said)
    return at.astimezone(UTC) if at else None
