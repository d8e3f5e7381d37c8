"""Removing: takes what is out of a delivery away from its network, the last part first."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.aftercare.changing import change, network_of
from bot.clock import Clock
from bot.model.message import Role
from bot.model.outcome import Done, NotPublished, Unknown
from bot.store import removals
from bot.store.desk_error import DeskError
from bot.store.engine import Store
from bot.store.removals import Out, OutPart
from bot.worker.accounts import Accounts


@dataclass(frozen=True, slots=True)
class Removal:
    """What came of one part."""

    one: OutPart
    gone: bool
    words: str


def meant(out: Out, number: int | None) -> Sequence[OutPart]:
    """The parts that are to go, the last first: all that are out, or one and the comments under it.

    Raises:
        DeskError: nothing of the delivery is out, or not this part.
    """
    if not out.parts:
        raise DeskError(f"nothing of delivery {out.delivery} is out: bot cancel withdraws it")
    if number is None:
        return out.shown[::-1]
    chosen = [one for one in out.parts if one.number == number]
    if not chosen:
        raise DeskError(f"delivery {out.delivery} has no part {number} that is out")
    under = [one for one in out.parts if one.part.role is Role.COMMENT and one.number > number]
    with_it = under if chosen[0].part.role is Role.POST else []
    return [one for one in [*chosen, *with_it][::-1] if one.removed_at is None]


class Remover:
    """Takes away for one person."""

    def __init__(self, store: Store, accounts: Accounts, clock: Clock, actor: str, reason: str = "") -> None:
        self._store, self._accounts, self._clock = store, accounts, clock
        self._actor, self._reason = actor, reason

    def remove(self, out: Out, chosen: Sequence[OutPart]) -> Sequence[Removal]:
        """Take parts away, in this order, as long as each one goes.

        Raises:
            DeskError: nothing was asked of the network, and why.
            StoreError: the database can not be used; what was taken away until then can be done again.
        """
        network_of(self._accounts, out.account)
        for one in chosen:
            _refuse_without_id(out, one)
        self._begin(out, chosen)
        done: list[Removal] = []
        for one in chosen:
            done.append(self._remove(out, one))
            if not done[-1].gone:
                return done
        removals.finish(self._store, out.delivery)
        return done

    def record_gone(self, out: Out, chosen: Sequence[OutPart]) -> Sequence[Removal]:
        """A person has taken parts away on the network's own page."""
        words = f"{self._actor} says that it was done by hand"
        self._begin(out, chosen)
        for one in chosen:
            removals.removed(self._store, out.delivery, one, words, self._actor, self._clock.now())
        removals.finish(self._store, out.delivery)
        return [Removal(one, True, words) for one in chosen]

    def _begin(self, out: Out, chosen: Sequence[OutPart]) -> None:
        numbers = [one.number for one in chosen]
        removals.begin(self._store, out.delivery, numbers, self._actor, self._reason, self._clock.now())

    def _remove(self, out: Out, one: OutPart) -> Removal:
        outcome = change(self._accounts, out.account, lambda network: network.delete(one.remote))
        now = self._clock.now()
        if isinstance(outcome, Done):
            removals.removed(self._store, out.delivery, one, outcome.words, self._actor, now)
            return Removal(one, True, outcome.words)
        words = outcome.reason
        if isinstance(outcome, NotPublished) and outcome.again_at:
            words = f"{words} (not before {outcome.again_at:%H:%M:%S} UTC)"
        unclear = isinstance(outcome, Unknown)
        removals.not_removed(self._store, out.delivery, one, words, self._actor, now, unclear=unclear)
        return Removal(one, False, f"nobody knows whether it is gone: {words}" if unclear else words)


def _refuse_without_id(out: Out, one: OutPart) -> None:
    if one.has_only_a_link:
        words = f"the network's id of part {one.number} is not known: take it away on its page, {one.where}"
        raise DeskError(f"{words}, then: bot unpublish {out.delivery} --gone")
