"""A folder as a communications team has it, and the commands run in it as a person runs them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import nursery

ROOT = Path(__file__).parents[2]
ACCOUNTS = """
[fice-x]
network = "twitter"
handle = "@fice"

[fice-facebook]
network = "facebook"
handle = "FICE"

[fice-linkedin]
network = "linkedin"
handle = "FICE"
"""
CAMPAIGN = """
title = "A week"
timezone = "America/New_York"
starts = 2018-09-24

[[day]]
theme = "Monday"

[[day]]
theme = "Tuesday"

[slots.morning]
at = 08:00:00
kinds = ["daily-post"]
accounts = ["fice-x", "fice-facebook", "fice-linkedin"]
"""
POST = """---
day: {day}
kind: daily-post
late_ok: 300d
---
{text}
"""


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The output of `--json`: one object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Workplace:
    """The folder with its environment."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def furnished(cls, folder: Path) -> "Workplace":
        """With three accounts, one campaign of two days and a post for each."""
        place = cls(folder)
        place.write("config/accounts.toml", ACCOUNTS)
        place.write("config/campaigns/week.toml", CAMPAIGN)
        place.post("1-monday", 1, "Good morning from the first day.")
        place.post("2-tuesday", 2, "Good morning from the second day.")
        return place

    def write(self, path: str, text: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def post(self, name: str, day: int, text: str) -> Path:
        return self.write(f"posts/week/{name}.md", POST.format(day=day, text=text))

    def run(self, *words: str, check: int | None = None) -> Done:
        """Run `bot …` to its end; `check` is the exit code that it must have."""
        ended = nursery.run(words, cwd=self.folder, env=self._environment(), timeout=120)
        done = Done(ended.returncode, ended.stdout, ended.stderr)
        assert "Traceback" not in done.err, done.err
        if check is not None:
            assert done.code == check, f"{words}: {done}"
        return done

    @contextmanager
    def running(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """`bot …` while the block lasts; its output is to be read line by line."""
        process = nursery.Bot[str](
            words,
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def _command(self, words: Sequence[str]) -> Sequence[str]:
        return [sys.executable, "-m", "bot", *words]

    def _environment(self) -> Mapping[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **self.environment}
