"""Where a word of a text stands in its file, however YAML lets it be written."""

import pytest

from tests.planning.helper import Project, expect

HEAD = ("day: 1", "kind: daily-post", "accounts: [fice-x]")


@pytest.mark.parametrize(
    ("lines", "at"),
    [
        (["  twitter: One @{Nobody}"], 6),
        (['  twitter: "One', '    two @{Nobody}"'], 7),
        (["  twitter: |-", "    One", "", "    two @{Nobody}"], 9),
        (["  twitter: >", "    One", "    two", "", "    three @{Nobody}"], 10),
        (["  twitter: ['One', 'Two @{Nobody}']"], 6),
        (["  twitter:", "    - One", '    - "Two \\u00e9\\u00e8', '      @{Nobody}"', "    - Three"], 9),
    ],
    ids=["plain", "quoted", "literal", "folded", "a list on one line", "escapes"],
)
def test_an_unknown_name_is_an_error_at_its_own_line(project: Project, lines: list[str], at: int) -> None:
    project.post("a", *HEAD, "text:", *lines)
    expect(project.said(), (f"posts/week/a.md:{at}: error", "'Nobody' is not in config/people.toml"))


def test_an_unknown_name_is_said_once_for_all_networks(project: Project) -> None:
    project.post("a", *HEAD[:2], body="\nOne\n\ntwo @{Nobody}\nthree")
    expect(project.said(), ("posts/week/a.md:8: error", "'Nobody'"))


def test_an_unknown_name_in_the_first_comment_is_an_error_there(project: Project) -> None:
    lines = ["accounts: [fice-facebook]", "first_comment: |", "  One", "  two @{Nobody}"]
    project.post("a", *HEAD[:2], *lines)
    expect(project.said(), ("posts/week/a.md:7: error", "'Nobody'"))


def test_the_address_book_is_used_and_its_gaps_are_told(project: Project) -> None:
    project.write("config/people.toml", '[Ann]\nname = "Ann Lee"\nlinkedin = "urn:li:person:a1"\n')
    project.post("a", *HEAD[:2], "accounts: [fice-x, fice-linkedin]", body="With\n@{Ann}")
    expect(project.said(), ("posts/week/a.md:7: warning", "twitter: 'Ann' has no handle there"))
    assert [one.message.parts[0].text for one in project.planned()] == [
        "With\nAnn Lee",
        "With\n@[Ann Lee](urn:li:person:a1)",
    ]


def test_what_is_wrong_in_the_address_book_is_said(project: Project) -> None:
    project.write("config/people.toml", '[Ann]\nlinkdin = "urn:li:person:a1"\n')
    expect(project.said("config/people"), ("config/people.toml:2: error", "did you mean 'linkedin'?"))
