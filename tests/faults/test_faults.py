"""The fault harness itself: a short session of it, and the proof that it would notice."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .plan import FIRST_STEPS, MORE_STEPS, STEPS

ROOT = Path(__file__).parents[2]
SEED = 22
PATIENCE_S = 360  # real processes on a machine that may be busy
pytestmark = pytest.mark.timeout(PATIENCE_S + 30)


def harness(*options: str) -> tuple[int, str]:
    """Play; the exit code and what was printed."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_a_kill_at_every_named_step_loses_nothing_and_sends_nothing_twice() -> None:
    # Each run has a step of its first half, and one of the fewer ones of its second.
    said = played("--runs", str(len(FIRST_STEPS)), "--seed", str(SEED), "--at-once", "4")
    for step in STEPS:
        # On a busy machine a run may be past its step, or not there yet, when it ends: then another meets it.
        assert is_met(step, said) or any(
            is_met(step, played("--runs", "1", "--seed", str(seed))) for seed in others_with(step)
        ), f"no run was killed at {step}"


def test_posts_that_are_made_on_the_page_are_as_safe() -> None:
    played("--runs", "3", "--seed", "105", "--page", "--at-once", "3")


def played(*options: str) -> str:
    """Play a session that finds nothing wrong; what it printed."""
    code, said = harness(*options)
    assert code == 0, said
    assert ": 0 duplicates, 0 lost, 0 stuck, 0 other disagreements, " in said
    return said


def is_met(step: str, said: str) -> bool:
    """Whether some process was killed at this step."""
    return re.search(rf"\b{step} [1-9]", said) is not None


def others_with(step: str) -> Iterator[int]:
    """Seeds of further runs that have this step."""
    steps = FIRST_STEPS if step in FIRST_STEPS else MORE_STEPS
    first = SEED + len(FIRST_STEPS)
    yield from (seed for seed in range(first, first + 4 * len(steps)) if steps[seed % len(steps)] == step)


# In run 226 the first call to X is stored, and its answer lost; in run 343 a post on X shows two pictures.
@pytest.mark.parametrize(
    ("sabotage", "seed", "found"),
    [
        ("queue-again", "226", "duplicate: fice-x shows post 1, part 1,"),
        ("believe", "226", "which is nowhere"),
        ("mix-up", "343", "(week/12.md -> fice-x), part 1 shows ["),
        ("say-nothing", "343", "(week/12.md -> fice-x), part 1 shows ["),
    ],
)
def test_a_product_that_is_broken_on_purpose_is_found_out(sabotage: str, seed: str, found: str) -> None:
    code, said = harness("--runs", "1", "--seed", seed, "--sabotage", sabotage)
    assert code == 1, said
    assert found in said
    assert f"again: uv run python -m tests.faults --runs 1 --seed {seed} --workers 1" in said
