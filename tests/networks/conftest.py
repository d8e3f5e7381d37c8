"""Fixtures of the networks' tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.clock import FixedClock
from bot.sandbox import Sandbox

from .accounts import NOW
from .facebook_page import ACCOUNT, PageWorld


@pytest.fixture
def page(tmp_path: Path) -> Iterator[PageWorld]:
    """A page on Facebook in a sandbox of its own."""
    clock = FixedClock(NOW)
    with Sandbox(now=clock.now) as sandbox:
        environment = {
            **sandbox.environment(),
            **sandbox.register("facebook", ACCOUNT.name, ACCOUNT.handle),
        }
        yield PageWorld(sandbox, tmp_path, clock, environment)
