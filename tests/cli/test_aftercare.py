"""The commands for what is out: taking it away, and correcting it."""

import os
import pty
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox import Sandbox
from tests.worker.helper import eventually, lasting

from .workplace import Workplace

NETWORK = {"fice-x": "twitter", "fice-facebook": "facebook", "fice-linkedin": "linkedin"}


@pytest.fixture
def out(place: Workplace) -> Iterator[tuple[Workplace, Sandbox]]:
    """One post is out on each of three networks."""
    with Sandbox() as local:
        place.environment |= local.environment()
        for name, network in NETWORK.items():
            place.environment |= lasting(local.register(network, name, "fice"))
        (place.folder / "posts/week/2-tuesday.md").unlink()
        yesterday = datetime.now(ZoneInfo("America/New_York")).date() - timedelta(days=1)
        place.run("apply", "--starts", yesterday.isoformat(), check=0)
        place.run("worker", "--until-idle", check=0)
        assert len(local.feed()) == 3
        yield place, local


def number(place: Workplace, account: str) -> str:
    """The delivery of an account."""
    [one] = place.run("queue", "--all", "--account", account, "--json", check=0).objects
    return str(one["id"])


def answering(place: Workplace, words: list[str], answers: list[str]) -> tuple[int, str]:
    """Run a command in a terminal of its own, with a person at it."""
    ours, theirs = pty.openpty()
    environment = {**place._environment(), "COLUMNS": "200", "TERM": "dumb"}
    with subprocess.Popen(
        place._command(words), cwd=place.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
        said = b""
        try:
            while piece := os.read(ours, 4096):
                said += piece
        except OSError:  # the other side has closed
            pass
        os.close(ours)
    return process.returncode, said.decode()


def test_a_delivery_is_taken_away_after_two_questions(out: tuple[Workplace, Sandbox]) -> None:
    place, sandbox = out
    one = number(place, "fice-facebook")
    code, said = answering(place, ["unpublish", one], ["y", "99"])
    assert (code, len(sandbox.feed())) == (1, 3), said
    assert "nothing was taken away" in said
    code, said = answering(place, ["unpublish", one, "-m", "a wrong name"], ["y", one])
    assert code == 0, said
    assert "can not be undone" in said
    assert {shown.network for shown in sandbox.feed()} == {"twitter", "linkedin"}
    last = place.run("log", "--delivery", one, "--json", check=0).objects
    assert "a wrong name" in last[-2]["reason"]
    assert last[-1]["reason"].startswith("part 1 is taken away: ")


def test_a_link_names_a_delivery_and_where_nobody_can_be_asked_a_flag_must_say_so(
    out: tuple[Workplace, Sandbox],
) -> None:
    place, sandbox = out
    [shown] = [one for one in sandbox.feed() if one.network == "linkedin"]
    assert "--yes" in place.run("unpublish", shown.url, check=2).err
    assert "no delivery has a post there" in place.run("unpublish", "https://x.com/a/status/7", check=1).err
    assert len(sandbox.feed()) == 3
    [done] = place.run("unpublish", shown.url, "--yes", "--json", check=0).objects
    assert (done["removed"], done["remote_id"]) == (True, shown.id)
    assert len(sandbox.feed()) == 2
    [listed] = place.run("queue", "--all", "--account", "fice-linkedin", "--json", check=0).objects
    assert listed["state"] == "published"
    assert listed["removed_at"]
    assert listed["removed_by"]
    status = place.run("status", "--json").objects[0]
    assert (status["removed"], status["attention"]) == (1, [])
    assert "already" in place.run("unpublish", shown.url, check=0).out


def test_a_command_that_was_killed_in_the_middle_is_ended_by_the_same_command(
    out: tuple[Workplace, Sandbox],
) -> None:
    place, sandbox = out
    one = number(place, "fice-facebook")
    sandbox.add_fault("facebook", "hang", on="delete", stored=True, seconds=30)
    before = len(sandbox.feed())
    with place.running("unpublish", one, "--yes") as process:
        eventually(lambda: len(sandbox.feed()) < before)
        process.kill()
    [attention] = place.run("status", "--json", check=1).objects[0]["attention"]
    assert attention["id"] == int(one)
    place.run("unpublish", one, "--yes", check=0)
    assert place.run("status", "--json").objects[0]["attention"] == []


def test_a_correction_shows_the_difference_asks_and_quiets_the_plan(out: tuple[Workplace, Sandbox]) -> None:
    place, sandbox = out
    file = place.folder / "posts/week/1-monday.md"
    file.write_text(file.read_text().replace("first day", "very first day (of five)"))
    hints = {change["account"]: change["why"] for change in place.run("plan", "--json", check=0).objects}
    one = number(place, "fice-linkedin")
    assert f"bot correct {one}" in hints["fice-linkedin"]
    assert "bot correct" not in hints["fice-x"]
    code, said = answering(place, ["correct", one], ["n"])
    assert code == 1
    assert "- Good morning from the first day." in said
    assert "+ Good morning from the very first day (of five)." in said
    assert {shown.text for shown in sandbox.feed()} == {"Good morning from the first day."}
    done = place.run("correct", "week/1-monday", "--yes", check=1)  # X can not
    assert "fice-x" in done.err
    texts = {shown.network: shown.text for shown in sandbox.feed()}
    assert texts["linkedin"] == texts["facebook"] == "Good morning from the very first day (of five)."
    assert texts["twitter"] == "Good morning from the first day."
    left = [change["account"] for change in place.run("plan", "--json", check=0).objects]
    assert left == ["fice-x"]
    assert "says what its file says" in place.run("correct", one, check=0).err
