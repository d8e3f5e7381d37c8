"""Many: fills a store with years of deliveries and their log, by the quickest way that the engine has."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table

from bot.model.message import Part, Role
from bot.store import Store, upkeep
from bot.store.tables import attempts, campaigns, deliveries, parts, post_log, words
from bot.store.words import of_parts
from tests.store.conftest import NOON

ACCOUNTS = {
    f"account-{number}": ("twitter", "facebook", "linkedin", "mastodon")[number % 4] for number in range(8)
}
RETIRED = "account-9"  # only among the very first
KINDS = ("daily-post", "case-study", "worker-profile", "chat")
A_CAMPAIGN = 500  # deliveries of one
DAYS = 5
EACH = timedelta(minutes=5)
ENTRIES_EACH = 10 / 3  # of the log, for a delivery
BATCH = 20_000


def fill(store: Store, entries: int) -> int:
    """So many entries of the log, and the deliveries to it; how many those are.

    The last hundredth is still to go out; of the others most went out, and a few did not.
    """
    number = max(int(entries / ENTRIES_EACH), 100)
    with store.write() as connection:
        upkeep.know_accounts(connection, ACCOUNTS | {RETIRED: "twitter"})
    for table, rows in (
        (campaigns, _campaigns(number)),
        (deliveries, (_delivery(one, number) for one in range(1, number + 1))),
        (parts, (_part(one, number) for one in range(1, number + 1))),
        (words, (_words(one) for one in range(1, number + 1))),
        (attempts, (row for one in range(1, number + 1) for row in _attempts(one, number))),
        (post_log, (row for one in range(1, number + 1) for row in _entries(one, number))),
    ):
        _put(store, table, rows)
    if not store.is_sqlite:
        with store.write() as connection:
            for name in ("delivery", "attempt", "post_log"):
                connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))"
                )
    return number


def campaign_of(one: int) -> str:
    return f"week-{one // A_CAMPAIGN}"


def account_of(one: int) -> str:
    return RETIRED if one <= 5 else f"account-{one % 8}"


def text_of(one: int) -> str:
    rare = " Nakuru" if one <= 20 else ""
    return (
        f"Post {one} of the week: social workers stand beside children and families, in Kenya, Georgia and "
        f"the Philippines.{rare} Read what {account_of(one)} has learned in {one % 97} villages. #SSWWeek"
    )


def state_of(one: int, number: int) -> str:
    if one > number - max(number // 100, 10):
        return "held" if one % 50 == 0 else "scheduled"
    if one % 100 == 7 and one > number - number // 10:  # what is older, somebody has seen to
        return "failed" if one % 200 == 7 else "missed"
    return "cancelled" if one % 33 == 5 else "published"


def due_of(one: int, number: int) -> datetime:
    """The first that is still to go out is due in five minutes."""
    return NOON + EACH * (one - number + max(number // 100, 10))


def _campaigns(number: int) -> Iterator[dict[str, Any]]:
    for one in range(number // A_CAMPAIGN + 1):
        first = due_of(max(one * A_CAMPAIGN, 1), number).date()
        yield {
            "name": f"week-{one}", "title": f"Week {one}", "timezone": "UTC", "starts": first,
            "file_starts": first, "days": DAYS, "hashtags": "[]", "themes": "[]", "applied_at": NOON,
        }  # fmt: skip


def _delivery(one: int, number: int) -> dict[str, Any]:
    due, state = due_of(one, number), state_of(one, number)
    out = state == "published"
    return {
        "id": one, "campaign": campaign_of(one), "post": f"{campaign_of(one)}/{one}.md",
        "account": account_of(one), "network": ACCOUNTS.get(account_of(one), "twitter"),
        "kind": KINDS[one % 4], "slot": "morning", "day": one % DAYS + 1, "state": state,
        "hold": "approval" if state == "held" else None, "reason": "",
        "wall": due.replace(tzinfo=None).isoformat(),
        "zone": "UTC", "due_at": due, "planned_due_at": due, "ready_at": due,
        "expires_at": due + timedelta(hours=3), "late_ok_s": 10800, "message": f"{one:032x}",
        "needs_approval": state == "held", "tries": 0, "looks": 0, "absences": 0, "stale": False,
        "remote_id": str(one) if out else None,
        "remote_url": f"https://x.com/fice/status/{one}" if out else None,
        "published_at": due if out else None,
    }  # fmt: skip


def _part(one: int, number: int) -> dict[str, Any]:
    import json

    out = state_of(one, number) == "published"
    return {
        "delivery_id": one, "number": 1, "content": json.dumps(Part(1, Role.POST, text_of(one)).to_json()),
        "remote_id": str(one) if out else None,
        "remote_url": f"https://x.com/fice/status/{one}" if out else None,
        "published_at": due_of(one, number) if out else None,
    }  # fmt: skip


def _words(one: int) -> dict[str, Any]:
    return {
        "delivery_id": one,
        "words": of_parts(f"{campaign_of(one)}/{one}.md", [Part(1, Role.POST, text_of(one))]),
    }


def _attempts(one: int, number: int) -> Iterator[dict[str, Any]]:
    if (state := state_of(one, number)) in ("published", "failed"):
        due = due_of(one, number)
        yield {
            "delivery_id": one, "part": 1, "number": 1, "token": "t", "worker": "w", "payload": "",
            "started_at": due, "deadline_at": due, "ended_at": due,
            "outcome": "published" if state == "published" else "rejected", "said": "",
        }  # fmt: skip


def _entries(one: int, number: int) -> Iterator[dict[str, Any]]:
    """In the order of their ids, which is not quite that of their times: a campaign is planned at once."""
    due, state = due_of(one, number), state_of(one, number)
    steps: list[tuple[str | None, str, datetime]] = [(None, "scheduled", min(due, NOON) - timedelta(days=2))]
    if state in ("published", "failed"):
        steps += [("scheduled", "publishing", due), ("publishing", state, due + timedelta(seconds=1))]
    elif state != "scheduled":
        steps.append(("scheduled", state, due))
    if state == "published" and one % 2:
        steps.insert(1, ("scheduled", "scheduled", due - timedelta(days=1)))
    for source, target, at in steps:
        yield {
            "at": at, "delivery_id": one, "campaign": campaign_of(one),
            "post": f"{campaign_of(one)}/{one}.md",
            "account": account_of(one), "network": ACCOUNTS.get(account_of(one), "twitter"),
            "from_state": source, "to_state": target, "reason": "", "actor": "worker",
            "remote_url": f"https://x.com/fice/status/{one}" if target == "published" else None,
            "lateness_s": 1.0 if target == "published" else None,
        }  # fmt: skip


def _put(store: Store, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        with store.write() as connection:
            (_put_in_file if store.is_sqlite else _copy)(connection, table, batch)


def _put_in_file(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    sent = f"INSERT INTO {table.name} ({', '.join(rows[0])}) VALUES ({', '.join('?' * len(rows[0]))})"
    driver: Any = connection.connection.driver_connection
    driver.executemany(sent, [[_plain(value) for value in row.values()] for row in rows])


def _plain(value: object) -> object:
    """An instant as the column keeps it."""
    return (
        f"{value.replace(tzinfo=None):%Y-%m-%d %H:%M:%S.%f}"
        if isinstance(value, datetime)
        else (value.isoformat() if hasattr(value, "isoformat") else value)
    )


def _copy(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    driver: Any = connection.connection.driver_connection
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY {table.name} ({', '.join(rows[0])}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(list(row.values()))
