"""A sandbox that is killed and started again goes on where it was."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.sandbox import Sandbox

from .helper import Clock, World

ARTICLE = {"article": {"source": "https://example.org", "title": "A"}}


def life(stack: ExitStack, clock: Clock, journal: Path) -> World:
    return World(stack.enter_context(Sandbox(now=clock.now, journal=journal)), clock, stack)


def fill(world: World) -> None:
    """Something of everything."""
    first = world.twitter().create_tweet(text="1/2").json()["data"]["id"]
    world.twitter().create_tweet(text="2/2 é \u2028 end", in_reply_to_tweet_id=first)
    page = world.facebook()
    page.sdk.put_comment(page.post("Hello", link="https://example.org"), "More")
    gone = page.post("Gone")
    page.sdk.delete_object(gone)
    author = world.linkedin()
    author.post(r"Hello \(World\)", content=ARTICLE)


def test_feed_ids_and_credentials_survive(tmp_path: Path, clock: Clock) -> None:
    journal = tmp_path / "new" / "sandbox.jsonl"
    with ExitStack() as stack:
        before = life(stack, clock, journal)
        fill(before)
        feed, keys = before.sandbox.feed(), before.sandbox.register("twitter", "fice-x", "@fice")
    with ExitStack() as stack:
        after = life(stack, clock, journal)
        assert after.sandbox.feed() == feed
        assert after.sandbox.register("twitter", "fice-x", "@fice") == keys
        assert after.linkedin().find().elements[0]["commentary"] == r"Hello \(World\)"
        again = after.linkedin().post(r"Hello \(World\)", content=ARTICLE)
        assert again.entity["errorDetails"]["inputErrors"][0]["code"] == "DUPLICATE_POST"
        later = after.twitter().create_tweet(text="Later").json()["data"]["id"]
        assert int(later) > max(int(one.id) for one in feed if one.network == "twitter")


def test_a_last_line_torn_by_a_kill_is_left_out(tmp_path: Path, clock: Clock) -> None:
    journal = tmp_path / "sandbox.jsonl"
    with ExitStack() as stack:
        before = life(stack, clock, journal)
        before.facebook().post("Whole")
        before.facebook().post("Torn")
    journal.write_bytes(journal.read_bytes()[:-20])
    with ExitStack() as stack:
        after = life(stack, clock, journal)
        assert [one.text for one in after.sandbox.feed()] == ["Whole"]
        after.facebook().post("Next")
    with ExitStack() as stack:
        assert [one.text for one in life(stack, clock, journal).sandbox.feed()] == ["Whole", "Next"]


def test_a_journal_of_something_else_is_not_touched(tmp_path: Path) -> None:
    journal = tmp_path / "notes.txt"
    journal.write_text("milk\nbread\n")
    with pytest.raises(ValueError, match=r"notes\.txt:1: not a line of a sandbox's journal"):
        Sandbox(journal=journal)
    assert journal.read_text() == "milk\nbread\n"


KILLED = """
import os, sys, requests
from pathlib import Path
from bot.sandbox import Sandbox
sandbox = Sandbox(journal=Path(sys.argv[1]))
sandbox.start()
keys = sandbox.register("facebook", "page", "FICE")
url = sandbox.environment()["FACEBOOK_GRAPH_URL"] + "/me/feed"
form = {"access_token": keys["PAGE_ACCESS_TOKEN"], "message": "Answered"}
assert requests.post(url, data=form, timeout=5).status_code == 200
os.kill(os.getpid(), 9)
"""


def test_what_was_answered_survives_a_kill(tmp_path: Path) -> None:
    journal = tmp_path / "sandbox.jsonl"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", KILLED, journal], cwd=root, timeout=60, check=False)
    assert done.returncode == -9
    assert [one.text for one in Sandbox(journal=journal).feed()] == ["Answered"]
