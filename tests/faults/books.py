"""The books of a run: what followers see, the deliveries and the post log, and whether they agree."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.model.state import State
from bot.store.engine import Store
from bot.store.listing import MOST_FAILED_LOOKS
from bot.store.queue import LEASE
from bot.store.tables import attempts, deliveries, parts, post_log

from .campaign import MARK
from .networks import Networks

DUPLICATE, LOST, STUCK, OTHER = "duplicate", "lost", "stuck", "other"
CREATING = frozenset(
    {
        "createPosts", "create_post", "create_comment", "publish_video", "posts.CREATE", "comments.CREATE",
        "statuses.create", "com.atproto.repo.putRecord", "com.atproto.repo.createRecord",
        "com.atproto.repo.applyWrites",
    }
)  # fmt: skip
# Where a doubt is always ended by looking, and a person is needed only if there is nothing to be read.
SURE = frozenset({"mastodon", "bluesky"})
_UNDESCRIBED = frozenset({"twitter", "facebook"})  # they take no words for a film
_EDITED = re.compile(r"this is version \d")
Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that must not be."""

    kind: str  # DUPLICATE, LOST, STUCK or OTHER
    words: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What people have asked for."""

    queued: frozenset[tuple[str, str]]  # path and account
    withdrawn: frozenset[tuple[str, str]]
    files: frozenset[tuple[str, str, str]]  # path, SHA-256 and words of what a post may show
    unreadable: frozenset[str]  # networks


@dataclass(frozen=True, slots=True)
class Books:
    """All that is known at the end of a run."""

    feed: Sequence[Row]
    calls: Sequence[Row]
    seen_twice: int  # by the sandbox's own count
    deliveries: Sequence[Row]
    parts: Mapping[int, Sequence[Row]]  # by delivery, in order
    attempts: Mapping[int, Sequence[Row]]
    log: Mapping[int, Sequence[Row]]
    asked: Asked
    now: datetime  # UTC, campaign time

    def uncertain(self) -> int:
        """How many deliveries are left to a person."""
        return sum(row["state"] == State.UNCERTAIN for row in self.deliveries)

    def faults(self) -> Counter[str]:
        """The faults that were played, by kind."""
        played = (re.match(r"fault: (\w+)", call["outcome"]) for call in self.calls)
        return Counter(found[1] for found in played if found)

    def problems(self) -> Iterator[Problem]:
        """Everything in which the books disagree."""
        yield from self._duplicates()
        yield from self._strangers()
        yield from self._unqueued()
        yield from self._unwritten_calls()
        for row in self.deliveries:
            yield from self._of_delivery(row)
            yield from self._of_what_is_shown(row)
            yield from self._of_log(row)
            yield from self._of_attempts(row)

    def _duplicates(self) -> Iterator[Problem]:
        seen = Counter(_key(one) for one in self.feed)
        for (account, post, part), times in seen.items():
            if times > 1:
                yield Problem(DUPLICATE, f"{account} shows post {post}, part {part}, {times} times")
        if self.seen_twice and not any(times > 1 for times in seen.values()):
            yield Problem(DUPLICATE, f"the sandbox has seen {self.seen_twice} duplicates")

    def _strangers(self) -> Iterator[Problem]:
        """What followers see must be known to a delivery."""
        known = {
            (row["account"], part["remote_id"])
            for row in self.deliveries
            for part in self.parts[row["id"]]
            if part["published_at"]
        }
        doubtful = {(row["account"], *_of(part)) for row, part in self._doubtful_parts()}
        for one in self.feed:
            if (one["account"], one["id"]) not in known and _key(one) not in doubtful:
                yield Problem(LOST, f"no delivery knows {one['url']} of {one['account']}: {one['text'][:60]}")

    def _doubtful_parts(self) -> Iterator[tuple[Row, Row]]:
        for row in self.deliveries:
            if row["state"] == State.UNCERTAIN:
                waiting = [part for part in self.parts[row["id"]] if not part["published_at"]]
                # On Bluesky a thread goes out in one commit.
                for part in waiting if row["network"] == "bluesky" else waiting[:1]:
                    yield row, part

    def _unqueued(self) -> Iterator[Problem]:
        queued = {(row["post"], row["account"]) for row in self.deliveries}
        for post, account in sorted(self.asked.queued - queued):
            yield Problem(LOST, f"{post} -> {account} was never queued")
        for post, account in sorted(queued - self.asked.queued):
            yield Problem(OTHER, f"{post} -> {account} was queued, and nobody asked for it")

    def _unwritten_calls(self) -> Iterator[Problem]:
        """Every request that creates something was written down before."""
        made = Counter(call["account"] for call in self.calls if call["operation"] in CREATING)
        written = Counter(row["account"] for row in self.deliveries for _ in self.attempts[row["id"]])
        for account, times in (made - written).items():
            words = f"{account} made {times} calls more than the {written[account]} that are written down"
            yield Problem(OTHER, words)

    def _of_delivery(self, row: Row) -> Iterator[Problem]:
        name = f"delivery {row['id']} ({row['post']} -> {row['account']})"
        shown = {(one["account"], one["id"]): _key(one) for one in self.feed}
        for part in self.parts[row["id"]]:
            if part["removed_at"]:
                if (row["account"], part["remote_id"]) in shown:
                    yield Problem(OTHER, f"{name}: part {part['number']} was taken away, and is there")
            elif part["published_at"]:
                real = shown.get((row["account"], part["remote_id"]))
                if real != (row["account"], *_of(part)):
                    words = (
                        f"part {part['number']} is out as {part['remote_id']}, which is {real or 'nowhere'}"
                    )
                    yield Problem(LOST, f"{name}: {words}")
        out = [part for part in self.parts[row["id"]] if part["published_at"]]
        match row["state"]:
            case State.PUBLISHED:
                if len(out) < len(self.parts[row["id"]]):
                    yield Problem(LOST, f"{name}: published, with {len(out)} parts out")
                elif row["remote_id"] != out[0]["remote_id"]:
                    yield Problem(OTHER, f"{name}: its id {row['remote_id']} is not that of its first part")
            case State.PUBLISHING:
                yield Problem(STUCK, f"{name} is still publishing")
            case State.SCHEDULED:
                yield Problem(LOST, f"{name} is still scheduled, ready at {row['ready_at']}")
            case State.HELD:
                yield Problem(LOST, f"{name} is still held: {row['hold']}, {row['reason']}")
            case State.UNCERTAIN:
                if row["look_at"] is not None and row["looks"] < MOST_FAILED_LOOKS:
                    yield Problem(LOST, f"{name} is uncertain, and nobody was told: {row['reason']}")
                elif row["network"] in SURE - self.asked.unreadable:
                    yield Problem(OTHER, f"{name} is left to a person without need: {row['reason']}")
            case State.FAILED:
                last = self.attempts[row["id"]][-1] if self.attempts[row["id"]] else None
                refused = last is not None and last["outcome"] == "rejected"
                if not refused and not self._was_refused_a_file(row):
                    yield Problem(LOST, f"{name} has failed, and the network did not say so: {row['reason']}")
            case State.MISSED:
                if row["expires_at"] >= self.now:
                    yield Problem(LOST, f"{name} is missed before its time is over")
            case State.CANCELLED:
                if (row["post"], row["account"]) not in self.asked.withdrawn:
                    yield Problem(LOST, f"{name} is cancelled, and nobody wanted that")
        if row["removing_since"] is not None:
            yield Problem(STUCK, f"{name} is still being taken away: {row['reason']}")

    def _was_refused_a_file(self, row: Row) -> bool:
        """Whether the network has said no to something that is no post: a file, or a session."""
        return any(
            call["account"] == row["account"]
            and call["operation"] not in CREATING
            and re.search(r"(?:^|answered )4\d\d$", call["outcome"])
            for call in self.calls
        )

    def _of_what_is_shown(self, row: Row) -> Iterator[Problem]:
        """The words, the files and what is said of them are those that were queued."""
        shown = {(one["account"], one["id"]): one for one in self.feed}
        for part in self.parts[row["id"]]:
            one = shown.get((row["account"], part["remote_id"]))
            if one is None or not part["published_at"]:
                continue
            name = f"delivery {row['id']} ({row['post']} -> {row['account']}), part {part['number']}"
            content, network = part["content"], row["network"]
            if bool(_EDITED.search(one["text"])) != bool(_EDITED.search(content["text"])):
                yield Problem(OTHER, f"{name} says '{one['text']}' and not '{content['text']}'")
            files = [(media["digest"], media["alt"]) for media in content["media"]]
            wanted = [
                (digest, "" if media["format"] == "MP4" and network in _UNDESCRIBED else alt)
                for media, (digest, alt) in zip(content["media"], files, strict=True)
            ]
            seen = list(zip(one["digests"], one["alts"], strict=True))
            if seen != wanted:
                yield Problem(OTHER, f"{name} shows {seen} and not {wanted}")
            if strangers := [file for file in files if (row["post"], *file) not in self.asked.files]:
                yield Problem(OTHER, f"{name} was to show what nobody wrote: {strangers}")
            if len(one["media"]) != len(seen):
                yield Problem(OTHER, f"{name} shows {len(one['media'])} files, and {len(seen)} are known")

    def _of_log(self, row: Row) -> Iterator[Problem]:
        name, rows, before = f"the log of delivery {row['id']}", self.log[row["id"]], None
        for entry in rows:
            if entry["from_state"] != before:
                yield Problem(
                    OTHER, f"{name}: entry {entry['id']} is from {entry['from_state']}, not {before}"
                )
            before = entry["to_state"]
        if before != row["state"]:
            yield Problem(OTHER, f"{name} ends with {before}, it is {row['state']}")
        told = " ".join(f"{entry['remote_id']} {entry['reason']}" for entry in rows)
        together = {
            number
            for first, last in re.findall(r"parts (\d+) to (\d+) are out", told)
            for number in range(int(first) + 1, int(last) + 1)
        }
        for part in self.parts[row["id"]]:
            if not part["published_at"] or part["number"] in together:
                continue
            if part["remote_id"] not in told and part["remote_url"] not in told:
                yield Problem(OTHER, f"{name} does not say that part {part['number']} is {part['remote_id']}")
        made = {attempt["number"] for attempt in self.attempts[row["id"]]}
        for entry in rows:
            if entry["attempt"] is not None and entry["attempt"] not in made:
                yield Problem(OTHER, f"{name}: entry {entry['id']} names attempt {entry['attempt']}")
        if row["state"] != State.PUBLISHED and rows and not rows[-1]["reason"]:
            yield Problem(OTHER, f"{name} gives no reason for {row['state']}")

    def _of_attempts(self, row: Row) -> Iterator[Problem]:
        name = f"delivery {row['id']}"
        theirs = self.attempts[row["id"]]
        for attempt in theirs:
            if attempt["outcome"] is None:
                yield Problem(STUCK, f"{name}: attempt {attempt['number']} has no end")
            if attempt["started_at"] > row["expires_at"] + LEASE:
                yield Problem(OTHER, f"{name}: attempt {attempt['number']} was begun too late")
        tried = {attempt["part"] for attempt in theirs}
        for part in self.parts[row["id"]]:
            with_the_first = row["network"] == "bluesky" and 1 in tried  # in one commit
            if part["published_at"] and part["number"] not in tried and not with_the_first:
                yield Problem(OTHER, f"{name}: part {part['number']} is out without an attempt")

    def lines(self) -> Iterator[str]:
        """The books as text."""
        yield "the feed:"
        for one in self.feed:
            files = [digest[:8] for digest in one["digests"]]
            line = f"  {one['created_at'][11:19]} {one['account']} {one['kind']} {one['id']}: {one['text']}"
            yield f"{line} {files or ''}"
        yield "the calls:"
        for call in self.calls:
            yield f"  {call['at'][11:23]} {call['account']} {call['operation']}: {call['outcome']}"
        for row in self.deliveries:
            name = f"delivery {row['id']}: {row['post']} -> {row['account']}"
            yield f"{name} is {row['state']}: {row['reason']}"
            for part in self.parts[row["id"]]:
                yield f"  part {part['number']}: {part['remote_id']} {part['content']['text']}"
            for one in self.attempts[row["id"]]:
                name = f"  attempt {one['number']} at part {one['part']}"
                when = f"{one['started_at']:%H:%M:%S.%f} to {one['ended_at']}"
                yield f"{name}, {when}: {one['outcome']} {one['said']}"
            for entry in self.log[row["id"]]:
                change = f"  log {entry['at']:%H:%M:%S.%f} {entry['from_state']} -> {entry['to_state']}"
                yield f"{change} attempt {entry['attempt']} by {entry['actor']}: {entry['reason']}"


def read_books(
    store: Store, networks: Networks, asked: Asked, now: datetime,
) -> Books:  # fmt: skip
    """Read all three."""
    with store.read() as connection:
        rows = connection.execute(select(deliveries).order_by(deliveries.c.id)).mappings().all()
        said = connection.execute(select(parts).order_by(parts.c.number)).mappings().all()
        tried = connection.execute(select(attempts).order_by(attempts.c.number)).mappings().all()
        told = connection.execute(select(post_log).order_by(post_log.c.id)).mappings().all()
    return Books(
        feed=networks.get("/control/feed"),
        calls=networks.get("/control/calls"),
        seen_twice=sum(one["duplicates"] for one in networks.get("/control/summary").values()),
        deliveries=rows,
        parts=_by_delivery(said),
        attempts=_by_delivery(tried),
        log=_by_delivery(told),
        asked=asked,
        now=now,
    )


def _by_delivery(rows: Iterable[Row]) -> Mapping[int, Sequence[Row]]:
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["delivery_id"]].append(row)
    return found


def _key(shown: Row) -> tuple[str, int, int]:
    found = MARK.search(shown["text"])
    assert found is not None, shown
    return shown["account"], int(found[1]), int(found[2])


def _of(part: Row) -> tuple[int, int]:
    found = MARK.search(part["content"]["text"])
    assert found is not None, part
    return int(found[1]), int(found[2])
