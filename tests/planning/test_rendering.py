"""The rendering: what followers see of a post on each network, before they ask for more and after."""

import pytest

from bot.planning.preview import payloads, previewed
from bot.planning.rendering import Rendering, render, split_links
from tests.planning.helper import Project, jpeg

ALL = ("day: 1", "kind: daily-post", "accounts: [fice-x, fice-facebook, fice-linkedin]")


def shown(project: Project, name: str = "week/a") -> dict[str, Rendering]:
    settings = project.settings()
    return {one.account.name: render(one, settings) for one in previewed(settings, name)}


@pytest.mark.parametrize("asked", ["week/a", "week/a.md", "./week/a"])
def test_a_post_is_found_by_its_path(project: Project, asked: str) -> None:
    project.post("a", *ALL)
    project.post("ab", *ALL, body="Else")
    assert list(shown(project, asked)) == ["fice-x", "fice-facebook", "fice-linkedin"]
    assert list(shown(project, f"{project.folder}/posts/week/a.md")) == [
        "fice-x",
        "fice-facebook",
        "fice-linkedin",
    ]


@pytest.mark.parametrize(
    "asked", ["", "a", "week", "week/", "week/b", "../week/a", "week/../week/a", "/etc/passwd"]
)
def test_nothing_else_is(project: Project, asked: str) -> None:
    project.post("a", *ALL)
    assert shown(project, asked) == {}


def test_followers_see_no_escapes(project: Project) -> None:
    project.post("a", *ALL, "first_comment: Once [more]", body="Hello (all) #Week")
    for one in shown(project).values():
        assert one.parts[0].text == "Hello (all) #Week"
    assert shown(project)["fice-linkedin"].parts[1].text == "Once [more]"
    [first, _] = payloads(previewed(project.settings(), "week/a")[2], project.settings())
    assert first["commentary"] == r"Hello \(all\) #Week"


def test_a_long_text_is_cut_off_where_the_feed_does_it(project: Project) -> None:
    words = "word " * 120
    project.post("a", *ALL[:2], "accounts: [fice-facebook, fice-linkedin]", body=words)
    found = shown(project)
    for account, most in (("fice-facebook", 477), ("fice-linkedin", 210)):
        part = found[account].parts[0]
        assert part.before_fold is not None
        assert most - 30 <= len(part.before_fold) <= most
        assert part.before_fold.endswith("word")
        assert part.before_fold + part.after_fold == part.text


def test_lines_count_too_and_a_short_text_is_shown_whole(project: Project) -> None:
    project.post("a", *ALL, body="One\n\nTwo\nThree")
    found = shown(project)
    assert found["fice-linkedin"].parts[0].before_fold == "One\n\nTwo"
    assert found["fice-facebook"].parts[0].before_fold is None
    assert found["fice-x"].parts[0].before_fold is None


def test_a_link_is_a_card_with_its_domain(project: Project) -> None:
    project.post("a", *ALL, "link: https://www.example.org/a", "first_comment: See https://example.org/b")
    found = shown(project)
    for account, one in found.items():
        card = one.parts[0].card
        assert card is not None
        assert (card.url, card.domain) == ("https://www.example.org/a", "example.org")
        assert card.title == ("Hello" if account == "fice-linkedin" else None)
    assert [part.card for part in found["fice-facebook"].parts[1:]] == [None]


def test_pictures_keep_their_descriptions(project: Project) -> None:
    project.write("posts/week/a.jpg", jpeg())
    project.post("a", *ALL, 'media: [{file: a.jpg, alt: "A school"}]')
    for one in shown(project).values():
        assert [(media.file, media.alt) for media in one.parts[0].media] == [("a.jpg", "A school")]


def test_a_draft_is_shown_and_said_to_be_one(project: Project) -> None:
    project.post("a", *ALL, "status: draft")
    assert all(one.is_draft for one in shown(project).values())


def test_what_it_costs_is_said_where_anything_is_charged(project: Project) -> None:
    prices = 'currency = "USD"\nsource = "s"\nas_of = 2018-08-22\n'
    project.write(
        "config/bot.toml",
        f"[networks.twitter.prices]\npost = 0.015\npost_with_link = 0.2\nmedia_alt = 0.005\n{prices}",
    )
    project.post("a", *ALL, "link: https://example.org/a")
    found = shown(project)
    assert found["fice-x"].cost_words == (
        "about 0.20 USD: 1 post with link 0.20; 0.185 USD less if the one with a link had none"
    )
    assert found["fice-facebook"].cost_words == ""
    assert found["fice-x"].to_json()["cost"] == {
        "amount": "0.2",
        "currency": "USD",
        "items": {"post_with_link": 1},
    }


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("See https://example.org/a.", ["https://example.org/a"]),
        ("https://a.example and (http://b.example/x)!", ["https://a.example", "http://b.example/x"]),
        ("nothing here: http:// or javascript:alert(1)", []),
        ("", []),
    ],
)
def test_links_are_told_from_the_text_around_them(text: str, links: list[str]) -> None:
    pieces = split_links(text)
    assert [piece for piece, is_link in pieces if is_link] == links
    assert "".join(piece for piece, _ in pieces) == text
