"""Posts of the page: nothing is overwritten silently, and an approval is of what was seen."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.model.live import is_of_page
from bot.model.stage import ForbiddenStepError, Stage, Step
from bot.store import Store, posts
from bot.store.posts import ConflictError, Origin, PagePost, PostError
from bot.store.tables import deliveries
from tests.store.conftest import NOON, delivery, queue_up

MINUTE = timedelta(minutes=1)
SOURCE = "---\nday: 1\nkind: daily-post\n---\nHello\n"


def begun(store: Store, title: str = "A day for teachers") -> PagePost:
    return posts.create(store, "week", title, SOURCE, "anna", NOON)


def said(store: Store, post: PagePost) -> list[tuple[str, str, int]]:
    with store.read() as connection:
        return [(one.what, one.actor, one.version) for one in posts.versions(connection, post.id)]


def test_a_post_has_a_path_that_no_file_and_no_other_post_can_have(store: Store) -> None:
    queue_up(store, delivery("week/web/a-day-for-teachers-2.md"))
    paths = [begun(store).path for _ in range(2)]
    assert paths == ["week/web/a-day-for-teachers.md", "week/web/a-day-for-teachers-3.md"]
    assert all(is_of_page(path) for path in paths)
    assert not is_of_page("week/teachers.md")
    assert begun(store, "…").path == "week/web/post.md"


def test_who_saves_an_old_version_is_shown_the_new_one_and_overwrites_nothing(store: Store) -> None:
    post = begun(store)
    posts.save(store, post.id, 1, "Beatriz wrote this", "beatriz", NOON + MINUTE)
    with pytest.raises(ConflictError, match="beatriz has saved this post at 12:01:00 UTC") as caught:
        posts.save(store, post.id, 1, "Anna wrote that", "anna", NOON + 2 * MINUTE)
    assert (caught.value.current.source, caught.value.current.version) == ("Beatriz wrote this", 2)
    with store.read() as connection:
        assert posts.get(connection, post.id).source == "Beatriz wrote this"


def test_of_two_who_save_at_once_one_wins_and_the_other_is_told(store: Store) -> None:
    post = begun(store)
    told: list[str] = []
    start = threading.Barrier(8)

    def save(number: int) -> None:
        start.wait()
        try:
            posts.save(store, post.id, 1, f"text {number}", f"member {number}", NOON)
        except ConflictError as error:
            told.append(error.current.source)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as connection:
        kept = posts.get(connection, post.id)
    assert told == [kept.source] * 7
    assert kept.version == 2


def test_what_one_person_saves_within_minutes_is_one_entry_and_a_stage_is_its_own(store: Store) -> None:
    post = begun(store)
    for number in range(1, 4):
        posts.save(store, post.id, number, f"text {number}", "anna", NOON + number * MINUTE)
    assert said(store, post) == [("saved", "anna", 4)]
    posts.save(store, post.id, 4, "text 4", "beatriz", NOON + 4 * MINUTE)
    posts.step(store, post.id, Step.SUBMIT, 5, "beatriz", NOON + 5 * MINUTE)
    posts.save(store, post.id, 5, "text 5", "beatriz", NOON + 6 * MINUTE)
    posts.save(store, post.id, 6, "text 6", "beatriz", NOON + 20 * MINUTE)
    assert said(store, post)[:3] == [
        ("saved", "beatriz", 7),
        ("saved", "beatriz", 6),
        ("submitted", "beatriz", 5),
    ]
    assert len(said(store, post)) == 5


def test_saying_the_same_again_is_no_edit(store: Store) -> None:
    post = begun(store)
    approved = posts.step(store, post.id, Step.APPROVE, 1, "carla", NOON)
    assert posts.save(store, post.id, 1, SOURCE, "anna", NOON + MINUTE) == approved


def test_an_approval_is_of_the_version_that_was_seen_and_an_edit_voids_it(store: Store) -> None:
    post = begun(store)
    posts.step(store, post.id, Step.SUBMIT, 1, "anna", NOON)
    posts.save(store, post.id, 1, "another text", "anna", NOON + MINUTE)
    with pytest.raises(ConflictError):
        posts.step(store, post.id, Step.APPROVE, 1, "carla", NOON + 2 * MINUTE)
    approved = posts.step(store, post.id, Step.APPROVE, 2, "carla", NOON + 2 * MINUTE)
    assert (approved.stage, approved.approved_version, approved.approved_by) == (Stage.APPROVED, 2, "carla")
    edited = posts.save(store, post.id, 2, "a third", "anna", NOON + 3 * MINUTE)
    assert (edited.stage, edited.approved_version, edited.approved_by) == (Stage.DRAFT, None, None)


def test_a_post_is_sent_back_with_a_comment_only(store: Store) -> None:
    post = begun(store)
    with pytest.raises(ForbiddenStepError, match="a draft and can not be returned"):
        posts.step(store, post.id, Step.RETURN, 1, "carla", NOON, "Which teachers?")
    posts.step(store, post.id, Step.SUBMIT, 1, "anna", NOON)
    with pytest.raises(PostError, match="say in a comment"):
        posts.step(store, post.id, Step.RETURN, 1, "carla", NOON, " ")
    assert posts.step(store, post.id, Step.RETURN, 1, "carla", NOON, "Which?").stage is Stage.RETURNED
    with store.read() as connection:
        newest = posts.versions(connection, post.id)[0]
    assert (newest.what, newest.comment, newest.source) == ("returned", "Which?", SOURCE)
    with pytest.raises(ForbiddenStepError, match="sent back already"):
        posts.step(store, post.id, Step.RETURN, 1, "carla", NOON, "Again")


def test_an_approval_lets_go_what_is_queued_with_the_same_words(store: Store) -> None:
    post = begun(store)
    [one] = queue_up(store, delivery(post.path, needs_approval=True))
    with store.write() as connection:
        posts.set_live(connection, post, SOURCE, 1, "anna", NOON)
    posts.step(store, post.id, Step.APPROVE, 1, "carla", NOON)
    with store.read() as connection:
        row = connection.execute(select(deliveries).where(deliveries.c.id == one)).mappings().one()
    assert (row["state"], row["approved"]) == ("scheduled", row["message"])


def test_an_approval_of_an_edit_lets_nothing_go_that_says_what_was_before(store: Store) -> None:
    post = begun(store)
    [one] = queue_up(store, delivery(post.path, needs_approval=True))
    with store.write() as connection:
        posts.set_live(connection, post, SOURCE, 1, "anna", NOON)
    posts.save(store, post.id, 1, "an edit", "anna", NOON)
    posts.step(store, post.id, Step.APPROVE, 2, "carla", NOON)
    with store.read() as connection:
        assert connection.execute(select(deliveries.c.state).where(deliveries.c.id == one)).scalar() == "held"


def test_the_copy_of_a_file_is_one_for_all_and_is_never_approved_or_queued(store: Store) -> None:
    copy, new = posts.open_file(store, "week/a.md", SOURCE, "digest", "anna", NOON)
    same, again = posts.open_file(store, "week/a.md", "other", "digest", "beatriz", NOON)
    assert (new, again, same.id, same.origin) == (True, False, copy.id, Origin.FILE)
    with pytest.raises(PostError, match="comes from a file"):
        posts.step(store, copy.id, Step.SUBMIT, 1, "anna", NOON)
    with store.write() as connection:
        posts.put_away(connection, copy, "anna", NOON)
    with pytest.raises(PostError, match="anna has removed this post"):
        posts.save(store, copy.id, 1, "x", "beatriz", NOON)
    assert posts.open_file(store, "week/a.md", SOURCE, "digest", "anna", NOON)[1]
    with store.read() as connection:
        assert posts.live(connection) == []


def test_who_has_a_post_open_is_told_who_else_has(store: Store) -> None:
    post = begun(store)
    assert posts.present(store, post.id, "anna", NOON) == []
    assert posts.present(store, post.id, "beatriz", NOON) == ["anna"]
    assert posts.present(store, post.id, "anna", NOON + MINUTE / 2) == ["beatriz"]
    posts.leave(store, post.id, "beatriz")
    assert posts.present(store, post.id, "anna", NOON + MINUTE / 2) == []
    assert posts.present(store, post.id, "carla", NOON + 2 * MINUTE) == []


def test_what_no_text_can_hold_is_left_out_and_what_is_too_long_is_refused(store: Store) -> None:
    post = begun(store)
    saved = posts.save(store, post.id, 1, "a\0b\ud800c", "anna", NOON)
    assert saved.source == "ab?c"
    with pytest.raises(PostError, match="256 KiB are the most"):
        posts.save(store, post.id, 2, "x" * (256 * 1024 + 1), "anna", NOON)
