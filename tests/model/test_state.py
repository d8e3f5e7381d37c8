"""The states of a delivery: every change that is allowed, and that no chain of them can publish twice."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.state import (
    ENDED,
    NEEDS_A_PERSON,
    TRANSITIONS,
    ForbiddenTransitionError,
    State,
    Verb,
    after,
    sources,
)

MOVES = [(state, verb, to) for verb, moves in TRANSITIONS.items() for state, to in moves.items()]
FORBIDDEN = [(state, verb) for verb in Verb for state in State if state not in TRANSITIONS[verb]]
verbs = st.lists(st.sampled_from(Verb), max_size=40)


def verbs_from(state: State) -> set[Verb]:
    return {verb for one, verb, _ in MOVES if one is state}


def verbs_between(state: State, to: State) -> set[Verb]:
    return {verb for one, verb, other in MOVES if one is state and other is to}


def reachable(state: State) -> set[State]:
    found = {state}
    while more := {to for one, _, to in MOVES if one in found} - found:
        found |= more
    return found


@st.composite
def walks(draw: st.DrawFn) -> list[tuple[State, Verb, State]]:
    """What may happen to a delivery, change after change."""
    state, walk = State.SCHEDULED, []
    for _ in range(draw(st.integers(1, 40))):
        allowed = [verb for verb in Verb if state in TRANSITIONS[verb]]
        if not allowed:
            break
        verb = draw(st.sampled_from(allowed))
        walk.append((state, verb, after(state, verb)))
        state = walk[-1][2]
    return walk


def test_the_table_is_complete_and_closed() -> None:
    assert set(TRANSITIONS) == set(Verb)
    assert all(isinstance(state, State) and isinstance(to, State) for state, _, to in MOVES)
    assert all(TRANSITIONS[verb] for verb in Verb)


def test_the_table_can_not_be_changed() -> None:
    with pytest.raises(TypeError):
        TRANSITIONS[Verb.CLAIM] = {}  # type: ignore[index]
    with pytest.raises(TypeError):
        TRANSITIONS[Verb.CLAIM][State.PUBLISHED] = State.PUBLISHING  # type: ignore[index]


@pytest.mark.parametrize(
    ("state", "verb", "to"),
    [
        (State.SCHEDULED, Verb.CLAIM, State.PUBLISHING),
        (State.SCHEDULED, Verb.MISS, State.MISSED),
        (State.SCHEDULED, Verb.HOLD, State.HELD),
        (State.SCHEDULED, Verb.SUSPECT, State.UNCERTAIN),
        (State.PUBLISHING, Verb.PUBLISH, State.PUBLISHED),
        (State.PUBLISHING, Verb.POSTPONE, State.SCHEDULED),
        (State.PUBLISHING, Verb.FAIL, State.FAILED),
        (State.PUBLISHING, Verb.DOUBT, State.UNCERTAIN),
        (State.PUBLISHING, Verb.GIVE_BACK, State.SCHEDULED),
        (State.PUBLISHING, Verb.ADVANCE, State.PUBLISHING),
        (State.PUBLISHING, Verb.PAUSE, State.HELD),
        (State.UNCERTAIN, Verb.FIND, State.PUBLISHED),
        (State.UNCERTAIN, Verb.CLEAR, State.SCHEDULED),
        (State.HELD, Verb.RELEASE, State.SCHEDULED),
        (State.MISSED, Verb.RESCHEDULE, State.SCHEDULED),
        (State.MISSED, Verb.CANCEL, State.CANCELLED),
        (State.FAILED, Verb.RESCHEDULE, State.SCHEDULED),
    ],
)
def test_the_life_of_a_delivery_is_that_of_the_design(state: State, verb: Verb, to: State) -> None:
    assert after(state, verb) is to


def test_what_is_published_is_final() -> None:
    assert verbs_from(State.PUBLISHED) == set()
    assert State.PUBLISHED in ENDED


def test_only_what_is_published_can_never_change_again() -> None:
    assert {state for state in State if not verbs_from(state)} == {State.PUBLISHED}


def test_every_state_can_come_about_and_can_still_end_well() -> None:
    assert reachable(State.SCHEDULED) == set(State)
    assert all(State.PUBLISHED in reachable(state) for state in State)


def test_only_a_claim_begins_to_publish() -> None:
    entries = {(state, verb) for state, verb, to in MOVES if to is State.PUBLISHING}
    assert entries == {(State.SCHEDULED, Verb.CLAIM), (State.PUBLISHING, Verb.ADVANCE)}


def test_only_proof_calls_a_delivery_published() -> None:
    entries = {(state, verb) for state, verb, to in MOVES if to is State.PUBLISHED}
    # Giving up is for what is out in part; the desk sees to that.
    assert {verb for _, verb in entries} == {Verb.PUBLISH, Verb.FIND, Verb.GIVE_UP}
    assert [state for state, verb in entries if verb is Verb.PUBLISH] == [State.PUBLISHING]


def test_what_was_claimed_goes_back_only_without_a_call_or_with_proof_that_nothing_is_out() -> None:
    assert verbs_between(State.PUBLISHING, State.SCHEDULED) == {Verb.GIVE_BACK, Verb.POSTPONE}


def test_what_nobody_knows_is_ended_only_by_knowing() -> None:
    # The network's own clear no, when it comes late, is knowing too.
    assert verbs_from(State.UNCERTAIN) == {Verb.FIND, Verb.CLEAR, Verb.POSTPONE, Verb.FAIL}
    assert verbs_between(State.UNCERTAIN, State.PUBLISHING) == set()


def test_nobody_can_take_back_edit_or_move_what_is_being_published() -> None:
    assert not verbs_from(State.PUBLISHING) & {
        Verb.CANCEL,
        Verb.RESCHEDULE,
        Verb.REPLAN,
        Verb.RELEASE,
        Verb.CLAIM,
    }


def test_an_edit_does_not_let_go_what_is_held() -> None:
    assert after(State.HELD, Verb.REPLAN) is State.HELD


@pytest.mark.parametrize("state", sorted(NEEDS_A_PERSON))
def test_a_person_can_give_a_new_time_to_what_waits_for_one_or_drop_it(state: State) -> None:
    assert after(state, Verb.RESCHEDULE) is State.SCHEDULED
    assert after(state, Verb.CANCEL) is State.CANCELLED


def test_what_has_ended_needs_nobody() -> None:
    assert not ENDED & NEEDS_A_PERSON


@pytest.mark.parametrize(("state", "verb"), FORBIDDEN)
def test_a_change_that_the_table_lacks_is_refused_with_a_sentence_that_names_what_is_allowed(
    state: State, verb: Verb
) -> None:
    with pytest.raises(ForbiddenTransitionError) as caught:
        after(state, verb)
    first, _, second = str(caught.value).partition(": ")
    assert first.startswith((f"a delivery that is {state.value} can not be ", f"it is {state.value} already"))
    allowed = second.removeprefix("only one that is ").rpartition(" can be ")[0].split(", ")
    assert sorted(allowed) == sorted(one.value for one in TRANSITIONS[verb])


@pytest.mark.parametrize("verb", Verb)
def test_the_sources_of_a_verb_are_the_states_that_it_can_start_from(verb: Verb) -> None:
    assert set(sources(verb)) == {state for state in State if (state, verb) not in FORBIDDEN}


@settings(deadline=None)
@given(st.sampled_from(State), verbs)
def test_whatever_is_tried_a_delivery_stays_in_the_table_and_once_published_for_ever(
    state: State, tried: list[Verb]
) -> None:
    for verb in tried:
        try:
            to = after(state, verb)
        except ForbiddenTransitionError:
            continue
        assert to in State
        assert state is not State.PUBLISHED
        state = to


@settings(deadline=None)
@given(walks())
def test_no_chain_of_changes_makes_a_second_call_without_proof_that_the_first_came_to_nothing(
    walk: list[tuple[State, Verb, State]],
) -> None:
    may_be_out = False
    for _, verb, to in walk:
        assert not (verb is Verb.CLAIM and may_be_out)
        if verb in (Verb.DOUBT, Verb.SUSPECT):
            may_be_out = True
        elif verb in (Verb.CLEAR, Verb.FIND, Verb.POSTPONE, Verb.FAIL):
            may_be_out = False
        assert not may_be_out or to is State.UNCERTAIN


@settings(deadline=None)
@given(walks())
def test_no_chain_of_changes_publishes_twice(walk: list[tuple[State, Verb, State]]) -> None:
    assert sum(verb in (Verb.PUBLISH, Verb.FIND) for _, verb, _ in walk) <= 1
    assert all(to is not State.PUBLISHED for _, _, to in walk[:-1])


@pytest.mark.parametrize(
    ("state", "verb", "words"),
    [
        (State.HELD, Verb.HOLD, "it is held already: only one that is scheduled can be held"),
        (
            State.PUBLISHED,
            Verb.HOLD,
            "a delivery that is published can not be held: only one that is scheduled can be held",
        ),
        (
            State.PUBLISHED,
            Verb.RELEASE,
            "a delivery that is published can not be released: only one that is held can be released",
        ),
    ],
)
def test_a_refusal_is_a_sentence(state: State, verb: Verb, words: str) -> None:
    assert str(ForbiddenTransitionError(state, verb)) == words
