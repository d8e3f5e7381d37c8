"""Fixtures of the alerts' tests: a store as a worker has it, and targets on this machine."""

from collections.abc import Iterator

import pytest

from tests.alerts.catcher import Catcher
from tests.worker.conftest import (
    bench,
    clock,
    empty_store,
    house,
    network_time,
    new_bench,
    said,
    travelling_house,
)

__all__ = ["bench", "clock", "empty_store", "house", "network_time", "new_bench", "said", "travelling_house"]


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    with Catcher() as running:
        yield running
