"""Faults: what shall go wrong, in which order, and exactly how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from threading import Lock
from typing import Any

from bot.sandbox.network import CREATE, DELETE, EDIT, READ, TOKEN, UPLOAD
from bot.sandbox.registry import NETWORKS, stand_in

KINDS = {
    "status": "answer with an error status",
    "hang": "answer nothing for a while, then close",
    "drop_before": "reset the connection before anything is stored",
    "drop_after": "store, then reset the connection",
    "truncate": "store, then break off in the middle of the answer",
    "half_close": "store, then close only the sending side of the connection, without an answer",
    "slow": "store, and answer rightly after a while",
}
TARGETS = (CREATE, READ, EDIT, DELETE, UPLOAD, TOKEN, "any")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong with the next `count` matching requests of a network."""

    network: str
    fault: str  # a key of KINDS
    count: int = 1
    on: str = CREATE  # one of TARGETS
    status: int = 500  # of "status"
    body: Any = None  # of "status": text as it is, else JSON; None: the network's own words
    headers: Mapping[str, str] = field(default_factory=dict)  # of "status"
    content_type: str | None = None  # of "status"
    named: str | None = None  # of "status": the whole answer to a case of its network's `named`
    stored: bool = False  # of "status" and "hang": the message is out all the same
    seconds: float = 30.0  # real seconds, of "hang" and "slow"
    drip: bool = False  # of "slow": send the answer byte by byte over that time

    def __post_init__(self) -> None:
        """Raises ValueError with one sentence for a person."""
        if self.network not in NETWORKS:
            raise ValueError(f"a fault's network is one of {', '.join(NETWORKS)}, not {self.network!r}")
        if self.fault not in KINDS:
            raise ValueError(f"a fault is one of {', '.join(KINDS)}, not {self.fault!r}")
        if self.on not in TARGETS:
            raise ValueError(f"a fault's on is one of {', '.join(TARGETS)}, not {self.on!r}")
        if not _is_number(self.count, int) or self.count < 1:
            raise ValueError(f"a fault's count is a whole number from 1, not {self.count!r}")
        if not _is_number(self.status, int) or not 200 <= self.status <= 599:
            raise ValueError(f"a fault's status is a number from 200 to 599, not {self.status!r}")
        if not _is_number(self.seconds, int, float) or not 0 <= self.seconds <= 86_400:
            raise ValueError(f"a fault's seconds are a number from 0 to 86400, not {self.seconds!r}")
        if not isinstance(self.headers, Mapping) or not all(map(_is_header, self.headers.items())):
            raise ValueError("a fault's headers are an object of texts, each on one line")
        if self.content_type is not None and not _is_header(("content-type", self.content_type)):
            raise ValueError("a fault's content_type is a text on one line")
        if self.named is not None and self.named not in (cases := stand_in(self.network).named):
            known = ", ".join(sorted(cases))
            raise ValueError(f"a fault's named is one of {known}, not {self.named!r}")
        if not isinstance(self.stored, bool) or not isinstance(self.drip, bool):
            raise ValueError("a fault's stored and drip are true or false")

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> "Fault":
        """A fault from a JSON object. Raises ValueError with one sentence for a person."""
        names = [one.name for one in fields(cls)]
        unknown = sorted(set(values) - set(names))
        if unknown:
            raise ValueError(f"a fault has no {unknown[0]!r}: it has {', '.join(names)}")
        if missing := [name for name in ("network", "fault") if name not in values]:
            raise ValueError(f"a fault needs a {missing[0]!r}")
        return cls(**values)


class Faults:
    """The faults to come, consumed in the order in which they were added."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[tuple[Fault, int]] = []  # with how often it is still to happen

    def add(self, fault: Fault) -> None:
        """Let something go wrong, after what was added before."""
        with self._lock:
            self._waiting.append((fault, fault.count))

    def clear(self) -> None:
        """Let nothing more go wrong."""
        with self._lock:
            self._waiting.clear()

    def waiting(self) -> list[tuple[Fault, int]]:
        """What is still to happen, and how often."""
        with self._lock:
            return list(self._waiting)

    def take(self, network: str, kind: str) -> Fault | None:
        """The fault for a request of this kind, which is used up by that."""
        with self._lock:
            for place, (fault, left) in enumerate(self._waiting):
                if fault.network == network and fault.on in (kind, "any"):
                    self._waiting[place : place + 1] = [(fault, left - 1)] if left > 1 else []
                    return fault
        return None


def _is_number(value: object, *types: type) -> bool:
    return isinstance(value, types) and not isinstance(value, bool)


def _is_header(header: tuple[object, object]) -> bool:
    return all(isinstance(one, str) and one.isprintable() and one.isascii() for one in header)
