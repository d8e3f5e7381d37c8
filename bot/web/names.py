"""Names: what the page calls states, networks and deliveries."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from bot.model.message import Part
from bot.model.state import State
from bot.networks import REGISTRY, network_type
from bot.store.listing import Queued
from bot.store.post_log import Entry
from bot.web.words import N_
from bot.web.words import gettext as _

EXCERPT = 70  # characters
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

SHORT: Mapping[str, str] = {"twitter": "X", "facebook": "Facebook"}  # where the title is longer than need be


def state_words(state: str) -> str:
    """A state in the reader's language."""
    return _(STATES.get(state, state))


def state_tag(state: str) -> Markup:
    """A state for a page, in the colour that goes with it."""
    return Markup('<span class="state {}">{}</span>').format(state, state_words(state))


def network_words(network: str) -> str:
    """A network as people know it."""
    return network_type(network).title if network in REGISTRY else network


def short_network_words(network: str) -> str:
    """The same where there is little room."""
    return SHORT.get(network) or network_words(network)


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
