"""A LinkedIn page that is connected from the command line, with a browser that comes back."""

import socket
import subprocess
from datetime import timedelta

import requests

from bot.clock import SystemClock
from bot.sandbox import Sandbox
from bot.seal import new_key
from bot.store import checks, open_store

from .workplace import Workplace


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_page_is_connected_and_its_token_is_shown_nowhere(place: Workplace, sandbox: Sandbox) -> None:
    made = sandbox.register("linkedin", "fice-linkedin", "FICE")
    place.environment["BOT_SECRET_KEY"] = new_key()
    then = SystemClock().now() - timedelta(hours=1)
    (place.folder / "var").mkdir(exist_ok=True)
    store = open_store(f"sqlite:///{place.folder / 'var/bot.db'}")
    checks.begin(store, "fice-linkedin", then, timedelta())
    checks.record(store, "fice-linkedin", False, "the token has ended", None, then)
    store.close()
    process = subprocess.Popen(
        place._command(["accounts", "connect", "linkedin", "--port", str(free_port())]),
        cwd=place.folder,
        env=place._environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        secret = made["FICE_LINKEDIN_CLIENT_SECRET"]
        process.stdin.write(f"{made['FICE_LINKEDIN_CLIENT_ID']}\n{secret}\n1\n")
        process.stdin.flush()
        said = []
        while not (url := said[-1].strip() if said else "").startswith("http"):
            said.append(process.stdout.readline())
            assert said[-1], process.stderr and process.stderr.read()
        with requests.Session() as browser:
            browser.trust_env = False
            assert "would like to" in browser.get(url).text
            assert "You can close this window" in browser.post(url, data={"allow": "yes"}).text
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, err
    assert "fice-linkedin is connected: may post as FICE; rights: " in err
    assert secret not in "".join(said) + out + err
    # What an earlier worker heard of other credentials is told no more.
    store = open_store(f"sqlite:///{place.folder / 'var/bot.db'}")
    with store.read() as connection:
        [check] = checks.all_checks(connection)
    store.close()
    assert (check.account, check.ok, check.expires_at is not None) == ("fice-linkedin", True, True)
    listed = place.run("accounts", check=None).out
    assert "fice-linkedin" in listed
    assert "FICE" in listed
