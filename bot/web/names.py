"""Names: what the page calls states and networks."""

from collections.abc import Mapping

from markupsafe import Markup

from bot.model.state import State
from bot.networks import REGISTRY, network_type
from bot.web.words import N_
from bot.web.words import gettext as _

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
