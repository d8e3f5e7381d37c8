"""No secret comes out: networks that quote every credential, then every output, file and page is searched."""

import base64
import json
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest

from bot.clock import SystemClock
from bot.sandbox import Sandbox
from bot.seal import new_key
from bot.settings import load
from bot.store import open_store
from bot.web.server import serving
from tests.web.helper import visit

from .workplace import Workplace

PUBLIC = ("_PAGE_ID", "_APP_ID", "_AUTHOR", "_CLIENT_ID", "_URL")
NETWORKS = {"twitter": "fice-x", "facebook": "fice-facebook", "linkedin": "fice-linkedin"}


def forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield secret.lower()
    yield base64.b64encode(secret.encode()).decode().rstrip("=")


@pytest.fixture
def secrets(place: Workplace, sandbox: Sandbox) -> list[str]:
    """All that is secret of a place with three connected accounts and a message that waits for each."""
    place.environment |= sandbox.register("linkedin", "fice-linkedin", "FICE")
    place.environment["BOT_SECRET_KEY"] = new_key()
    place.environment["BOT_ALERT_TOKEN"] = "alert-token-4711-zzz"
    yesterday = datetime.now(ZoneInfo("America/New_York")).date() - timedelta(days=1)
    place.write("config/bot.toml", '[worker]\nspacing = "0s"\n')
    for number in range(3, 6):
        place.post(f"{number}-more", 1, f"More of the first day: {number}.")
    place.run("apply", "--starts", yesterday.isoformat(), check=0)
    return [value for name, value in place.environment.items() if not name.endswith(PUBLIC)]


def quoting(secrets: list[str]) -> str:
    """What a network says that quotes all it has got, and more."""
    said = [form for secret in secrets for form in forms(secret)]
    address = "https://graph.facebook.com/me?access_token=EAAunknown&appsecret_proof=0a1b2c3d4e5f"
    return f"You sent {' and '.join(said)} to {address} as mailto://bot:hunter22@example.org"


def envelope(network: str, words: str) -> object:
    """An error in each network's own shape."""
    if network == "twitter":
        return {"title": words, "detail": words, "errors": [{"message": words}]}
    if network == "facebook":
        return {"error": {"message": words, "error_user_msg": words, "type": words, "code": 100}}
    return {"message": words, "code": words, "error": "temporarily_unavailable", "error_description": words}


def test_networks_that_quote_every_credential_make_none_come_out(
    place: Workplace, sandbox: Sandbox, secrets: list[str]
) -> None:
    for network in NETWORKS:
        for secret in secrets:  # one by one: a reason is cut off, and what is behind the cut proves nothing
            words = quoting([secret])
            sandbox.add_fault(network, "status", status=400, body=envelope(network, words), count=1)
        sandbox.add_fault(network, "status", status=500, body=quoting(secrets), on="any", count=3)
        sandbox.add_fault(network, "status", status=401, body=envelope(network, quoting(secrets)), on="any")
    said = []
    for words in (
        ["worker", "--until-idle"], ["accounts", "--json"], ["preflight"], ["status", "--json"],
        ["queue", "--all", "--json"], ["log", "--json"], ["log", "--csv"], ["check", "--json"],
        ["preview", "week/1-monday", "--payload"],
    ):  # fmt: skip
        done = place.run(*words)
        said += [f"{words}: {done.out}", f"{words}: {done.err}"]
    with serving(load(place.environment, place.folder), SystemClock(), "127.0.0.1", 0) as url:
        store = open_store(f"sqlite:///{place.folder / 'var/bot.db'}")
        member = visit(url, store, SystemClock().now())
        store.close()
        said += [member.get(page).text for page in ("/", "/log", "/healthz")]
    assert any("You sent [secret]" in one for one in said), "the networks' words are in what is searched"
    assert any("answered 400" in one for one in said)
    files = {path: path.read_bytes() for path in place.folder.rglob("*") if path.is_file()}
    assert any(b"You sent [secret]" in content for content in files.values())
    planted = [
        *(form for secret in secrets for form in forms(secret)),
        "EAAunknown",
        "0a1b2c3d4e5f",
        "hunter22",
    ]
    for secret in planted:
        assert not [one[:60] for one in said if secret in one], secret
        assert not [path for path, content in files.items() if secret.encode() in content], secret


@pytest.mark.parametrize("debug", ["", "1"])
def test_an_error_does_not_show_what_a_variable_holds(place: Workplace, debug: str) -> None:
    place.environment |= {
        "TWITTER_API_URL": "ftp://bot:hunter22@example.org",
        "FICE_X_API_KEY": "key-of-4711", "FICE_X_API_SECRET": "a", "FICE_X_ACCESS_TOKEN": "b",
        "FICE_X_ACCESS_TOKEN_SECRET": "c", "BOT_DEBUG": debug,
    }  # fmt: skip
    for words in (["accounts"], ["preview", "week/1-monday", "--payload"]):
        ended = _run(place, words)
        assert "hunter22" not in ended
        assert "key-of-4711" not in ended


def _run(place: Workplace, words: list[str]) -> str:
    ended = subprocess.run(
        place._command(words), cwd=place.folder, env=place._environment(), capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    return ended.stdout + ended.stderr


def test_the_key_that_is_printed_is_one(place: Workplace) -> None:
    key = place.run("secret-key", check=0).out.strip()
    place.environment["BOT_SECRET_KEY"] = key
    assert "BOT_SECRET_KEY" not in place.run("check").out
    place.environment["BOT_SECRET_KEY"] = key[:-2]
    done = place.run("check", "--json", check=1)
    [problem] = [one for one in done.objects if "BOT_SECRET_KEY" in one["message"]]
    assert "bot secret-key" in problem["message"]
    assert json.dumps(key)[1:20] not in done.out
