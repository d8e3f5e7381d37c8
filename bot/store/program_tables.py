"""The tables of programs: tokens with which they ask, webhooks by which they are told; times are real UTC."""

from datetime import datetime

from sqlalchemy import JSON, Column, Index, Text, text
from sqlmodel import Field, SQLModel

import bot.store.team_tables  # noqa: F401  (whose table of members is pointed to)
from bot.store.tables import table


class ApiToken(SQLModel, table=True):
    """What a program shows to act for a member."""

    __tablename__ = "api_token"
    __table_args__ = (
        Index("api_token_fingerprint", "fingerprint", unique=True),
        Index("api_token_member", "member_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    member_id: int = Field(foreign_key="member.id")
    name: str  # what the member calls the program
    fingerprint: str  # the SHA-256 of the token
    scopes: list[str] = Field(sa_column=Column(JSON, nullable=False))
    made_at: datetime
    ends_at: datetime | None = None  # None: not by itself
    last_used_at: datetime | None = None  # not more exact than some minutes
    revoked_at: datetime | None = None
    revoked_by: str | None = None


class ApiAnswer(SQLModel, table=True):
    """What a request with an Idempotency-Key was answered, for when it is sent again."""

    __tablename__ = "api_answer"
    __table_args__ = (Index("api_answer_at", "at"),)

    token_id: int = Field(primary_key=True, foreign_key="api_token.id")
    key: str = Field(primary_key=True)
    request: str  # the fingerprint of what was sent with it
    at: datetime
    status: int  # HTTP
    body: str = Field(sa_type=Text)


class Webhook(SQLModel, table=True):
    """An address that is told of changes."""

    id: int | None = Field(default=None, primary_key=True)
    name: str
    url: str = Field(sa_type=Text)
    events: list[str] = Field(sa_column=Column(JSON, nullable=False))  # empty: all of them
    secret: str = Field(sa_type=Text)  # encrypted with BOT_SECRET_KEY
    former_secret: str | None = Field(default=None, sa_type=Text)  # the same; signs beside it for a while
    former_until: datetime | None = None
    active: bool = True
    off_why: str = Field(default="", sa_type=Text)  # why it was switched off, where nobody did
    made_at: datetime
    made_by: str
    entry: int  # the last one of the post log of which copies were made
    ready_at: datetime  # nothing is sent before
    tries: int = 0  # failed in a row, for the back-off
    failing_since: datetime | None = None


class WebhookCopy(SQLModel, table=True):
    """One message on its way to a webhook; those of one webhook are sent in the order of their numbers."""

    __tablename__ = "webhook_copy"
    __table_args__ = (
        Index("webhook_copy_entry", "webhook_id", "entry_id", unique=True),
        Index("webhook_copy_waiting", "webhook_id", "id",
              sqlite_where=text("sent_at IS NULL AND given_up_at IS NULL"),
              postgresql_where=text("sent_at IS NULL AND given_up_at IS NULL")),
        Index("webhook_copy_made", "webhook_id", "made_at"),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    webhook_id: int = Field(foreign_key="webhook.id")
    entry_id: int | None = None  # of the post log; None: a test
    message: str  # what the receiver knows it by, the same at every try
    type: str
    made_at: datetime
    tries: int = 0
    token: str | None = None  # of the last claim
    lease_until: datetime | None = None
    tried_at: datetime | None = None
    sent_at: datetime | None = None
    given_up_at: datetime | None = None
    status: int | None = None  # HTTP, of the last answer
    answer: str = Field(default="", sa_type=Text)  # its beginning, or why there was none; without secrets


api_tokens, api_answers = table("api_token"), table("api_answer")
webhooks, webhook_copies = table("webhook"), table("webhook_copy")
