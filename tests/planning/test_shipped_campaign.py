"""The campaign that is shipped: the week of the report, ready to go out as it stands."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.model.message import Role
from bot.model.post import Kind, Status
from bot.networks.twitter.weight import weigh
from bot.planning.check import check
from bot.planning.content import Content, read_content
from bot.planning.schedule import Planned, schedule
from bot.sandbox.twitter.text import is_too_long
from bot.settings import load

ROOT = Path(__file__).parents[2]
NAME = "social-service-workforce-week"
NETWORKS = ["facebook", "linkedin", "twitter"]  # of its accounts
EASTERN = ZoneInfo("America/New_York")
CHAT = datetime(2018, 9, 25, 9, 0, tzinfo=EASTERN)
WEBINAR = datetime(2018, 9, 27, 9, 0, tzinfo=EASTERN)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def content() -> Content:
    config, posts = str(ROOT / "config"), str(ROOT / "posts")
    return read_content(load({"BOT_CONFIG": config, "BOT_POSTS": posts}, ROOT))


@pytest.fixture(scope="module")
def planned(content: Content) -> list[Planned]:
    return schedule(content)


def test_it_has_no_problems(content: Content) -> None:
    assert [str(problem) for problem in check(content)] == []


def test_it_has_a_week_of_posts_and_deliveries_and_no_draft(content: Content, planned: list[Planned]) -> None:
    assert len(content.posts) >= 24
    assert len(planned) >= 60
    assert {one.status for one in content.posts} == {Status.READY}


def test_it_has_five_days_each_with_its_theme(content: Content) -> None:
    campaign = content.campaigns[NAME]
    assert (campaign.timezone, f"{campaign.starts:%A %Y-%m-%d}") == ("America/New_York", "Monday 2018-09-24")
    words = [
        "Call to Action",
        "Mapping",
        "National",
        "Ending Violence Against Children",
        "Actions for Realizing",
    ]
    assert len(campaign.themes) == 5
    for theme, word in zip(campaign.themes, words, strict=True):
        assert word in theme
    assert campaign.hashtags == ("SSWWeek",)


@pytest.mark.parametrize("day", [1, 2, 3, 4, 5])
def test_each_day_begins_with_a_daily_post_on_every_network(planned: list[Planned], day: int) -> None:
    first = [
        one
        for one in planned
        if one.day == day and one.post.kind is Kind.DAILY_POST and one.slot == "morning"
    ]
    assert sorted(one.account.network for one in first) == sorted(NETWORKS)
    assert {one.due_at.astimezone(EASTERN).hour for one in first} == {8}


def test_every_day_brings_a_resource_or_a_blog_and_a_profile_or_a_case_study(planned: list[Planned]) -> None:
    for kinds in ({Kind.RESOURCE, Kind.BLOG}, {Kind.CASE_STUDY, Kind.WORKER_PROFILE}):
        assert {one.day for one in planned if one.post.kind in kinds} == {1, 2, 3, 4, 5}


def test_it_has_three_case_studies_from_three_places(content: Content) -> None:
    studies = [one for one in content.posts if one.kind is Kind.CASE_STUDY]
    assert len(studies) == 3
    for place in ("Botswana", "Southern Africa", "Tajikistan"):
        assert sum(place in one.body for one in studies) == 1


def test_it_has_profiles_of_five_professions(content: Content) -> None:
    assert sum(one.kind is Kind.WORKER_PROFILE for one in content.posts) == 5


def test_the_questions_of_the_chat_go_out_on_x_alone_within_its_hour_or_not_at_all(
    planned: list[Planned],
) -> None:
    questions = [one for one in planned if one.post.body[:1] == "Q" and one.post.body[1:2].isdigit()]
    questions.sort(key=lambda one: one.due_at)
    assert [one.post.body[:3] for one in questions] == ["Q1:", "Q2:", "Q3:", "Q4:", "Q5:", "Q6:"]
    for one in questions:
        assert (one.post.kind, one.account.network, one.day) == (Kind.CHAT, "twitter", 2)
        assert CHAT <= one.due_at < CHAT + HOUR
        assert one.tolerance == timedelta(minutes=2)


def test_there_is_time_to_answer_between_two_questions(planned: list[Planned]) -> None:
    chat = sorted(one.due_at for one in planned if one.post.kind is Kind.CHAT and one.due_at >= CHAT)
    assert min(later - earlier for earlier, later in pairwise(chat)) >= timedelta(minutes=4)


def test_on_its_day_the_hour_of_the_chat_has_nothing_but_the_chat_even_if_the_rest_is_late(
    planned: list[Planned],
) -> None:
    today = [one for one in planned if one.day == 2 and one.due_at < CHAT + HOUR]
    within = [one for one in today if one.due_at + one.tolerance > CHAT]
    assert {(one.post.kind, one.account.network) for one in within} == {(Kind.CHAT, "twitter")}
    assert len(within) < len(today)
    assert max(one.tolerance for one in within) <= timedelta(minutes=2)


def test_the_chat_is_announced_before_it_begins_on_every_network(planned: list[Planned]) -> None:
    announced = [one for one in planned if one.post.kind is Kind.EVENT and one.due_at < CHAT]
    assert {one.account.network for one in announced} == set(NETWORKS)
    for one in announced:
        assert "09:00" in one.message.parts[0].text
        assert one.due_at + one.tolerance <= CHAT


def test_the_webinar_is_announced_the_evening_before_and_reminded_of_in_the_morning(
    planned: list[Planned],
) -> None:
    announced = [one for one in planned if one.post.kind is Kind.EVENT and one.due_at > CHAT]
    assert {(one.account.network, one.day) for one in announced} == {
        (net, day) for net in NETWORKS for day in (3, 4)
    }
    for one in announced:
        assert "webinar" in one.message.parts[0].text.casefold()
        assert "09:00 EDT" in one.message.parts[0].text
        assert one.due_at + one.tolerance <= WEBINAR


@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_takes_every_text(planned: list[Planned], network: str) -> None:
    theirs = [one for one in planned if one.account.network == network]
    assert len(theirs) >= 20
    assert [(one.post.path, fault) for one in theirs for fault in one.message.faults] == []


def test_every_text_on_x_weighs_280_or_less(planned: list[Planned]) -> None:
    texts = [part.text for one in planned if one.account.network == "twitter" for part in one.message.parts]
    assert len(texts) >= 30
    for text in texts:
        assert weigh(text) <= 280, text
        assert not is_too_long(text), text


def test_every_network_has_texts_of_its_own(content: Content) -> None:
    for network in ("twitter", "facebook"):
        assert sum(network in one.text for one in content.posts) >= 10


def test_it_shows_what_the_product_can_do(planned: list[Planned]) -> None:
    assert {one.post.kind for one in planned} == set(Kind)
    assert any(len(one.message.parts) > 2 for one in planned)
    roles = {(one.account.network, part.role) for one in planned for part in one.message.parts}
    assert {("twitter", Role.REPLY), ("facebook", Role.COMMENT), ("linkedin", Role.COMMENT)} <= roles


def test_every_post_carries_the_hashtag_of_the_week_on_x(planned: list[Planned]) -> None:
    for one in planned:
        if one.account.network == "twitter":
            assert "#SSWWeek" in " ".join(part.text for part in one.message.parts), one.post.path


def test_it_goes_out_from_monday_morning_to_friday_evening(planned: list[Planned]) -> None:
    instants = sorted(one.due_at for one in planned)
    assert instants[0] == datetime(2018, 9, 24, 12, 0, tzinfo=UTC)
    assert instants[-1].astimezone(EASTERN).strftime("%A %Y-%m-%d") == "Friday 2018-09-28"


def test_no_text_holds_what_somebody_meant_to_replace(content: Content) -> None:
    for one in content.posts:
        texts = [one.body, one.first_comment or "", *[text for texts in one.text.values() for text in texts]]
        for text in texts:
            for word in ("TODO", "TBD", "XXX", "lorem ipsum", "example.org", "example.com", "{{", "[link]"):
                assert word.casefold() not in text.casefold(), (one.path, word)
