"""Telling: writes into the log what a pass has done to deliveries without a call to any network."""

import logging
from collections.abc import Iterable

from bot.logs import about, event
from bot.model.state import State
from bot.store.post_log import WORKER, Entry
from bot.store.switches import Pause
from bot.store.upkeep import ABANDONED

log = logging.getLogger("bot.worker")
_LEVELS = {State.MISSED: logging.ERROR, State.UNCERTAIN: logging.WARNING, State.HELD: logging.WARNING}


def tell(entries: Iterable[Entry]) -> None:
    """One line for each delivery that was missed, held, let go, or left in doubt by a dead worker.

    What the lanes do at the same time they tell by themselves, when they know more.
    """
    for entry in entries:
        released = entry.from_state == State.HELD and entry.to_state == State.SCHEDULED
        abandoned = entry.to_state == State.UNCERTAIN and entry.reason == ABANDONED
        if entry.actor != WORKER or not (
            released or abandoned or entry.to_state in (State.MISSED, State.HELD)
        ):
            continue
        state = State(entry.to_state)
        name = "released" if released else state.value
        with about(delivery=entry.delivery, post=entry.post, account=entry.account, network=entry.network):
            said = event(name, lateness_s=entry.lateness_s)
            log.log(_LEVELS.get(state, logging.INFO), "%s: %s", name, entry.reason, extra=said)


def tell_pause(pause: Pause | None) -> None:
    """That publishing was stopped by a person, or goes on."""
    if pause:
        log.warning("%s", pause.words, extra=event("paused", by=pause.actor, reason=pause.reason))
    else:
        log.info("publishing goes on", extra=event("resumed"))
