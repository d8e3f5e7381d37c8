"""Alerts of real processes: a worker, a worker that runs until nothing is due, and the page alone."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

from tests.alerts.catcher import SECRET, Catcher
from tests.worker.helper import LONG_S, House, eventually, stop


def tell(house: House, catcher: Catcher) -> None:
    """Let alerts go to the catcher."""
    config = house.folder / "config" / "bot.toml"
    config.write_text(f'{config.read_text()}\n[alerts]\nto = ["BOT_ALERT_CHAT"]\ndaily_at = "never"\n')
    house.environment["BOT_ALERT_CHAT"] = catcher.url


def refuse(house: House) -> None:
    house.sandbox.add_fault("twitter", "status", status=403)
    house.post("1-post", "Hello", "fice-x")
    house.bot("apply")


def test_a_worker_tells_a_failure_and_stops_although_the_target_never_answers(
    house: House, catcher: Catcher
) -> None:
    tell(house, catcher)
    catcher.status = None
    refuse(house)
    worker = house.worker()
    eventually(catcher.asked.is_set, LONG_S)
    assert house.states() == {"failed": 1}
    assert stop(worker) == 0
    assert "Traceback" not in house.said()
    catcher.status = 200
    assert house.worker("--until-idle").wait(LONG_S) == 0
    [subject] = catcher.subjects
    assert subject.startswith("Campaign bot: week/1-post.md -> fice-x is failed")
    assert SECRET not in house.said()


def test_the_page_alone_tells_that_no_worker_is_alive(house: House, catcher: Catcher) -> None:
    tell(house, catcher)
    house.post("1-post", "Hello", "fice-x", at=datetime.now(UTC) - timedelta(minutes=5))
    house.bot("apply")
    with house.log_file.open("ab") as log:
        page = subprocess.Popen(
            [sys.executable, "-m", "bot", "web", "--port", "0"],
            cwd=house.folder, env=house.environment, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        eventually(lambda: catcher.caught, LONG_S)
    finally:
        assert stop(page) == 0
    assert catcher.subjects == ["Campaign bot: no worker is alive and something is due"]
    assert "week/1-post.md -> fice-x was due at" in catcher.caught[0]["message"]


def test_a_test_message_is_sent_to_each_target_and_each_answer_shown(house: House, catcher: Catcher) -> None:
    tell(house, catcher)
    assert house.bot("alerts", "test").split("\t")[:3] == ["BOT_ALERT_CHAT", "json", "works"]
    assert catcher.subjects == ["Campaign bot: a test"]
    assert "never" in house.bot("alerts")
    house.environment["BOT_ALERT_CHAT"] = "nonsense://somewhere"
    done = subprocess.run(
        [sys.executable, "-m", "bot", "alerts", "test"],
        cwd=house.folder, env=house.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.split("\t")[:3] == ["BOT_ALERT_CHAT", "nonsense", "no"]
    assert "somewhere" not in done.stdout + done.stderr


def test_a_rehearsal_alerts_nobody(travelling_house: House, catcher: Catcher) -> None:
    house = travelling_house
    tell(house, catcher)
    refuse(house)
    assert house.worker("--until-idle").wait(LONG_S) == 0
    assert house.states() == {"failed": 1}
    assert not catcher.asked.is_set()
