"""API answers: what a request that creates something was answered, so that it may be sent again safely.

The answer is kept in the transaction that creates: of two that come with one key, one creates.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from bot.errors import SpokenError
from bot.store.program_tables import api_answers

KEPT = timedelta(hours=24)


class OtherRequestError(SpokenError):
    """The key was used for something else."""

    def __init__(self) -> None:
        super().__init__("this Idempotency-Key came with another request already: use a new one")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered."""

    status: int
    body: str


def fingerprint(*words: str) -> str:
    """Of what is sent."""
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def answered(connection: Connection, token: int, key: str, request: str) -> Answer | None:
    """What was answered when a token last came with a key; None: it never did, or long ago.

    Raises:
        OtherRequestError: it came with something else then.
    """
    mine = (api_answers.c.token_id == token, api_answers.c.key == key)
    row = connection.execute(select(api_answers).where(*mine)).mappings().first()
    if row is not None and row["request"] != request:
        raise OtherRequestError
    return Answer(row["status"], row["body"]) if row else None


def keep(connection: Connection, token: int, key: str, request: str, answer: Answer, now: datetime) -> None:
    """Keep an answer (real UTC), and forget those that are old."""
    connection.execute(delete(api_answers).where(api_answers.c.at < now - KEPT))
    connection.execute(
        insert(api_answers).values(
            token_id=token, key=key, request=request, at=now, status=answer.status, body=answer.body
        )
    )
