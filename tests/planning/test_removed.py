"""What was taken away stays away, whatever its file says; the same words in a new file are a new post."""

from bot.model.state import State
from bot.planning.plan import Action
from bot.store import removals
from tests.planning.helper import HOUR, MORNING, Office

ON_X = ("day: 1", "kind: daily-post", "accounts: [fice-x]")


def take_away(office: Office) -> int:
    """What was published is gone again."""
    [row] = office.everything()
    one = int(row["id"])
    with office.store.read() as connection:
        [part] = removals.of_delivery(connection, one).shown
    removals.begin(office.store, one, [1], "anna", "", MORNING)
    removals.removed(office.store, one, part, "it is deleted", "anna", MORNING)
    return one


def published(office: Office) -> None:
    office.project.post("a", *ON_X)
    office.apply()
    office.publish()


def test_a_file_that_stays_as_it_was_asks_for_nothing(office: Office) -> None:
    published(office)
    take_away(office)
    plan = office.apply(now=MORNING + HOUR)
    assert [change.action for change in plan.changes] == [Action.UNCHANGED]
    assert office.state() == State.PUBLISHED


def test_an_edit_does_not_bring_it_back_and_that_is_said(office: Office) -> None:
    published(office)
    take_away(office)
    office.project.post("a", *ON_X, body="Something else")
    [change] = office.apply(now=MORNING + HOUR).changes
    assert (change.action, change.why) == (Action.KEPT, "taken away by anna; only a new file is a new post")
    assert office.state() == State.PUBLISHED


def test_a_file_that_goes_after_its_post_is_not_worth_a_word(office: Office) -> None:
    published(office)
    take_away(office)
    office.project.remove("a")
    assert office.apply(now=MORNING + HOUR).changes == []


def test_the_same_words_in_a_new_file_are_a_new_post(office: Office) -> None:
    published(office)
    take_away(office)
    office.project.remove("a")
    office.project.post("b", *ON_X)
    [change] = office.apply(now=MORNING).changes
    assert (change.action, change.post) == (Action.NEW, "week/b.md")


def test_what_is_half_out_and_was_taken_away_does_not_go_on_with_an_edit(office: Office) -> None:
    thread = (*ON_X, "text: {twitter: ['1/2', '2/2']}")
    office.project.post("a", *thread)
    office.apply()
    office.fail(parts=1)
    take_away(office)
    assert office.state() == State.CANCELLED
    office.project.post("a", *ON_X, "text: {twitter: ['1/2', '2/2 better']}")
    office.apply(now=MORNING + HOUR)
    assert office.state() == State.CANCELLED
