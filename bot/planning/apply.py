"""Applying: does exactly what the plan says, all or nothing, in one transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.errors import SpokenError
from bot.planning.plan import Action, Change, Plan
from bot.store import plans
from bot.store.engine import Store
from bot.store.upkeep import know_accounts


class PlanChangedError(SpokenError):
    """What would be done is not what a person has agreed to."""


def apply_plan(
    store: Store,
    make: Callable[[Connection], Plan],
    *,
    actor: str,
    now: datetime,
    progress: Callable[[int], None],
) -> Plan:
    """Make the plan and carry it out in the same transaction, so that nothing can come between.

    `progress` is called with the number of changes done so far.
    """
    with store.write() as connection:
        plan = make(connection)
        carry_out(connection, plan, actor, now, progress)
    return plan


def apply_as_seen(
    store: Store,
    make: Callable[[Connection], Plan],
    seen: str,
    *,
    actor: str,
    now: datetime,
    record: Callable[[Connection, Plan], None],
) -> Plan:
    """The same, if the plan is still the one that a person has seen, by its fingerprint.

    `record` writes down in the same transaction who has done it.

    Raises:
        PlanChangedError: it is another one by now; nothing was changed.
    """

    def as_seen(connection: Connection) -> Plan:
        plan = make(connection)
        if plan.fingerprint != seen:
            raise PlanChangedError(
                "the plan has changed since you looked at it, and nothing was done: look at it again"
            )
        record(connection, plan)
        return plan

    return apply_plan(store, as_seen, actor=actor, now=now, progress=lambda _done: None)


def carry_out(
    connection: Connection,
    plan: Plan,
    actor: str,
    now: datetime,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Do what a plan says that was made in the same transaction."""
    know_accounts(connection, {change.account: change.network for change in plan.active})
    plans.add(connection, _additions(plan.changes), actor, now)
    for done, change in enumerate(plan.active, 1):
        _carry_out(connection, change, actor, now)
        progress(done)
    for campaign in plan.campaigns:
        plans.record_campaign(connection, campaign, now)
    for change in plan.changes:
        _remember(connection, change)


def _remember(connection: Connection, change: Change) -> None:
    """What is in flight or in doubt can not follow its file now; it must not be sent again as it was."""
    if change.delivery is not None and change.in_flight:
        plans.mark_stale(connection, change.delivery, change.action is Action.KEPT)


def _additions(changes: Sequence[Change]) -> list[plans.NewDelivery]:
    return [c.to for c in changes if c.action is Action.NEW and c.delivery is None and c.to is not None]


def _carry_out(connection: Connection, change: Change, actor: str, now: datetime) -> None:
    if change.delivery is None:
        return  # added above, all at once
    if change.action is Action.CANCELLED:
        plans.withdraw(connection, change.delivery, change.why, actor, now)
    elif change.to is not None:
        # A time that a person gave by hand stays, unless the files name a new one.
        time_too = change.action is not Action.CHANGED
        plans.change(
            connection, change.delivery, change.to, time_too=time_too, reason=change.why, actor=actor, now=now
        )
