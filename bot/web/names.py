"""Names: what the page calls states, causes, measures, networks and deliveries."""

import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from bot.model.message import Level, Part
from bot.model.outcome import Cause
from bot.model.state import State
from bot.networks import REGISTRY, network_type
from bot.store.listing import Queued
from bot.store.post_log import Entry
from bot.web.words import N_, number_words
from bot.web.words import gettext as _

EXCERPT = 70  # characters
_COUNT = re.compile(r"([\d,]+) of ([\d,]+)")
_WORKER = re.compile(r".+:\d+:[0-9a-f]{6}")  # the machine, the process, and a random end
_COMMAND = re.compile(r"(?:[.;]?;? look yourself)?(?:, then)?: bot [a-z]+[^:;.]*(\.?)$")
STATES: Mapping[str, str] = {
    State.SCHEDULED: N_("scheduled"),
    State.PUBLISHING: N_("publishing"),
    State.PUBLISHED: N_("published"),
    State.FAILED: N_("failed"),
    State.UNCERTAIN: N_("uncertain"),
    State.MISSED: N_("missed"),
    State.HELD: N_("held"),
    State.CANCELLED: N_("cancelled"),
}
CAUSES: Mapping[str, str] = {
    Cause.NEVER_LEFT: N_("it never left"),
    Cause.RATE_LIMIT: N_("too much at once"),
    Cause.BUSY: N_("the network is busy"),
    Cause.CREDENTIALS: N_("the credentials are not valid"),
    Cause.PERMISSION: N_("a permission is missing"),
    Cause.BLOCKED: N_("the account is blocked"),
    Cause.CREDITS: N_("the credit is used up"),
    Cause.VERSION: N_("the version has ended"),
    Cause.DUPLICATE: N_("the network has it already"),
    Cause.FILES: N_("a file is missing there"),
    Cause.CONTENT: N_("the content is refused"),
    Cause.REFUSED: N_("refused"),
}
OUTCOMES: Mapping[str, str] = {  # of an attempt
    "published": N_("published"),
    "not-published": N_("not published"),
    "rejected": N_("rejected"),
    "unknown": N_("nobody knows"),
}
LEVELS: Mapping[str, str] = {Level.ERROR: N_("error"), Level.WARNING: N_("warning")}
MEASURES: Mapping[str, str] = {
    "impressions": N_("impressions"),
    "reactions": N_("reactions"),
    "comments": N_("comments"),
    "shares": N_("shares"),
    "clicks": N_("clicks"),
}

SHORT: Mapping[str, str] = {"twitter": "X", "facebook": "Facebook"}  # where the title is longer than need be


def state_words(state: str) -> str:
    """A state in the reader's language."""
    return _(STATES.get(state, state))


def count_words(count: str) -> str:
    """A length as a network counts it, "1,234 of 5,000", as the reader writes numbers."""
    if (found := _COUNT.fullmatch(count)) is None:
        return count
    sent, most = (number_words(int(number.replace(",", ""))) for number in found.groups())
    return _("%(sent)s of %(most)s") % {"sent": sent, "most": most}


def outcome_words(outcome: str) -> str:
    """What came of an attempt, in the reader's language."""
    return _(OUTCOMES[outcome]) if outcome in OUTCOMES else outcome


def cause_words(cause: str) -> str:
    """Why something was not published, in the reader's language."""
    return _(CAUSES.get(cause, cause))


def state_tag(state: str) -> Markup:
    """A state for a page, in the colour that goes with it."""
    return Markup('<span class="state {}">{}</span>').format(state, state_words(state))


def network_words(network: str) -> str:
    """A network as people know it."""
    return network_type(network).title if network in REGISTRY else network


def short_network_words(network: str) -> str:
    """The same where there is little room."""
    return SHORT.get(network) or network_words(network)


def who_words(actor: str) -> str:
    """Who did something; which of the workers it was is for the log of the machine."""
    return _("worker") if _WORKER.fullmatch(actor) else actor


def plainly(reason: str) -> str:
    """Why a delivery is as it is, without the command for a terminal: the page has a button for that."""
    return _COMMAND.sub(r"\1", reason or "")


def excerpt(delivery: Queued | Entry, parts: Sequence[Part], longest: int = EXCERPT) -> str:
    """How a delivery begins, as followers read it; the path of its post where it has no words."""
    shown = readable(delivery, parts[0]) if parts else ""
    text = " ".join(shown.split())
    if len(text) > longest:
        text = f"{text[:longest].rsplit(' ', 1)[0] if ' ' in text[:longest] else text[:longest]}…"
    return text or delivery.post


def readable(delivery: Queued | Entry, part: Part) -> str:
    """The text of a part as followers read it."""
    known = delivery.network in REGISTRY
    return network_type(delivery.network).shown(part) if known else part.text
