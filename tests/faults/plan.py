"""The plan of a run: everything that is drawn from its seed before it begins, in two halves."""

import random
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .campaign import FIRST_ACCOUNTS, FIRST_NETWORKS, Post, draw_posts

# The named steps; a worker (or the command named) is killed there by itself, see steps.py.
IN_A_WORKER = (
    "after-claim", "after-intent", "while-sending", "stored-before-answer", "answered-before-commit",
    "between-parts", "reconciling", "anywhere",
)  # fmt: skip
APPLYING, EDITING, MIGRATING = "applying", "applying-an-edit", "migrating"
FIRST_STEPS = (*IN_A_WORKER, APPLYING, EDITING, MIGRATING)
# Those of the second half, see more.py: on the way of files, and in what is done after publishing.
WITH_FILES = (
    "before-upload", "while-uploading", "after-upload", "upload-before-intent", "preparing",
)  # fmt: skip
REMOVING, CORRECTING = "unpublishing", "correcting"
MORE_STEPS = (*WITH_FILES, REMOVING, CORRECTING)
STEPS = (*FIRST_STEPS, *MORE_STEPS)
# Where a process may stand still for minutes: not in a transaction, which would only delay all others.
STALLING = ("after-claim", "after-intent", "answered-before-commit", "between-parts")
# How many times a step is passed at most before the blow: in a run for its sake, and in any other.
HOW_OFTEN = {
    "after-claim": (2, 4), "after-intent": (2, 4), "while-sending": (2, 3), "stored-before-answer": (1, 2),
    "answered-before-commit": (4, 8), "between-parts": (1, 3), "reconciling": (3, 6), "anywhere": (120, 250),
    APPLYING: (18, 18), EDITING: (18, 18), MIGRATING: (55, 55),
    "before-upload": (3, 6), "while-uploading": (5, 9), "after-upload": (3, 6),
    "upload-before-intent": (2, 4), "preparing": (2, 3), REMOVING: (20, 20), CORRECTING: (24, 24),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Blow:
    """A process strikes itself with a signal when it passes a step for the n-th time."""

    id: int
    step: str
    nth: int
    signal: int = signal.SIGKILL


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does once the campaign has come to a moment, and after some real seconds."""

    moment: int
    # fault, behave, kill, term, pause, resume; to a post: hold, cancel, edit, delete, unpublish, correct
    what: str
    values: Mapping[str, Any] = field(default_factory=dict)
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """One run."""

    seed: int
    posts: tuple[Post, ...]
    blows: tuple[Blow, ...]
    acts: tuple[Act, ...]
    migrates: bool  # begins with no tables at all
    prepares: bool = False  # lets the files be brought ahead of time

    def cannot_read(self) -> frozenset[str]:
        """The networks that do not let us read our own posts."""
        acts = (act.values for act in self.acts if act.what == "behave")
        return frozenset(network for values in acts for network in values.get("reads_allowed", ()))

    def lines(self) -> Iterator[str]:
        """The plan in words."""
        for post in self.posts:
            shows = f", with {', '.join(one.name for one in post.files)}" if post.files else ""
            where = f"at {post.at:%H:%M} to {', '.join(post.accounts)}"
            yield f"post {post.path} {where}, late_ok {post.late_ok}{shows}"
        yield f"the files are{'' if self.prepares else ' not'} brought ahead of time"
        for blow in self.blows:
            yield f"signal {blow.signal} at {blow.step}, the {blow.nth}. time"
        for act in self.acts:
            yield f"moment {act.moment} + {act.after_s:.2f} s: {act.what} {dict(act.values)}"


def draw_plan(seed: int, workers: int, page: bool = False) -> Plan:
    """The plan of the run with this seed; each seed in a row has other named steps.

    With `page` the posts of the second half are made on the page, and all else is the same.
    """
    from .more import draw_more

    first, more = draw_first(seed, workers), draw_more(seed, workers)
    return replace(
        first,
        posts=(*first.posts, *(replace(one, on_page=page) for one in more.posts)),
        blows=(*first.blows, *more.blows),
        acts=tuple(sorted((*first.acts, *more.acts), key=_order)),
        prepares=more.prepares,
    )


def draw_first(seed: int, workers: int) -> Plan:
    """The first half: texts on X, Facebook and LinkedIn. What a seed draws here never changes."""
    draw = random.Random(seed)
    step = FIRST_STEPS[seed % len(FIRST_STEPS)]
    posts = draw_posts(draw)
    acts = [*_needed_for(step, draw, posts), *_faults(draw), *_behaviour(draw), *_kills(draw, workers)]
    acts += _people(draw, posts)
    return Plan(seed, posts, tuple(_blows(step, draw)), tuple(sorted(acts, key=_order)), step == MIGRATING)


def _order(act: Act) -> tuple[int, float]:
    return act.moment, act.after_s


def _blows(step: str, draw: random.Random) -> Iterator[Blow]:
    yield Blow(0, step, draw.randint(1, HOW_OFTEN[step][0]))
    for number in range(1, 1 + draw.choice((0, 0, 1, 1, 2))):
        name = draw.choice(IN_A_WORKER)
        yield Blow(number, name, draw.randint(1, HOW_OFTEN[name][1]))
    if draw.random() < 0.25:
        name = draw.choice(STALLING)
        yield Blow(9, name, draw.randint(1, HOW_OFTEN[name][0]), signal.SIGSTOP)


def _needed_for(step: str, draw: random.Random, posts: tuple[Post, ...]) -> Iterator[Act]:
    """Without these a step might not be passed at all."""
    if step == "stored-before-answer":
        network = draw.choice(FIRST_NETWORKS)
        yield Act(0, "fault", {"network": network, "fault": "hang", "stored": True, "seconds": 4})
    if step == "reconciling":
        doubtful = draw.choice(({"fault": "drop_after"}, {"fault": "drop_before"}, {"fault": "truncate"}))
        yield Act(0, "fault", {"network": "twitter", **doubtful})
    if step == EDITING:
        yield Act(draw.randint(0, 1), "edit", {"post": draw.choice(posts).number}, draw.uniform(0.01, 0.2))


def _faults(draw: random.Random) -> Iterator[Act]:
    for _ in range(draw.choice((0, 1, 2, 2, 3, 4, 5))):
        network, moment = draw.choice(FIRST_NETWORKS), draw.choice((0, 0, 0, 1, 2, 4))
        fault = of_a_read(draw) if draw.random() < 0.25 else of_a_call(draw)
        yield Act(moment, "fault", {"network": network, **fault})


def of_a_call(draw: random.Random) -> Mapping[str, Any]:
    return draw.choice(
        (
            {"fault": "drop_before"}, {"fault": "drop_after"}, {"fault": "drop_after"}, {"fault": "truncate"},
            {"fault": "truncate"}, {"fault": "status", "status": 429}, {"fault": "status", "status": 500},
            {"fault": "status", "status": 503, "stored": True},
            {"fault": "status", "status": 502, "stored": True}, {"fault": "status", "status": 403},
            {"fault": "slow", "seconds": 0.2},
            {"fault": "slow", "seconds": 3, "drip": True}, {"fault": "hang", "seconds": 3},
            {"fault": "hang", "seconds": 3, "stored": True},
        )
    )  # fmt: skip


def of_a_read(draw: random.Random) -> Mapping[str, Any]:
    fault = draw.choice(
        (
            {"fault": "drop_before"}, {"fault": "truncate"}, {"fault": "status", "status": 429},
            {"fault": "status", "status": 500}, {"fault": "hang", "seconds": 3},
        )
    )  # fmt: skip
    return {**fault, "on": "read", "count": draw.choice((1, 1, 2, 6))}


def _behaviour(draw: random.Random) -> Iterator[Act]:
    values: dict[str, Any] = {
        # Mostly off: a network that refuses what it has would hide that we sent it twice.
        "refuse_duplicates": draw.random() < 0.2,
        # Less than the settling time, as that is what the settling time promises.
        "read_lag_seconds": draw.choice((0, 0, 5, 30, 50)),
    }
    if draw.random() < 0.08:
        values["reads_allowed"] = {draw.choice(FIRST_NETWORKS): False}
    yield Act(0, "behave", values)


def _kills(draw: random.Random, workers: int) -> Iterator[Act]:
    """At any instant, whatever the worker does then."""
    for _ in range(draw.choice((0, 0, 1, 1, 2))):
        values = {"worker": draw.randrange(workers)}
        yield Act(draw.randint(0, 3), "kill", values, after_s=draw.uniform(0.0, 0.35))
    if draw.random() < 0.15:
        yield Act(draw.randint(0, 2), "term", {"worker": draw.randrange(workers)}, draw.uniform(0.0, 0.3))


def _people(draw: random.Random, posts: tuple[Post, ...]) -> Iterator[Act]:
    """What people do meanwhile; nobody does two things to one post."""
    if draw.random() < 0.12:
        begins = draw.randint(0, 2)
        yield Act(begins, "pause", after_s=draw.uniform(0.0, 0.2))
        yield Act(begins + draw.randint(1, 2), "resume")
    for post in posts:
        if draw.random() < 0.07:
            what = draw.choice(("cancel", "hold", "edit", "delete"))
            account = draw.choice([name for name in FIRST_ACCOUNTS if name in post.accounts])
            values = {"post": post.number, "account": account}
            yield Act(draw.randint(0, 2), what, values, draw.uniform(0.0, 0.2))
