"""Uploads: what a network has of a delivery's files already, so that another try need not bring them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from bot.model.outcome import Uploaded
from bot.store.engine import Store
from bot.store.tables import uploads


@dataclass(frozen=True, slots=True)
class Place:
    """A file's place in a delivery."""

    delivery: int
    part: int
    number: int  # among the part's files, from 0


def kept(store: Store, delivery: int, part: int, now: datetime) -> Mapping[tuple[int, str], Uploaded]:
    """What can still be used, by place and by the fingerprint of what it was kept for."""
    column = uploads.c
    statement = select(uploads).where(column.delivery_id == delivery, column.part == part)
    with store.read() as connection:
        rows = connection.execute(statement).mappings().all()
    return {
        (row["place"], row["content"]): Uploaded(row["handle"], row["expires_at"], row["ready_at"])
        for row in rows
        if row["expires_at"] is None or row["expires_at"] > now
    }


def keep(store: Store, place: Place, content: str, uploaded: Uploaded) -> None:
    """Remember that the network has a file, in place of what was known of it."""
    at = {"delivery_id": place.delivery, "part": place.part, "place": place.number}
    with store.write(beside_others=True) as connection:
        connection.execute(delete(uploads).where(*(uploads.c[name] == value for name, value in at.items())))
        connection.execute(
            insert(uploads).values(
                **at,
                content=content,
                handle=uploaded.handle,
                expires_at=uploaded.expires_at,
                ready_at=uploaded.ready_at,
            )
        )


def forget(store: Store, delivery: int) -> None:
    """Let the next try bring every file again: what the network had of them did not do."""
    with store.write(beside_others=True) as connection:
        connection.execute(delete(uploads).where(uploads.c.delivery_id == delivery))
