"""The table [page] of config/bot.toml: who vouches for people, and what must never be left to chance."""

from pathlib import Path

import pytest

from bot.model.role import Role
from bot.networks import secrets_of
from bot.page_settings import SECRET, OpenId, secret_of
from bot.settings import Settings, load

PAGE = '[alerts]\npage = "https://bot.example.org"\n'
OPENID = '[page.openid]\nissuer = "https://login.example.org/"\nclient_id = "bot"\n'


def loaded(folder: Path, general: str, **environ: str) -> Settings:
    (folder / "config").mkdir()
    (folder / "config" / "accounts.toml").write_text("")
    (folder / "config" / "bot.toml").write_text(general)
    return load(environ, folder)


def test_without_the_table_people_sign_in_with_a_password_only(tmp_path: Path) -> None:
    known = loaded(tmp_path, PAGE)
    assert known.page.openid is None
    assert known.problems == ()


def test_a_provider_is_read_as_it_names_itself(tmp_path: Path) -> None:
    more = 'name = "FICE"\nrole = "editor"\ndomains = ["@FICE.org", "example.org"]\n'
    known = loaded(tmp_path, PAGE + OPENID + more)
    assert known.problems == ()
    assert known.page.openid == OpenId(
        "https://login.example.org/", "bot", "FICE", Role.EDITOR, ("fice.org", "example.org")
    )


def test_its_secret_is_of_the_environment_and_shown_nowhere(tmp_path: Path) -> None:
    known = loaded(tmp_path, PAGE + OPENID, **{SECRET: " hunter2 "})
    assert secret_of(known.environment) == "hunter2"
    assert secrets_of(known)["hunter2"] == SECRET  # short as it is
    assert "hunter2" not in repr(known)


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        (OPENID, 1, '[page.openid] needs the address to come back to: [alerts] page = "https://…"'),
        (PAGE + "[page.openid]\nclient_id = 'x'\n", 3, "'issuer' is missing"),
        (PAGE + OPENID.replace("https", "http"), 4, "issuer: must begin with https://"),
        (PAGE + OPENID.replace("https://login", "https://me:pw@login"), 4, "issuer: is no web address"),
        (PAGE + OPENID.replace("example.org/", "example.org/?a=b"), 4, "issuer: is no web address"),
        (PAGE + OPENID.replace("https://login.example.org/", "https://["), 4, "issuer: is no web address"),
        (PAGE + OPENID + 'role = "administrator"\n', 6, "role: 'administrator' is not known"),
        (PAGE + OPENID + 'domains = ["not a domain"]\n', 6, "domains: 'not a domain' is no domain"),
        (PAGE + OPENID + 'secret = "x"\n', 6, "unknown key 'secret'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_no_half_of_it_is_used(
    tmp_path: Path, source: str, line: int, said: str
) -> None:
    known = loaded(tmp_path, source)
    [problem] = known.problems
    assert problem.line == line
    assert problem.message.startswith(said)
    assert known.page.openid is None


def test_a_provider_on_this_machine_needs_no_https(tmp_path: Path) -> None:
    known = loaded(tmp_path, PAGE + OPENID.replace("https://login.example.org", "http://127.0.0.1:9000"))
    assert known.page.openid is not None
