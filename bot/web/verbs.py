"""Verbs: what the record of changes says, which is kept in English, in the reader's language."""

import re
from collections.abc import Mapping

from bot.web.words import N_
from bot.web.words import gettext as _

VERBS: Mapping[str, str] = {  # each stands after who did it, and before what it was done to
    # the team
    "set up the page as": N_("set up the page as"),
    "made a guest": N_("made a guest"),
    "invited": N_("invited"),
    "let in": N_("let in"),
    "signed in": N_("signed in"),
    "signed out": N_("signed out"),
    "signed out everywhere": N_("signed out everywhere"),
    "set the password of": N_("set the password of"),
    "made a link for": N_("made a link for"),
    "gave a role to": N_("gave a role to"),
    "linked": N_("linked"),
    "shut out": N_("shut out"),
    "let in again": N_("let in again"),
    # posts
    "began": N_("has begun"),
    "submitted": N_("has sent to review"),
    "approved": N_("has approved"),
    "returned": N_("has sent back"),
    "queued": N_("has queued"),
    "withdrawn": N_("has withdrawn"),
    "withdrew": N_("has withdrawn"),
    "removed": N_("has removed"),
    "made a review link": N_("made a review link to"),
    "ended a review link": N_("ended a review link to"),
    # campaigns
    "made the campaign": N_("made the campaign"),
    "changed the campaign": N_("changed the campaign"),
    "removed the campaign": N_("removed the campaign"),
    "applied the campaign": N_("applied the campaign"),
    # accounts
    "connected": N_("connected the account"),
    "disconnected": N_("disconnected the account"),
    # programs
    "made a token": N_("made a token for"),
    "revoked a token": N_("revoked the token of"),
    "made a webhook": N_("made the webhook"),
    "switched on a webhook": N_("switched on the webhook"),
    "switched off a webhook": N_("switched off the webhook"),
    "gave another secret to a webhook": N_("gave another secret to the webhook"),
    "removed a webhook": N_("removed the webhook"),
}
DETAILS: Mapping[str, str] = {
    "one browser": N_("one browser"),
    "all others": N_("all others"),
    "before or after its days": N_("before or after its days"),
}
NUMBERED: Mapping[str, str] = {
    "version": N_("version %(number)s"),
    "delivery": N_("delivery %(number)s"),
    "day": N_("day %(number)s"),
}
_NUMBERED = re.compile(rf"({'|'.join(NUMBERED)}) (\d+)(?:: (.*))?", re.DOTALL)


def verb_words(what: str) -> str:
    """What somebody did; as it was kept where it has no words here."""
    return _(VERBS.get(what, what))


def detail_words(detail: str) -> str:
    """What is added to it: a role, a number, a day with its theme, or somebody's own words, which stay."""
    if found := _NUMBERED.fullmatch(detail):
        words = _(NUMBERED[found[1]]) % {"number": found[2]}
        return f"{words}{_(':')} {found[3]}" if found[3] else words
    return _(detail) if detail else ""
