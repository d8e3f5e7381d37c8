"""The outlook: where alerts go and how sending to each target goes, for listings."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.alerts.targets import all_targets
from bot.settings import Settings
from bot.store import alerts
from bot.store.engine import Store


@dataclass(frozen=True, slots=True)
class TargetNow:
    """One target at a glance."""

    name: str  # of the variable that holds its address
    service: str  # "mailtos"; the rest of the address is secret
    sent_at: datetime | None  # UTC: when it last took a message
    waiting: int
    given_up: int
    said: str  # why it does not work, or ""

    @property
    def fine(self) -> bool:
        """Whether it has an address and took what was last sent."""
        return not self.said

    def to_json(self) -> dict[str, Any]:
        """The object of `bot alerts --json`."""
        return asdict(self) | {
            "sent_at": self.sent_at.isoformat() if self.sent_at else None,
            "fine": self.fine,
        }


def targets_now(store: Store, settings: Settings) -> Sequence[TargetNow]:
    """Every target of config/bot.toml, in its order."""
    targets = all_targets(settings)
    with store.read() as connection:
        known = alerts.targets_status(connection, [target.name for target in targets])
    return [
        TargetNow(
            target.name, target.service, status.sent_at, status.waiting, status.given_up,
            status.problem if target.url else f"{target.name} is not set",
        )
        for target, status in zip(targets, known, strict=True)
    ]  # fmt: skip
