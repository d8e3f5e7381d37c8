"""The second half of a plan: files, threads, Mastodon and Bluesky, and what people do after publishing."""

import random
from collections.abc import Iterator, Mapping
from typing import Any

from .campaign import ACCOUNTS, NETWORKS, Post, draw_more_posts
from .plan import (
    CORRECTING,
    HOW_OFTEN,
    MORE_STEPS,
    REMOVING,
    WITH_FILES,
    Act,
    Blow,
    Plan,
    of_a_call,
    of_a_read,
)  # fmt: skip

_NEW_NETWORKS = NETWORKS[3:]
_FIRST_BLOW = 20  # its number; those of the first half have smaller ones
_AFTERWARDS = {REMOVING: "unpublish", CORRECTING: "correct"}


def draw_more(seed: int, workers: int) -> Plan:
    """What comes beside the first half; drawn apart, so that neither changes the other."""
    draw = random.Random(f"{seed}, more")
    step = MORE_STEPS[seed % len(MORE_STEPS)]
    posts = draw_more_posts(draw)
    acts = [*_faults(draw), *_behaviour(draw), *_people(step, draw, posts)]
    if draw.random() < 0.3:
        values = {"worker": draw.randrange(workers)}
        acts.append(Act(draw.randint(0, 6), "kill", values, after_s=draw.uniform(0.0, 0.35)))
    prepares = draw.random() < 0.5 or step == "preparing"
    return Plan(seed, posts, tuple(_blows(step, draw)), tuple(acts), migrates=False, prepares=prepares)


def _blows(step: str, draw: random.Random) -> Iterator[Blow]:
    yield Blow(_FIRST_BLOW, step, draw.randint(1, HOW_OFTEN[step][0]))
    if draw.random() < 0.4:
        name = draw.choice(WITH_FILES)
        yield Blow(_FIRST_BLOW + 1, name, draw.randint(1, HOW_OFTEN[name][1]))


def _faults(draw: random.Random) -> Iterator[Act]:
    for _ in range(draw.choice((0, 1, 2, 3))):
        kind = draw.choice(("upload", "upload", "create", "read", "token"))
        moment = draw.choice((0, 0, 0, 1, 2, 4))
        match kind:
            case "upload":
                fault = {"network": draw.choice(NETWORKS), **_of_an_upload(draw)}
            case "create":
                fault = {"network": draw.choice(_NEW_NETWORKS), **of_a_call(draw)}
            case "read":
                fault = {"network": draw.choice(_NEW_NETWORKS), **of_a_read(draw)}
            case _:
                fault = {"network": "bluesky", **of_a_read(draw), "on": "token"}
        yield Act(moment, "fault", fault)


def _of_an_upload(draw: random.Random) -> Mapping[str, Any]:
    """As of any call, on one of the several that bring a file."""
    return {**of_a_call(draw), "on": "upload", "count": draw.choice((1, 1, 1, 2, 4))}


def _behaviour(draw: random.Random) -> Iterator[Act]:
    values: dict[str, Any] = {"processing_seconds": draw.choice((0, 2, 20, 90))}
    if draw.random() < 0.05:
        values["reads_allowed"] = {draw.choice(_NEW_NETWORKS): False}
    yield Act(0, "behave", values)


def _people(step: str, draw: random.Random, posts: tuple[Post, ...]) -> Iterator[Act]:
    """What people do meanwhile and afterwards; nobody does two things to one post."""
    wanted = _AFTERWARDS.get(step)
    chosen = draw.choice(posts)
    for post in posts:
        account = draw.choice([name for name in ACCOUNTS if name in post.accounts])
        values = {"post": post.number, "account": account}
        if wanted and post is chosen:
            yield from _afterwards(wanted, values, draw)
        elif draw.random() < 0.12:
            what = draw.choice(("cancel", "hold", "edit", "edit", "delete", "unpublish", "correct"))
            if what in _AFTERWARDS.values():
                yield from _afterwards(what, values, draw)
            else:
                yield Act(draw.randint(0, 4), what, values, draw.uniform(0.0, 0.2))


def _afterwards(what: str, values: Mapping[str, Any], draw: random.Random) -> Iterator[Act]:
    """Taking away or correcting what is, in all likelihood, out by then; perhaps its network stumbles."""
    moment = draw.choice((3, 5, 8, 12))
    if draw.random() < 0.5:
        network = ACCOUNTS[values["account"]]
        kind = "delete" if what == "unpublish" else "edit"
        fault = draw.choice(
            (
                {"fault": "drop_before"}, {"fault": "drop_after"}, {"fault": "truncate"},
                {"fault": "status", "status": 500}, {"fault": "status", "status": 503, "stored": True},
                {"fault": "status", "status": 429}, {"fault": "hang", "seconds": 3, "stored": True},
            )
        )  # fmt: skip
        yield Act(moment, "fault", {"network": network, **fault, "on": kind})
    yield Act(moment, what, values, draw.uniform(0.0, 0.2))
