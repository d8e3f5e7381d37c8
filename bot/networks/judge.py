"""The judge: from what a network answered to an outcome, by that network's table."""

import html
import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from bot.clock import Clock
from bot.model.outcome import (
    AccountHealth,
    CannotLook,
    Cause,
    NotPublished,
    Outcome,
    Published,
    Rejected,
    RemotePost,
    Unknown,
)
from bot.networks.answer import Answer, CallError, NoAnswerError, RefusedError

LONGEST_REASON = 300  # characters of the network's own words
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")
LONGEST_WAIT = timedelta(days=32)  # a reset further away is a mistake of the server


class Verdict(StrEnum):
    """What a row says of an attempt."""

    LATER = "later"  # nothing was published, and a later try may succeed
    NO = "no"  # nothing was published, and a later try will not succeed
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a network says in its own error body."""

    words: str
    codes: frozenset[str] = frozenset()  # its own error codes, and combinations that a row may name
    existing: RemotePost | None = None  # a duplicate refusal may name the post that exists


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a network's table; it applies where everything it names is in the answer."""

    statuses: Container[int]
    verdict: Verdict
    cause: Cause = Cause.REFUSED
    codes: frozenset[str] = frozenset()  # any of them; empty: whatever the codes
    words: str = ""  # a pattern in the network's words
    own: bool = False  # only where the body is the network's own, and no proxy's
    remedy: str = ""

    def applies(self, status: int, complaint: Complaint | None) -> bool:
        """Whether an answer is a case of this row."""
        if status not in self.statuses or (self.own and complaint is None):
            return False
        codes, words = (complaint.codes, complaint.words) if complaint else (frozenset(), "")
        if self.codes and not self.codes & codes:
            return False
        return not self.words or re.search(self.words, words, re.IGNORECASE) is not None


ANY_STATUS = range(100, 1000)
CLIENT_ERRORS = range(400, 500)

# Before any network's own rows. RFC 9110, sections 15.4 to 15.6 (read 2026-11-24).
FIRST_ROWS = (
    # An error of the server says nothing of how far it had come.
    Row(range(500, 1000), Verdict.UNKNOWN),
    # 408: a gateway gave up waiting for the server behind it, which may have gone on. 425: likewise.
    Row({408, 425}, Verdict.UNKNOWN),
    # Not the network but a proxy of ours, which did not let the request through.
    Row({407}, Verdict.LATER, Cause.NEVER_LEFT, remedy="The proxy wants a password: set it in HTTPS_PROXY."),
    # "Ask there instead" is said by who did not do it; 300, 302, 303 and 304 are also said by who did.
    Row({301, 307, 308}, Verdict.NO, remedy="It is a redirect, which is not followed: correct the address."),
    Row(range(300, 400), Verdict.UNKNOWN),
)
# After them: whoever answers 4xx has not done it, even where a proxy wrote the body. That goes for 409
# too: it says that this request did nothing, and not that an earlier one did.
LAST_ROWS = (
    Row({429}, Verdict.LATER, Cause.RATE_LIMIT),
    Row({401}, Verdict.NO, Cause.CREDENTIALS, remedy="Make a new token."),
    Row({413, 414, 431}, Verdict.NO, Cause.CONTENT),
    Row(CLIENT_ERRORS, Verdict.NO, Cause.REFUSED),
    Row(ANY_STATUS, Verdict.UNKNOWN),
)


@dataclass(frozen=True, slots=True)
class Judge:
    """One account's reading of its network's answers."""

    title: str
    rows: tuple[Row, ...]
    complaint_of: Callable[[Answer], Complaint | None]  # None: the body is not the network's own
    again_at: Callable[[Answer, datetime], datetime | None]  # when a rate limit ends
    redact: Callable[[str], str]
    clock: Clock

    def publish(self, call: Callable[[], Answer], post_of: Callable[[Answer], RemotePost | None]) -> Outcome:
        """The outcome of the one call that creates."""
        try:
            answer = call()
        except CallError as error:
            return self.failure(error)
        if post := post_of(answer):
            return Published(post, answer.status)
        words = excerpt(answer.body) or "an empty body"
        return Unknown(
            self.reason(answer.status, words, "It does not say which post that is."), answer.status
        )

    def failure(self, error: CallError) -> NotPublished | Rejected | Unknown:
        """What a failed call proves."""
        if isinstance(error, RefusedError):
            return self._refusal(error.answer)
        assert isinstance(error, NoAnswerError)  # noqa: S101 - there are only these two
        reason = one_line(f"{self.title}: {self.redact(error.reason)}")
        if error.never_left:
            return NotPublished(Cause.NEVER_LEFT, reason)
        return Unknown(reason, error.status)

    def cannot_look(self, error: CallError) -> CannotLook:
        """Why the account's posts could not be read; only a missing permission is for good."""
        failure = self.failure(error)
        for_good = isinstance(failure, Rejected) and failure.cause is Cause.PERMISSION
        return CannotLook(failure.reason, for_good)

    def unwell(self, error: CallError) -> AccountHealth:
        """The health of an account that could not say who it is."""
        failure = self.failure(error)
        cause = Cause.BUSY if isinstance(failure, Unknown) else failure.cause
        return AccountHealth(ok=False, identity=None, detail=failure.reason, cause=cause)

    def reason(self, status: int, words: str, remedy: str = "") -> str:
        """One line for the operator: who says what, and what to do about it."""
        said = one_line(self.redact(words)).rstrip(".")
        return f"{self.title} answered {status}: {said}. {remedy}".rstrip()

    def _refusal(self, answer: Answer) -> NotPublished | Rejected | Unknown:
        complaint = self.complaint_of(answer)
        rows = (*FIRST_ROWS, *self.rows, *LAST_ROWS)
        row = next(row for row in rows if row.applies(answer.status, complaint))
        words = complaint.words if complaint else excerpt(answer.body)
        reason = self.reason(answer.status, words or "an empty body", row.remedy)
        if row.verdict is Verdict.UNKNOWN:
            return Unknown(reason, answer.status)
        if row.verdict is Verdict.LATER:
            return NotPublished(row.cause, reason, self._again_at(answer), answer.status)
        existing = complaint.existing if complaint else None
        return Rejected(row.cause, reason, existing, answer.status)

    def _again_at(self, answer: Answer) -> datetime | None:
        now = self.clock.now()
        named = (self.again_at(answer, now), _retry_after(answer, now))
        sensible = [at for at in named if at is not None and now < at <= now + LONGEST_WAIT]
        return max(sensible, default=None)


def instant(epoch_seconds: object) -> datetime | None:
    """A UTC instant from seconds as a network writes them; None for anything else."""
    try:
        return datetime.fromtimestamp(float(str(epoch_seconds)), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def one_line(text: str, longest: int = LONGEST_REASON) -> str:
    """The text on one line without control or direction characters, cut where it is too long."""
    folded = " ".join(_INVISIBLE.sub(" ", text).split())
    return folded if len(folded) <= longest else folded[: longest - 1].rstrip() + "…"


def excerpt(body: str) -> str:
    """What a body that is not the network's own has to say: the title of a web page, or its text."""
    start = body[:20_000]
    title = re.search(r"<title[^>]*>([^<]+)", start, re.IGNORECASE)
    if title:
        return html.unescape(title[1])
    if re.match(r"\s*<", start):
        start = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", start, flags=re.IGNORECASE | re.DOTALL)
        return html.unescape(start)
    return start


def _retry_after(answer: Answer, now: datetime) -> datetime | None:
    value = answer.headers.get("retry-after", "").strip()
    if value.isdecimal() and len(value) < 9:
        return now + timedelta(seconds=int(value))
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
