"""Last year's campaign on new dates: its days, slots, posts and pictures, and nothing of it twice."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.planning.campaign_copy import Copied, copy_campaign
from bot.planning.campaign_export import ExportError, export_campaign
from bot.planning.campaign_form import (
    CampaignForm,
    CampaignFormError,
    SlotForm,
    campaign_edited,
    campaign_source,
    form_of_campaign_source,
)
from bot.planning.check import check
from bot.planning.queueing import content_of, queue_post
from bot.planning.receiving import receive
from bot.store import campaign_sources, posts
from bot.store.campaign_sources import CampaignConflictError, CampaignError
from bot.store.posts import PagePost
from tests.planning.helper import SUNDAY, WEEK, Office, jpeg, post

NEXT = date(2019, 9, 23)  # 364 days later


def copied(office: Office, new: str = "week-2019", old: str = "week") -> Copied:
    settings = office.project.settings()
    return copy_campaign(office.store, settings, old, new, NEXT, "The next week", "anna", SUNDAY)


def of_page(office: Office, campaign: str = "week-2019") -> dict[str, PagePost]:
    with office.store.read() as connection:
        return {one.path: one for one in posts.all_posts(connection, campaign)}


@pytest.fixture
def last_year(office: Office) -> Office:
    office.project.week(("title", "# The week of 2018\ntitle"))
    office.project.write("posts/week/photos/a.jpg", jpeg())
    office.project.post(
        "1-monday", "day: 1  # Monday", "kind: daily-post", 'media: [{file: photos/a.jpg, alt: "A class"}]',
        "link: https://example.org/?utm_campaign=week18", body="Hello #SSW2018",
    )  # fmt: skip
    office.project.post("2-chat", "at: 2018-09-25 09:00", "kind: chat", "accounts: [fice-x]", body="Chat")
    office.project.write("posts/week/README.md", "How we write")
    posts.create(office.store, "week", "From the page", post("day: 2", "kind: daily-post"), "anna", SUNDAY)
    return office


def test_the_copy_has_new_dates_and_the_same_words(last_year: Office) -> None:
    made = copied(last_year)
    assert (made.posts, made.fresh) == (3, True)
    assert made.campaign.source == WEEK.replace("title", "# The week of 2018\ntitle").replace(
        'title = "Week"', 'title = "The next week"'
    ).replace("2018-09-24", "2019-09-23")
    found = of_page(last_year)
    assert sorted(found) == [f"week-2019/web/{name}.md" for name in ("1-monday", "2-chat", "from-the-page")]
    monday = found["week-2019/web/1-monday.md"]
    assert (monday.stage, monday.live_version) == ("draft", None)
    for words in ("day: 1  # Monday", "link: https://example.org/?utm_campaign=week18\n", "Hello #SSW2018"):
        assert words in monday.source
    assert "at: 2019-09-24 09:00\n" in found["week-2019/web/2-chat.md"].source
    content = content_of(last_year.store, last_year.project.settings(), monday)
    [read] = content.posts
    assert (read.media[0].file, read.media[0].alt, read.media[0].format) == ("a.jpg", "A class", "JPEG")
    assert [
        str(problem) for problem in check(content) if "page:" in str(problem) and "error" in str(problem)
    ] == []


def test_a_second_time_nothing_is_made_and_another_name_that_is_taken_is_refused(last_year: Office) -> None:
    first = copied(last_year)
    again = copied(last_year)
    assert (again.fresh, again.posts, again.campaign) == (False, 3, first.campaign)
    assert len(of_page(last_year)) == 3
    third = copied(last_year, "week-2020", old="week-2019")
    assert third.posts == 3
    for new, words in (("week", "in a file"), ("../x", "no name for a campaign")):
        with pytest.raises(CampaignError, match=words):
            copied(last_year, new)
    with pytest.raises(CampaignError, match="there is a campaign 'week-2019' already"):
        copied(last_year, "week-2019", old="week-2020")
    with pytest.raises(CampaignError, match="there is no campaign 'gone'"):
        copied(last_year, "new", old="gone")


def test_the_export_is_what_a_team_commits(last_year: Office, tmp_path: Path) -> None:
    copied(last_year)
    receive(last_year.store, "week-2019", io.BytesIO(jpeg()), "unused.jpg", SUNDAY)
    folder = tmp_path / "export"
    written = export_campaign(last_year.store, "week-2019", folder)
    assert sorted(map(str, written)) == [
        "config/campaigns/week-2019.toml", "posts/week-2019/1-monday.md", "posts/week-2019/2-chat.md",
        "posts/week-2019/a.jpg", "posts/week-2019/from-the-page.md",
    ]  # fmt: skip
    for path in written:
        last_year.project.write(str(path), (folder / path).read_bytes())
    assert [line for line in last_year.project.said("posts/week-2019") if "error" in line] == []
    assert export_campaign(last_year.store, "week-2019", folder) == written
    (folder / "posts/week-2019/2-chat.md").write_text("another")
    with pytest.raises(ExportError, match=r"2-chat\.md is there already and differs"):
        export_campaign(last_year.store, "week-2019", folder)
    with pytest.raises(ExportError, match="nothing of a campaign 'gone'"):
        export_campaign(last_year.store, "gone", folder)


def test_a_campaign_is_edited_on_its_source_and_keeps_its_comments(office: Office) -> None:
    source = WEEK.replace("[[day]]", "# a day\n[[day]]", 1).replace(
        'title = "Week"', 'title = "Week"  # ours'
    )
    form = form_of_campaign_source(source, "week")
    assert form is not None
    assert campaign_edited(source, form) == source
    morning = replace(form.slots[0], at="08:30", accounts=("fice-x",))
    changed = replace(
        form,
        title="Wee\"k'",
        themes=(*form.themes, "Thursday"),
        slots=(morning, SlotForm("noon", "12:00", ("chat",), ("fice-x",))),
        approval="required",
        hashtags=("#SSW", "aid"),
        starts="2020-02-29",
        timezone="Europe/Paris",
    )
    after = campaign_edited(source, changed)
    assert form_of_campaign_source(after, "week") == replace(changed, hashtags=("SSW", "aid"))
    assert "# a day\n" in after
    assert "  # ours\n" in after
    fewer = campaign_edited(after, replace(changed, themes=("Only",), slots=()))
    assert form_of_campaign_source(fewer, "week") == replace(
        changed, hashtags=("SSW", "aid"), themes=("Only",), slots=()
    )
    with pytest.raises(CampaignFormError, match="starts: 'soon' is no date"):
        campaign_edited(source, replace(form, starts="soon"))
    with pytest.raises(CampaignFormError, match="is no time of day"):
        campaign_source(CampaignForm("T", "UTC", "2020-01-01", ("a",), (SlotForm("s", "9"),)))


def test_of_two_who_edit_a_campaign_nothing_is_overwritten(office: Office) -> None:
    source = WEEK.replace("Week", "Year")
    with office.store.write() as connection:
        campaign_sources.add(connection, "year", source, "anna", SUNDAY)
    campaign_sources.save(office.store, "year", 1, source + "# b\n", "beatriz", SUNDAY)
    with pytest.raises(CampaignConflictError, match="beatriz has saved this campaign"):
        campaign_sources.save(office.store, "year", 1, source, "anna", SUNDAY)
    one = posts.create(office.store, "year", "a", post("day: 1", "kind: daily-post"), "anna", SUNDAY)
    queue_post(office.store, office.project.settings(), one.id, 1, "anna", SUNDAY)
    with pytest.raises(CampaignError, match="withdraw them first"):
        campaign_sources.remove(office.store, "year", 2, "anna", SUNDAY)
