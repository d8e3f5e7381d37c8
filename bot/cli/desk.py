"""Commands that decide: on deliveries, from `hold` to `resolve`, and on everything: `pause`, `resume`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.context import CommandError, actor, clock, opened_store, settings, usage
from bot.cli.output import Json, print_json, print_table, say

if TYPE_CHECKING:
    from bot.store import Store
    from bot.store.desk import Desk

Ids = Annotated[
    list[int] | None, typer.Argument(metavar="[ID]...", help="Deliveries, as bot queue lists them.")
]
OfPost = Annotated[
    str | None, typer.Option("--post", help="Every delivery of the posts whose path begins so.")
]
OfAccount = Annotated[str | None, typer.Option("--account", help="Every delivery of this account.")]
OfCampaign = Annotated[str | None, typer.Option("--campaign", help="Every delivery of this campaign.")]
Reason = Annotated[str, typer.Option("--reason", "-m", help="Why, for the post log.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    for command in (pause, resume, hold, release, cancel, reschedule, approve, resolve):
        app.command(rich_help_panel="Decide")(command)


def hold(
    ids: Ids = None, post: OfPost = None, account: OfAccount = None, campaign: OfCampaign = None,
    reason: Reason = "", json: Json = False,
) -> None:  # fmt: skip
    """Keep deliveries from going out until they are released."""
    with opened_store() as store:
        chosen = _chosen(store, ids, post, account, campaign, {"scheduled"})
        _show(_desk(store).hold(chosen, reason), json)


def release(
    ids: Ids = None, post: OfPost = None, account: OfAccount = None, campaign: OfCampaign = None,
    reason: Reason = "", json: Json = False,
) -> None:  # fmt: skip
    """Let held deliveries go. What is too late by now will be missed, not sent."""
    with opened_store() as store:
        chosen = _chosen(store, ids, post, account, campaign, {"held"})
        _show(_desk(store).release(chosen, reason), json)


def cancel(
    ids: Ids = None, post: OfPost = None, account: OfAccount = None, campaign: OfCampaign = None,
    reason: Reason = "", json: Json = False,
) -> None:  # fmt: skip
    """Withdraw deliveries; bot apply does not bring them back, bot reschedule does.

    One of which some parts are out already is given up for good: it counts as published in part.
    """
    with opened_store() as store:
        chosen = _chosen(store, ids, post, account, campaign, {"scheduled", "held", "missed", "failed"})
        _show(_desk(store).cancel(chosen, reason), json)


def approve(
    ids: Ids = None, post: OfPost = None, account: OfAccount = None, campaign: OfCampaign = None,
    reason: Reason = "", json: Json = False,
) -> None:  # fmt: skip
    """Approve deliveries as they are now; an edit of a post voids its approval."""
    with opened_store() as store:
        chosen = _chosen(store, ids, post, account, campaign, {"held"}, hold="approval")
        _show(_desk(store).approve(chosen, reason), json)


def reschedule(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="ID... WHEN",
            help="Deliveries, then '2018-09-25 09:00' in each one's zone, the same with +02:00, or 'now'.",
        ),
    ],
    to: Annotated[str | None, typer.Option("--to", metavar="WHEN", help="Another way to say when.")] = None,
    reason: Reason = "",
    json: Json = False,
) -> None:
    """Give deliveries another time; one that failed or was missed is tried again then."""
    from bot.planning import decisions
    from bot.planning.moment import MomentError

    *ids, when = [*words, to] if to is not None else words
    if not ids or not all(word.isdecimal() for word in ids):
        raise usage("write the deliveries' numbers, then the time: bot reschedule 12 '2018-09-25 09:00'")
    chosen = [int(word) for word in ids]
    with opened_store() as store:
        try:
            rows = decisions.reschedule(_desk(store), chosen, when, reason)
        except MomentError as error:
            raise usage(f"--to {error}") from None
        _show(rows, json)


def resolve(
    delivery: Annotated[int, typer.Argument(metavar="ID", help="An uncertain delivery.")],
    published: Annotated[str | None, typer.Option(metavar="URL", help="It is out: here.")] = None,
    not_published: Annotated[bool, typer.Option("--not-published", help="It is not out: send it.")] = False,
    reason: Reason = "",
    json: Json = False,
) -> None:
    """End the doubt about a delivery, after looking at the account with your own eyes.

    Without an option it shows what is known: what was sent, what the network said, what the bot saw. With
    --published it ends as published. With --not-published it is sent again, unless it is too late.
    """
    from bot.planning import decisions

    if published is None and not not_published:
        with opened_store() as store:
            _show_evidence(store, delivery, json)
    if (published is None) != not_published:
        raise usage("say either --published URL or --not-published")
    if published is not None and not published.startswith(("https://", "http://")):
        raise usage(f"--published {published}: write the link of the post, with https://")
    with opened_store() as store:
        desk = _desk(store)
        if published is not None:
            row = decisions.resolve_published(desk, settings(), delivery, published, reason)
        else:
            row = decisions.resolve_not_published(desk, settings(), clock(), delivery, reason)
        _show([row], json)


def _show_evidence(store: "Store", delivery: int, json: bool) -> None:
    """What is known of an uncertain delivery."""
    from bot.store.story import story

    with store.read() as connection:
        known = story(connection, delivery)
    if known is None:
        raise CommandError(f"there is no delivery {delivery}: bot queue lists them")
    one = known.delivery
    if one.state != "uncertain":
        words = f"delivery {delivery} is {one.state}: only an uncertain one is resolved"
        raise CommandError(f"{words}; bot log --delivery {delivery} tells its story")
    seen = [entry for entry in known.entries if entry.to_state == "uncertain"]
    if json:
        print_json(
            {
                "id": delivery,
                "post": one.post,
                "account": one.account,
                "state": one.state,
                "parts": [
                    {"part": each.part.number, "text": each.part.text, "url": each.remote and each.remote.url}
                    for each in known.parts
                ],
                "tries": [each.to_json() for each in known.tries],
                "seen": [each.to_json() for each in seen],
                "absences": known.absences,
                "looks_at": one.look_at.isoformat() if one.look_at else None,
            }
        )
        return
    say(f"delivery {delivery}: {one.post} -> {one.account}. Is this there?")
    for each in known.parts:
        where = f" is out: {each.remote.url or each.remote.remote_id}" if each.remote else ""
        say(f"part {each.part.number}{where}: {each.part.text}")
    print_table(
        ("try", "part", "sent (UTC)", "answered", "what came of it"),
        (
            (
                each.number,
                each.part,
                f"{each.started_at:%Y-%m-%d %H:%M:%S}",
                f"{each.ended_at:%H:%M:%S}" if each.ended_at else "",
                f"{each.outcome or 'under way'}: {each.said}",
            )
            for each in known.tries
        ),
    )
    print_table(
        ("at (UTC)", "who", "what was seen"),
        ((f"{each.at:%Y-%m-%d %H:%M:%S}", each.actor, each.reason) for each in seen),
    )
    if known.absences:
        say(f"it was not among the account's own posts: the bot has looked {known.absences} time(s)")
    if one.look_at:
        say(f"the bot looks at {one.look_at:%Y-%m-%d %H:%M:%S} UTC by itself")


def pause(
    reason: Annotated[str, typer.Argument(help="Why, for everybody to see.")] = "",
    json: Json = False,
) -> None:
    """Stop all publishing now. Nothing is sent until bot resume."""
    from bot.store import switches

    with opened_store() as store:
        fresh = switches.pause(store, reason, actor(), clock().now())
        with store.read() as connection:
            now = switches.current_pause(connection)
    if json and now:
        print_json({"paused": True, "reason": now.reason, "actor": now.actor, "at": now.at.isoformat()})
    elif now:
        since = "now" if fresh else f"already since {now.at:%Y-%m-%d %H:%M} UTC, by {now.actor}"
        say(f"Everything is paused {since}. bot resume goes on.")


def resume(json: Json = False) -> None:
    """Go on publishing. What passed its tolerance meanwhile is not sent."""
    from bot.store import switches

    with opened_store() as store:
        released = switches.resume(store, actor(), clock().now())
    if json:
        print_json({"paused": False, "released": released or 0})
    elif released is None:
        say("Nothing was paused.")
    else:
        say(f"Publishing goes on; {released} deliveries that fell due meanwhile are looked at anew.")


def _desk(store: "Store") -> "Desk":
    from bot.store.desk import Desk

    return Desk(store, actor(), clock().now())


def _chosen(
    store: "Store", ids: list[int] | None, post: str | None, account: str | None, campaign: str | None,
    states: set[str], hold: str | None = None,
) -> list[int]:  # fmt: skip
    """The deliveries that are meant: those named, or all that match and can undergo the change."""
    from bot.store import listing

    if ids:
        if post or account or campaign:
            raise usage("name either deliveries, or --post, --account or --campaign")
        return ids
    if not (post or account or campaign):
        raise usage("say which: ID..., --post, --account or --campaign")
    with store.read() as connection:
        found = listing.queue(connection, listing.QueueFilter(campaign, account, None, post, ended=True))
    chosen = [one.id for one in found if one.state in states and (hold is None or one.hold == hold)]
    if not chosen:
        raise CommandError(f"none of these deliveries is {' or '.join(sorted(states))}")
    return chosen


def _show(rows: "Iterable[Any]", json: bool) -> None:
    if json:
        for row in rows:
            print_json(
                {
                    "id": row["id"],
                    "post": row["post"],
                    "account": row["account"],
                    "network": row["network"],
                    "state": row["state"],
                    "due_at": row["due_at"].isoformat(),
                    "reason": row["reason"],
                }
            )
        return
    print_table(
        ("id", "state", "due (UTC)", "account", "post", "why"),
        (
            (r["id"], r["state"], f"{r['due_at']:%Y-%m-%d %H:%M}", r["account"], r["post"], r["reason"])
            for r in rows
        ),
    )
