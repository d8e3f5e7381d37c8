"""The queue ahead: what is past, held, failed or not applied yet, and what stands still."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bot.model.campaign import Campaign
from bot.model.state import Hold, State
from bot.planning.booking import Booking
from bot.planning.finding import Finding, Mark
from bot.planning.plan import Action, make_plan
from bot.planning.schedule import Planned
from bot.settings import Settings
from bot.store import lanes, switches
from bot.store.engine import Store

SHORT = timedelta(minutes=30)  # a network that lets an account wait so long stops nothing


def of_times(bookings: Sequence[Booking], now: datetime) -> Iterator[Finding]:
    """By campaign: what is to come, and what is past and not out."""
    ours = [one for one in bookings if one.ours]
    if not ours:
        yield Finding(Mark.WARNING, "time", "plan", "nothing is planned: no post is ready")
    for campaign in sorted({one.campaign for one in ours}):
        yield from _of_campaign(campaign, [one for one in ours if one.campaign == campaign], now)


def _of_campaign(campaign: str, ours: Sequence[Booking], now: datetime) -> Iterator[Finding]:
    out = [one for one in ours if one.state is State.PUBLISHED]
    missed = [one for one in ours if one.to_come and one.state is not State.UNCERTAIN and _too_late(one, now)]
    late = [one for one in ours if one.to_come and one.at < now <= one.at + one.tolerance]
    ahead = [one for one in ours if one.to_come and one.at >= now]
    figures = {"to_come": len(ahead), "published": len(out), "late": len(late), "missed": len(missed)}
    if ahead:
        last = max(ahead, key=lambda one: one.at)
        words = f"{len(ahead)} of {len(ours)} to come, the last on {last.at:%a %d %b %Y %H:%M} UTC"
        yield Finding(Mark.OK, "time", campaign, words, figures)
    elif not missed and not late:
        words = f"it is over: {len(out)} of {len(ours)} went out and nothing is to come"
        yield Finding(Mark.OK, "time", campaign, words, figures)
    if late:
        words = f"{len(late)} are due already and go out late, if at all soon: {_first(late)}"
        yield Finding(Mark.WARNING, "time", campaign, words, figures)
    if missed:
        words = f"{len(missed)} of {len(ours)} are too late and will not go out: {_first(missed)}"
        words = words if ahead or late else f"nothing is to come: {words}"
        remedy = "bot reschedule gives one a new time, bot apply --starts DATE moves the campaign"
        yield Finding(Mark.NO, "time", campaign, f"{words}; {remedy}", figures)


def _too_late(one: Booking, now: datetime) -> bool:
    return one.at + one.tolerance < now


def _first(some: Sequence[Booking]) -> str:
    one = min(some, key=lambda one: one.at)
    more = f", and {len(some) - 1} more" if len(some) > 1 else ""
    return f"{one.post} -> {one.account} of {one.at:%d %b %Y %H:%M} UTC{more}"


def of_states(bookings: Sequence[Booking]) -> Iterator[Finding]:
    """What is queued and will not go out by itself."""
    ours = [one for one in bookings if one.ours]
    for mark, words, some in (
        (Mark.NO, "failed: mend the cause, then bot reschedule", _in(ours, State.FAILED)),
        (Mark.NO, "nobody knows whether it is out: bot status", _in(ours, State.UNCERTAIN)),
        (Mark.WARNING, "waits for approval: bot approve", _held(ours, Hold.APPROVAL)),
        (Mark.WARNING, "held by a person: bot release lets it go", _held(ours, Hold.OPERATOR)),
        (Mark.NO, "held, since its file has changed: bot apply", _held(ours, Hold.STALE)),
        (Mark.NO, "held, since its account is not connected", _held(ours, Hold.NOT_CONNECTED)),
    ):
        if some:
            yield Finding(mark, "queue", f"{len(some)} in the queue", f"{words}: {_first(some)}")


def _in(bookings: Sequence[Booking], state: State) -> list[Booking]:
    return [one for one in bookings if one.state is state]


def _held(bookings: Sequence[Booking], hold: Hold) -> list[Booking]:
    return [one for one in bookings if one.state is State.HELD and one.hold is hold]


def of_standstill(
    store: Store, bookings: Sequence[Booking], settings: Settings, now: datetime
) -> Iterator[Finding]:
    """A pause of everything, and accounts that wait."""
    needed = {one.account for one in bookings if one.to_come}
    with store.read() as connection:
        pause = switches.current_pause(connection)
        rows = lanes.all_lanes(connection, now, settings.spacing)
    if pause is not None:
        why = f": {pause.reason}" if pause.reason else ""
        yield Finding(
            Mark.NO, "queue", "pause", f"everything is paused by {pause.actor}{why}; bot resume goes on"
        )
    for lane in rows:
        if lane.account not in needed or lane.blocked_until is None or lane.blocked_until <= now:
            continue
        stops = lane.cause in lanes.STOPPING
        until = "" if stops else f" until {lane.blocked_until:%d %b %H:%M} UTC"
        mark = (
            Mark.NO if stops or lane.blocked_until - now > SHORT or lane.cause == "credits" else Mark.WARNING
        )
        yield Finding(mark, "account", lane.account, f"it waits{until}: {lane.reason}")


def of_plan(
    store: Store, planned: Sequence[Planned], campaigns: Sequence[Campaign], now: datetime
) -> Iterator[Finding]:
    """Whether the queue says what the files say."""
    with store.read() as connection:
        for campaign in campaigns:
            ours = [one for one in planned if one.post.campaign == campaign.name]
            made = make_plan(connection, ours, [campaign], (), now, only=campaign.name)
            if not made.changes:
                continue
            numbers = Counter(change.action for change in made.active)
            if not numbers:
                yield Finding(Mark.OK, "queue", campaign.name, "the queue says what the files say")
            elif numbers[Action.NEW] == len(made.changes):
                yield Finding(Mark.WARNING, "queue", campaign.name, "nothing of it is queued: bot apply")
            else:
                each = ", ".join(f"{number} {action}" for action, number in sorted(numbers.items()))
                words = f"the files say something else than the queue ({each}): bot apply"
                yield Finding(Mark.WARNING, "queue", campaign.name, words, {"changes": sum(numbers.values())})
