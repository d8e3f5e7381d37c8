"""A rehearsal: the real worker on the local networks, in a few seconds."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.cli.workplace import Workplace

CHAT = """---
day: 1
kind: daily-post
accounts: [fice-x]
---
{}
"""


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace.furnished(tmp_path)


def test_everything_goes_out_exactly_once(place: Workplace) -> None:
    done = place.run("rehearse", "week", "--seconds", "2", check=0)
    assert "6 of 6 deliveries published, 0 missed, 0 failed, 0 duplicates seen by the sandbox" in done.out
    assert "Mon 24 Sep 08:00" in done.out
    assert "EDT" in done.out


def test_the_report_has_the_figures_for_machines(place: Workplace) -> None:
    [report] = place.run("rehearse", "week", "--seconds", "2", "--json", check=0).objects
    assert report["perfect"] is True
    assert report["states"] == {"published": 6}
    assert (report["messages"], report["shown"], report["duplicates"]) == (6, 6, 0)


def test_it_says_what_each_network_refused_and_why(place: Workplace) -> None:
    # LinkedIn refuses a version that is gone; nothing in the files themselves is wrong.
    place.write("config/bot.toml", '[networks.linkedin]\napi_version = "202401"\n')
    done = place.run("rehearse", "week", "--seconds", "2", check=1)
    assert (
        "refused: linkedin answered 426 to fice-linkedin: Requested version 202401 is not active" in done.out
    )
    assert "needs a person: week/1-monday.md -> fice-linkedin" in done.out
    assert "4 of 6 deliveries published" in done.out


def test_a_campaign_with_an_error_is_not_rehearsed(place: Workplace) -> None:
    place.post("3-too-long", 1, "word " * 100)
    done = place.run("rehearse", "week", check=1)
    assert "posts/week/3-too-long.md" in done.err


def test_a_campaign_of_drafts_says_that_there_is_nothing(place: Workplace) -> None:
    for file in (place.folder / "posts/week").iterdir():
        file.write_text(file.read_text().replace("kind:", "status: draft\nkind:"))
    done = place.run("rehearse", "week", check=1)
    assert "nothing to rehearse" in done.err


def worker_of(place: Workplace, demo: int) -> int | None:
    """The process that the rehearsal has started as its worker."""
    children = Path(f"/proc/{demo}/task/{demo}/children")
    found = children.read_text().split() if children.exists() else []
    return int(found[0]) if found else None


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc to find the worker's process")
def test_a_worker_killed_in_the_middle_is_replaced_and_nothing_goes_out_twice(place: Workplace) -> None:
    for number in range(6):
        place.write(f"posts/week/chat-{number}.md", CHAT.format(f"Message number {number}"))
    with place.running("rehearse", "week", "--seconds", "8") as process:
        assert process.stdout is not None
        kills = 0
        for line in process.stdout:
            worker = worker_of(place, process.pid)
            if "published" in line and worker and kills < 2:
                os.kill(worker, signal.SIGKILL)
                kills += 1
        assert kills == 2
        assert process.wait(timeout=120) == 0


@pytest.mark.parametrize("everything", [False, True], ids=["the rehearsal", "its worker too"])
def test_a_rehearsal_that_was_killed_goes_on_where_it_stopped(place: Workplace, everything: bool) -> None:
    with place.running("rehearse", "week", "--seconds", "30") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "published" in line:
                worker = worker_of(place, process.pid) if everything else None
                process.kill()
                if worker is not None:  # none where there is no /proc: then it ends by itself
                    os.kill(worker, signal.SIGKILL)
                break
        process.wait(timeout=30)
    for _ in range(100):  # its worker notices within a second that it is alone, and lets the stage go
        done = place.run("rehearse", "week", "--seconds", "2")
        if "is going on" not in done.err:
            break
        time.sleep(0.2)
    assert done.code == 0, done
    assert "Going on with the rehearsal that was stopped" in done.out
    assert "6 of 6 deliveries published" in done.out


def test_one_stage_has_one_rehearsal(place: Workplace) -> None:
    with place.running("rehearse", "week", "--seconds", "60") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGSTOP)  # so that it can not come to its end meanwhile
        done = place.run("rehearse", "week", check=1)
        assert "a rehearsal is going on" in done.err
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        assert process.wait(timeout=60) == 130
