"""The check: what only the files together can tell, each with its place, and all of it at once."""

from pathlib import Path

import pytest

from bot.planning.content import MOST_POSTS
from tests.planning.helper import WEEK, Project, expect, jpeg, post, replaced

ONLY_NETWORKS = """\
[checks]
emoji-runs = "off"
linkedin-first-line = "off"
"""
HEAD = ("day: 1", "kind: daily-post")
ON_X = (*HEAD, "accounts: [fice-x]")
ON_ALL = (*HEAD, "accounts: [fice-x, fice-facebook, fice-linkedin]")


def test_a_project_without_a_mistake_has_no_problems(project: Project) -> None:
    project.post("a", *HEAD)
    project.post("b", "day: 2", "kind: case-study", "link: https://example.org/b", body="Another")
    project.post("c", "at: 2018-09-26 17:00", "kind: chat", "accounts: [fice-x]", body="A third")
    assert project.said() == []


def test_a_target_of_alerts_whose_variable_is_not_set_is_a_warning(project: Project) -> None:
    project.write("config/bot.toml", '[alerts]\nto = ["BOT_ALERT_MAIL", "BOT_ALERT_SLACK"]\n')
    project.environment["BOT_ALERT_MAIL"] = "mailto://anna:secret@example.org"
    said = project.said("config/bot.toml")
    expect(said, ("config/bot.toml:2: warning", "BOT_ALERT_SLACK is not set here"))


def test_a_network_that_is_led_to_no_address_is_an_error_at_its_account(project: Project) -> None:
    project.environment |= {"TWITTER_API_URL": "nonsense", "FACEBOOK_GRAPH_URL": "http://127.0.0.1:8100/fb"}
    said = project.said("config/accounts.toml")
    expect(said, ("config/accounts.toml:2: error", "TWITTER_API_URL is no web address", "https://api."))


# What the networks take


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("a" * 281, "281", id="letters"),
        pytest.param("é" * 281, "281", id="letters with accents"),
        pytest.param("字" * 141, "282", id="letters that count twice"),
        pytest.param("👩🏽‍🏫" * 141, "282", id="emoji"),
        pytest.param("a" * 260 + " https://example.org/" + "b" * 100, "284", id="a link that counts 23"),
        pytest.param("a" * 5_000, "5,000", id="a whole page"),
    ],
)
def test_a_text_too_long_for_x_is_said_with_its_count(project: Project, text: str, count: str) -> None:
    project.write("config/bot.toml", ONLY_NETWORKS)
    project.post("a", *ON_X, body=text)
    expect(project.said(), ("posts/week/a.md:6: error", "twitter:", count, "280"))


@pytest.mark.parametrize(
    "text",
    ["a" * 280, "字" * 140, "👩🏽‍🏫" * 140, "a" * 256 + " https://example.org/" + "b" * 100],
    ids=["letters", "letters that count twice", "emoji", "a link"],
)
def test_a_text_that_just_fits_x_is_no_problem(project: Project, text: str) -> None:
    project.write("config/bot.toml", ONLY_NETWORKS)
    project.post("a", *ON_X, body=text)
    assert project.said() == []


def test_the_link_of_the_post_counts_on_x(project: Project) -> None:
    project.post("a", *ON_X, f"link: https://example.org/{'b' * 100}", body="a" * 257)
    expect(project.said(), ("posts/week/a.md:7: error", "twitter:", "281", "280"))


@pytest.mark.parametrize(
    ("account", "text", "words"),
    [
        ("fice-facebook", "a" * 63_207, ["facebook:", "63,207", "63,206"]),
        ("fice-linkedin", "a" * 3_001, ["linkedin:", "3,001", "3,000"]),
    ],
)
def test_a_text_too_long_for_another_network_is_said_with_its_count(
    project: Project, account: str, text: str, words: list[str]
) -> None:
    project.write("config/bot.toml", ONLY_NETWORKS)
    project.post("a", *HEAD, f"accounts: [{account}]", body=text)
    expect(project.said(), ("posts/week/a.md:6: error", *words))


def test_a_text_of_its_own_is_judged_where_it_stands(project: Project) -> None:
    project.post("a", *ON_X, "text:", f"  facebook: {'b' * 300}", f"  twitter: {'a' * 281}", body="Short")
    expect(project.said(), ("posts/week/a.md:7: error", "twitter:", "281"))


def test_every_message_of_a_thread_is_judged_and_named(project: Project) -> None:
    lines = ["text:", "  twitter:", f"    - {'a' * 281}", "    - " + "c" * 100, f"    - {'b' * 300}"]
    project.post("a", *ON_X, *lines)
    said = project.said()
    assert len(said) == 2
    for line, part, count in zip(said, ("part 1", "part 3"), ("281", "300"), strict=True):
        assert line.startswith(("posts/week/a.md:6:", "posts/week/a.md:7:", "posts/week/a.md:9:"))
        assert part in line
        assert count in line


def test_a_first_comment_that_is_too_long_is_judged_where_it_stands(project: Project) -> None:
    project.post("a", *HEAD, "accounts: [fice-linkedin]", f"first_comment: {'a' * 1_251}")
    expect(project.said(), ("posts/week/a.md:5: error", "linkedin:", "comment", "1,251", "1,250"))


@pytest.mark.parametrize("body", ["", "   ", "\n\n\t\n"])
def test_a_post_without_words_is_an_error_for_each_network(project: Project, body: str) -> None:
    project.post("a", *ON_ALL, body=body)
    said = project.said()
    assert sorted(line.split(": ")[2] for line in said) == ["facebook", "linkedin", "twitter"]
    for line in said:
        assert line.startswith(("posts/week/a.md:5: error", "posts/week/a.md:6: error"))
        assert "text" in line


def test_a_link_alone_is_enough_for_every_network(project: Project) -> None:
    project.post("a", *ON_ALL, "link: https://example.org/a", body="")
    assert project.said() == []


def test_a_text_for_each_of_its_networks_makes_the_body_needless(project: Project) -> None:
    project.post("a", *HEAD, "text:", "  twitter: Hi", "  facebook: Hello", body="")
    assert project.said() == []


def test_a_thread_for_a_network_without_threads_is_looked_at(project: Project) -> None:
    project.post("a", *HEAD, "text:", "  facebook: [One, Two]")
    expect(project.said(), ("posts/week/a.md:5: warning", "facebook:", "thread"))


def test_a_first_comment_that_no_network_shows_is_looked_at(project: Project) -> None:
    project.post("a", *ON_X, "first_comment: More below")
    expect(project.said(), ("posts/week/a.md:5: warning", "first_comment:"))


# The same text twice


@pytest.mark.parametrize("other", ["Hello", "  Hello  ", "HELLO"])
def test_the_same_text_twice_on_one_account_is_an_error_in_the_second_post(
    project: Project, other: str
) -> None:
    project.post("a", *ON_X, body="Hello")
    project.post("b", "day: 2", "kind: daily-post", "accounts: [fice-x]", body=other)
    expect(project.said(), ("posts/week/b.md:6: error", "fice-x", "same text as week/a.md", "duplicate"))


def test_the_same_text_of_a_network_is_named_where_it_stands(project: Project) -> None:
    project.post("a", *ON_X, body="Hello")
    project.post(
        "b", "day: 2", "kind: daily-post", "accounts: [fice-x]", "text:", "  twitter: Hello", body="Else"
    )
    expect(project.said(), ("posts/week/b.md:6: error", "same text as week/a.md"))


def test_the_same_text_on_three_accounts_is_said_for_each_of_them(project: Project) -> None:
    project.post("a", *ON_ALL)
    project.post("b", "day: 2", *ON_ALL[1:])
    said = project.said()
    assert [line.split(": ")[2] for line in said] == ["fice-x", "fice-facebook", "fice-linkedin"]


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(("day: 2", "kind: daily-post", "accounts: [fice-linkedin]"), id="on another account"),
        pytest.param(("day: 2", *ON_X[1:], "link: https://example.org/b"), id="with another link"),
        pytest.param(("day: 2", *ON_X[1:], "text:", "  twitter: Else"), id="with a text of its own"),
        pytest.param(("day: 2", *ON_X[1:], "status: draft"), id="as a draft"),
    ],
)
def test_the_same_body_is_no_duplicate(project: Project, keys: tuple[str, ...]) -> None:
    project.post("a", *ON_X)
    project.post("b", *keys)
    assert project.said() == []


def test_the_same_text_in_two_campaigns_is_a_duplicate_too(project: Project) -> None:
    project.write("config/campaigns/later.toml", replaced(WEEK, ("2018-09-24", "2018-09-26")))
    project.post("a", *ON_X)
    project.write("posts/later/b.md", post(*ON_X))
    [said] = project.said()
    assert said.startswith("posts/later/b.md:6: error")
    assert "same text as week/a.md, 48 hours later" in said


def test_the_same_text_is_taken_again_after_the_networks_have_forgotten_it(project: Project) -> None:
    project.post("a", *ON_X)
    project.post("b", "day: 3", *ON_X[1:])
    project.post("c", "at: 2018-09-28 08:01", *ON_X[1:])
    expect(project.said(), ("posts/week/b.md:6: error", "same text as week/a.md, 48 hours later"))


def test_a_thread_that_says_the_same_twice_is_an_error(project: Project) -> None:
    project.post("a", *ON_X, "text:", "  twitter: [The same, The same]")
    [said] = project.said()
    assert said.startswith("posts/week/a.md:6: error")
    assert "same" in said.removeprefix("posts/week/a.md:6: error")


# When


def test_two_posts_at_one_instant_on_one_account_are_looked_at_once(project: Project) -> None:
    project.post("a", *HEAD, body="One")
    project.post("b", *HEAD, body="Two")
    expect(project.said(), ("posts/week/b.md:2: warning", "same time as week/a.md", "one after the other"))


def test_a_fixed_time_at_the_instant_of_a_slot_is_looked_at(project: Project) -> None:
    project.post("a", *ON_X, body="One")
    project.post("b", "kind: chat", "at: 2018-09-24 08:00", "accounts: [fice-x]", body="Two")
    expect(project.said(), ("posts/week/b.md:3: warning", "same time as week/a.md"))


def test_a_fixed_time_without_accounts_is_told_to_name_them(project: Project) -> None:
    project.post("a", "kind: daily-post", "at: 2018-09-25 10:00")
    expect(project.said(), ("posts/week/a.md:3: error", "accounts: [fice-x]", "slot"))


def test_a_post_that_goes_nowhere_is_an_error(project: Project) -> None:
    project.week(('accounts = ["fice-x", "fice-facebook"]', "accounts = []"))
    project.post("a", *HEAD)
    project.post("b", "kind: daily-post", "at: 2018-09-25 10:00", "slot: morning", body="Else")
    said = project.said()
    assert [line for line in said if line.startswith("posts/week/a.md:") and ": error: " in line]
    assert [line for line in said if line.startswith("posts/week/b.md:") and ": error: " in line]


def test_a_kind_that_its_slot_is_not_for_is_looked_at(project: Project) -> None:
    project.post("a", "day: 1", "kind: chat", "slot: morning")
    expect(project.said(), ("posts/week/a.md:4: warning", "'morning' is for daily-post, event", "a chat"))


@pytest.mark.parametrize("when", ["2017-09-25 10:00", "2019-09-25 10:00", "2108-09-25 10:00"])
def test_a_time_far_from_the_campaign_is_looked_at(project: Project, when: str) -> None:
    project.post("a", "kind: daily-post", f"at: {when}", "accounts: [fice-x]")
    expect(project.said(), ("posts/week/a.md:3: warning", when[:10], "2018-09-24 to 2018-09-26"))


@pytest.mark.parametrize("when", ["2018-09-20 10:00", "2018-10-10 10:00"])
def test_a_time_near_the_campaign_is_no_problem(project: Project, when: str) -> None:
    project.post("a", "kind: daily-post", f"at: {when}", "accounts: [fice-x]")
    assert project.said() == []


@pytest.mark.parametrize(
    ("starts", "wall", "words"),
    [
        ("2018-03-11", "02:30:00", ["2018-03-11 02:30", "America/New_York", "does not exist", "07:00 UTC"]),
        ("2018-11-04", "01:30:00", ["2018-11-04 01:30", "America/New_York", "twice", "first"]),
    ],
)
@pytest.mark.parametrize("fixed", [False, True])
def test_a_time_that_the_change_of_clocks_makes_odd_is_looked_at(
    project: Project, starts: str, wall: str, words: list[str], fixed: bool
) -> None:
    project.week(("2018-09-24", starts), ("08:00:00", wall))
    when = f"at: {starts} {wall}" if fixed else "day: 1"
    project.post("a", "kind: daily-post", when, "accounts: [fice-x]")
    expect(project.said(), ("posts/week/a.md:3: warning", *words))


def test_a_wave_is_odd_only_where_the_clocks_change(project: Project) -> None:
    project.week(("2018-09-24", "2018-03-25"), ("at = 08:00:00", 'at = 02:30:00\ntimezone = "account"'))
    project.accounts(
        ('handle = "fice"', 'handle = "fice"\ntimezone = "Europe/Vienna"'),
        ('network = "facebook"', 'network = "facebook"\ntimezone = "Africa/Nairobi"'),
    )
    project.post("a", *HEAD)
    expect(project.said(), ("posts/week/a.md:2: warning", "Europe/Vienna", "does not exist", "01:00 UTC"))


def test_a_post_that_names_an_account_without_a_zone_for_a_wave_is_looked_at(project: Project) -> None:
    project.week(("at = 08:00:00", 'at = 08:00:00\ntimezone = "account"'))
    project.accounts(
        ('handle = "fice"', 'handle = "fice"\ntimezone = "Europe/Vienna"'),
        ('network = "facebook"', 'network = "facebook"\ntimezone = "Africa/Nairobi"'),
    )
    project.post("a", *HEAD, "accounts: [fice-x, fice-linkedin]")
    [said] = project.said()
    assert said.startswith("posts/week/a.md:4: ")
    assert "fice-linkedin" in said
    assert "timezone" in said


def test_a_network_may_have_a_rhythm_of_figures_and_no_other_settings(project: Project) -> None:
    project.write("config/bot.toml", '[figures.twitter]\nfirst_day = "1h"\n')
    assert project.said("config/bot.toml") == []


# Files


def test_a_file_for_one_network_is_measured_by_that_network_alone(project: Project) -> None:
    project.write("posts/week/guide.pdf", b"%PDF-1.7 ...")
    project.post("a", *ON_ALL, 'media: [{file: guide.pdf, alt: "A guide", only: [linkedin]}]')
    assert project.said() == []
    project.post("a", *ON_ALL, 'media: [{file: guide.pdf, alt: "A guide", only: [linkedin, facebook]}]')
    said = [line for line in project.said() if "is not taken" in line]
    expect(said, ("posts/week/a.md:5: error: facebook: guide.pdf",))


def test_the_picture_of_a_card_is_looked_into_as_every_other(project: Project) -> None:
    project.write("posts/week/card.jpg", jpeg()[:20])
    project.post("a", *ON_ALL, "link: https://example.org", "card:", "  title: A", "  image: card.jpg")
    expect(project.said(), ("posts/week/a.md:8: error", "card: card.jpg is a damaged JPEG"))


def test_the_picture_of_a_card_may_have_words_for_it(project: Project) -> None:
    project.write("posts/week/card.jpg", jpeg())
    project.post("a", *ON_ALL, "link: https://example.org", 'card: {image: {file: card.jpg, alt: "A child"}}')
    assert project.said() == []
    [file] = project.content().post_files.values()
    assert file.post.card.image is not None
    assert (file.post.card.image.file, file.post.card.image.alt) == ("card.jpg", "A child")


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ('{alt: "A child"}', "file"),
        ("{file: gone.jpg}", "is not there"),
        ("{file: card.jpg, only: [linkedin]}", "only"),
        ("[card.jpg]", "image"),
    ],
)
def test_a_picture_of_a_card_that_is_none_is_refused(project: Project, image: str, words: str) -> None:
    project.write("posts/week/card.jpg", jpeg())
    project.post("a", *ON_ALL, "link: https://example.org", f"card: {{image: {image}}}")
    expect(project.said(), ("posts/week/a.md:6: error", words))


# Drafts


def test_what_is_wrong_with_a_draft_is_a_warning_that_says_so(project: Project) -> None:
    project.post(
        "a",
        "day: 9",
        "kind: daily-post",
        "acounts: [nobody]",
        "link: nowhere",
        "media: [{file: gone.jpg, alt: A}]",
        "status: draft",
        body="a" * 281,
    )
    said = project.said()
    assert {int(line.split(":")[1]) for line in said} == {2, 4, 5, 6, 9}
    for line in said:
        assert ": warning: " in line
        assert line.endswith("(a draft)")


def test_a_draft_that_can_not_be_read_is_an_error(project: Project) -> None:
    # Nobody can know that it is a draft.
    project.write("posts/week/a.md", "---\nstatus: draft\nlink: a: b\n---\n")
    expect(project.said("posts/week/a.md"), ("posts/week/a.md:3: error",))


def test_a_misspelt_draft_is_an_error_and_no_ready_post_without_a_word(project: Project) -> None:
    project.post("a", *HEAD, "status: drat")
    expect(project.said(), ("posts/week/a.md:4: error", "status:", "did you mean 'draft'?"))


def test_a_draft_is_not_planned(project: Project) -> None:
    project.post("a", *HEAD, "status: draft")
    project.post("b", *HEAD)
    assert {one.post.path for one in project.planned()} == {"week/b.md"}
    assert project.said() == []


# Folders


def test_without_a_folder_of_posts_it_is_told_where_posts_stand(project: Project) -> None:
    (project.folder / "posts/week").rmdir()
    (project.folder / "posts").rmdir()
    expect(project.said("posts:"), ("posts:1: error", "posts/CAMPAIGN/*.md"))


def test_posts_that_are_a_file_are_an_error_and_not_a_crash(project: Project) -> None:
    (project.folder / "posts/week").rmdir()
    (project.folder / "posts").rmdir()
    project.write("posts", "Hello")
    expect(project.said("posts:"), ("posts:1: error", "posts/CAMPAIGN/*.md"))


def test_without_any_campaign_it_is_told_where_to_put_one(project: Project) -> None:
    (project.folder / "config/campaigns/week.toml").unlink()
    [said] = project.said()
    assert said.startswith("config/campaigns:1: ")
    assert "NAME.toml" in said


def test_without_any_configuration_it_says_what_is_missing_and_where(tmp_path: Path) -> None:
    said = Project(tmp_path).said()
    assert [line.split(":")[0] for line in said] == ["config/accounts.toml", "config/campaigns", "posts"]
    assert ": error: " in said[0]


@pytest.mark.parametrize("folder", ["weak", "other"])
def test_a_folder_of_posts_without_a_campaign_is_an_error_once(project: Project, folder: str) -> None:
    project.write(f"posts/{folder}/a.md", post(*HEAD))
    project.write(f"posts/{folder}/b.md", post(*HEAD))
    said = [line for line in project.said() if line.startswith(f"posts/{folder}")]
    expect(said, (f"posts/{folder}:1: error", f"config/campaigns/{folder}.toml"))
    assert project.planned() == []


def test_a_folder_with_a_name_like_a_campaign_is_told_which_one_is_meant(project: Project) -> None:
    project.write("posts/wek/a.md", post(*HEAD))
    assert any("did you mean 'week'?" in line for line in project.said())


def test_the_mistakes_of_posts_are_said_although_their_campaign_can_not_be_read(project: Project) -> None:
    project.write("config/campaigns/week.toml", "title = ")
    project.post("a", *HEAD, "colour: red")
    said = project.said()
    assert any(line.startswith("config/campaigns/week.toml:1: error") for line in said)
    assert any(line.startswith("posts/week/a.md:4: error") for line in said)


def test_a_campaign_without_posts_is_told_where_they_stand(project: Project) -> None:
    [said] = project.said()
    assert "posts/week" in said


def test_a_campaign_whose_only_post_can_not_be_read_is_not_told_that_it_has_none(project: Project) -> None:
    project.write("posts/week/a.md", "Hello")
    expect(project.said(), ("posts/week/a.md:1: error", "'---'"))


def test_a_post_beside_the_folders_is_told_where_it_belongs(project: Project) -> None:
    project.post("b", *HEAD)
    project.write("posts/a.md", post(*HEAD))
    expect(project.said(), ("posts/a.md:1: error", "posts/CAMPAIGN/*.md"))


def test_a_post_below_the_folder_of_its_campaign_is_told_where_it_belongs(project: Project) -> None:
    project.post("b", *HEAD)
    project.write("posts/week/monday/a.md", post(*HEAD))
    expect(project.said(), ("posts/week/monday/a.md:1: error", "not read", "posts/week itself"))


@pytest.mark.parametrize("name", ["a.MD", "a.markdown", "a.Md"])
def test_a_post_with_another_ending_is_not_passed_over_in_silence(project: Project, name: str) -> None:
    project.post("b", *HEAD)
    project.write(f"posts/week/{name}", post(*HEAD, body="Else"))
    expect(project.said(), (f"posts/week/{name}:1: warning", "not read", ".md"))


@pytest.mark.parametrize("name", ["a.md.txt", "a.MD.txt"])
def test_a_post_that_windows_named_otherwise_is_not_passed_over_in_silence(
    project: Project, name: str
) -> None:
    project.post("b", *HEAD)
    project.write(f"posts/week/{name}", post(*HEAD, body="Else"))
    expect(project.said(), (f"posts/week/{name}:1: warning", "not read", ".md"))


@pytest.mark.parametrize(
    "name", ["README.md", "readme.md", ".a.md.swp", "._a.md", ".hidden/a.md", "a.md~", "photo.jpg", "drafts/"]
)
def test_what_is_no_post_is_passed_over(project: Project, name: str) -> None:
    project.post("b", *HEAD)
    if name.endswith("/"):
        (project.folder / f"posts/week/{name}").mkdir()
    else:
        project.write(f"posts/week/{name}", "Hello")
    assert project.said() == []


def test_a_readme_beside_the_campaigns_is_no_post(project: Project) -> None:
    project.post("b", *HEAD)
    project.write("posts/README.md", "# How we write posts")
    assert project.said() == []


def test_one_campaign_can_be_read_without_the_mistakes_of_another(project: Project) -> None:
    project.post("a", *HEAD)
    project.write("config/campaigns/other.toml", "title = ")
    project.write("posts/other/b.md", "Hello")
    content = project.content(only="week")
    assert list(content.campaigns) == ["week"]
    assert [one.path for one in content.posts] == ["week/a.md"]
    assert content.problems == []


def test_problems_come_by_file_and_line_and_none_of_them_twice(project: Project) -> None:
    project.post("b", *HEAD, "colour: red", body="a" * 281)
    project.post("a", "day: 9", "kind: daily-post", "slot: noon")
    problems = project.problems()
    places = [(one.file, one.line) for one in problems]
    assert places == sorted(places)
    assert len(set(map(str, problems))) == len(problems) >= 4


def test_the_posts_that_are_right_are_planned_beside_those_that_are_wrong(project: Project) -> None:
    project.post("a", *HEAD)
    project.write("posts/week/b.md", "Hello")
    project.post("c", "day: 2", "kind: nonsense", "slot: noon")
    assert {one.post.path for one in project.planned()} == {"week/a.md"}


def test_more_posts_than_any_campaign_has_are_not_even_read(project: Project) -> None:
    for number in range(MOST_POSTS + 1):
        (project.folder / "posts" / "week" / f"{number}.md").touch()
    [said] = [line for line in project.said() if ": error: " in line]
    assert said.endswith("has 5,001 posts: 5,000 are the most of a campaign")
