"""Posts of the page in the queue: with the files' own, one at a time, all or nothing."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot.clock import SystemClock
from bot.model.stage import Stage, Step
from bot.planning.apply import apply_plan
from bot.planning.check import check
from bot.planning.content import Content, read_content
from bot.planning.media_file import examine
from bot.planning.on_page import ChangedMeanwhileError, made_on_page, refuse_changed
from bot.planning.plan import Plan, dated, make_plan
from bot.planning.preview import previewed
from bot.planning.queueing import NotQueuedError, content_of, queue_post, withdraw_post
from bot.planning.schedule import schedule
from bot.store import campaign_sources, media, posts
from bot.store.desk import DeskError
from bot.store.engine import Store
from bot.store.posts import ConflictError, PagePost, PostError
from bot.store.shelf import Shelf
from bot.store.tables import campaigns
from bot.worker.accounts import Accounts
from tests.planning.helper import SUNDAY, WEEK, Office, jpeg, post

DAILY = ("day: 1", "kind: daily-post")


def begun(office: Office, *keys: str, body: str = "Hello from the page") -> PagePost:
    return posts.create(office.store, "week", "a", post(*(keys or DAILY), body=body), "anna", SUNDAY)


def queued(office: Office, one: PagePost) -> Plan:
    return queue_post(office.store, office.project.settings(), one.id, one.version, "anna", SUNDAY).plan


def content(office: Office, only: str | None = None) -> Content:
    return read_content(office.project.settings(), only, made=made_on_page(office.store, only))


def maker(office: Office, found: Content) -> Callable[[Connection], Plan]:
    def make(connection: Connection) -> Plan:
        refuse_changed(connection, found.made)
        chosen, notes = dated(found.campaigns.values(), connection, {})
        return make_plan(connection, schedule(found, chosen), chosen, notes, SUNDAY)

    return make


def apply(office: Office, found: Content | None = None) -> Plan:
    """As `bot apply` does it, with what was made on the page."""
    make = maker(office, found or content(office))
    return apply_plan(office.store, make, actor="anna", now=SUNDAY, progress=lambda done: None)


def row(office: Office, account: str = "fice-x") -> dict[str, Any]:
    return dict(office.row("web/a", account))


def test_a_post_of_the_page_is_queued_alone(office: Office) -> None:
    office.project.post("file", *DAILY)
    plan = queued(office, begun(office))
    assert {(one.post, one.account) for one in plan.changes} == {
        ("week/web/a.md", "fice-x"),
        ("week/web/a.md", "fice-facebook"),
    }
    assert {one["post"] for one in office.everything()} == {"week/web/a.md"}
    assert office.texts("web/a") == ["Hello from the page"]
    with office.store.read() as connection:
        assert connection.execute(select(campaigns.c.name)).scalars().all() == ["week"]


def test_apply_keeps_it_and_cancels_it_only_when_it_was_withdrawn(office: Office) -> None:
    office.project.post("file", *DAILY)
    one = begun(office)
    queued(office, one)
    plan = apply(office)
    assert {(change.post, str(change.action)) for change in plan.changes} == {
        ("week/file.md", "new"),
        ("week/web/a.md", "unchanged"),
    }
    posts.save(office.store, one.id, 1, post(*DAILY, body="Being typed"), "anna", SUNDAY)
    assert not apply(office).active
    done = withdraw_post(office.store, one.id, 2, "anna", SUNDAY)
    assert [str(change.action) for change in done.plan.changes] == ["cancelled", "cancelled"]
    assert row(office)["state"] == "cancelled"
    assert row(office)["reason"] == "withdrawn on the page"
    assert not apply(office).active
    queue_post(office.store, office.project.settings(), one.id, 2, "anna", SUNDAY)
    assert (row(office)["state"], office.texts("web/a")) == ("scheduled", ["Being typed"])


def test_what_is_queued_while_the_files_are_read_is_not_cancelled(office: Office) -> None:
    office.project.post("file", *DAILY)
    before = content(office)
    queued(office, begun(office))
    with pytest.raises(ChangedMeanwhileError, match="do it again"):
        apply(office, before)
    assert row(office)["state"] == "scheduled"


def test_a_post_with_errors_is_not_queued_and_nothing_changes(office: Office) -> None:
    office.project.write("posts/week/broken.md", "no front matter")  # of another post: no matter
    one = begun(office, "day: 9", "kind: daily-post")
    with pytest.raises(NotQueuedError, match="day: 9 is not in the campaign") as caught:
        queued(office, one)
    assert [(found.file, found.line) for found in caught.value.problems] == [("page:week/web/a.md", 2)]
    assert office.everything() == []
    saved = posts.save(office.store, one.id, 1, post(*DAILY), "anna", SUNDAY)
    with pytest.raises(ConflictError):
        queued(office, one)
    assert queued(office, saved).active
    draft = begun(office, *DAILY, "status: draft")
    with pytest.raises(NotQueuedError, match="a draft"):
        queued(office, draft)


def test_a_post_of_a_campaign_that_is_not_there_is_not_queued(office: Office) -> None:
    one = posts.create(office.store, "gone", "a", post(*DAILY), "anna", SUNDAY)
    with pytest.raises(NotQueuedError, match="its campaign can not be read"):
        queued(office, one)


def test_the_copy_of_a_file_is_checked_in_its_place_and_never_queued(office: Office) -> None:
    office.project.post("file", *DAILY, "media: [{file: a.jpg, alt: A picture}]")
    office.project.write("posts/week/a.jpg", jpeg())
    office.apply()
    copy, _ = posts.open_file(
        office.store, "week/file.md", post(*DAILY, "media: [{file: a.jpg, alt: Ours}]"), "", "anna", SUNDAY
    )
    [found] = content_of(office.store, office.project.settings(), copy).posts
    assert (found.media[0].alt, found.media[0].size > 0) == ("Ours", True)
    with pytest.raises(PostError, match="comes from a file"):
        queued(office, copy)
    assert not apply(office).active
    withdraw_post(office.store, copy.id, 1, "anna", SUNDAY, remove=True)
    assert office.state("file") == "scheduled"


def test_approval_before_and_after_the_queueing(office: Office) -> None:
    office.project.week(('timezone = "Am', 'approval = "required"\ntimezone = "Am'))
    one = begun(office)
    queued(office, one)
    assert (row(office)["state"], row(office)["hold"]) == ("held", "approval")
    posts.step(office.store, one.id, Step.APPROVE, 1, "carla", SUNDAY)
    assert row(office)["state"] == "scheduled"
    saved = posts.save(office.store, one.id, 1, post(*DAILY, body="Edited"), "anna", SUNDAY)
    assert saved.stage is Stage.DRAFT
    assert row(office)["state"] == "scheduled"  # what was approved goes out still
    queued(office, saved)
    assert (row(office)["state"], office.texts("web/a")) == ("held", ["Edited"])
    withdraw_post(office.store, one.id, 2, "anna", SUNDAY)
    posts.step(office.store, one.id, Step.APPROVE, 2, "carla", SUNDAY)
    queue_post(office.store, office.project.settings(), one.id, 2, "anna", SUNDAY)
    assert row(office)["state"] == "scheduled"
    with office.store.read() as connection:
        said = [entry.what for entry in posts.versions(connection, one.id)]
    assert said == ["queued", "approved", "withdrawn", "queued", "saved", "approved", "queued", "saved"]


def test_what_is_sent_back_while_it_is_queued_does_not_go_out(office: Office) -> None:
    office.project.week(('timezone = "Am', 'approval = "required"\ntimezone = "Am'))
    one = begun(office)
    posts.step(office.store, one.id, Step.APPROVE, 1, "carla", SUNDAY)
    queued(office, one)
    assert row(office)["state"] == "scheduled"
    posts.step(office.store, one.id, Step.RETURN, 1, "carla", SUNDAY, "Not this picture")
    assert (row(office)["state"], row(office)["hold"]) == ("held", "approval")
    assert not apply(office).active
    posts.step(office.store, one.id, Step.APPROVE, 1, "carla", SUNDAY)
    assert row(office)["state"] == "scheduled"


def test_another_version_that_is_sent_back_leaves_the_queue_alone(office: Office) -> None:
    office.project.week(('timezone = "Am', 'approval = "required"\ntimezone = "Am'))
    one = begun(office)
    posts.step(office.store, one.id, Step.APPROVE, 1, "carla", SUNDAY)
    queued(office, one)
    posts.save(office.store, one.id, 1, post(*DAILY, body="Better?"), "anna", SUNDAY)
    posts.step(office.store, one.id, Step.SUBMIT, 2, "anna", SUNDAY)
    posts.step(office.store, one.id, Step.RETURN, 2, "carla", SUNDAY, "No: the first was better")
    assert row(office)["state"] == "scheduled"


def test_what_needs_no_approval_is_withdrawn_before_it_is_sent_back(office: Office) -> None:
    one = begun(office)
    queued(office, one)
    posts.step(office.store, one.id, Step.SUBMIT, 1, "anna", SUNDAY)
    with pytest.raises(PostError, match="withdraw it first"):
        posts.step(office.store, one.id, Step.RETURN, 1, "carla", SUNDAY, "Not this picture")
    withdraw_post(office.store, one.id, 1, "carla", SUNDAY, "Not this picture")
    assert row(office)["state"] == "cancelled"


def test_a_withdrawal_ends_the_approval_of_what_was_queued(office: Office) -> None:
    office.project.week(('timezone = "Am', 'approval = "required"\ntimezone = "Am'))
    one = begun(office)
    posts.step(office.store, one.id, Step.APPROVE, 1, "carla", SUNDAY)
    queued(office, one)
    withdraw_post(office.store, one.id, 1, "carla", SUNDAY)
    queued(office, one)
    assert (row(office)["state"], row(office)["hold"]) == ("held", "approval")


def test_what_was_changed_after_it_was_read_is_not_approved(office: Office) -> None:
    office.project.week(('timezone = "Am', 'approval = "required"\ntimezone = "Am'))
    office.project.post("a", *DAILY)
    office.apply()
    seen = {office.row()["id"]: office.row()["message"]}
    office.project.post("a", *DAILY, body="Something else")
    office.apply()
    with pytest.raises(DeskError, match="changed after you read it"):
        office.desk().approve(list(seen), "", seen)
    office.desk().approve(list(seen), "", {office.row()["id"]: office.row()["message"]})
    assert office.state() == "scheduled"


def test_what_is_out_stays_out_when_its_post_is_withdrawn(office: Office) -> None:
    one = begun(office)
    queued(office, one)
    office.publish("web/a")
    done = withdraw_post(office.store, one.id, 1, "anna", SUNDAY, remove=True)
    assert {str(change.action) for change in done.plan.changes} == {"kept", "cancelled"}
    assert row(office)["state"] == "published"
    assert done.post.removed_by == "anna"


def test_the_same_words_as_another_post_that_is_out_may_be_queued(office: Office) -> None:
    office.project.post("file", *DAILY, body="The same words")
    office.apply()
    office.publish("file")
    later = begun(office, "at: 2018-10-20 09:00", *DAILY[1:], "accounts: [fice-x]", body="The same words")
    assert [str(change.action) for change in queued(office, later).changes] == ["new"]
    withdraw_post(office.store, later.id, 1, "anna", SUNDAY)
    office.project.remove("file")
    second = posts.create(office.store, "week", "b", post(*DAILY, body="The same words"), "anna", SUNDAY)
    said = {change.account: str(change.action) for change in queued(office, second).changes}
    assert said["fice-x"] == "kept"


def test_what_would_go_nowhere_since_it_is_out_is_not_queued(office: Office) -> None:
    first = begun(office, *DAILY, "accounts: [fice-x]")
    queued(office, first)
    office.publish("web/a")
    withdraw_post(office.store, first.id, 1, "anna", SUNDAY, remove=True)
    again = begun(office, "day: 3", "kind: daily-post", "accounts: [fice-x]")
    with pytest.raises(NotQueuedError, match=r"already published as week/web/a\.md: the same words"):
        queued(office, again)
    with office.store.read() as connection:
        assert posts.get(connection, again.id).live_version is None


def test_the_same_words_on_the_same_day_are_an_error_of_both(office: Office) -> None:
    office.project.post("file", "at: 2018-09-24 09:00", *DAILY[1:], "accounts: [fice-x]", body="Same")
    one = begun(office, body="Same")
    with pytest.raises(NotQueuedError, match=r"the same text as week/file\.md, 60 minutes earlier"):
        queued(office, one)
    office.project.post("file", "at: 2018-09-24 07:00", *DAILY[1:], "accounts: [fice-x]", body="Same")
    with pytest.raises(NotQueuedError, match=r"the same text as week/file\.md, 60 minutes later"):
        queued(office, one)


def upload(store: Store, office: Office, name: str = "photo.jpg") -> str:
    path = office.project.write("upload.jpg", jpeg())
    facts = examine(path)
    assert not isinstance(facts, str)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    media.keep(store, path, digest, facts, SUNDAY)
    with store.write() as connection:
        return media.name_it(connection, "week", name, digest, SUNDAY)


def test_its_files_are_found_by_check_plan_and_preview(office: Office) -> None:
    name = upload(office.store, office)
    one = begun(office, *DAILY, f'media: [{{file: {name}, alt: "A grey picture"}}]')
    queued(office, one)
    found = content(office)
    assert [str(problem) for problem in check(found) if "page:" in problem.file] == []
    settings = office.project.settings()
    shown = previewed(settings, "week/web/a.md", made_on_page(office.store))
    assert [part.media[0].file for one in shown for part in one.message.parts] == [name, name]
    assert (found.post_files["week/web/a.md"].folder / name).read_bytes() == jpeg()


def test_a_campaign_of_the_page_counts_unless_a_file_has_its_name(office: Office) -> None:
    with office.store.write() as connection:
        campaign_sources.add(connection, "year", WEEK.replace("Week", "Year"), "anna", SUNDAY)
        campaign_sources.add(connection, "week", WEEK.replace("Week", "Other"), "anna", SUNDAY)
        campaign_sources.add(connection, "wrong", 'title = "Wrong"\n', "anna", SUNDAY)
    one = posts.create(office.store, "year", "a", post(*DAILY), "anna", SUNDAY)
    queue_post(office.store, office.project.settings(), one.id, 1, "anna", SUNDAY)
    found = content(office)
    assert {name: campaign.title for name, campaign in found.campaigns.items()} == {
        "year": "Year",
        "week": "Week",
    }
    said = [str(problem).replace(f"{office.project.folder}/", "") for problem in check(found)]
    assert any(
        line.startswith("config/campaigns/week.toml:1: warning: a campaign of this name") for line in said
    )
    assert any(line.startswith("page:wrong.toml:1: error: 'timezone' is missing") for line in said)


def test_the_worker_finds_its_files_where_no_one_has_put_them(office: Office) -> None:
    name = upload(office.store, office)
    settings = office.project.settings()
    accounts = Accounts(settings, SystemClock(), None, Shelf(office.store))
    network: Any = None  # of which only the way of the files is asked
    assert accounts.way_for(network, "twitter", "week/web/a.md").find(name).read_bytes() == jpeg()
    assert accounts.way_for(network, "twitter", "week/a.md").find(name) == settings.posts / "week" / name
