"""UTM parameters on request: on the post's link, once, and only where they belong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.tracking import with_parameters
from tests.planning.helper import Office, Project, actions, expect

LINK = "link: https://www.example.org/a"
HEAD = ("day: 1", "kind: daily-post", "accounts: [fice-x, fice-facebook]")
ON = "[tracking]\n"
FULL = "utm_source={}&utm_medium=social&utm_campaign=week&utm_content=hello"


def links(project: Project) -> list[str]:
    """What the networks are sent, by account."""
    parts = [one.message.parts[0] for one in project.planned()]
    return [part.link or part.text.rpartition(" ")[2] for part in parts]


def general(project: Project, *lines: str) -> None:
    project.write("config/bot.toml", "\n".join(["[tracking]", *lines, ""]))


def campaign(project: Project, line: str = "") -> None:
    project.week(("[slots.morning]", f"[tracking]\n{line}\n[slots.morning]"))


def account(project: Project, line: str) -> None:
    project.accounts(('handle = "fice"\n', f'handle = "fice"\n[fice-x.tracking]\n{line}\n'))


def test_without_a_request_a_link_stays_as_it_is(project: Project) -> None:
    project.post("a", *HEAD, LINK)
    assert links(project) == ["https://www.example.org/a"] * 2


def test_a_link_tells_network_campaign_and_post(project: Project) -> None:
    general(project)
    project.post("a", *HEAD, LINK)
    assert project.said() == []
    assert links(project) == [
        "https://www.example.org/a?" + FULL.format("twitter"),
        "https://www.example.org/a?" + FULL.format("facebook"),
    ]


def test_a_campaign_and_an_account_say_single_keys_otherwise(project: Project) -> None:
    general(project, 'utm_medium = "posts"', 'utm_content = ""')
    project.week(
        ('\n[[day]]\ntheme = "Monday\'s"', '\n[tracking]\nutm_campaign = "sww 18"\n\n[[day]]\ntheme = "M"')
    )
    project.accounts(
        ('handle = "fice"\n', 'handle = "fice"\n[fice-x.tracking]\nutm_source = "x-{account}"\n')
    )
    project.post("a", *HEAD, LINK)
    assert project.said() == []
    end = "&utm_medium=posts&utm_campaign=sww%2018"
    assert links(project) == [
        f"https://www.example.org/a?utm_source=x-fice-x{end}",
        f"https://www.example.org/a?utm_source=facebook{end}",
    ]


def test_a_campaign_may_have_it_alone_and_an_account_may_be_left_out(project: Project) -> None:
    campaign(project)
    account(project, "enabled = false")
    project.post("a", *HEAD, LINK)
    assert links(project) == [
        "https://www.example.org/a",
        "https://www.example.org/a?" + FULL.format("facebook"),
    ]


@pytest.mark.parametrize(
    ("link", "is_ours"),
    [
        ("https://example.org/a", True),
        ("https://WWW.Example.org:8443/a", True),
        ("https://badexample.org/a", False),
        ("https://example.org.evil.net/a", False),
    ],
)
def test_only_links_to_the_listed_domains_are_tracked(project: Project, link: str, is_ours: bool) -> None:
    general(project, 'domains = ["Example.org"]')
    project.post("a", *HEAD, f"link: {link}")
    assert ["utm_" in one for one in links(project)] == [is_ours] * 2


def test_the_link_is_tracked_in_the_text_too_and_other_links_are_not(project: Project) -> None:
    general(project, 'utm_content = ""', 'utm_medium = ""', 'utm_campaign = ""')
    body = "See https://www.example.org/a, (https://www.example.org/a) or https://www.example.org/ab"
    project.post("a", *HEAD[:2], "accounts: [fice-x]", LINK, body=body)
    [one] = project.planned()
    tracked = "https://www.example.org/a?utm_source=twitter"
    assert one.message.parts[0].text == f"See {tracked}, ({tracked}) or https://www.example.org/ab"
    assert one.post.link == "https://www.example.org/a"


def test_a_post_is_named_by_its_first_words_and_not_by_its_file(project: Project) -> None:
    general(project, 'utm_source = ""', 'utm_medium = ""', 'utm_campaign = ""')
    text = "Workers' Day (1): @{Nobody} https://example.org/ tells what they do in Kenya & elsewhere"
    for name, number in (("a", 1), ("b", 2)):
        project.post(name, f"day: {number}", *HEAD[1:2], "accounts: [fice-facebook]", LINK, body=text)
    name = "workers-day-1-tells-what"
    assert links(project) == [f"https://www.example.org/a?utm_content={name}-they"] * 2


def test_files_that_are_renamed_are_not_sent_again_although_their_links_are_tracked(office: Office) -> None:
    general(office.project)
    office.project.post("a", *HEAD[:2], "accounts: [fice-x]", LINK)
    office.apply()
    office.publish("a")
    office.project.remove("a")
    office.project.post("b", *HEAD[:2], "accounts: [fice-x]", LINK)
    assert actions(office.plan())["b", "fice-x"] == "kept"
    for folder, file in (("posts", "week"), ("config/campaigns", "week.toml")):
        path = office.project.folder / folder / file
        path.rename(path.with_name(f"our-{file}"))
    assert actions(office.plan())["b", "fice-x"] == "kept"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://e.org", "https://e.org?utm_a=1&utm_b=x%20%26y"),
        ("https://e.org/?", "https://e.org/?utm_a=1&utm_b=x%20%26y"),
        ("https://e.org/a?c=d%20e&f#top", "https://e.org/a?c=d%20e&f&utm_a=1&utm_b=x%20%26y#top"),
        ("https://e.org/a#b?c", "https://e.org/a?utm_a=1&utm_b=x%20%26y#b?c"),
        ("https://e.org/?UTM_A=own", "https://e.org/?UTM_A=own&utm_b=x%20%26y"),
        ("https://e.org/?utm_a=&utm_b=2&", "https://e.org/?utm_a=&utm_b=2&"),
    ],
)
def test_what_a_link_has_already_is_kept(link: str, expected: str) -> None:
    assert with_parameters(link, [("utm_a", "1"), ("utm_b", "x &y"), ("utm_c", "")]) == expected


@given(st.text(st.sampled_from("ab?&=#/%"), max_size=20))
def test_a_link_is_never_tracked_twice(rest: str) -> None:
    once = with_parameters(f"https://e.org/{rest}", [("utm_a", "1"), ("utm_b", "2")])
    assert with_parameters(once, [("utm_a", "1"), ("utm_b", "3")]) == once
    assert once.partition("#")[2] == rest.partition("#")[2]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('utm_sorce = "x"', "did you mean 'utm_source'?"),
        ('utm_source = "{site}"', "{network}"),
        ('utm_source = "a}"', "{network}"),
        ('domains = ["https://example.org"]', "like example.org"),
        ('enabled = "yes"', "true or false"),
    ],
)
def test_what_is_wrong_in_the_table_is_said_at_its_line(project: Project, line: str, words: str) -> None:
    general(project, line)
    expect(project.said("config/bot.toml"), ("config/bot.toml:2: error", words))
