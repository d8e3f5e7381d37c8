"""What these tests share: posts that are out, and those who take them away, correct them or count."""

from collections.abc import Sequence
from typing import Any

from bot.aftercare.collecting import Collector
from bot.aftercare.correcting import Corrected, Corrector
from bot.aftercare.removing import Removal, Remover, meant
from bot.model.post import Kind, Post
from bot.networks import network_type
from bot.planning.correction import Correction, correction
from bot.store import removals
from bot.store.removals import Out
from tests.worker.helper import EVERY_ACCOUNT, Bench

# Each network with a post of two parts: a thread, or a post and the comment under it.
IN_TWO_PARTS: dict[str, dict[str, Any]] = {
    "fice-x": {"text": ["1/2 The post", "2/2 And more"]},
    "fice-facebook": {"text": "The post", "comment": "The comment"},
    "fice-linkedin": {"text": "The post", "comment": "The comment"},
    "fice-mastodon": {"text": ["The post", "And more"]},
}


def published(bench: Bench, account: str, **more: Any) -> int:
    """A delivery that is out."""
    one = bench.queue(account, **(more or IN_TWO_PARTS[account]))
    bench.run()
    assert bench.state(one) == "published"
    return one


def out_of(bench: Bench, delivery: int) -> Out:
    with bench.store.read() as connection:
        return removals.of_delivery(connection, delivery)


def remover(bench: Bench) -> Remover:
    return Remover(bench.store, bench.accounts, bench.clock, "anna")


def remove(bench: Bench, delivery: int, part: int | None = None) -> Sequence[Removal]:
    """What `bot unpublish` does once it has asked."""
    out = out_of(bench, delivery)
    return remover(bench).remove(out, meant(out, part))


def compared(bench: Bench, delivery: int, text: str | Sequence[str], **fields: Any) -> Correction:
    """The delivery beside a file that says something else by now."""
    out = out_of(bench, delivery)
    network = EVERY_ACCOUNT[out.account]
    texts = (text,) if isinstance(text, str) else tuple(text)
    post = Post(out.post, "week", Kind.DAILY_POST, texts[0], text={network: texts}, **fields)
    return correction(out, network_type(network).compose(post, bench.settings.accounts[out.account]))


def correct(bench: Bench, wanted: Correction) -> Sequence[Corrected]:
    """What `bot correct` does once it has asked."""
    return Corrector(bench.store, bench.accounts, bench.clock, "anna").correct(wanted)


def collector(bench: Bench) -> Collector:
    return Collector(bench.store, bench.settings, bench.accounts, bench.clock, bench.stopping)


def calls(bench: Bench, account: str, method: str) -> int:
    """How many requests of a kind an account has made."""
    return sum((one.account, one.method) == (account, method) for one in bench.sandbox.calls())


def reasons(bench: Bench, delivery: int) -> list[str]:
    """What the post log tells of a delivery."""
    return [entry.reason for entry in bench.log(delivery)]
