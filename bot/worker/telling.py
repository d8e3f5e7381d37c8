"""Telling: writes into the log what a pass has done to deliveries without a call to any network."""

import logging
from collections.abc import Iterable, Sequence

from bot.logs import about, event
from bot.model.state import State
from bot.store.post_log import WORKER, Entry
from bot.store.switches import Pause
from bot.store.upkeep import ABANDONED

log = logging.getLogger("bot.worker")
_LEVELS = {State.MISSED: logging.ERROR, State.UNCERTAIN: logging.WARNING, State.HELD: logging.WARNING}


def tell(entries: Iterable[Entry]) -> None:
    """One line for each delivery that was missed, held, let go, or left in doubt by a dead worker.

    What is held or let go with others of its account for one reason shares a line with them: that may be
    a whole campaign. What the lanes do at the same time they tell by themselves, when they know more.
    """
    shared: dict[tuple[str, str, str], list[Entry]] = {}
    for entry in entries:
        if entry.actor == WORKER and (name := _name(entry)) is not None:
            by_itself = str(entry.id) if entry.to_state in (State.MISSED, State.UNCERTAIN) else entry.reason
            shared.setdefault((name, entry.account, by_itself), []).append(entry)
    for (name, _account, _), group in shared.items():
        _tell(name, group)


def _name(entry: Entry) -> str | None:
    """The event that an entry tells, if it is one that happens without a call."""
    if entry.from_state == State.HELD and entry.to_state == State.SCHEDULED:
        return "released"
    abandoned = entry.to_state == State.UNCERTAIN and entry.reason == ABANDONED
    return entry.to_state if abandoned or entry.to_state in (State.MISSED, State.HELD) else None


def _tell(name: str, group: Sequence[Entry]) -> None:
    first, level = group[0], _LEVELS.get(State(group[0].to_state), logging.INFO)
    if len(group) == 1:
        with about(delivery=first.delivery, post=first.post, account=first.account, network=first.network):
            said = event(name, lateness_s=first.lateness_s)
            log.log(level, "%s: %s", name, first.reason, extra=said)
        return
    with about(account=first.account, network=first.network):
        said = event(name, deliveries=[one.delivery for one in group])
        words = "%s, %d deliveries of %s: %s"
        log.log(level, words, name, len(group), first.account, first.reason, extra=said)


def tell_pause(pause: Pause | None) -> None:
    """That publishing was stopped by a person, or goes on."""
    if pause:
        log.warning("%s", pause.words, extra=event("paused", by=pause.actor, reason=pause.reason))
    else:
        log.info("publishing goes on", extra=event("resumed"))
