"""Every answer that a network can give, row by row: from what it says to our outcome, over real HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from bot.clock import FixedClock
from bot.model.account import Account
from bot.model.decision import FindOut, GiveUp, TryAgain, decide
from bot.model.outcome import Cause, Outcome, Rejected, Unknown
from bot.model.sending import Sending
from bot.networks import Network, connect
from bot.networks.answer import Answer
from bot.networks.bluesky.answers import ANSWERS as BLUESKY
from bot.networks.bluesky.answers import complaint as bluesky_complaint
from bot.networks.facebook.answers import ANSWERS as FACEBOOK
from bot.networks.facebook.answers import complaint as facebook_complaint
from bot.networks.judge import FIRST_ROWS, LAST_ROWS, Row
from bot.networks.linkedin.answers import ANSWERS as LINKEDIN
from bot.networks.linkedin.answers import complaint as linkedin_complaint
from bot.networks.mastodon.answers import ANSWERS as MASTODON
from bot.networks.mastodon.answers import complaint as mastodon_complaint
from bot.networks.twitter.answers import ANSWERS as TWITTER
from bot.networks.twitter.answers import complaint as twitter_complaint
from bot.sandbox import Sandbox
from bot.sandbox.registry import stand_in
from bot.settings import Settings

from .accounts import HELLO, NETWORKS, NOW


class Then(StrEnum):
    """What becomes of the delivery and its account."""

    STOPS = "stops"  # it has failed, and nothing more of the account is sent
    FAILS = "fails"  # it alone
    WAITS = "waits"  # it stays scheduled, as does all of the account
    REPEATS = "repeats"  # it alone stays scheduled
    LOOKS = "looks"  # it is uncertain


@dataclass(frozen=True)
class Case:
    """What must follow from one answer."""

    then: Then
    cause: Cause | None = None  # None: nobody knows whether it is out
    minutes: float | None = None  # until it may be tried again, where the network says so
    says: str = ""  # in the reason: the network's own words
    do: str = ""  # and what to do


def unknown(says: str) -> Case:
    return Case(Then.LOOKS, None, None, says, "the bot looks for it")


def stops(cause: Cause, says: str, do: str) -> Case:
    return Case(Then.STOPS, cause, None, says, do)


def fails(cause: Cause, says: str, do: str) -> Case:
    return Case(Then.FAILS, cause, None, says, do)


def waits(minutes: float | None, says: str) -> Case:
    return Case(Then.WAITS, Cause.RATE_LIMIT, minutes, says, "goes on by itself")


KEYS, RIGHTS = Cause.CREDENTIALS, Cause.PERMISSION
UNTIL_MIDNIGHT = 15 * 60.0  # NOW is nine in the morning
ON_ALL: dict[str, Case] = {
    "server error": unknown("Internal Server Error"),
    "over capacity": unknown("an empty body"),
    "html with an error": unknown("502 Bad Gateway"),
    "html with a success": unknown("Welcome"),
    "html with a limit": waits(None, "Slow down"),
    "html that knows nobody": stops(KEYS, "Who are you?", "anew|new token"),
    "html with a no": fails(Cause.REFUSED, "Attention Required!", "bot reschedule"),
    "empty success": unknown("an empty body"),
    "success without an id": unknown("{}"),
    "success of another shape": unknown("[null,"),
    "redirect that says elsewhere": fails(Cause.REFUSED, "an empty body", "correct the address"),
    "redirect that says done": unknown("an empty body"),
    "gateway gave up waiting": unknown("an empty body"),
}
TABLE: dict[str, dict[str, Case]] = {
    "twitter": {
        **ON_ALL,
        "revoked token": stops(KEYS, "Unauthorized", "four keys"),
        "expired token": stops(KEYS, "Invalid or expired token", "four keys"),
        "clock of the client": stops(KEYS, "Timestamp out of bounds", "clock"),
        "wrong kind of token": stops(KEYS, "Application-Only is forbidden", "not the app's bearer token"),
        "permission missing": stops(RIGHTS, "oauth1 app permissions", "'Read and write'"),
        "permission missing, in old words": stops(RIGHTS, "cannot perform write", "'Read and write'"),
        "app without a project": stops(RIGHTS, "attached to a Project", "project"),
        "rate limit": waits(10, "Too Many Requests"),
        "rate limit of the user for the day": waits(40_000 / 60, "Too Many Requests"),
        "rate limit of the app for the day": waits(50_000 / 60, "Too Many Requests"),
        "rate limit in old words": waits(None, "Rate limit exceeded"),
        "daily limit of posts": waits(None, "over daily status update limit"),
        "monthly cap": Case(Then.WAITS, Cause.CREDITS, 15, "Monthly product cap", "Raise the cap"),
        "credits used up": Case(Then.WAITS, Cause.CREDITS, 15, "does not have any credits", "Buy credits"),
        "duplicate": fails(Cause.DUPLICATE, "duplicate content", "in other words"),
        "duplicate in old words": fails(Cause.DUPLICATE, "Status is a duplicate", "in other words"),
        "too long": fails(Cause.CONTENT, "a bit shorter", "Shorten the text"),
        "suspended account": stops(Cause.BLOCKED, "is suspended", "Log in to x.com"),
        "locked account": stops(Cause.BLOCKED, "temporarily locked", "Log in to x.com"),
        "taken for spam": fails(Cause.REFUSED, "might be automated", "wait a while"),
        "reply not allowed": fails(Cause.REFUSED, "Reply to this conversation", "has mentioned it"),
        "reply to a deleted post": fails(Cause.REFUSED, "deleted or not visible", "gone from X"),
        "not permitted": fails(Cause.REFUSED, "not permitted to perform", "Look at the account"),
        "wrong request": fails(Cause.CONTENT, "text: is not valid", "Change the post"),
        "file that is not known": Case(
            Then.REPEATS, Cause.FILES, None, "media IDs are invalid", "uploaded again"
        ),
        "version gone": stops(Cause.VERSION, "an empty body", "[networks.twitter] api_version"),
        "unknown address": fails(Cause.REFUSED, "Not Found", "TWITTER_API_URL"),
    },
    "facebook": {
        **ON_ALL,
        "expired token": stops(KEYS, "Session has expired", "new token of the page"),
        "revoked token": stops(KEYS, "changed their password", "new token of the page"),
        "app removed": stops(KEYS, "has not authorized application", "allow it again"),
        "checkpoint": stops(KEYS, "log in to www.facebook.com", "must log in"),
        "role lost": stops(KEYS, "does not have a role", "let one who has"),
        "wrong kind of token": stops(KEYS, "as the page itself", "page's own token"),
        "wrong kind of token, in other words": stops(KEYS, "page access token", "page's own token"),
        "a user's token for the feed": stops(KEYS, "publish_actions", "page's own token"),
        "no token": stops(KEYS, "active access token", "new token of the page"),
        "permission missing": stops(RIGHTS, "pages_manage_posts as an admin", "needs pages_manage_posts"),
        "another page": stops(RIGHTS, "does not exist", "PAGE_ID its page"),
        "rate limit of the app": waits(15, "Application request limit"),
        "rate limit of the user": waits(15, "User request limit"),
        "rate limit of the page": waits(19, "Page request limit"),
        "rate limit of a custom kind": waits(None, "exceeded the limit"),
        "rate limit of the business": waits(45, "too many calls"),
        "duplicate": fails(Cause.DUPLICATE, "identical to the last one", "in other words"),
        "too long": fails(Cause.CONTENT, "too long", "Shorten the text"),
        "wrong link": fails(Cause.CONTENT, "could not be scraped", "Change the post"),
        "blocked account": stops(Cause.BLOCKED, "temporarily blocked", "Support inbox"),
        "publishing authorization wanted": stops(Cause.BLOCKED, "Authorization Required", "Page quality"),
        "version gone": stops(Cause.VERSION, "deprecated version", "[networks.facebook] api_version"),
        "version unknown": stops(Cause.VERSION, "Unknown path", "[networks.facebook] api_version"),
        "trouble of its own": unknown("An unknown error occurred"),
        "trouble with another status": unknown("Service temporarily unavailable"),
        "wrong request": fails(Cause.CONTENT, "Invalid parameter", "Change the post"),
    },
    "linkedin": {
        **ON_ALL,
        "expired token": stops(KEYS, "has expired", "new token"),
        "revoked token": stops(KEYS, "revoked by the user", "new token"),
        "wrong kind of token": stops(KEYS, "Invalid access token", "new token"),
        "permission missing": stops(RIGHTS, "Not enough permissions", "lacks a scope"),
        "role missing": stops(RIGHTS, "[/author]", "a role on the page"),
        "mention not allowed": fails(Cause.CONTENT, "[/commentary]", "Change the post"),
        "not permitted": fails(Cause.REFUSED, "Forbidden", "Look at the page"),
        "rate limit of the app for the day": waits(UNTIL_MIDNIGHT, "APPLICATION DAY limit"),
        "rate limit of the member for the day": waits(UNTIL_MIDNIGHT, "APPLICATION_AND_MEMBER DAY"),
        "rate limit without a window": waits(UNTIL_MIDNIGHT, "Resource level throttle"),
        "rate limit of a minute": waits(None, "MEMBER MINUTE limit"),
        "duplicate": fails(Cause.DUPLICATE, "urn:li:share:7141138937766391808", "in other words"),
        "too long": fails(Cause.CONTENT, "more than 3000", "Shorten the text"),
        "wrong request": fails(Cause.CONTENT, "is not valid", "Change the post"),
        "blocked account": stops(Cause.BLOCKED, "This member is restricted", "Log in to linkedin.com"),
        "version gone": stops(Cause.VERSION, "is not active", "[networks.linkedin] api_version"),
        "version missing": stops(Cause.VERSION, "must be present", "[networks.linkedin] api_version"),
        "media in process": Case(
            Then.REPEATS, Cause.BUSY, None, "still being processed", "tries again in a moment"
        ),
        "gone post": fails(Cause.REFUSED, "Could not find entity", "LINKEDIN_API_URL"),
    },
    "mastodon": {
        **ON_ALL,
        "temporary problem": unknown("a temporary problem"),
        "expired token": stops(KEYS, "access token expired", "new token"),
        "revoked token": stops(KEYS, "was revoked", "new token"),
        "unknown token": stops(KEYS, "is invalid", "new token"),
        "permission missing": stops(RIGHTS, "outside the authorized scopes", "write:statuses"),
        "blocked account": stops(Cause.BLOCKED, "currently disabled", "Log in to the server"),
        "account not confirmed": stops(Cause.BLOCKED, "confirmed e-mail", "Log in to the server"),
        "not permitted": fails(Cause.REFUSED, "is not allowed", "Look at the account"),
        "reply to a deleted post": fails(Cause.REFUSED, "trying to reply to", "is gone"),
        "gone post": fails(Cause.REFUSED, "Record not found", "is gone"),
        "unknown address": fails(Cause.REFUSED, "404 Not Found", "SERVER"),
        "gone server": fails(Cause.REFUSED, "an empty body", "SERVER"),
        "rate limit": waits(2, "Too many requests"),
        "rate limit of posts": waits(180, "Too many requests"),
        "rate limit of GoToSocial": waits(10, "Too Many Requests"),
        "file not ready": Case(Then.REPEATS, Cause.BUSY, None, "not finished processing", "tries again"),
        "file shown already": fails(Cause.DUPLICATE, "already attached", "bot resolve"),
        "too long": fails(Cause.CONTENT, "character limit", "Shorten the text"),
        "too long for GoToSocial": fails(Cause.CONTENT, "status too long", "Shorten the text"),
        "wrong request": fails(Cause.CONTENT, "can't be blank", "Change the post"),
    },
    "bluesky": {
        **ON_ALL,
        "wrong app password": stops(KEYS, "Invalid identifier or password", "app password anew"),
        "no token": stops(KEYS, "Authentication Required", "app password anew"),
        "code by e-mail": stops(KEYS, "A sign in code has been sent", "Use an app password"),
        "suspended account": stops(Cause.BLOCKED, "has been taken down", "Log in to bsky.app"),
        "deactivated account": stops(Cause.BLOCKED, "is deactivated", "Log in to bsky.app"),
        "another account": stops(KEYS, "Account not found", "app password anew"),
        "permission missing": stops(RIGHTS, "Missing required scope", "Use an app password"),
        "not permitted": fails(Cause.REFUSED, "Forbidden", "Look at the account"),
        "rate limit": waits(10, "Rate Limit Exceeded"),
        "rate limit of the day": waits(40_000 / 60, "Rate Limit Exceeded"),
        "rate limit that does not say when it ends": waits(None, "Rate Limit Exceeded"),
        "too long": fails(Cause.CONTENT, "grapheme too big", "Shorten the text"),
        "forgotten file": fails(Cause.CONTENT, "Could not find blob", "brings it there again"),
        "file too large": fails(Cause.CONTENT, "blob too big", "Take a smaller file"),
        "wrong kind of file": fails(Cause.CONTENT, "text/plain", "another format"),
        "request too large": fails(Cause.CONTENT, "entity too large", "Take a smaller file"),
        "wrong request": fails(Cause.CONTENT, "createdAt", "Change the post"),
        "unknown account": fails(Cause.REFUSED, "Could not find repo", "_IDENTIFIER"),
        "gone post": fails(Cause.REFUSED, "Could not locate record", "by hand"),
        "unknown address": fails(Cause.REFUSED, "XRPCNotSupported", "BLUESKY_API_URL"),
        "trouble of its own": unknown("Internal Server Error"),
    },
}
ROWS: dict[str, tuple[Any, tuple[Row, ...]]] = {
    "twitter": (twitter_complaint, TWITTER),
    "facebook": (facebook_complaint, FACEBOOK),
    "linkedin": (linkedin_complaint, LINKEDIN),
    "mastodon": (mastodon_complaint, MASTODON),
    "bluesky": (bluesky_complaint, BLUESKY),
}


@dataclass
class World:
    """A sandbox whose clock stands still, and an account on each network."""

    sandbox: Sandbox
    networks: dict[str, Network]

    def told(self, name: str, case: str) -> Outcome:
        """What comes of a post that is answered so."""
        self.sandbox.add_fault(name, "status", named=case)
        return self.networks[name].publish(Sending(HELLO))


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with Sandbox(port=0, now=lambda: NOW) as sandbox:
        networks = {}
        for name in NETWORKS:
            account = Account(f"fice-{name}", name, "@fice")
            environment = {**sandbox.environment(), **sandbox.register(name, account.name, account.handle)}
            settings = Settings(Path("config"), Path("posts"), "sqlite://", 8000, environment=environment)
            networks[name] = connect(account, settings, FixedClock(NOW))
        yield World(sandbox, networks)
        assert sandbox.feed() == []


CASES = [(name, case) for name, cases in TABLE.items() for case in cases]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_an_answer_has_its_outcome(world: World, name: str, case: str) -> None:
    expected = TABLE[name][case]
    outcome = world.told(name, case)
    named = stand_in(name).named[case]
    assert outcome.status == named.status
    assert getattr(outcome, "cause", None) == expected.cause, outcome
    decision = decide(outcome, doubted=False)
    match expected.then:
        case Then.STOPS:
            assert isinstance(outcome, Rejected)
            assert isinstance(decision, GiveUp)
            assert decision.stop_account
        case Then.FAILS:
            assert isinstance(outcome, Rejected)
            assert decision == GiveUp(outcome.cause, outcome.reason, stop_account=False)
        case Then.WAITS:
            assert isinstance(decision, TryAgain)
            assert decision.whole_account
            assert _again_at(decision) == _in(expected.minutes)
        case Then.REPEATS:
            assert isinstance(decision, TryAgain)
            assert not decision.whole_account
        case Then.LOOKS:
            assert isinstance(outcome, Unknown)
            assert isinstance(decision, FindOut)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_the_log_has_the_networks_own_words_and_what_to_do(world: World, name: str, case: str) -> None:
    expected = TABLE[name][case]
    outcome = world.told(name, case)
    reason = getattr(outcome, "reason", "")
    assert f"answered {stand_in(name).named[case].status}: " in reason
    assert expected.says in reason
    remedy = reason.partition(expected.says)[2]
    assert any(words in remedy for words in expected.do.split("|"))
    assert reason.isprintable()


def test_every_answer_of_the_sandbox_has_its_row() -> None:
    for name in NETWORKS:
        assert set(TABLE[name]) == set(stand_in(name).named)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_row_of_a_network_is_reached_by_an_answer_and_says_what_to_do(name: str) -> None:
    complaint_of, own = ROWS[name]
    rows = (*FIRST_ROWS, *own, *LAST_ROWS)
    reached = set()
    for named in stand_in(name).named.values():
        sent = named.answer(NOW)
        answer = Answer(sent.status, sent.headers, sent.payload.decode())
        complaint = complaint_of(answer)
        reached.add(next(n for n, row in enumerate(rows) if row.applies(sent.status, complaint)))
    first = len(FIRST_ROWS)
    assert [row for n, row in enumerate(own, first) if n not in reached] == []
    assert [row for row in rows if len(row.remedy) < 10] == []


def _again_at(decision: TryAgain) -> datetime | None:
    if decision.wait is not None:
        return NOW + decision.wait
    return decision.at


def _in(minutes: float | None) -> datetime | None:
    return None if minutes is None else (NOW + timedelta(minutes=minutes)).replace(microsecond=0)
