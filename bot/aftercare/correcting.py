"""Correcting: lets what is out say what its file says now; doing it again is harmless."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.aftercare.changing import change, network_of
from bot.clock import Clock
from bot.model.outcome import Done, NotPublished, Unknown
from bot.model.sending import Sending
from bot.planning.correction import Correction, PartCorrection
from bot.store import corrections, listing
from bot.store.engine import Store
from bot.worker.accounts import Accounts


@dataclass(frozen=True, slots=True)
class Corrected:
    """What came of one part."""

    one: PartCorrection
    done: bool
    words: str


class Corrector:
    """Corrects for one person."""

    def __init__(self, store: Store, accounts: Accounts, clock: Clock, actor: str) -> None:
        self._store, self._accounts, self._clock, self._actor = store, accounts, clock, actor

    def correct(self, wanted: Correction) -> Sequence[Corrected]:
        """Send the parts that differ, in their order, as long as each one is taken.

        Raises:
            DeskError: nothing was asked of the network, and why.
            StoreError: the database can not be used; what was corrected until then can be done again.
        """
        network_of(self._accounts, wanted.out.account)
        done: list[Corrected] = []
        for one in wanted.parts:
            done.append(self._correct(wanted, one))
            if not done[-1].done:
                break
        return done

    def _correct(self, wanted: Correction, one: PartCorrection) -> Corrected:
        out, now = wanted.out, self._clock.now()
        corrections.begin(self._store, out.delivery, one.one, self._actor, now)
        sending = self._sending(wanted, one)
        outcome = change(self._accounts, out.account, lambda network: network.edit(one.one.remote, sending))
        now = self._clock.now()
        if isinstance(outcome, Done):
            corrections.corrected(self._store, out.delivery, one.one, one.to, outcome.words, self._actor, now)
            return Corrected(one, True, outcome.words)
        words, unclear = outcome.reason, isinstance(outcome, Unknown)
        if isinstance(outcome, NotPublished) and outcome.again_at:
            words = f"{words} (not before {_clock_time(outcome.again_at)})"
        corrections.not_corrected(
            self._store, out.delivery, one.one, words, self._actor, now, unclear=unclear
        )
        return Corrected(one, False, f"nobody knows whether it was changed: {words}" if unclear else words)

    def _sending(self, wanted: Correction, one: PartCorrection) -> Sending:
        """The part as it is to be, with how it stands to the others."""
        with self._store.read() as connection:
            row = listing.one(connection, wanted.out.delivery)
        assert row is not None  # noqa: S101  (deliveries are never deleted)
        before = [other.remote for other in wanted.out.parts if other.number < one.one.number]
        return Sending(
            part=one.to,
            previous=before[-1] if before else None,
            first=before[0] if before else None,
            key=row["key"],
            due_at=row["due_at"],
        )


def _clock_time(instant: datetime) -> str:
    return f"{instant:%H:%M:%S} UTC"
