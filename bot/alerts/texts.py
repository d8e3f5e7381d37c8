"""Texts: what an alert says, in plain words that fit an e-mail and a chat."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.model.state import Hold, State
from bot.settings import Settings
from bot.store.alerts import Notice
from bot.store.listing import Queued

WHOLE = 5  # so many are told in full; of more, one line each
LISTED = 25


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it is sent."""

    subject: str
    body: str


def message(notices: Sequence[Notice], settings: Settings) -> Message:
    """One notice as it is; several as one message with a list."""
    sender = settings.organisation or "Campaign bot"
    end = f"\n\n{settings.alerts.page}" if settings.alerts.page else ""
    if len(notices) == 1:
        only = notices[0]
        return Message(f"{sender}: {only.subject}", f"{only.body or only.subject}{end}")
    if len(notices) <= WHOLE:
        bodies = "\n\n".join(f"* {one.subject}\n{one.body}".rstrip() for one in notices)
        return Message(f"{sender}: {_headline(notices)}", f"{bodies}{end}")
    lines = [f"* {one.subject}" for one in notices[:LISTED]]
    if len(notices) > LISTED:
        lines.append(f"and {len(notices) - LISTED} more")
    lines.append("\nbot status says why, and what to do about each.")
    return Message(f"{sender}: {_headline(notices)}", "\n".join(lines) + end)


def _headline(notices: Sequence[Notice]) -> str:
    kinds = Counter(one.topic.partition(":")[2] for one in notices if one.topic.startswith("delivery:"))
    words = ", ".join(f"{number} {state}" for state, number in kinds.most_common())
    return f"{len(notices)} things need a person{f' ({words})' if words else ''}"


def of_delivery(one: Queued, key: str, zone: ZoneInfo) -> Notice:
    """That a delivery needs a person: which, why in the network's words, and what to type."""
    what = f"{one.post} -> {one.account}"
    body = [
        f"{what} ({one.network}), due {moment(one.due_at, zone)}, is {one.state}.",
        one.reason,
        f"What to do: {_remedy(one)}",
        f"Its story: bot log --delivery {one.id}",
    ]
    return Notice(
        key=key,
        topic=f"delivery:{one.state}",
        subject=f"{what} is {one.state} (due {moment(one.due_at, zone)})",
        body="\n".join(filter(None, body)),
    )


def _remedy(one: Queued) -> str:
    if one.state == State.UNCERTAIN:
        return (
            f"look on {one.network} yourself, then: bot resolve {one.id} --published URL, or --not-published"
        )
    if one.state == State.HELD and one.hold == Hold.NOT_CONNECTED:
        return (
            "give the account its credentials and start the worker again; bot accounts says what is missing"
        )
    if one.state == State.HELD:
        return "look at the post, then bot apply"
    again = f"bot reschedule {one.id} now (or another time), or drop it: bot cancel {one.id}"
    return again if one.state == State.MISSED else f"mend the cause, then {again}"


def moment(instant: datetime, zone: ZoneInfo) -> str:
    """An instant for a reader: "Mon 24 Sep 14:00 CEST"."""
    return instant.astimezone(zone).strftime("%a %d %b %H:%M %Z")


def trial(settings: Settings, now: datetime) -> Message:
    """What `bot alerts test` sends."""
    words = f"This is a test, sent at {now:%Y-%m-%d %H:%M} UTC. Alerts of the campaign bot arrive here."
    return message([Notice("", "", "a test", words)], settings)
