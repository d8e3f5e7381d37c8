"""Ending a doubt at the desk: what the bot knows, and what it believes."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.sandbox import Sandbox

from .workplace import Workplace


@pytest.fixture
def doubtful(place: Workplace, sandbox: Sandbox) -> Workplace:
    """The post on X went out, its answer was lost, and nobody may look for it; the one on Facebook is out."""
    yesterday = datetime.now(ZoneInfo("America/New_York")).date() - timedelta(days=1)
    place.write("config/bot.toml", '[worker]\nspacing = "0s"\n')
    (place.folder / "posts/week/2-tuesday.md").unlink()
    place.run("apply", "--starts", yesterday.isoformat(), check=0)
    sandbox.set_reads_allowed("twitter", False)
    sandbox.add_fault("twitter", "status", named="html with an error", stored=True)
    place.run("worker", "--until-idle", check=0)
    return place


def uncertain(place: Workplace) -> str:
    [one] = place.run("queue", "--state", "uncertain", "--json", check=0).objects
    return str(one["id"])


def test_the_evidence_is_shown_before_one_decides(doubtful: Workplace) -> None:
    one = uncertain(doubtful)
    done = doubtful.run("resolve", one, check=2)
    assert "502 Bad Gateway" in done.out
    assert "Is this there?" in done.out
    assert "by itself" in done.out
    assert "--published URL or --not-published" in done.err
    [told] = doubtful.run("resolve", one, "--json", check=2).objects
    [attempt] = told["tries"]
    assert (attempt["outcome"], attempt["status"]) == ("unknown", 502)
    assert told["seen"][-1]["state"] == "uncertain"


def test_what_may_still_appear_is_not_believed_to_be_absent(doubtful: Workplace) -> None:
    done = doubtful.run("resolve", uncertain(doubtful), "--not-published", check=1)
    assert "say so after" in done.err
    assert "Traceback" not in done.err


def test_a_link_of_another_network_or_author_is_refused(doubtful: Workplace, sandbox: Sandbox) -> None:
    one = uncertain(doubtful)
    for url, said in (
        ("https://www.facebook.com/1/posts/2", "leads to www.facebook.com"),
        ("https://x.com/SSWAlliance/status/5", "@SSWAlliance"),
    ):
        assert said in doubtful.run("resolve", one, "--published", url, check=1).err
    [post] = [found for found in sandbox.feed() if found.network == "twitter"]
    doubtful.run("resolve", one, "--published", post.url, "-m", "I see it", check=0)
    last = doubtful.run("log", "--delivery", one, "--json", check=0).objects[-1]
    assert (last["state"], last["remote_id"], last["remote_url"]) == ("published", post.id, post.url)
    assert last["reason"] == "I see it"
