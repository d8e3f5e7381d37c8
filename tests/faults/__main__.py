"""The command: `python -m tests.faults --runs N --seed S [--database URL] [--workers K]`."""

import argparse
import functools
import multiprocessing
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from .database import OWN_SERVER, Databases, databases_at
from .process import end_with_the_harness, load_everything
from .run import Result, run
from .sabotage import SABOTAGE
from .totals import Totals

MEMORY = Path(
    "/dev/shm"
)  # a kill loses nothing that a process has handed to the system, so a disk proves no more


def main(words: Sequence[str]) -> int:
    """Play the runs; 0 if their books agree."""
    options = _options(words)
    load_everything()
    totals, began = Totals(), time.monotonic()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell has started this with "&"
    where = MEMORY if MEMORY.is_dir() else None
    with (
        tempfile.TemporaryDirectory(prefix="faults-", dir=where) as folder,
        databases_at(options.database, Path(folder)) as databases,
    ):
        try:
            for result in _results(options, databases, Path(folder)):
                totals.add(result)
                _tell(result, options)
        except KeyboardInterrupt:
            print("stopped; so far:", file=sys.stderr)
    print(totals.line(), flush=True)
    spent = time.monotonic() - began
    print(f"{spent:.0f} s, {totals.cpu_s / max(totals.runs, 1):.2f} s of CPU a run", file=sys.stderr)
    if totals.failed:
        print(f"failed seeds: {' '.join(map(str, sorted(totals.failed)))}", file=sys.stderr)
    return 1 if totals.failed else 0


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--runs", type=_number, default=20, metavar="N", help="how many")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the first run; then S+1, S+2, …")
    parser.add_argument(
        "--workers", type=_number, default=1, metavar="K", help="worker processes at once in a run"
    )
    parser.add_argument(
        "--database", metavar="URL", help=f"of a PostgreSQL server; '{OWN_SERVER}' starts one; default SQLite"
    )
    parser.add_argument(
        "--at-once", type=_number, default=6, metavar="J", help="runs at once; they mostly wait"
    )
    parser.add_argument(
        "--page", action="store_true", help="make half of the posts, those with files, on the page"
    )
    parser.add_argument("--verbose", action="store_true", help="a line for each run")
    parser.add_argument(
        "--sabotage", choices=sorted(SABOTAGE), help="break the product on purpose: the runs must fail"
    )
    return parser.parse_args(words)


def _number(word: str) -> int:
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"'{word}' is no number from 1")
    return int(word)


def _results(options: argparse.Namespace, databases: Databases, folder: Path) -> Iterator[Result]:
    seeds = range(options.seed, options.seed + options.runs)
    play = functools.partial(
        run,
        workers=options.workers,
        databases=databases,
        base=folder,
        sabotage=options.sabotage,
        page=options.page,
    )
    if options.runs == 1:
        yield play(options.seed)
        return
    with multiprocessing.get_context("fork").Pool(
        min(options.at_once, options.runs), end_with_the_harness
    ) as pool:
        yield from pool.imap_unordered(play, seeds)


def _serve_the_harness() -> None:
    """In a process that plays runs: Ctrl-C is the harness's, and its end is ours."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_the_harness()


def _tell(result: Result, options: argparse.Namespace) -> None:
    cost = f"{result.wall_s:.1f} s, {result.cpu_s:.2f} s of CPU"
    if not result.problems:
        if options.verbose:
            print(f"run {result.seed}: {cost}, {dict(result.kills)}", flush=True)
        return
    print(f"run {result.seed} has failed:")
    for problem in result.problems:
        print(f"  {problem.kind}: {problem.words}")
    again = f"--runs 1 --seed {result.seed} --workers {options.workers}"
    if options.page:
        again += " --page"
    if options.database:  # an address may hold a password
        again += f" --database {OWN_SERVER if options.database == OWN_SERVER else 'URL'}"
    if options.sabotage:
        again += f" --sabotage {options.sabotage}"
    print(f"  again: uv run python -m tests.faults {again}")
    if options.runs == 1 or options.verbose:
        print(result.story)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
