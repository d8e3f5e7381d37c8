"""The team in the store, on each engine: how people get in, who changed what, and what is swept away."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.model.role import Role
from bot.store import Store, audit, members, sessions, sign_in_tries, tickets
from bot.store.members import MemberError
from bot.store.sweeping import AT_ONCE, sweep
from bot.store.team_tables import sessions as sessions_table
from bot.store.team_tables import tickets as tickets_table
from bot.store.tickets import Purpose
from tests.store.conftest import NOON

DAY = timedelta(days=1)


def made(store: Store, name: str, role: Role = Role.EDITOR, email: str | None = None) -> tuple[int, str]:
    with store.write() as connection:
        who, token = members.invite(connection, name, role, actor="Maria", now=NOON, email=email)
    return who.id, token


def test_a_link_is_used_once_and_a_new_one_ends_the_old(store: Store) -> None:
    number, first = made(store, "Anna")
    with store.write() as connection:
        _, token = members.new_link(connection, number, actor="Maria", now=NOON)
        assert tickets.ticket_of(connection, first, NOON, Purpose.INVITATION) is None
        ticket = tickets.ticket_of(connection, token, NOON, Purpose.INVITATION)
        assert ticket is not None
        assert not tickets.use(connection, ticket.id, NOON + 8 * DAY)
        assert tickets.use(connection, ticket.id, NOON)
        assert not tickets.use(connection, ticket.id, NOON)


def test_a_password_ends_sessions_and_every_other_link(store: Store) -> None:
    number, token = made(store, "Anna")
    with store.write() as connection:
        session = sessions.begin(connection, number, agent="", address="", timezone=None, now=NOON)
        members.set_password(connection, number, "x", actor="Anna", now=NOON)
        assert sessions.session_of(connection, session, NOON) is None
        assert tickets.ticket_of(connection, token, NOON, Purpose.INVITATION) is None
        who = members.member(connection, number)
    assert who is not None
    assert (who.has_password, who.seen_at) == (True, NOON)


def test_the_last_who_can_sign_in_as_administrator_stays_one(store: Store) -> None:
    first, _ = made(store, "Anna", Role.ADMINISTRATOR)
    second, _ = made(store, "Ben", Role.ADMINISTRATOR)
    with store.write() as connection:
        members.set_password(connection, first, "x", actor="Anna", now=NOON)
    with pytest.raises(MemberError, match="the last administrator"), store.write() as connection:
        members.give_role(connection, first, Role.VIEWER, actor="Anna", now=NOON)
    with store.write() as connection:
        members.link(connection, second, "https://login.example.org", "b", actor="Ben", now=NOON)
        members.disable(connection, first, actor="Ben", now=NOON)
    with pytest.raises(MemberError, match="the last administrator"), store.write() as connection:
        members.disable(connection, second, actor="Ben", now=NOON)


def test_one_address_is_of_one_member(store: Store) -> None:
    made(store, "Anna", email="Anna@Example.org")
    with store.read() as connection:
        found = members.with_email(connection, "ANNA@example.ORG")
    assert found is not None
    assert found.name == "Anna"
    with pytest.raises(MemberError, match="Anna has this e-mail address already"):
        made(store, "Ben", email="anna@example.org")


def test_the_changes_of_somebody_are_read_page_by_page(store: Store) -> None:
    with store.write() as connection:
        for number in range(7):
            actor, about = ("Anna", "x") if number % 2 else ("x", "Anna")
            audit.record(connection, at=NOON, actor=actor, what=str(number), about=about)
        audit.record(connection, at=NOON, actor="Anna", what="own", about="Anna")
        audit.record(connection, at=NOON, actor="x", what="other", about="x")
        first = audit.changes_of(connection, "Anna", limit=4)
        rest = audit.changes_of(connection, "Anna", before=first[-1].id, limit=9)
        assert audit.newest(connection) == audit.changes(connection, limit=1)[0].id
    assert [one.what for one in (*first, *rest)] == ["own", *"6543210"]


def test_what_has_ended_is_swept_away_bit_by_bit(store: Store) -> None:
    number, kept = made(store, "Anna")
    with store.write() as connection:
        for _ in range(AT_ONCE + 3):
            tickets.issue(connection, Purpose.OPENID, actor="x", now=NOON - 2 * DAY)
        lately = tickets.issue(connection, Purpose.OPENID, actor="x", now=NOON - timedelta(hours=1))
        sessions.begin(connection, number, agent="", address="", timezone=None, now=NOON - 8 * DAY)
        sessions.begin(connection, number, agent="", address="", timezone=None, now=NOON)
        left = []
        for _ in range(2):
            sweep(connection, NOON)
            left.append(connection.execute(select(func.count(tickets_table.c.id))).scalar())
        assert left == [5, 2]
        assert connection.execute(select(func.count(sessions_table.c.id))).scalar() == 1
        assert tickets.ticket_of(connection, kept, NOON, Purpose.INVITATION) is not None
        assert tickets.ticket_of(connection, lately, NOON, Purpose.OPENID) is None


def test_tries_count_by_name_and_address_and_no_longer_than_a_while(store: Store) -> None:
    with store.write() as connection:
        for _ in range(sign_in_tries.MOST_BY_NAME):
            assert sign_in_tries.begin(connection, "anna", "a", NOON) is None
        assert sign_in_tries.begin(connection, "anna", "a", NOON) == NOON + sign_in_tries.WITHIN
        assert sign_in_tries.begin(connection, "anna", "b", NOON) is None
        sign_in_tries.forget(connection, "anna", "a")
        assert sign_in_tries.begin(connection, "anna", "a", NOON) is None
        for _ in range(sign_in_tries.MOST_BY_ADDRESS):
            assert sign_in_tries.begin_elsewhere(connection, "a", NOON) is None
        assert sign_in_tries.begin_elsewhere(connection, "a", NOON) is not None
        assert sign_in_tries.begin(connection, "anna", "a", NOON) is None  # that counts apart
        assert sign_in_tries.begin_elsewhere(connection, "a", NOON + sign_in_tries.WITHIN) is None
