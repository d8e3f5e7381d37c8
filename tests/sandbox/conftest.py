"""Fixtures of the sandbox's tests."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from bot.sandbox import Sandbox

from .helper import Clock, World


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> Iterator[World]:
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(now=clock.now))
        yield World(sandbox, clock, stack)
