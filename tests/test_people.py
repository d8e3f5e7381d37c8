"""The address book: each network's own handles, and what is wrong with them at its line."""

from pathlib import Path

import pytest

from bot.fields import Problem
from bot.model.wording import Person
from bot.people import read_people

BOOK = """\
[SSWAlliance]
name = "Global Social Service Workforce Alliance"
twitter = "@SSWAlliance"
facebook = "The Alliance"
linkedin = "urn:li:organization:2414183"
mastodon = "@alliance@mastodon.social"
bluesky = "alliance.bsky.social"

["Zoë Ng"]
bluesky = "did:plc:abc234"
"""


def read(folder: Path, book: str) -> tuple[dict[str, Person], list[Problem]]:
    file = folder / "people.toml"
    file.write_text(book)
    return read_people(file)


def test_everybody_is_known_by_name_with_a_handle_for_each_network(tmp_path: Path) -> None:
    people, said = read(tmp_path, BOOK)
    assert said == []
    assert people["Zoë Ng"] == Person("Zoë Ng", {"bluesky": "did:plc:abc234"})
    assert people["SSWAlliance"] == Person(
        "Global Social Service Workforce Alliance",
        {
            "twitter": "SSWAlliance",
            "facebook": "The Alliance",
            "linkedin": "urn:li:organization:2414183",
            "mastodon": "alliance@mastodon.social",
            "bluesky": "alliance.bsky.social",
        },
    )


def test_a_project_without_an_address_book_knows_nobody(tmp_path: Path) -> None:
    assert read_people(tmp_path / "people.toml") == ({}, [])


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('twitter = "much_too_long_for_x"', "up to 15"),
        ('twitter = "two words"', "up to 15"),
        ('linkedin = "FICE"', "urn:li:organization:"),
        ('linkedin = "urn:li:organization:1)(x"', "urn:li:organization:"),
        ('mastodon = "@alliance"', "with its server"),
        ('bluesky = "alliance"', "alliance.bsky.social"),
        ("twitter = 7", "expected a text"),
        ('twiter = "a"', "did you mean 'twitter'?"),
        ('name = "one\\ntwo"', "on one line"),
    ],
)
def test_a_handle_that_its_network_does_not_know_is_an_error_at_its_line(
    tmp_path: Path, line: str, words: str
) -> None:
    _, [said] = read(tmp_path, f'[Alliance]\nfacebook = "A"\n{line}\n')
    assert str(said).startswith(f"{tmp_path}/people.toml:3: error: ")
    assert words in said.message


@pytest.mark.parametrize("name", ['"{x}"', '"a\\nb"', '"  "', f'"{"a" * 101}"'])
def test_a_name_that_no_mention_could_hold_is_an_error(tmp_path: Path, name: str) -> None:
    people, [said] = read(tmp_path, f"\n[{name}]\n")
    assert people == {}
    assert said.line == 2
