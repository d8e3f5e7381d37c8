"""Fixtures of the commands' tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox import Sandbox

from .workplace import Workplace


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace.furnished(tmp_path)


@pytest.fixture
def sandbox(place: Workplace) -> Iterator[Sandbox]:
    """The networks, with X and Facebook connected; LinkedIn's credentials are missing."""
    with Sandbox() as local:
        place.environment |= local.environment()
        place.environment |= local.register("twitter", "fice-x", "@fice")
        place.environment |= local.register("facebook", "fice-facebook", "FICE")
        yield local
