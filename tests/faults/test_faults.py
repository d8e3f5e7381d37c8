"""The fault harness itself: a short session of it, and the proof that it would notice."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from .plan import FIRST_STEPS, STEPS

ROOT = Path(__file__).parents[2]
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
    code, said = harness("--runs", str(len(FIRST_STEPS)), "--seed", "22", "--at-once", "4")
    assert code == 0, said
    assert ": 0 duplicates, 0 lost, 0 stuck, 0 other disagreements, " in said
    assert [step for step in STEPS if not re.search(rf"\b{step} [1-9]", said)] == []


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
