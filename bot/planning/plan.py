"""A plan: what would change in the queue so that it says what the files say."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from bot.model.campaign import Approval, Campaign
from bot.model.lateness import is_missed
from bot.model.live import is_of_page
from bot.model.state import State
from bot.planning.correction import edits
from bot.planning.schedule import Planned
from bot.store.plans import (
    Existing,
    NewDelivery,
    applied_campaigns,
    campaigns_with_open,
    deliveries_of,
    deliveries_saying,
)


class Action(StrEnum):
    """What happens to one delivery."""

    NEW = "new"
    CHANGED = "changed"  # what it says, or how late it may be
    MOVED = "moved"  # when it goes out, and perhaps what it says
    CANCELLED = "cancelled"
    KEPT = "kept"  # the files differ, but it is out already or a person has cancelled it
    UNCHANGED = "unchanged"


LATELY = timedelta(days=60)  # the same words a year later are a new post
ACTIVE = frozenset({Action.NEW, Action.CHANGED, Action.MOVED, Action.CANCELLED})
_IN_FLIGHT = frozenset({State.PUBLISHING, State.UNCERTAIN})
_OUT = _IN_FLIGHT | {State.PUBLISHED}


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one delivery, and why."""

    action: Action
    post: str
    account: str
    network: str
    due_at: datetime  # UTC: the time after the change
    why: str
    was: datetime | None = None  # UTC: the time before
    delivery: int | None = None
    to: NewDelivery | None = None
    late: bool = False  # past its tolerance already: it would be missed at once
    in_flight: bool = False  # some worker has it in hand, or nobody knows whether it is out

    @property
    def left_out(self) -> bool:
        """Whether it is not queued although it is asked for: the same account has said it already."""
        return self.action is Action.KEPT and self.delivery is None

    def to_json(self) -> dict[str, Any]:
        """The object of `bot plan --json`."""
        return {
            "action": self.action,
            "post": self.post,
            "account": self.account,
            "network": self.network,
            "due_at": self.due_at.isoformat(),
            "was": self.was.isoformat() if self.was else None,
            "delivery": self.delivery,
            "why": self.why,
            "late": self.late,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """Every delivery with what happens to it, and the campaigns on the dates that are meant."""

    changes: Sequence[Change]
    campaigns: Sequence[Campaign]
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def active(self) -> Sequence[Change]:
        """The changes that do something."""
        return [change for change in self.changes if change.action in ACTIVE]

    @property
    def fingerprint(self) -> str:
        """The same for plans that do the same: whoever has seen one knows what the other does."""
        done = [
            (one.action, one.post, one.account, one.delivery, one.due_at, one.was, one.why, one.late, one.to)
            for one in self.active
        ]
        return hashlib.sha256(repr((done, list(self.campaigns))).encode()).hexdigest()

    def count(self, action: Action) -> int:
        """How many deliveries undergo an action."""
        return sum(change.action is action for change in self.changes)


def dated(
    campaigns: Iterable[Campaign], connection: Connection, starts: Mapping[str, date]
) -> tuple[list[Campaign], list[str]]:
    """The campaigns on the dates that are meant, with what a person should know about them.

    Those given in `starts`, else those it was last moved to, unless its file was given others since.
    """
    applied, found, notes = applied_campaigns(connection), [], []
    for campaign in campaigns:
        before = applied.get(campaign.name)
        day = starts.get(campaign.name)
        if day is None and before is not None and before.file_starts == campaign.starts:
            day = before.starts
        moved = campaign.starting(day) if day else campaign
        if moved.moved_by:
            notes.append(_note_of(campaign, moved))
        found.append(moved)
    return found, notes


def _note_of(campaign: Campaign, moved: Campaign) -> str:
    was, now = campaign.starts.strftime("%A"), moved.starts.strftime("%A")
    weekday = "" if was == now else f": day 1 was a {was} and is a {now} now"
    move = f"{campaign.name} starts on {moved.starts} instead of {campaign.starts}{weekday}"
    return f"{move}; dates that are written in its texts stay as they are"


def make_plan(
    connection: Connection,
    planned: Iterable[Planned],
    campaigns: Sequence[Campaign],
    notes: Sequence[str],
    now: datetime,
    only: str | None = None,
    post: str | None = None,
    others: Collection[str] = (),
) -> Plan:
    """Compare what the files ask for with what the queue has; `only` leaves other campaigns alone.

    With `post`, a path, `planned` has this one only, and all else is left alone; `others` are the paths of
    the posts that there are besides.
    """
    names = {only} if only else {one.name for one in campaigns} | campaigns_with_open(connection)
    existing = {
        (one.post, one.account): one
        for one in deliveries_of(connection, names)
        if post is None or one.post == post
    }
    approval = {campaign.name: campaign.approval is Approval.REQUIRED for campaign in campaigns}
    changes = []
    for wanted in planned:
        new = _new_delivery(wanted, approval[wanted.post.campaign])
        found = existing.pop((new.post, new.account), None)
        changes.append(_compare(found, new, now))
    changes = _without_renamed(connection, changes, others)
    changes += [
        _withdrawn(one)
        for one in existing.values()
        if one.state is not State.CANCELLED and not one.removed_by
    ]
    changes.sort(key=lambda change: (change.due_at, change.post, change.account))
    return Plan(changes, campaigns, notes)


def _without_renamed(
    connection: Connection, changes: Sequence[Change], others: Collection[str]
) -> list[Change]:
    """Queue nothing that the same account has said lately from a file that is gone: it was renamed."""
    planned = {(change.post, change.account) for change in changes}
    new = [c.to.message.fingerprint for c in changes if c.action is Action.NEW and c.to and not c.delivery]
    said = {
        (one.account, one.message): one
        for one in deliveries_saying(connection, new)
        if _may_be_out(one)
        and not one.removed_by
        and (one.post, one.account) not in planned
        and one.post not in others
    }
    return [_unless_said(change, said) for change in changes]


def _unless_said(change: Change, said: Mapping[tuple[str, str], Existing]) -> Change:
    if change.action is not Action.NEW or change.delivery is not None or change.to is None:
        return change
    same = said.get((change.account, change.to.message.fingerprint))
    if same is None or abs(change.due_at - same.planned_due_at) > LATELY:
        return change
    renamed = (
        "the same words" if is_of_page(change.post) else "its file was renamed"
    )  # which no page's can be
    why = f"already {_how_far(same)} as {same.post}: {renamed}"
    return replace(change, action=Action.KEPT, why=why)


def _new_delivery(planned: Planned, needs_approval: bool) -> NewDelivery:
    return NewDelivery(
        campaign=planned.post.campaign,
        post=planned.post.path,
        account=planned.account.name,
        network=planned.account.network,
        kind=planned.post.kind,
        slot=planned.slot,
        day=planned.day,
        wall=planned.wall.isoformat(),
        zone=planned.zone,
        due_at=planned.due_at,
        late_ok=planned.tolerance,
        needs_approval=needs_approval,
        message=planned.message,
    )


def _compare(found: Existing | None, new: NewDelivery, now: datetime) -> Change:
    late = is_missed(new.due_at, now, new.late_ok)
    if found is None:
        return _change(Action.NEW, new, f"{new.wall} {new.zone}", late=late)
    differences = _differences(found, new)
    if found.removed_by:
        return _removed(found, new, differences)
    if found.state is State.CANCELLED and found.cancelled_by == "plan":
        return _change(Action.NEW, new, "its file asks for it again", found, late=late)
    if not differences:
        return _change(Action.UNCHANGED, new, "", found, due_at=found.due_at)
    if found.state is State.CANCELLED:
        return _change(
            Action.KEPT, new, f"cancelled by {found.cancelled_by}; bot reschedule revives it", found,
            due_at=found.due_at,
        )  # fmt: skip
    if _may_be_out(found):
        why = f"already {_how_far(found)}; {', '.join(differences)} only in the file{_remedy(found, new)}"
        return _change(Action.KEPT, new, why, found, due_at=found.due_at)
    why = ", ".join(differences)
    if found.planned_due_at != new.due_at:
        return _change(Action.MOVED, new, why, found, late=late)
    # A time that a person gave by hand stays, unless the files name a new one.
    late = is_missed(found.due_at, now, new.late_ok)
    return _change(Action.CHANGED, new, why, found, late=late, due_at=found.due_at)


def _removed(found: Existing, new: NewDelivery, differences: Sequence[str]) -> Change:
    """What was taken away stays away, whatever its file says."""
    if not differences:
        return _change(Action.UNCHANGED, new, "", found, due_at=found.due_at)
    why = f"taken away by {found.removed_by}; only a new file is a new post"
    return _change(Action.KEPT, new, why, found, due_at=found.due_at)


def _remedy(found: Existing, new: NewDelivery) -> str:
    """How what is out can be made to say what the file says."""
    says_something_else = found.state is State.PUBLISHED and found.message != new.message.fingerprint
    return f": bot correct {found.id}" if says_something_else and edits(found.network) else ""


def _in_flight(found: Existing) -> bool:
    return found.state in _IN_FLIGHT or found.unsure


def _may_be_out(found: Existing) -> bool:
    return found.state in _OUT or found.begun or found.unsure


def _how_far(found: Existing) -> str:
    if found.state in _OUT:
        return found.state
    return "out in part" if found.begun else "out, perhaps, since this database was restored"


def _differences(found: Existing, new: NewDelivery) -> list[str]:
    differences = []
    if found.planned_due_at != new.due_at:
        differences.append(f"new time {new.wall} {new.zone}")
    if found.message != new.message.fingerprint:
        differences.append("new content")
    if found.late_ok != new.late_ok:
        differences.append("new tolerance")
    if found.network != new.network:
        differences.append(f"on {new.network} now")
    if found.needs_approval != new.needs_approval:
        differences.append("approval is required now" if new.needs_approval else "needs no approval now")
    return differences


def _change(
    action: Action,
    new: NewDelivery,
    why: str,
    found: Existing | None = None,
    late: bool = False,
    due_at: datetime | None = None,
) -> Change:
    return Change(
        action=action,
        post=new.post,
        account=new.account,
        network=new.network,
        due_at=due_at or new.due_at,
        why=why,
        was=found.due_at if found else None,
        delivery=found.id if found else None,
        to=new,
        late=late,
        in_flight=found is not None and _in_flight(found),
    )


def _withdrawn(found: Existing) -> Change:
    """What becomes of a delivery that no file asks for any more and that is not cancelled yet."""
    of_page = is_of_page(found.post)
    action, why = Action.CANCELLED, "withdrawn on the page" if of_page else "no file asks for it any more"
    if _may_be_out(found):
        gone = "it was withdrawn on the page" if of_page else "its file is gone"
        action, why = Action.KEPT, f"already {_how_far(found)}; {gone}"
    return Change(
        action, found.post, found.account, found.network, found.due_at, why, found.due_at, found.id,
        in_flight=_in_flight(found),
    )  # fmt: skip
