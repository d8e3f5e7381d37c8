"""What is due goes out, on any server that speaks the networks' APIs, and the log tells it."""

import csv
import io
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests

from bot.sandbox import Sandbox
from bot.store import open_store
from tests.web.helper import visit

from .workplace import Workplace

FIELDS = [
    "at", "delivery", "post", "account", "network", "from", "state", "attempt",
    "remote_id", "remote_url", "reason", "actor", "lateness_s",
]  # fmt: skip


@pytest.fixture
def due(place: Workplace, sandbox: Sandbox) -> Workplace:
    """The first day was a while ago, well within the tolerance; the second has not come."""
    yesterday = datetime.now(ZoneInfo("America/New_York")).date() - timedelta(days=1)
    place.write("config/bot.toml", '[worker]\nspacing = "0s"\n')
    (place.folder / "posts/week/2-tuesday.md").unlink()
    place.run("apply", "--starts", yesterday.isoformat(), check=0)
    return place


def test_what_is_due_goes_out_and_an_account_without_credentials_is_held(
    due: Workplace, sandbox: Sandbox
) -> None:
    due.run("worker", "--until-idle", check=0)
    assert sorted(one.network for one in sandbox.feed()) == ["facebook", "twitter"]
    [held] = due.run("queue", "--json", check=0).objects
    assert (held["account"], held["state"], held["hold"]) == ("fice-linkedin", "held", "not-connected")
    assert "FICE_LINKEDIN_ACCESS_TOKEN" in held["reason"]

    status = due.run("status", check=1)
    assert "FICE_LINKEDIN_ACCESS_TOKEN" in status.out
    told = due.run("status", "--json", check=1).objects[0]
    assert (told["fine"], told["counts"]) == (False, {"published": 2, "held": 1})


def test_it_goes_out_when_the_credentials_are_there(due: Workplace, sandbox: Sandbox) -> None:
    due.run("worker", "--until-idle", check=0)
    due.environment |= sandbox.register("linkedin", "fice-linkedin", "FICE")
    due.run("worker", "--until-idle", check=0)
    assert sorted(one.network for one in sandbox.feed()) == ["facebook", "linkedin", "twitter"]
    assert sandbox.duplicates() == 0
    assert due.run("queue", "--json").objects == []
    assert "fine" in due.run("status", check=0).err


def test_the_log_has_the_fields_of_the_design(due: Workplace, sandbox: Sandbox) -> None:
    due.run("worker", "--until-idle", check=0)
    rows = due.run("log", "--json", check=0).objects
    assert all(set(FIELDS) <= set(row) for row in rows)
    [out] = due.run("log", "--json", "--state", "published", "--account", "fice-x").objects
    [shown] = [one for one in sandbox.feed() if one.network == "twitter"]
    assert (out["from"], out["remote_id"], out["attempt"]) == ("publishing", shown.id, 1)
    assert out["remote_url"] == f"https://x.com/fice/status/{shown.id}"
    assert out["lateness_s"] > 0
    assert datetime.fromisoformat(out["at"]).utcoffset() == timedelta()
    story = due.run("log", "--json", "--delivery", str(out["delivery"])).objects
    assert [row["state"] for row in story] == ["scheduled", "publishing", "published"]

    said = due.run("log", "--xlsx", "log.xlsx", check=0).err
    assert said.strip() == f"{len(rows)} rows in log.xlsx"
    assert (due.folder / "log.xlsx").read_bytes().startswith(b"PK")
    table = list(csv.reader(io.StringIO(due.run("log", "--csv", check=0).out)))
    assert table[0] == FIELDS
    assert len(table) == len(rows) + 1


def test_a_day_is_decided_about_by_hand(place: Workplace) -> None:
    place.run("apply", "--starts", "2030-01-07", check=0)
    assert len(place.run("hold", "--post", "week/1", "-m", "wait for the minister", "--json").objects) == 3
    assert "wait for the minister" in place.run("queue", "--state", "held").out
    place.run("release", "1", check=0)
    place.run("cancel", "2", check=0)
    place.run("reschedule", "1", "2030-01-07 09:30", check=0)
    place.run("reschedule", "3", "2030-01-07T09:30+00:00", check=0)
    queued = {one["id"]: one for one in place.run("queue", "--json", check=0).objects}
    assert queued[1]["due_at"] == "2030-01-07T14:30:00+00:00"
    assert queued[3]["due_at"] == "2030-01-07T09:30:00+00:00"
    assert 2 not in queued
    reasons = [row["reason"] for row in place.run("log", "--json", "--delivery", "1").objects]
    assert reasons[1] == "wait for the minister"


def test_nothing_goes_out_during_a_pause(due: Workplace, sandbox: Sandbox) -> None:
    due.run("pause", "earthquake", check=0)
    due.run("worker", "--until-idle", check=0)
    assert sandbox.feed() == []
    assert "PAUSED" in due.run("status").out
    assert "earthquake" in due.run("queue", "--state", "held").out
    due.run("resume", check=0)
    due.run("worker", "--until-idle", check=0)
    assert len(sandbox.feed()) == 2


def test_accounts_and_preflight_say_what_works(due: Workplace) -> None:
    found = {one["account"]: one for one in due.run("accounts", "--json", check=1).objects}
    assert (found["fice-x"]["ok"], found["fice-linkedin"]["ok"]) == (True, False)
    findings = due.run("preflight", "week", "--json", check=1).objects
    bad = [one["subject"] for one in findings if one["about"] == "account" and not one["ok"]]
    assert bad == ["fice-linkedin"]


def test_both_run_together_and_end_in_good_order(due: Workplace, sandbox: Sandbox) -> None:
    with due.running("up", "--port", "0") as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        with due.running("log", "--json", "--follow", "--state", "published") as following:
            assert following.stdout is not None
            assert '"published"' in following.stdout.readline()
        store = open_store(f"sqlite:///{due.folder / 'var/bot.db'}")
        assert "fice-x" in visit(url, store, datetime.now(UTC)).get("/").text
        store.close()
        assert requests.get(f"{url}/healthz", timeout=30).json()["worker_alive"] is True
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


def test_a_taken_port_is_one_line(place: Workplace, sandbox: Sandbox) -> None:
    port = sandbox.url.rsplit(":", 1)[1]
    for words in (("web", "--port", port), ("sandbox", "--port", port)):
        done = place.run(*words, check=1)
        [line] = done.err.strip().splitlines()
        assert port in line


def test_the_sandbox_alone_connects_accounts_by_what_it_prints(place: Workplace) -> None:
    with place.running("sandbox", "--port", "0") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip()]
        while not lines[-1].startswith("FICE_LINKEDIN_CLIENT_SECRET"):
            lines.append(process.stdout.readline().strip())
        place.write(".env", "\n".join(lines))
        found = place.run("accounts", "--json", check=0).objects
        assert [one["ok"] for one in found] == [True] * 3
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0


def test_a_backup_is_a_whole_database(due: Workplace, tmp_path: Path) -> None:
    copy = due.folder / "copy.db"
    due.run("db", "backup", str(copy), check=0)
    assert "exists already" in due.run("db", "backup", str(copy), check=1).err
    before = due.run("queue", "--json").objects
    due.environment["DATABASE_URL"] = f"sqlite:///{copy}"
    assert due.run("queue", "--json").objects == before
