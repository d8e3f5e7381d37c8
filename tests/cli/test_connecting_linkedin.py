"""A LinkedIn page that is connected from the command line, with a browser that comes back."""

import socket
import subprocess

import requests

from bot.sandbox import Sandbox
from bot.seal import new_key

from .workplace import Workplace


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_page_is_connected_and_its_token_is_shown_nowhere(place: Workplace, sandbox: Sandbox) -> None:
    made = sandbox.register("linkedin", "fice-linkedin", "FICE")
    place.environment["BOT_SECRET_KEY"] = new_key()
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
    listed = place.run("accounts", check=None).out
    assert "fice-linkedin" in listed
    assert "FICE" in listed
