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
    Change,
    Done,
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
# What to do, where the same holds for every network.
WE_LOOK = "It may be out all the same: the bot looks for it."
WE_TRY_AGAIN = "Nothing was sent: the bot tries again."
WE_UPLOAD_AGAIN = "Nobody sees it: it is uploaded again."
SEE_AND_REPEAT = "It may be done all the same: see, and else do it again."
WE_WAIT = "The account goes on by itself when the limit ends."
CHANGE_IT = "Change the post, then: bot apply."
SHORTEN_IT = "Shorten the text, then: bot apply."
SAY_IT_OTHERWISE = "Say it in other words, then: bot apply; or drop it: bot cancel."
TRY_IT_AGAIN = "See what it minds, then: bot reschedule."


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
    """One line of a network's table: how an answer is known, what it proves and what to do."""

    statuses: Container[int]
    verdict: Verdict
    cause: Cause = Cause.REFUSED
    codes: frozenset[str] = frozenset()  # any of them, or else `words`; neither named: whatever it says
    words: str = ""  # a pattern in the network's words
    own: bool = False  # only where the body is the network's own, and no proxy's
    remedy: str = ""  # what to do; every row has one

    def applies(self, status: int, complaint: Complaint | None) -> bool:
        """Whether an answer is a case of this row."""
        if status not in self.statuses or (self.own and complaint is None):
            return False
        codes, words = (complaint.codes, complaint.words) if complaint else (frozenset(), "")
        if not self.codes and not self.words:
            return True
        if self.codes & codes:
            return True
        return bool(self.words) and re.search(self.words, words, re.IGNORECASE) is not None


ANY_STATUS = range(100, 1000)
CLIENT_ERRORS = range(400, 500)

# Before any network's own rows. RFC 9110, sections 15.4 to 15.6 (read 2026-11-24).
FIRST_ROWS = (
    # An error of the server says nothing of how far it had come.
    Row(range(500, 1000), Verdict.UNKNOWN, remedy=WE_LOOK),
    # 408: a gateway gave up waiting for the server behind it, which may have gone on. 425: likewise.
    Row({408, 425}, Verdict.UNKNOWN, remedy=WE_LOOK),
    # Not the network but a proxy of ours, which did not let the request through.
    Row({407}, Verdict.LATER, Cause.NEVER_LEFT, remedy="The proxy wants a password: set it in HTTPS_PROXY."),
    # "Ask there instead" is said by who did not do it; 300, 302, 303 and 304 are also said by who did.
    Row({301, 307, 308}, Verdict.NO, remedy="It is a redirect, which is not followed: correct the address."),
    Row(range(300, 400), Verdict.UNKNOWN, remedy=WE_LOOK),
)
# After them: whoever answers 4xx has not done it, even where a proxy wrote the body. That goes for 409
# too: it says that this request did nothing, and not that an earlier one did.
LAST_ROWS = (
    Row({429}, Verdict.LATER, Cause.RATE_LIMIT, remedy=WE_WAIT),
    Row({401}, Verdict.NO, Cause.CREDENTIALS, remedy="Make a new token."),
    Row({413, 414, 431}, Verdict.NO, Cause.CONTENT, remedy=SHORTEN_IT),
    Row(CLIENT_ERRORS, Verdict.NO, Cause.REFUSED, remedy=TRY_IT_AGAIN),
    Row(ANY_STATUS, Verdict.UNKNOWN, remedy=WE_LOOK),
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
            self.reason(answer.status, words, f"It does not say which post that is. {WE_LOOK}"), answer.status
        )

    def failure(self, error: CallError) -> NotPublished | Rejected | Unknown:
        """What a failed call proves."""
        if isinstance(error, RefusedError):
            return self._refusal(error.answer)
        assert isinstance(error, NoAnswerError)  # noqa: S101 - there are only these two
        reason = one_line(f"{self.title}: {self.redact(error.reason)}")
        if error.never_left:
            return NotPublished(Cause.NEVER_LEFT, f"{reason}. {WE_TRY_AGAIN}")
        return Unknown(f"{reason}. {WE_LOOK}", error.status)

    def upload_failed(self, error: CallError) -> NotPublished | Rejected:
        """What a failed call proves of a file: nobody sees it before a post names it, so it may go twice."""
        failure = self.failure(error)
        if not isinstance(failure, Unknown):
            return failure
        reason = f"{failure.reason.removesuffix(WE_LOOK)}{WE_UPLOAD_AGAIN}"
        return NotPublished(Cause.BUSY, reason, status=failure.status)

    def change(self, call: Callable[[], object], done: str, gone: str | None = None) -> Change:
        """The outcome of the one call that changes what is out.

        Args:
            call: makes it.
            done: what to say where it worked.
            gone: likewise where there is nothing any more; None: that is a failure like any other.
        """
        try:
            call()
        except CallError as error:
            if gone is not None and isinstance(error, RefusedError) and error.answer.status in (404, 410):
                return Done(gone)
            failure = self.failure(error)
            if isinstance(failure, Unknown):
                return Unknown(f"{failure.reason.removesuffix(WE_LOOK)}{SEE_AND_REPEAT}", failure.status)
            return failure
        return Done(done)

    def cannot_look(self, error: CallError) -> CannotLook:
        """Why the account's posts could not be read; only a missing permission is for good."""
        if isinstance(error, NoAnswerError):
            return CannotLook(one_line(f"{self.title}: {self.redact(error.reason)}"), for_good=False)
        assert isinstance(error, RefusedError)  # noqa: S101 - there are only these two
        return CannotLook(self._said(error.answer), self._is_forbidden(error.answer))

    def unwell(self, error: CallError) -> AccountHealth:
        """The health of an account that could not say who it is."""
        failure = self.failure(error)
        cause = Cause.BUSY if isinstance(failure, Unknown) else failure.cause
        detail = failure.reason.removesuffix(f" {WE_LOOK}").removesuffix(f" {WE_TRY_AGAIN}")
        return AccountHealth(ok=False, identity=None, detail=detail, cause=cause)

    def _said(self, answer: Answer) -> str:
        """What it says, without what to do about a post: it was only asked."""
        complaint = self.complaint_of(answer)
        row = self._row(answer, complaint)
        remedy = row.remedy if row.cause not in (Cause.REFUSED, Cause.CONTENT) else ""
        words = complaint.words if complaint else excerpt(answer.body)
        return self.reason(
            answer.status, words or "an empty body", "" if row.verdict is Verdict.UNKNOWN else remedy
        )

    def _is_forbidden(self, answer: Answer) -> bool:
        complaint = self.complaint_of(answer)
        row = self._row(answer, complaint)
        own_no = answer.status == 403 and row.cause is Cause.REFUSED and complaint is not None
        return row.verdict is Verdict.NO and (row.cause is Cause.PERMISSION or own_no)

    def _row(self, answer: Answer, complaint: Complaint | None) -> Row:
        rows = (*FIRST_ROWS, *self.rows, *LAST_ROWS)
        return next(row for row in rows if row.applies(answer.status, complaint))

    def reason(self, status: int, words: str, remedy: str = "") -> str:
        """One line for the operator: who says what, and what to do about it."""
        said = one_line(self.redact(words)).rstrip(".")
        return f"{self.title} answered {status}: {said}. {remedy}".rstrip()

    def _refusal(self, answer: Answer) -> NotPublished | Rejected | Unknown:
        complaint = self.complaint_of(answer)
        row = self._row(answer, complaint)
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
