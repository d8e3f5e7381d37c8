"""The commands on people: how an operator who is locked out of the page gets back in."""

import pytest

from bot.cli import service
from bot.model.role import Role
from bot.settings import AlertOptions, Settings
from bot.store import open_store
from bot.store.members import invite

from .workplace import Workplace


def test_people_are_invited_listed_shut_out_and_let_in(place: Workplace) -> None:
    place.write("config/bot.toml", '[alerts]\npage = "https://bot.example.org"\n')
    invited = place.run("people", "invite", "Maria", "--role", "administrator")
    assert invited.code == 0
    assert "For Maria and nobody else, to be opened once: https://bot.example.org/welcome/" in invited.out
    [anna] = place.run("people", "invite", "Anna", "--email", "anna@fice.org", "--json").objects
    assert anna["link"].startswith("https://bot.example.org/welcome/")
    assert place.run("people", "shut-out", "anna").out == "Anna: editor, shut out\n"
    assert "let them in first" in place.run("people", "link", "Anna").err
    assert place.run("people", "let-in", "Anna").out == "Anna: editor\n"
    assert [(one["name"], one["role"], one["email"]) for one in place.run("people", "--json").objects] == [
        ("Anna", "editor", "anna@fice.org"),
        ("Maria", "administrator", None),
    ]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("people", "link", "Nobody"), 1, "there is nobody called Nobody in the team"),
        (("people", "role", "Nobody", "boss"), 2, "'boss' is no role: write viewer, editor"),
        (("people", "invite", "  "), 1, "write a name of at most 80 letters"),
    ],
)
def test_what_can_not_be_done_is_said(place: Workplace, words: tuple[str, ...], code: int, said: str) -> None:
    done = place.run(*words)
    assert (done.code, done.err.count("\n")) == (code, 1)
    assert said in done.err


@pytest.mark.parametrize(
    ("host", "page", "warns"),
    [
        ("127.0.0.1", None, False),
        ("localhost", None, False),
        ("::1", None, False),
        ("0.0.0.0", None, True),
        ("192.0.2.7", "http://bot.example.org", True),
        ("bot.example.org", None, True),
        ("0.0.0.0", "https://bot.example.org", False),
    ],
)
def test_who_lets_others_reach_the_page_without_https_is_told_what_that_means(
    place: Workplace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    host: str, page: str | None, warns: bool,
) -> None:  # fmt: skip
    monkeypatch.delenv("BOT_REHEARSAL_CLOCK", raising=False)
    url = f"sqlite:///{place.folder / 'bot.db'}"
    known = Settings(place.folder, place.folder, url, 0, alerts=AlertOptions(page=page))
    service._say_where(known, host, "http://here:8000")
    told = capsys.readouterr()
    assert ("passwords travel unprotected" in told.err) is warns
    first = f"Open this once, within a day, to be its administrator: {page or 'http://here:8000'}/welcome/"
    assert first in told.out


def test_the_link_of_the_first_start_is_printed_while_there_is_nobody(
    place: Workplace, capsys: pytest.CaptureFixture[str]
) -> None:
    known = Settings(place.folder, place.folder, f"sqlite:///{place.folder / 'bot.db'}", 0)
    store = open_store(known.database_url)
    with store.write() as connection:
        invite(connection, "Maria", Role.ADMINISTRATOR, actor="x", now=service.clock().now())
    store.close()
    service._say_where(known, "127.0.0.1", "http://here:8000")
    assert "/welcome/" not in capsys.readouterr().out
