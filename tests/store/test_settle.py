"""Settling: an attempt is ended only by its own claim, and the proof that something is out is never lost."""

import pytest
from sqlalchemy import event

from bot.model.outcome import Cause, NotPublished, Published, Rejected, RemotePost, Unknown
from bot.model.state import Hold, State
from bot.store import Store, doubts, lanes, queue, settle, switches, upkeep
from bot.store.desk import Desk
from bot.store.queue import Claim
from bot.store.settle import Block, Ending
from tests.store.acts import (
    HOUR,
    MINUTE,
    OTHER,
    OUT,
    SETTLE,
    SPACING,
    attempts_of,
    begin,
    broken_chains,
    claim,
    doubt,
    everything,
    last_of,
    log_of,
    part_of,
    postpone,
    publish,
    row,
    state_of,
    the_doubt,
)
from tests.store.conftest import NOON, delivery, queue_up

LATE = NOON + HOUR


def stalled(store: Store, *texts: str) -> tuple[int, Claim, int]:
    """A worker has hung in its call until its lease ran out; the delivery, its claim and its attempt."""
    [one] = queue_up(store, delivery(texts=texts or ("Hello",)))
    held = claim(store)
    _, attempt = begin(store, held)
    upkeep.rescue(store, LATE, {"twitter": SETTLE})
    return one, held, attempt


def cleared(store: Store, *texts: str) -> tuple[int, Claim, int]:
    """Moreover somebody has looked, not found it, and put it back into the queue."""
    one, held, attempt = stalled(store, *texts)
    doubts.clear(store, the_doubt(store, LATE + SETTLE), "not there", LATE)
    return one, held, attempt


def succeed(store: Store, held: Claim, attempt: int) -> bool:
    part = held.parts[0].part
    return settle.published(store, held, part, OUT, Ending(attempt, Published(OUT, 201)), LATE)


def test_the_attempt_keeps_what_the_network_said(store: Store) -> None:
    [one] = queue_up(store, delivery())
    held = claim(store)
    _, attempt = begin(store, held)
    ending = Ending(attempt, NotPublished(Cause.RATE_LIMIT, "too many requests", LATE, 429))
    settle.postponed(store, held, ending, "limit reached", LATE, NOON + MINUTE)
    [kept] = attempts_of(store, one)
    assert (kept["outcome"], kept["cause"], kept["status"]) == ("not-published", Cause.RATE_LIMIT, 429)
    assert (kept["said"], kept["ended_at"]) == ("too many requests", NOON + MINUTE)
    assert last_of(store, one).reason == "limit reached"


def test_attempts_are_numbered_within_their_delivery(store: Store) -> None:
    [one, _] = queue_up(store, delivery(texts=["one", "two"]), delivery("week/2.md", "fice-facebook"))
    postpone(store, claim(store), NOON)
    publish(store, claim(store, "fice-facebook"))
    publish(store, publish(store, claim(store)), OTHER)
    assert [(kept["number"], kept["part"]) for kept in attempts_of(store, one)] == [(1, 1), (2, 1), (3, 2)]
    assert [entry.attempt for entry in log_of(store, one)] == [None, None, 1, None, 2, 3]


def test_a_success_starts_the_back_off_anew(store: Store) -> None:
    [one] = queue_up(store, delivery(texts=["one", "two"]))
    postpone(store, claim(store), NOON)
    postpone(store, claim(store), NOON)
    assert row(store, one)["tries"] == 2
    publish(store, claim(store))
    assert row(store, one)["tries"] == 0


def test_a_claim_given_back_is_ready_for_another_at_once(store: Store) -> None:
    [one] = queue_up(store, delivery())
    held = claim(store)
    settle.given_back(store, held, "the worker stops", NOON)
    assert (last_of(store, one).reason, last_of(store, one).actor) == ("the worker stops", "w1")
    assert claim(store, worker="w2").delivery == one


def test_a_claim_that_meets_a_pause_is_held_until_it_is_over(store: Store) -> None:
    [one] = queue_up(store, delivery())
    held = claim(store)
    switches.pause(store, "earthquake", "anna", NOON)
    settle.paused(store, held, NOON)
    assert (state_of(store, one), row(store, one)["hold"]) == (State.HELD, Hold.PAUSED)
    switches.resume(store, "anna", NOON)
    assert claim(store).delivery == one


def test_a_claim_that_meets_a_pause_which_is_over_meanwhile_is_not_held(store: Store) -> None:
    """Nobody would let it go: the pause that it waits for has been."""
    [one] = queue_up(store, delivery())
    held = claim(store)
    switches.pause(store, "earthquake", "anna", NOON)
    waiting = held.next_sending
    assert waiting is not None
    assert queue.begin(store, held, waiting.part, "payload", NOON, MINUTE) is None
    switches.resume(store, "anna", NOON)
    settle.paused(store, held, NOON)
    assert state_of(store, one) == State.SCHEDULED
    assert claim(store).delivery == one


@pytest.mark.parametrize("way", ["given back", "paused", "postponed", "failed", "doubtful"])
@pytest.mark.parametrize("since", ["cleared", "claimed by another", "published"])
def test_a_stalled_worker_changes_nothing_but_its_own_attempt(store: Store, way: str, since: str) -> None:
    one, old, attempt = stalled(store)
    if since in ("cleared", "claimed by another"):
        doubts.clear(store, the_doubt(store, LATE + SETTLE), "not there", LATE)
    if since == "claimed by another":
        begin(store, claim(store, worker="w2", at=LATE), LATE)
    if since == "published":
        doubts.found(store, the_doubt(store, LATE + SETTLE), OUT, LATE)
    switches.pause(store, "", "anna", LATE)
    before, told = everything(store), len(log_of(store, one))
    others = [kept for kept in attempts_of(store, one) if kept["id"] != attempt]
    write_late(store, way, old, attempt)
    after = everything(store)
    assert (after["delivery"], after["part"]) == (before["delivery"], before["part"])
    assert [kept for kept in attempts_of(store, one) if kept["id"] != attempt] == others
    assert len(log_of(store, one)) <= told + 1  # what it has learned may be noted
    assert broken_chains(store) == []


def write_late(store: Store, way: str, old: Claim, attempt: int) -> None:
    """What a worker writes that does not know yet that it was given up."""
    match way:
        case "given back":
            settle.given_back(store, old, "the worker stops", LATE)
        case "paused":
            settle.paused(store, old, LATE)
        case "postponed":
            busy = NotPublished(Cause.BUSY, "busy")
            settle.postponed(store, old, Ending(attempt, busy), "busy", LATE + MINUTE, LATE)
        case "failed":
            refused = Rejected(Cause.CONTENT, "too long")
            settle.failed(store, old, Ending(attempt, refused), "too long", LATE)
        case "doubtful":
            settle.doubtful(store, old, Ending(attempt, Unknown("reset")), "reset", LATE, LATE)


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ("given back", State.UNCERTAIN),
        ("paused", State.UNCERTAIN),
        ("doubtful", State.UNCERTAIN),
        ("postponed", State.SCHEDULED),
        ("failed", State.FAILED),
    ],
)
def test_a_late_answer_ends_the_doubt_if_it_is_proof(store: Store, way: str, expected: State) -> None:
    one, old, attempt = stalled(store)
    look_at = row(store, one)["look_at"]
    write_late(store, way, old, attempt)
    assert state_of(store, one) == expected
    assert row(store, one)["look_at"] == (look_at if expected == State.UNCERTAIN else None)
    assert broken_chains(store) == []


def test_a_late_answer_about_one_part_leaves_the_doubt_about_another(store: Store) -> None:
    """The first part was found meanwhile, and of the second nobody knows: it may be out."""
    one, old, attempt = stalled(store, "one", "two")
    doubts.found(store, the_doubt(store, LATE + SETTLE), OUT, LATE)
    doubt(store, claim(store, worker="w2", at=LATE), LATE)
    assert not succeed(store, old, attempt)
    assert state_of(store, one) == State.UNCERTAIN
    found = the_doubt(store, LATE + SETTLE)
    assert found.part is not None
    assert found.part.number == 2


def test_an_old_look_at_one_part_leaves_the_doubt_about_another(store: Store) -> None:
    one, *_ = stalled(store, "one", "two")
    looking = the_doubt(store, LATE + SETTLE)
    Desk(store, "anna", LATE).resolve_published(one, OUT.url or "", OUT.remote_id, "")
    doubt(store, claim(store, worker="w2", at=LATE), LATE)
    doubts.found(store, looking, OUT, LATE)
    assert state_of(store, one) == State.UNCERTAIN


def test_a_stalled_worker_begins_nothing_under_the_claim_of_another(store: Store) -> None:
    _, old, _ = cleared(store)
    claim(store, worker="w2", at=LATE)
    waiting = old.next_sending
    assert waiting is not None
    assert queue.begin(store, old, waiting.part, "payload", LATE, MINUTE) is None


def test_a_late_success_ends_the_doubt(store: Store) -> None:
    one, held, attempt = stalled(store)
    assert not succeed(store, held, attempt)
    found = row(store, one)
    assert (found["state"], found["remote_id"], found["remote_url"]) == (
        State.PUBLISHED,
        OUT.remote_id,
        OUT.url,
    )
    assert (last_of(store, one).from_state, last_of(store, one).attempt) == (State.UNCERTAIN, 1)


def test_a_late_success_of_a_part_lets_the_thread_go_on_after_it(store: Store) -> None:
    one, held, attempt = stalled(store, "one", "two")
    assert not succeed(store, held, attempt)  # its claim is over, so it must not send the next one
    assert state_of(store, one) == State.SCHEDULED
    again = claim(store, at=LATE)
    assert again.next_sending is not None
    assert (again.next_sending.part.number, again.next_sending.previous) == (2, OUT)


def test_a_late_success_is_proof_too_when_it_was_put_back_into_the_queue(store: Store) -> None:
    """The proof has come: what is out must neither be sent again nor be claimed with nothing to send."""
    one, held, attempt = cleared(store)
    succeed(store, held, attempt)
    assert state_of(store, one) == State.PUBLISHED
    assert row(store, one)["remote_url"] == OUT.url
    assert queue.claim(store, "fice-x", "w2", LATE, SPACING) is None
    assert broken_chains(store) == []


@pytest.mark.parametrize("end", ["held", "missed", "cancelled"])
def test_a_late_success_is_proof_whatever_was_decided_meanwhile(store: Store, end: str) -> None:
    one, held, attempt = cleared(store)
    match end:
        case "held":
            Desk(store, "anna", LATE).hold([one], "")
        case "missed":
            upkeep.miss_expired(store, LATE + 24 * HOUR)
        case "cancelled":
            Desk(store, "anna", LATE).cancel([one], "")
    succeed(store, held, attempt)
    assert (state_of(store, one), row(store, one)["remote_url"]) == (State.PUBLISHED, OUT.url)


def test_a_look_that_finds_it_is_proof_too_when_a_person_saw_nothing(store: Store) -> None:
    """The reconciler was looking while somebody resolved the delivery as not published."""
    one, *_ = stalled(store)
    looking = the_doubt(store, LATE + SETTLE)
    assert doubts.take(store, looking, LATE + 2 * SETTLE)
    Desk(store, "anna", LATE).resolve_not_published(one, "")
    doubts.found(store, looking, OUT, LATE)
    assert (state_of(store, one), row(store, one)["remote_url"]) == (State.PUBLISHED, OUT.url)


def test_no_intent_for_a_part_that_has_proved_to_be_out(store: Store) -> None:
    """The proof came between the claim and the call: the last moment to prevent a second post."""
    _, old, attempt = cleared(store, "one", "two")
    new = claim(store, worker="w2", at=LATE)
    succeed(store, old, attempt)
    waiting = new.next_sending
    assert waiting is not None
    assert waiting.part.number == 1
    assert queue.begin(store, new, waiting.part, "payload", LATE, MINUTE) is None


def proved_during_a_newer_claim(store: Store) -> tuple[int, Claim]:
    one, old, attempt = cleared(store)
    new = claim(store, worker="w2", at=LATE)
    succeed(store, old, attempt)
    return one, new


def test_a_claim_of_what_has_proved_to_be_out_ends_it(store: Store) -> None:
    one, new = proved_during_a_newer_claim(store)
    settle.complete(store, one, new.token, "w2", LATE)
    assert (state_of(store, one), row(store, one)["remote_url"]) == (State.PUBLISHED, OUT.url)
    assert claim_or_none(store) is None


@pytest.mark.parametrize("way", ["given back", "paused"])
def test_what_has_proved_to_be_out_is_not_put_back_or_held(store: Store, way: str) -> None:
    """Put back it could be missed or held, and people would be told that it has not gone out."""
    one, new = proved_during_a_newer_claim(store)
    if way == "given back":
        settle.given_back(store, new, "the worker stops", LATE)
    else:
        switches.pause(store, "", "anna", LATE)
        settle.paused(store, new, LATE)
    assert (state_of(store, one), row(store, one)["remote_url"]) == (State.PUBLISHED, OUT.url)


@pytest.mark.parametrize("way", ["postponed", "failed", "doubtful"])
def test_a_newer_attempt_that_fails_leaves_what_has_proved_to_be_out(store: Store, way: str) -> None:
    one, old, attempt = cleared(store)
    new = claim(store, worker="w2", at=LATE)
    _, second = begin(store, new, LATE)
    succeed(store, old, attempt)
    write_late(store, way, new, second)
    assert (state_of(store, one), row(store, one)["remote_url"]) == (State.PUBLISHED, OUT.url)


@pytest.mark.parametrize("eyes", ["published", "not published"])
def test_a_person_can_resolve_what_has_proved_to_be_out_already(store: Store, eyes: str) -> None:
    one, _ = proved_during_a_newer_claim(store)
    upkeep.rescue(store, LATE + HOUR, {}, ["w2"])
    desk = Desk(store, "anna", LATE + HOUR)
    if state_of(store, one) == State.UNCERTAIN and eyes == "published":
        desk.resolve_published(one, OUT.url or "", OUT.remote_id, "")
    elif state_of(store, one) == State.UNCERTAIN:
        desk.resolve_not_published(one, "")  # he has not looked well: we know better
    if again := claim_or_none(store):
        assert again.next_sending is None
        settle.complete(store, one, again.token, "w3", LATE + HOUR)
    assert state_of(store, one) == State.PUBLISHED


def claim_or_none(store: Store) -> Claim | None:
    return queue.claim(store, "fice-x", "w3", LATE + HOUR, SPACING)


def test_the_first_proof_stays_and_a_second_one_is_logged(store: Store) -> None:
    """Two posts are out, nothing can undo that; a person must learn of both."""
    one, old, attempt = cleared(store)
    publish(store, claim(store, worker="w2", at=LATE), OTHER, LATE)
    succeed(store, old, attempt)
    assert (row(store, one)["remote_id"], part_of(store, one)["remote_id"]) == (
        OTHER.remote_id,
        OTHER.remote_id,
    )
    last = last_of(store, one)
    assert (last.from_state, last.to_state, last.remote_url) == (State.PUBLISHED, State.PUBLISHED, OUT.url)
    assert OUT.url is not None
    assert OUT.url in last.reason
    assert [kept["remote_id"] for kept in attempts_of(store, one)] == [OUT.remote_id, OTHER.remote_id]


def test_what_is_out_is_not_published_anew_by_telling_it_twice(store: Store) -> None:
    """A worker writes again when it was not told that the first time has worked."""
    [one] = queue_up(store, delivery())
    held = claim(store)
    part, attempt = begin(store, held)
    ending = Ending(attempt, Published(OUT, 201))
    settle.published(store, held, part, OUT, ending, NOON)
    before = row(store, one), part_of(store, one)
    settle.published(store, held, part, OUT, ending, NOON + MINUTE)
    assert (row(store, one), part_of(store, one)) == before
    assert broken_chains(store) == []


def test_a_duplicate_refusal_that_names_the_post_is_recorded_with_the_refusal(store: Store) -> None:
    """The network refuses the second call and says which post it has: the first call had worked."""
    [one] = queue_up(store, delivery())
    doubt(store, claim(store))
    doubts.clear(store, the_doubt(store, NOON + SETTLE), "not there", NOON)
    held = claim(store)
    part, attempt = begin(store, held)
    refusal = Rejected(Cause.DUPLICATE, "duplicate of 1044210", OUT.remote_id, 422)
    settle.published(store, held, part, OUT, Ending(attempt, refusal), NOON)
    assert state_of(store, one) == State.PUBLISHED
    assert [kept["outcome"] for kept in attempts_of(store, one)] == ["unknown", "rejected"]
    assert "duplicate of 1044210" in last_of(store, one).reason


def test_a_thread_shows_the_link_of_its_first_part(store: Store) -> None:
    [one] = queue_up(store, delivery(texts=["one", "two"]))
    publish(store, publish(store, claim(store)), OTHER)
    assert (row(store, one)["remote_url"], part_of(store, one, 2)["remote_url"]) == (OUT.url, OTHER.url)
    assert OTHER.url is not None
    assert OTHER.url in last_of(store, one).reason


def on_linkedin(urn: str) -> RemotePost:
    return RemotePost(urn, f"https://www.linkedin.com/feed/update/{urn}/")


NUMBERED = on_linkedin("urn:li:share:1")


@pytest.mark.parametrize(
    ("given", "late", "is_the_same"),
    [
        (RemotePost("https://fb.example/short", "https://fb.example/short"), OUT, True),
        (on_linkedin("urn:li:activity:2"), NUMBERED, True),
        (RemotePost("another", OUT.url), OUT, True),
        (on_linkedin("urn:li:share:3"), NUMBERED, False),
        (RemotePost("666", "https://x.com/fice/status/666"), OUT, False),
    ],
)
def test_a_late_answer_about_what_a_person_gave_by_another_name_is_no_second_post(
    store: Store, given: RemotePost, late: RemotePost, is_the_same: bool
) -> None:
    one, held, attempt = stalled(store)
    Desk(store, "anna", LATE).resolve_published(one, given.url or "", given.remote_id, "")
    part = held.parts[0].part
    settle.published(store, held, part, late, Ending(attempt, Published(late)), LATE)
    shown = late if is_the_same else given
    assert (row(store, one)["remote_id"], row(store, one)["remote_url"]) == (shown.remote_id, shown.url)
    last = last_of(store, one)
    assert ("a second time" in last.reason) is not is_the_same
    assert ("its own id" in last.reason) is is_the_same
    assert state_of(store, one) == State.PUBLISHED


class CrashError(Exception):
    """The process ends here."""


@pytest.mark.parametrize(
    "crash", ["INSERT INTO post_log", "UPDATE attempt", "UPDATE lane", "UPDATE delivery"]
)
def test_a_refusal_and_the_stop_of_its_account_are_one_change(store: Store, crash: str) -> None:
    [one] = queue_up(store, delivery())
    held = claim(store)
    _, attempt = begin(store, held)
    before = everything(store)

    def end(connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(crash):
            raise CrashError

    def refuse() -> None:
        ending = Ending(attempt, Rejected(Cause.CREDENTIALS, "revoked"))
        block = Block(NOON + HOUR, Cause.CREDENTIALS, "revoked")
        settle.failed(store, held, ending, "revoked", NOON, block)

    event.listen(store.engine, "before_cursor_execute", end)
    with pytest.raises(CrashError):
        refuse()
    event.remove(store.engine, "before_cursor_execute", end)
    assert everything(store) == before
    refuse()
    assert state_of(store, one) == State.FAILED
    with store.read() as connection:
        [lane] = lanes.all_lanes(connection, NOON, SPACING)
    assert (lane.blocked_until, lane.cause, lane.reason) == (NOON + HOUR, "credentials", "revoked")


def test_a_late_success_of_a_part_that_was_given_up_is_told_with_its_link(store: Store) -> None:
    [one] = queue_up(store, delivery(texts=["one", "two"]))
    held = publish(store, claim(store))
    part, attempt = begin(store, held)
    settle.failed(store, held, Ending(attempt, Rejected(Cause.REFUSED, "no")), "no", NOON)
    Desk(store, "anna", NOON).cancel([one], "")
    late = RemotePost("99", "https://x.com/fice/status/99")
    settle.published(store, held, part, late, Ending(attempt, Published(late, 201)), LATE)
    assert state_of(store, one) == State.PUBLISHED
    assert last_of(store, one).reason == f"part 2 is out after all, although it was given up: {late.url}"
