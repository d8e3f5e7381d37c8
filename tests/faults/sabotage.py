"""Sabotage: breaks the product on purpose, to prove that the harness would notice."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from bot.model.sending import Sending
from bot.model.state import TRANSITIONS, State, Verb


def _queue_again() -> None:
    """What is in doubt is simply sent again."""
    from bot.store import transition

    broken: Any = transition
    broken.TRANSITIONS = MappingProxyType({**TRANSITIONS, Verb.DOUBT: {State.PUBLISHING: State.SCHEDULED}})


def _look_at_once() -> None:
    """Nobody waits before looking, and one look is enough."""
    from bot.worker import reconciler
    from bot.worker.accounts import Accounts

    broken: Any = Accounts
    broken.settle_time = lambda _self, _network: timedelta(0)
    broken.call_limit = lambda _self, _network: timedelta(0)
    reconciler.ABSENCES = 1


def _believe() -> None:
    """Whoever does not answer will have published it."""
    from bot.model.outcome import Published, RemotePost, Unknown
    from bot.worker.publisher import Publisher

    real: Any = Publisher._call

    def call(self: Any, network: Any, held: Any, part: Any) -> Any:
        outcome = real(self, network, held, part)
        return (
            Published(RemotePost("1", "https://example.org/1")) if isinstance(outcome, Unknown) else outcome
        )

    broken: Any = Publisher
    broken._call = call


def _send_late() -> None:
    """A request leaves however long its process stood still after the intent."""
    from bot.networks import wire

    broken: Any = wire._Limit
    broken.is_over = lambda _self: False


def _mix_up() -> None:
    """The files of a post are taken for each other."""
    from bot.worker.uploads import Uploads

    broken: Any = Uploads
    real = broken.bring

    def bring(*args: Any) -> Any:
        found = real(*args)
        return replace(found, uploads=found.uploads[::-1]) if isinstance(found, Sending) else found

    broken.bring = bring


def _say_nothing() -> None:
    """What a file shows is not said."""
    from bot.worker.uploads import Uploads

    broken: Any = Uploads
    real = broken._bring

    def bring(self: Any, way: Any, media: Any, *rest: Any, **more: Any) -> Any:
        return real(self, way, replace(media, alt=""), *rest, **more)

    broken._bring = bring


SABOTAGE: Mapping[str, Callable[[], None]] = {
    "queue-again": _queue_again,
    "look-at-once": _look_at_once,
    "believe": _believe,
    "send-late": _send_late,
    "mix-up": _mix_up,
    "say-nothing": _say_nothing,
}
