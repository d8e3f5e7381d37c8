"""The desk: what people do to deliveries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from bot.model.lateness import is_missed
from bot.model.outcome import RemotePost
from bot.model.state import ForbiddenTransitionError, Hold, State, Verb
from bot.store import lanes, listing, removals, settle
from bot.store.desk_error import DeskError
from bot.store.engine import Store
from bot.store.queue import parts_of
from bot.store.tables import deliveries, from_now_or_its_time
from bot.store.transition import move
from bot.store.version import version_of


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk of one person: every change is logged with who made it and when (UTC)."""

    store: Store
    actor: str
    now: datetime
    settle: Mapping[str, timedelta] = field(
        default_factory=dict
    )  # by network: how late what was sent may appear
    seen: Mapping[int, str] = field(
        default_factory=dict
    )  # the versions that the person decided on: what is another by now stays as it is

    def hold(self, ids: Sequence[int], reason: str) -> list[RowMapping]:
        """Keep deliveries from going out until they are released."""
        return self._move(Verb.HOLD, ids, reason or "held by hand", hold=Hold.OPERATOR)

    def release(self, ids: Sequence[int], reason: str) -> list[RowMapping]:
        """Let held deliveries go; what waits for approval must be approved instead."""
        with self.store.write() as connection:
            for row in self._as_seen(connection, ids):
                if row["hold"] == Hold.APPROVAL:
                    raise DeskError(f"delivery {row['id']} waits for approval: bot approve {row['id']}")
            return self._move_in(connection, Verb.RELEASE, ids, reason or "released by hand", stale=False)

    def cancel(self, ids: Sequence[int], reason: str) -> list[RowMapping]:
        """Withdraw deliveries for good; `bot apply` does not revive them.

        One of which some parts are out is published in part: what is out stays, and the rest is never sent.
        """
        with self.store.write() as connection:
            self._as_seen(connection, ids)
            begun = [one for one in ids if _is_out_in_part(connection, one)]
            whole = [one for one in ids if one not in begun]
            moved = self._move_in(
                connection, Verb.CANCEL, whole, reason or "cancelled by hand", cancelled_by=self.actor
            )
            for one in begun:
                moved += self._give_up(connection, one, reason)
            return moved

    def _give_up(self, connection: Connection, delivery: int, reason: str) -> list[RowMapping]:
        sent = parts_of(connection, delivery)
        out = [one.remote for one in sent if one.remote]
        first = {"remote_id": out[0].remote_id, "remote_url": out[0].url}
        last_at = settle.last_part_out(connection, delivery)
        due_at = self._rows(connection, [delivery])[0]["due_at"]
        words = f"published in part: {len(out)} of {len(sent)}, and the rest is given up"
        late = round(max((last_at - due_at).total_seconds(), 0.0), 3)
        moved = self._move_in(
            connection, Verb.GIVE_UP, [delivery], f"{words}: {reason}" if reason else words,
            details={**first, "lateness_s": late}, published_at=last_at, figures_at=last_at, tries=0,
            remote_id=out[0].remote_id, remote_url=out[0].url,
        )  # fmt: skip
        settle.drop_the_rest(connection, delivery)
        return moved

    def reschedule(self, times: Mapping[int, tuple[datetime, str]], reason: str) -> list[RowMapping]:
        """Give deliveries another time (UTC, and as wall time); one that failed is tried again then.

        For one that is to go out now, an account goes on at once that stands still for want of credits or of
        a right: whoever asks for that has bought or given them, and else one more refusal shows it.
        """
        with self.store.write() as connection:
            for row in self._as_seen(connection, list(times)):
                if row["hold"] == Hold.APPROVAL:
                    raise DeskError(f"delivery {row['id']} waits for approval: bot approve {row['id']} first")
                if removals.any_removed(connection, row["id"]):
                    words = "was taken away and is never sent again: write a new post"
                    raise DeskError(f"delivery {row['id']} {words}")
                due_at, wall = times[row["id"]]
                if is_missed(due_at, self.now, timedelta(seconds=row["late_ok_s"])):
                    why = "is over, and it would be missed at once: say a later time, or 'now'"
                    raise DeskError(f"delivery {row['id']}: {wall} {why}")
            for delivery, (due_at, wall) in times.items():
                [row] = self._move_in(
                    connection, Verb.RESCHEDULE, [delivery], reason or f"moved to {wall}",
                    due_at=due_at, ready_at=due_at, wall=wall, tries=0, cancelled_by=None,
                )  # fmt: skip
                late_ok = timedelta(seconds=row["late_ok_s"])
                self._set(connection, delivery, expires_at=due_at + late_ok)
            rows = self._rows(connection, list(times))
            lanes.let_try(connection, {row["account"] for row in rows if row["due_at"] <= self.now})
            return list(rows)

    def approve(
        self, ids: Sequence[int], reason: str, seen: Mapping[int, str] | None = None
    ) -> list[RowMapping]:
        """Approve deliveries as they are now; an edit of what they say voids it.

        `seen` has the fingerprint of what the person has read of each: what says something else by now is
        refused.
        """
        with self.store.write() as connection:
            for row in self._as_seen(connection, ids):
                if seen is not None and seen.get(row["id"]) != row["message"]:
                    raise DeskError(f"delivery {row['id']} was changed after you read it: read it again")
                if row["hold"] != Hold.APPROVAL:
                    raise DeskError(f"delivery {row['id']} is {row['state']} and does not wait for approval")
                self._set(connection, row["id"], approved=row["message"])
            return self._move_in(connection, Verb.RELEASE, ids, reason or "approved")

    def resolve_published(self, delivery: int, url: str, remote_id: str | None, reason: str) -> RowMapping:
        """End the doubt about a delivery: a person has seen it at `url`.

        `remote_id` is the network's id in that address; None where it is none of a single post.
        """
        with self.store.write() as connection:
            waiting = self._doubtful_parts(connection, delivery)
            if self._was_out(connection, delivery):
                return self._rows(connection, [delivery])[0]
            if remote_id is None and len(waiting) > 1:
                words = "the next part answers this one: give the link of this very post, with its number"
                raise DeskError(f"delivery {delivery}: {words}")
            row = self._rows(connection, [delivery])[0]
            if settle.is_taken(connection, row["account"], remote_id or url, delivery):
                raise DeskError(f"delivery {delivery}: this link is that of another delivery already: {url}")
            settle.record_published(
                connection, delivery, waiting[0], RemotePost(remote_id or url, url),
                at=self.now, actor=self.actor, why=reason or "seen by hand",
            )  # fmt: skip
            return self._rows(connection, [delivery])[0]

    def resolve_not_published(self, delivery: int, reason: str) -> RowMapping:
        """End the doubt about a delivery: a person has looked, and it is not there.

        Raises:
            DeskError: the request may still be under way, so that it may be there a moment later.
        """
        with self.store.write() as connection:
            self._doubtful_parts(connection, delivery)
            if self._was_out(connection, delivery):
                return self._rows(connection, [delivery])[0]
            self._refuse_haste(connection, delivery)
            why = reason or "not there, seen by hand"
            self._move_in(
                connection, Verb.CLEAR, [delivery], why,
                ready_at=from_now_or_its_time(self.now), tries=0, look_since=None,
            )  # fmt: skip
            return self._rows(connection, [delivery])[0]

    def _was_out(self, connection: Connection, delivery: int) -> bool:
        """Whether we know better than the person: every part has proved to be out."""
        return settle.finish_if_out(connection, delivery, None, self.actor, self.now)

    def _refuse_haste(self, connection: Connection, delivery: int) -> None:
        row = self._rows(connection, [delivery])[0]
        ends = listing.last_doubtful_end(connection, delivery)
        settled = ends + self.settle.get(row["network"], timedelta()) if ends else self.now
        if self.now < settled:
            words = f"what was sent may still appear: look again, and say so after {settled:%H:%M:%S} UTC"
            raise DeskError(f"delivery {delivery}: {words}")

    def _doubtful_parts(self, connection: Connection, delivery: int) -> list[int]:
        row = self._rows(connection, [delivery])[0]
        if row["state"] != State.UNCERTAIN:
            raise DeskError(f"delivery {delivery} is {row['state']}: only an uncertain one is resolved")
        return [one.part.number for one in parts_of(connection, delivery) if one.remote is None]

    def _move(self, verb: Verb, ids: Sequence[int], reason: str, **more: Any) -> list[RowMapping]:
        with self.store.write() as connection:
            self._as_seen(connection, ids)
            return self._move_in(connection, verb, ids, reason, **more)

    def _move_in(
        self,
        connection: Connection,
        verb: Verb,
        ids: Sequence[int],
        reason: str,
        hold: Hold | None = None,
        details: Mapping[str, Any] | None = None,
        **values: object,
    ) -> list[RowMapping]:
        """All or none of them, so that a list with one wrong id changes nothing."""
        moved = move(
            connection, verb, deliveries.c.id.in_(ids),
            at=self.now, reason=reason, actor=self.actor, hold=hold, values=values, details=details,
        )  # fmt: skip
        done = {row["id"] for row in moved}
        for row in self._rows(connection, ids):
            if row["id"] not in done:
                raise DeskError(
                    f"delivery {row['id']}: {ForbiddenTransitionError(State(row['state']), verb)}"
                )
        return moved

    def _as_seen(self, connection: Connection, ids: Sequence[int]) -> Sequence[RowMapping]:
        rows = self._rows(connection, ids)
        for row in rows:
            now = version_of(row["state"], row["hold"], row["due_at"], row["message"])
            if self.seen.get(row["id"], now) != now:
                words = "has changed since it was shown: look at it again, then decide"
                raise DeskError(f"delivery {row['id']} {words}")
        return rows

    def _rows(self, connection: Connection, ids: Sequence[int]) -> Sequence[RowMapping]:
        rows = connection.execute(select(deliveries).where(deliveries.c.id.in_(ids))).mappings().all()
        missing = sorted(set(ids) - {row["id"] for row in rows})
        if missing:
            raise DeskError(f"there is no delivery {missing[0]}: bot queue lists them")
        return rows

    def _set(self, connection: Connection, delivery: int, **values: object) -> None:
        connection.execute(update(deliveries).where(deliveries.c.id == delivery).values(**values))


def _is_out_in_part(connection: Connection, delivery: int) -> bool:
    """Whether some of its parts are out, and some are not."""
    return len({one.remote is None for one in parts_of(connection, delivery)}) == 2
