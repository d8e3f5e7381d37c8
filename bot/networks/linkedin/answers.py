"""What LinkedIn answers to a create, and what each answer proves.

Statuses: https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling (read
2026-11-24); the bodies of 422, 426 and 429 as quoted in public issues.
"""

import re
from datetime import UTC, datetime, time, timedelta

from bot.model.outcome import Cause, RemotePost
from bot.networks.answer import Answer, member, objects
from bot.networks.judge import (
    CHANGE_IT,
    SAY_IT_OTHERWISE,
    SHORTEN_IT,
    WE_WAIT,
    Complaint,
    Row,
    Verdict,
)


def _codes(*codes: str) -> frozenset[str]:
    return frozenset(codes)


_DUPLICATE = _codes("DUPLICATE_POST")
_NO_VERSION = _codes("NONEXISTENT_VERSION", "VERSION_MISSING", "INVALID_VERSION")
_VERSION = "Change [networks.linkedin] api_version in config/bot.toml to one that LinkedIn still serves."
_MAKE_ANEW = "Make a new token at linkedin.com/developers/tools/oauth: one lasts 60 days."

# The first row that applies holds.
ANSWERS = (
    Row(
        {409, 422, 400},
        Verdict.NO,
        Cause.DUPLICATE,
        _DUPLICATE,
        r"is a duplicate of|duplicate post",
        remedy=SAY_IT_OTHERWISE,
    ),
    Row({426}, Verdict.NO, Cause.VERSION, remedy=_VERSION),
    Row({400}, Verdict.NO, Cause.VERSION, _NO_VERSION, remedy=_VERSION),
    Row({429}, Verdict.LATER, Cause.RATE_LIMIT, remedy=WE_WAIT),
    # It is asked whether a file is ready before a post shows it, but not every token may ask.
    Row(
        {400, 403, 422},
        Verdict.LATER,
        Cause.BUSY,
        _codes("MEDIA_ASSET_PROCESSING", "MEDIA_ASSET_WAITING_UPLOAD"),
        r"(?:still|being|not (?:yet )?) ?(?:being )?process(?:ed|ing)|media .*not (?:yet )?ready",
        remedy="The bot tries again in a moment.",
    ),
    Row(
        {401, 403},
        Verdict.NO,
        Cause.BLOCKED,
        words=r"\b(?:restricted|suspended|locked|blocked)\b",
        own=True,
        remedy="Log in to linkedin.com as whoever made the token and do what is asked there.",
    ),
    Row({401}, Verdict.NO, Cause.CREDENTIALS, remedy=_MAKE_ANEW),
    # About this one message: its text, its card, or the post that it comments.
    Row(
        {403},
        Verdict.NO,
        Cause.CONTENT,
        words=r"/(?:commentary|content|message)\b|mention",
        remedy=CHANGE_IT,
    ),
    Row(
        {403},
        Verdict.NO,
        Cause.PERMISSION,
        _codes("ACCESS_DENIED", "service 100"),
        r"permission|/author\b|scope",
        own=True,
        remedy="The token lacks a scope, or its member a role on the page.",
    ),
    Row({403}, Verdict.NO, own=True, remedy="Look at the page on LinkedIn, then: bot reschedule."),
    Row({404}, Verdict.NO, remedy="The post is gone, or LINKEDIN_API_URL is wrong."),
    Row(
        {400, 422},
        Verdict.NO,
        Cause.CONTENT,
        _codes("FIELD_LENGTH_TOO_LONG"),
        "too long|exceed",
        remedy=SHORTEN_IT,
    ),
    Row({400, 422}, Verdict.NO, Cause.CONTENT, own=True, remedy=CHANGE_IT),
)


def complaint(answer: Answer) -> Complaint | None:
    """What LinkedIn says in its error body."""
    fields = answer.fields
    details = objects(member(fields, "errorDetails", "inputErrors"))
    codes = {str(one["code"]) for one in (fields, *details) if one.get("code")}
    service_code = fields.get("serviceErrorCode")
    message = fields.get("message")
    if not isinstance(message, str) and not codes:
        return None
    words = str(message or ", ".join(sorted(codes)))
    named = re.search(r"duplicate of (urn:li:\w+:\d+)", words)
    existing = RemotePost(named[1], permalink(named[1])) if named else None
    return Complaint(words, frozenset(codes | {f"service {service_code}"}), existing)


def permalink(urn: str) -> str:
    """Where readers find a post."""
    return f"https://www.linkedin.com/feed/update/{urn}/"


def again_at(answer: Answer, now: datetime) -> datetime | None:
    """When a limit ends: those of a day at midnight UTC, the others after a wait of our own."""
    told = complaint(answer)
    if told is None or re.search(r"\b(MINUTE|SECOND|HOUR)\b", told.words, re.IGNORECASE):
        return None
    tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), UTC)
