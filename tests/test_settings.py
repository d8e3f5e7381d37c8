"""What the program is told: the environment, .env and the files of config/."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st

from bot.model.account import Account
from bot.model.lateness import DEFAULT_TOLERANCE
from bot.model.post import Kind
from bot.networks import REGISTRY, network_type
from bot.settings import (
    DEFAULT_DATABASE,
    SPACING,
    AlertOptions,
    Current,
    NetworkOptions,
    Settings,
    SettingsError,
    database_url,
    load,
    usable,
    zone,
)

PROJECT = Path(__file__).parents[1]
SECRET = "hunter2-never-shown"
ACCOUNTS = """\
[fice-x]
network = "twitter"
handle = "@fice"
timezone = "Africa/Nairobi"

[fice-facebook]
network = "facebook"
handle = "FICE"
"""
GENERAL = """\
organisation = "FICE International"

[late_ok]
chat = "5m"
blog = "2d"

[worker]
spacing = "30s"

[networks.twitter]
timeout = "20s"
settle = "90s"

[networks.facebook]
api_version = "v25.0"
"""


def loaded(
    folder: Path,
    environ: Mapping[str, str] | None = None,
    *,
    accounts: str | bytes | None = ACCOUNTS,
    general: str | bytes | None = "",
    dotenv: str | bytes | None = None,
) -> Settings:
    """The settings of a project with these files; None: there is no such file."""
    config = folder / "config"
    config.mkdir(exist_ok=True)
    files = {config / "accounts.toml": accounts, config / "bot.toml": general, folder / ".env": dotenv}
    for path, source in files.items():
        if source is not None:
            path.write_bytes(source.encode() if isinstance(source, str) else source)
    return load({} if environ is None else environ, folder)


def problems(settings: Settings) -> list[str]:
    """As `bot check` lists them, with the names of the files alone."""
    return [str(one).replace(f"{settings.config}/", "") for one in settings.problems]


# --- The environment


def test_without_a_word_everything_has_its_default(tmp_path: Path) -> None:
    settings = loaded(tmp_path)
    assert settings.config == tmp_path / "config"
    assert settings.posts == tmp_path / "posts"
    assert settings.accounts_file == tmp_path / "config" / "accounts.toml"
    assert settings.database_url == DEFAULT_DATABASE == "sqlite:///var/bot.db"
    assert settings.port == 8000
    assert settings.tolerance == DEFAULT_TOLERANCE
    assert settings.spacing == SPACING
    assert settings.organisation == ""
    assert settings.networks == {}
    assert problems(settings) == []


def test_the_environment_is_heard(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "accounts.toml").write_text(ACCOUNTS)
    settings = load(
        {"BOT_CONFIG": "conf", "BOT_POSTS": "texts", "DATABASE_URL": "sqlite:///x.db", "PORT": "80"}, tmp_path
    )
    assert settings.config == tmp_path / "conf"
    assert settings.posts == tmp_path / "texts"
    assert settings.database_url == "sqlite:///x.db"
    assert settings.port == 80
    assert list(settings.accounts) == ["fice-x", "fice-facebook"]
    assert problems(settings) == []


def test_a_folder_may_be_anywhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    settings = loaded(elsewhere)
    settings = load({"BOT_CONFIG": str(settings.config), "BOT_POSTS": str(tmp_path)}, tmp_path / "here")
    assert list(settings.accounts) == ["fice-x", "fice-facebook"]
    assert settings.posts == tmp_path


def test_a_file_of_variables_is_read(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path, dotenv='# ours\nPORT=81\nexport FICE_X_API_KEY="k e y"\nFICE_X_API_SECRET=\nBAD\n'
    )
    assert settings.port == 81
    assert settings.environment["FICE_X_API_KEY"] == "k e y"


def test_the_environment_wins_over_the_file_of_variables(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        {"PORT": "82", "DATABASE_URL": "postgres://db/bot"},
        dotenv="PORT=81\nDATABASE_URL=sqlite:///x.db\nBOT_POSTS=texts\nFICE_X_API_KEY=key\n",
    )
    assert settings.port == 82
    assert settings.database_url == "postgresql+psycopg://db/bot"
    assert settings.posts == tmp_path / "texts"
    assert settings.variable(settings.accounts["fice-x"], "API_KEY") == "key"


def test_the_environment_of_the_process_is_the_default_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded(tmp_path, dotenv="PORT=81\nBOT_POSTS=texts\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORT", "83")
    for name in ("BOT_CONFIG", "BOT_POSTS", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    settings = load()
    assert settings.port == 83
    assert settings.posts == Path("texts")
    assert list(settings.accounts) == ["fice-x", "fice-facebook"]


def test_an_environment_that_is_given_is_the_only_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "83")
    assert loaded(tmp_path).port == 8000


def test_a_variable_that_is_empty_says_nothing(tmp_path: Path) -> None:
    settings = loaded(tmp_path, {"PORT": "", "DATABASE_URL": "", "BOT_CONFIG": "", "BOT_POSTS": ""})
    assert settings.port == 8000
    assert settings.database_url == DEFAULT_DATABASE
    assert (settings.config, settings.posts) == (tmp_path / "config", tmp_path / "posts")


def test_a_file_of_variables_that_begins_with_a_mark_is_read_from_its_first_line(tmp_path: Path) -> None:
    """Editors on Windows write the mark; without this the first credential would be missing."""
    settings = loaded(tmp_path, dotenv="\ufeffFICE_X_API_KEY=key\r\nFICE_X_API_SECRET=secret\r\n")
    account = settings.accounts["fice-x"]
    assert settings.variable(account, "API_SECRET") == "secret"
    assert settings.variable(account, "API_KEY") == "key"


@pytest.mark.parametrize(
    "dotenv",
    [
        pytest.param(b"# caf\xe9\nPORT=81\n", id="Latin-1"),
        pytest.param("PORT=81\n".encode("utf-16"), id="UTF-16"),
    ],
)
def test_a_file_of_variables_in_another_encoding_is_said_and_is_no_fault_of_the_program(
    tmp_path: Path, dotenv: bytes
) -> None:
    try:
        said = problems(loaded(tmp_path, dotenv=dotenv))
    except SettingsError as error:
        said = [str(error)]
    assert len(said) == 1
    assert ".env" in said[0]
    assert "UTF-8" in said[0]


def test_a_secret_is_taken_as_it_stands_in_the_file_of_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret may hold any characters: `${…}` in one is no reference to another variable."""
    monkeypatch.setenv("PLACE", "elsewhere")
    settings = loaded(tmp_path, dotenv="FICE_X_API_KEY='a${PLACE}b'\nFICE_X_API_SECRET=c$PLACE#d\n")
    account = settings.accounts["fice-x"]
    assert settings.variable(account, "API_SECRET") == "c$PLACE#d"
    assert settings.variable(account, "API_KEY") == "a${PLACE}b"


# --- Credentials and secrets


def test_a_credential_stands_under_the_name_of_its_account(tmp_path: Path) -> None:
    environ = {"FICE_X_API_KEY": " key\n", "FICE_FACEBOOK_PAGE_ID": "1", "FICE_X_API_SECRET": "  "}
    settings = loaded(tmp_path, environ)
    x, facebook = settings.accounts["fice-x"], settings.accounts["fice-facebook"]
    assert settings.variable(x, "API_KEY") == "key"
    assert settings.variable(x, "API_SECRET") is None
    assert settings.variable(x, "PAGE_ID") is None
    assert settings.variable(facebook, "PAGE_ID") == "1"


def test_credentials_never_appear_where_settings_are_shown(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path, {"FICE_X_API_SECRET": SECRET}, dotenv=f"FICE_FACEBOOK_ACCESS_TOKEN={SECRET}\n"
    )
    assert settings.variable(settings.accounts["fice-facebook"], "ACCESS_TOKEN") == SECRET
    assert SECRET not in repr(settings) + str(settings)


def test_the_password_of_the_database_never_appears_where_settings_are_shown(tmp_path: Path) -> None:
    settings = loaded(tmp_path, {"DATABASE_URL": f"postgres://bot:{SECRET}@db/bot"})
    assert SECRET in settings.database_url
    assert SECRET not in repr(settings) + str(settings)


@pytest.mark.parametrize(
    "url", [f"postgres:/bot:{SECRET}@db/bot", f"bot:{SECRET}@db/bot", f"mysql://bot:{SECRET}@db/bot"]
)
def test_an_address_that_is_refused_is_not_shown_with_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL") as caught:
        database_url(url)
    assert SECRET not in str(caught.value)


# --- DATABASE_URL and PORT


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///var/bot.db", "sqlite:///var/bot.db"),
        ("sqlite:////srv/bot.db", "sqlite:////srv/bot.db"),
        ("postgres://bot:pw@db:5432/bot", "postgresql+psycopg://bot:pw@db:5432/bot"),
        ("postgresql://bot:pw@db/bot?sslmode=require", "postgresql+psycopg://bot:pw@db/bot?sslmode=require"),
        ("postgresql+psycopg://db/bot", "postgresql+psycopg://db/bot"),
        ("postgres://bot:p%3A%2F%2Fw@db/bot", "postgresql+psycopg://bot:p%3A%2F%2Fw@db/bot"),
        ("postgres://bot:a://b@db/bot", "postgresql+psycopg://bot:a://b@db/bot"),
    ],
)
def test_the_address_of_a_database_is_understood_as_platforms_write_it(url: str, expected: str) -> None:
    assert database_url(url) == expected


@pytest.mark.parametrize(
    "url", ["mysql://db/bot", "var/bot.db", "sqlite", "sqlite://", "http://db", " ", "://"]
)
def test_the_address_of_no_database_that_we_know_is_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(
        SettingsError, match=r"^DATABASE_URL .*: write sqlite:///var/bot\.db or postgres://…$"
    ):
        database_url(url)


def test_a_wrong_address_is_refused_when_settings_are_loaded(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        loaded(tmp_path, {"DATABASE_URL": "mysql://db/bot"})


@pytest.mark.parametrize("port", ["0", "1", "65535", "08080"])
def test_a_port_is_a_number(tmp_path: Path, port: str) -> None:
    assert loaded(tmp_path, {"PORT": port}).port == int(port)


@pytest.mark.parametrize(
    "port", ["65536", "-1", "http", "80.5", "0x50", "1e3", "8 0", "²", pytest.param("9" * 5_000, id="9…9")]
)
def test_what_is_no_port_is_refused_with_what_to_write(tmp_path: Path, port: str) -> None:
    with pytest.raises(SettingsError, match=r"^PORT is .*: write a number from 0 to 65535$"):
        loaded(tmp_path, {"PORT": port})


# --- accounts.toml


def test_accounts_are_read_in_their_order_with_their_lines(tmp_path: Path) -> None:
    settings = loaded(tmp_path)
    assert dict(settings.accounts) == {
        "fice-x": Account("fice-x", "twitter", "@fice", "Africa/Nairobi"),
        "fice-facebook": Account("fice-facebook", "facebook", "FICE"),
    }
    assert list(settings.accounts) == ["fice-x", "fice-facebook"]
    assert settings.account_lines == {"fice-x": 2, "fice-facebook": 7}  # where their networks stand


@pytest.mark.parametrize(
    ("accounts", "expected"),
    [
        pytest.param(None, ["1: error: there is no such file"], id="no file"),
        pytest.param(
            b"\n# \xe9", ["2: error: not UTF-8: save the file with the encoding UTF-8"], id="encoding"
        ),
        pytest.param(
            "\n[fice-x\n", ["2: error: not valid TOML: Expected ']' at the end of a table declaration"]
        ),
        pytest.param("", [], id="empty"),
        pytest.param("fice-x = 1\n", ["1: error: 'fice-x' is no table: write [fice-x]"], id="no table"),
        pytest.param("\n[[fice-x]]\n", ["2: error: 'fice-x' is no table: write [fice-x]"], id="an array"),
        pytest.param(
            "\n[fice-x]\n",
            ["2: error: 'network' is missing", "2: error: 'handle' is missing"],
            id="nothing in it",
        ),
        pytest.param(
            "[a]\nnetwork = 5\nhandle = ''\n",
            ["2: error: network: expected a text in quotes, not 5", "3: error: handle: is empty"],
            id="wrong values",
        ),
        pytest.param(
            "[a]\nnetwork = 'twitter'\nhandle = 'a'\ntimezone = 'Europe/Berlyn'\n",
            ["4: error: timezone: 'Europe/Berlyn' is not a time zone: did you mean 'Europe/Berlin'?"],
            id="no zone",
        ),
        pytest.param(
            "[a]\nnetwork = 'twitter'\nhandle = 'a'\ntimezone = 'account'\n",
            ["4: error: timezone: 'account' is not a time zone"],
            id="nothing like a zone",
        ),
        pytest.param(
            "[a]\nnetwork = 'twitter'\nhandle = 'a'\nhandel = 'b'\n",
            ["4: error: unknown key 'handel': did you mean 'handle'?"],
            id="unknown key",
        ),
        pytest.param(
            "[a]\nnetwork = 'twitter'\nhandle = 'a'\n[a.b]\nc = 1\n",
            [
                "4: error: unknown key 'b': known are "
                "distance, handle, longest, network, timezone, token_ends, tracking"
            ],
            id="unknown table",
        ),
        pytest.param(
            "[a-b]\nnetwork = 'twitter'\nhandle = 'a'\n[A_B]\nnetwork = 'facebook'\nhandle = 'b'\n",
            ["4: error: 'A_B' and 'a-b' would share the credentials A_B_…: rename one"],
            id="the same credentials",
        ),
    ],
)
def test_what_is_wrong_with_the_accounts_is_said_line_by_line(
    tmp_path: Path, accounts: str | bytes | None, expected: list[str]
) -> None:
    settings = loaded(tmp_path, accounts=accounts)
    assert problems(settings) == [f"accounts.toml:{one}" for one in expected]


def test_an_account_is_known_even_where_something_is_wrong_with_it(tmp_path: Path) -> None:
    """Else every post that names it would be said to be wrong as well."""
    settings = loaded(tmp_path, accounts="[fice-x]\nnetwork = 'twitter'\n")
    assert settings.accounts["fice-x"] == Account("fice-x", "twitter", "fice-x")
    assert len(settings.problems) == 1


def test_three_accounts_with_the_same_credentials_are_two_problems(tmp_path: Path) -> None:
    lines = "\nnetwork = 'twitter'\nhandle = 'a'\n"
    settings = loaded(tmp_path, accounts=f"[a-b]{lines}[a_b]{lines}[A-B]{lines}")
    assert [one.line for one in settings.problems] == [4, 7]


def test_an_account_without_a_name_is_a_problem(tmp_path: Path) -> None:
    settings = loaded(tmp_path, accounts="[\"\"]\nnetwork = 'twitter'\nhandle = 'a'\n")
    assert [one.line for one in settings.problems] == [1]


# --- bot.toml


def test_general_settings_are_read(tmp_path: Path) -> None:
    settings = loaded(tmp_path, general=GENERAL)
    assert problems(settings) == []
    assert settings.organisation == "FICE International"
    assert settings.spacing == timedelta(seconds=30)
    assert settings.networks == {
        "twitter": NetworkOptions(timeout=timedelta(seconds=20), settle=timedelta(seconds=90)),
        "facebook": NetworkOptions(api_version="v25.0"),
    }


ALERTS = """\
[alerts]
to = ["BOT_ALERT_MAIL", "BOT_ALERT_SLACK"]
daily_at = "07:30"
timezone = "Europe/Brussels"
at_most_every = "5m"
page = "https://bot.example.org/"
"""


def test_alerts_are_read(tmp_path: Path) -> None:
    settings = loaded(tmp_path, general=f"organisation = 'FICE'\n{ALERTS}")
    assert problems(settings) == []
    assert settings.alerts == AlertOptions(
        ("BOT_ALERT_MAIL", "BOT_ALERT_SLACK"), time(7, 30), "Europe/Brussels", timedelta(minutes=5),
        "https://bot.example.org", line=3,
    )  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), [('"never"', None), ("07:30:00", time(7, 30))])
def test_the_summary_has_a_time_or_none(tmp_path: Path, written: str, meant: time | None) -> None:
    settings = loaded(tmp_path, general=ALERTS.replace('"07:30"', written))
    assert problems(settings) == []
    assert settings.alerts.daily_at == meant


def test_an_address_in_place_of_the_name_of_its_variable_is_a_problem_and_not_shown(tmp_path: Path) -> None:
    [said] = problems(loaded(tmp_path, general=f"[alerts]\nto = ['slack://{SECRET}/b']\n"))
    assert said.startswith("bot.toml:2: error: to: holds something else than the name of a variable")
    assert SECRET not in said


def test_the_end_of_a_token_is_read(tmp_path: Path) -> None:
    settings = loaded(tmp_path, accounts=f"{ACCOUNTS}token_ends = 2027-01-31\n")
    assert problems(settings) == []
    assert settings.accounts["fice-facebook"].ends_at == datetime(2027, 1, 31, tzinfo=UTC)
    [said] = problems(loaded(tmp_path, accounts=f"{ACCOUNTS}token_ends = '31.1.2027'\n"))
    assert "token_ends: expected a date like 2027-01-31, without quotes" in said


def test_a_tolerance_that_is_not_named_keeps_its_default(tmp_path: Path) -> None:
    settings = loaded(tmp_path, general=GENERAL)
    changed = {Kind.CHAT: timedelta(minutes=5), Kind.BLOG: timedelta(days=2)}
    assert settings.tolerance == {**DEFAULT_TOLERANCE, **changed}


def test_general_settings_need_no_file(tmp_path: Path) -> None:
    settings = loaded(tmp_path, general=None)
    assert problems(settings) == []
    assert settings.tolerance == DEFAULT_TOLERANCE


NO_DURATION = "is not a duration: write for instance 90s, 2m, 3h, 1d or 1h 30m"
KINDS = "blog, case-study, chat, daily-post, event, resource, worker-profile"


@pytest.mark.parametrize(
    ("general", "expected"),
    [
        pytest.param(
            b"\n# \xe9", ["2: error: not UTF-8: save the file with the encoding UTF-8"], id="encoding"
        ),
        pytest.param("a = 1\na = 2\n", ["2: error: not valid TOML: the same key or table twice"], id="TOML"),
        pytest.param("organisation = ''\n", ["1: error: organisation: is empty"], id="empty text"),
        pytest.param("late_ok = '3h'\n", ["1: error: late_ok: expected a table"], id="no table"),
        pytest.param("\nworker = 5\n", ["2: error: worker: expected a table"], id="no worker table"),
        pytest.param("\nnetworks = []\n", ["2: error: networks: expected a table"], id="no networks table"),
        pytest.param(
            "[networks]\ntwitter = 5\n",
            ["2: error: 'twitter' is no table: write [networks.twitter]"],
            id="network",
        ),
        pytest.param(
            "[late_ok]\nchat = 'soon'\nblog = 3\n",
            [
                "3: error: blog: expected a text in quotes, not 3",
                f"2: error: chat: 'soon' {NO_DURATION}",
            ],
            id="no durations",
        ),
        pytest.param(
            "[late_ok]\nblgo = '1h'\nwebinar = '1h'\n",
            [
                "2: error: unknown key 'blgo': did you mean 'blog'?",
                f"3: error: unknown key 'webinar': known are {KINDS}",
            ],
            id="unknown kinds",
        ),
        pytest.param("[worker]\nspacing = '10'\n", [f"2: error: spacing: '10' {NO_DURATION}"], id="no unit"),
        pytest.param(
            "[worker]\nspaceing = '10s'\n",
            ["2: error: unknown key 'spaceing': did you mean 'spacing'?"],
            id="key",
        ),
        pytest.param(
            "[networks.twitter]\ntimeout = 30\n[networks.linkedin]\ntimeout = '1y'\nversion = '1'\n",
            [
                "2: error: timeout: expected a text in quotes, not 30",
                f"4: error: timeout: '1y' {NO_DURATION}",
                "5: error: unknown key 'version': did you mean 'api_version'?",
            ],
            id="networks",
        ),
        pytest.param(
            "organisatoin = 'FICE'\n[wroker]\nspacing = '1s'\n",
            [
                "1: error: unknown key 'organisatoin': did you mean 'organisation'?",
                "2: error: unknown key 'wroker': did you mean 'worker'?",
            ],
            id="unknown keys",
        ),
        pytest.param(
            "[alerts]\nto = ['A', 'A']\ndaily_at = '8 am'\ntimezone = 'Brussels'\n"
            "page = 'https://anna:secret@example.org'\nat = '1m'\n",
            [
                "2: error: to: names the same variable twice",
                '3: error: daily_at: \'8 am\' is no time of day: write "08:00", or "never"',
                "4: error: timezone: 'Brussels' is not a time zone: did you mean 'Europe/Brussels'?",
                "5: error: page: is no web address: write https://bot.example.org, "
                "without a name or password",
                "6: error: unknown key 'at': known are at_most_every, daily_at, page, timezone, to",
            ],
            id="alerts",
        ),
    ],
)
def test_what_is_wrong_with_the_general_settings_is_said_line_by_line(
    tmp_path: Path, general: str | bytes, expected: list[str]
) -> None:
    settings = loaded(tmp_path, general=general)
    assert sorted(problems(settings)) == sorted(f"bot.toml:{one}" for one in expected)


def test_what_is_wrong_in_one_place_leaves_the_rest_as_it_is_said(tmp_path: Path) -> None:
    general = "[late_ok]\nchat = 'soon'\nblog = '2d'\n[worker]\nspacing = '30s'\n"
    settings = loaded(tmp_path, accounts="[", general=general)
    assert len(settings.problems) == 2
    assert settings.tolerance == {**DEFAULT_TOLERANCE, Kind.BLOG: timedelta(days=2)}
    assert settings.spacing == timedelta(seconds=30)


@pytest.mark.parametrize(
    "general",
    [
        pytest.param("[late_ok]\nblog = '999999w'\n", id="a tolerance of 19,000 years"),
        pytest.param("[worker]\nspacing = '999999w'\n", id="a spacing of 19,000 years"),
        pytest.param("[networks.twitter]\nsettle = '999999w'\n", id="a settling time of 19,000 years"),
        pytest.param(f"[worker]\nspacing = '{'999999w ' * 200}'\n", id="more years than can be counted"),
    ],
)
def test_a_duration_that_no_calendar_can_be_moved_by_is_a_problem(tmp_path: Path, general: str) -> None:
    """The worker adds it to an instant, and subtracts it from one."""
    settings = loaded(tmp_path, general=general)
    assert [one.line for one in settings.problems] == [2]


def test_a_settling_time_shorter_than_the_slowest_answer_is_a_problem(tmp_path: Path) -> None:
    """Looking before the network can have answered finds nothing, and would publish a second time."""
    settings = loaded(tmp_path, general="[networks.twitter]\ntimeout = '30s'\nsettle = '5s'\n")
    assert [one.line for one in settings.problems] == [3]


def test_a_folder_of_settings_whose_name_no_system_can_hold_is_a_problem(tmp_path: Path) -> None:
    settings = loaded(tmp_path, {"BOT_CONFIG": "x" * 5_000})
    assert settings.accounts == {}
    assert {one.line for one in settings.problems} == {1}


# --- Never raised

words = st.sampled_from(["fice-x", "network", "handle", "timezone", "late_ok", "chat", "worker", "spacing"])
words |= st.sampled_from(["networks", "twitter", "timeout", "settle", "api_version", "organisation", "x"])
texts = st.sampled_from(["", "3h", "twitter", "Europe/Berlin", "a\nb"]) | st.text(max_size=5)
scalars = texts | st.booleans() | st.integers(-9, 9) | st.floats() | st.datetimes() | st.dates() | st.times()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


def as_toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {as_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    if isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def assert_said(accounts: str | bytes, general: str | bytes) -> None:
    with TemporaryDirectory() as folder:
        settings = loaded(Path(folder), accounts=accounts, general=general)
    for one in settings.problems:
        source = accounts if one.file.endswith("accounts.toml") else general
        data = source.encode() if isinstance(source, str) else source
        assert 1 <= one.line <= data.count(b"\n") + 1
    assert set(settings.tolerance) == set(Kind)
    assert all(isinstance(one, Account) and one.network is not None for one in settings.accounts.values())


@trying(deadline=None)
@given(st.dictionaries(words, values, max_size=4), st.dictionaries(words, values, max_size=4))
def test_whatever_the_files_say_is_read_or_is_a_problem(
    accounts: dict[str, Any], general: dict[str, Any]
) -> None:
    assert_said(
        *("".join(f"{key} = {as_toml(one)}\n" for key, one in file.items()) for file in (accounts, general))
    )


@trying(deadline=None)
@given(st.data())
def test_whatever_is_cut_from_or_put_into_the_files_is_read_or_is_a_problem(data: st.DataObject) -> None:
    broken = []
    for source in (ACCOUNTS, GENERAL):
        begin = data.draw(st.integers(0, len(source)))
        end = data.draw(st.integers(begin, min(len(source), begin + 20)))
        inserted = data.draw(st.text("[]{}='\".,#\n\\ax1é", max_size=5))
        broken.append(source[:begin] + inserted + source[end:])
    assert_said(*broken)


@trying(deadline=None)
@given(st.binary(max_size=40), st.binary(max_size=40))
def test_whatever_bytes_the_files_hold_are_read_or_are_a_problem(accounts: bytes, general: bytes) -> None:
    assert_said(accounts, general)


# --- Zones, and what is shipped


@pytest.mark.parametrize("name", ["America/New_York", " Europe/Berlin ", "Asia/Kathmandu", "UTC"])
def test_a_zone_is_named_as_in_the_tz_database(name: str) -> None:
    assert zone(name) == name.strip()


@pytest.mark.parametrize(
    "name", ["Europe", "EST5", "../UTC", "/etc/localtime", "europe/berlin", "GMT+1", "CEST"]
)
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"^'{name}' is not a time zone".replace("+", r"\+")):
        zone(name)


def test_the_shipped_settings_have_no_problems(tmp_path: Path) -> None:
    settings = load({"BOT_CONFIG": str(PROJECT / "config")}, tmp_path)
    assert problems(settings) == []
    networks = {account.network for account in settings.accounts.values()}
    assert networks == {"twitter", "facebook", "linkedin"}
    assert networks <= set(REGISTRY)


def test_the_shipped_settings_are_the_defaults_as_they_say(tmp_path: Path) -> None:
    settings = load({"BOT_CONFIG": str(PROJECT / "config")}, tmp_path)
    assert settings.tolerance == DEFAULT_TOLERANCE
    assert settings.spacing == SPACING
    assert replace(settings.alerts, line=1) == AlertOptions()
    for name, options in settings.networks.items():
        kind = network_type(name)
        assert options.timeout == kind.timeout
        assert options.settle == kind.settle
        assert options.api_version in (None, kind.api_version)


@pytest.mark.parametrize("form", ["", "human", "json"])
def test_the_form_of_the_log_is_chosen_by_name(tmp_path: Path, form: str) -> None:
    assert loaded(tmp_path, {"BOT_LOG_FORMAT": form}).log_format == form


def test_a_form_of_the_log_that_is_none_is_refused_with_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="BOT_LOG_FORMAT is 'xml': write human or json"):
        loaded(tmp_path, {"BOT_LOG_FORMAT": "xml"})


def test_settings_with_an_error_are_not_gone_by(tmp_path: Path) -> None:
    """The first error with its file and line; a reload keeps what was in force."""
    with pytest.raises(SettingsError, match=r"accounts\.toml:1: error: .*\(and 1 more: bot check\)"):
        usable(loaded(tmp_path, accounts=None, general='wrong = "key"'))
    good = loaded(tmp_path)
    assert usable(good) is good


def test_a_reload_takes_all_or_nothing_and_never_another_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "BOT_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    loaded(tmp_path, {})
    current = Current(load())
    before = current()
    (tmp_path / "config/accounts.toml").write_text("[fice-x\n")
    with pytest.raises(SettingsError):
        current.reload()
    assert current() is before
    loaded(tmp_path, {}, accounts="")
    (tmp_path / ".env").write_text("BOT_SECRET_KEY=no key at all\n")
    with pytest.raises(SettingsError, match="BOT_SECRET_KEY is not a key"):
        current.reload()
    assert current() is before
    loaded(tmp_path, {}, accounts='[new-x]\nnetwork = "twitter"\nhandle = "@new"\n')
    (tmp_path / ".env").write_text("DATABASE_URL=sqlite:///elsewhere.db\nNEW_X_API_KEY=key\n")
    assert current.reload() is current()
    assert list(current().accounts) == ["new-x"]
    assert current().environment["NEW_X_API_KEY"] == "key"
    assert current().database_url == before.database_url
