"""The tables; times are UTC, durations whole seconds, and each column says who needs it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    Table,
    Text,
    case,
    func,
    literal,
    literal_column,
    text,
)
from sqlmodel import Field, SQLModel

from bot.model.state import Hold, State

# Names for every constraint, so that a later migration can find it on either engine.
SQLModel.metadata.naming_convention = {
    "ix": "%(table_name)s_%(column_0_N_name)s",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


# What is written about only when something does not go as planned, so that its indexes are small.
STANDING = (State.FAILED, State.MISSED, State.HELD, State.UNCERTAIN)
SELDOM = (*STANDING, State.CANCELLED)


def _known(column: str, words: Iterable[State] | Iterable[Hold]) -> str:
    return f"{column} IN ({', '.join(repr(word.value) for word in words)})"


class Campaign(SQLModel, table=True):
    """A campaign as it was last applied."""

    name: str = Field(primary_key=True)
    title: str
    timezone: str
    starts: date  # in force, perhaps moved by `--starts`
    file_starts: date  # what its file said then: when the file changes, the file wins
    days: int
    hashtags: list[str] = Field(sa_column=Column(JSON, nullable=False))
    themes: list[str] = Field(sa_column=Column(JSON, nullable=False))
    applied_at: datetime


class Delivery(SQLModel, table=True):
    """One post to one account at one instant: the unit of work."""

    __table_args__ = (
        CheckConstraint(_known("state", State), name="state"),
        CheckConstraint(f"hold IS NULL OR {_known('hold', Hold)}", name="hold"),
        CheckConstraint("(state = 'held') = (hold IS NOT NULL)", name="held"),
        CheckConstraint("(state = 'publishing') = (lease_until IS NOT NULL)", name="leased"),
        CheckConstraint(
            "state <> 'published' OR remote_id IS NOT NULL OR remote_url IS NOT NULL", name="proof"
        ),
        Index("delivery_identity", "post", "account", unique=True),
        # What is due costs a look at an index that holds nothing else, however much is stored.
        Index("delivery_ready", "account", "ready_at", "id", sqlite_where=text("state = 'scheduled'"),
              postgresql_where=text("state = 'scheduled'")),
        Index("delivery_expiry", "expires_at", sqlite_where=text("state = 'scheduled'"),
              postgresql_where=text("state = 'scheduled'")),
        # In order within an account, whatever number of workers there are.
        Index("delivery_in_flight", "account", unique=True, sqlite_where=text("state = 'publishing'"),
              postgresql_where=text("state = 'publishing'")),
        Index("delivery_doubtful", "look_at", sqlite_where=text("state = 'uncertain'"),
              postgresql_where=text("state = 'uncertain'")),
        Index("delivery_open", "due_at", "id", sqlite_where=text("state NOT IN ('published', 'cancelled')"),
              postgresql_where=text("state NOT IN ('published', 'cancelled')")),
        Index("delivery_held", "hold", "account", sqlite_where=text("state = 'held'"),
              postgresql_where=text("state = 'held'")),
        Index("delivery_unsure", "look_since",
              sqlite_where=text("state = 'scheduled' AND look_since IS NOT NULL"),
              postgresql_where=text("state = 'scheduled' AND look_since IS NOT NULL")),
        # The lists of the pages, in the order of time. What stands still without a person, or was cancelled,
        # is seldom, so what goes out as planned pays nothing for being found among it.
        Index("delivery_due", "due_at", "id"),
        Index("delivery_campaign_due", "campaign", "due_at", "id"),
        Index("delivery_account_due", "account", "due_at", "id"),
        Index("delivery_standing", "due_at", "id", sqlite_where=text(_known("state", STANDING)),
              postgresql_where=text(_known("state", STANDING))),
        Index("delivery_cancelled", "due_at", "id", sqlite_where=text("state = 'cancelled'"),
              postgresql_where=text("state = 'cancelled'")),
        Index("delivery_campaign", "campaign", "state"),
        Index("delivery_account", "account", "state"),
        Index("delivery_message", "message"),
        Index("delivery_removing", "removing_since", sqlite_where=text("removing_since IS NOT NULL"),
              postgresql_where=text("removing_since IS NOT NULL")),
        Index("delivery_removed", "removed_at", sqlite_where=text("removed_at IS NOT NULL"),
              postgresql_where=text("removed_at IS NOT NULL")),
        # Of what was ever published, those whose figures are still asked for.
        Index("delivery_figures", "account", "figures_at", sqlite_where=text("figures_at IS NOT NULL"),
              postgresql_where=text("figures_at IS NOT NULL")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    campaign: str
    post: str  # the path of its file, relative to the folder of posts
    account: str
    network: str
    kind: str
    # Random, and the same at every try: what networks that know such keys tell a repeated request by.
    key: str = Field(sa_column_kwargs={"server_default": ""})
    slot: str | None = None
    day: int | None = None
    state: str
    hold: str | None = None
    reason: str = Field(default="", sa_type=Text)  # why it is in its state, for a person
    wall: str  # ISO 8601 without an offset, as planned
    zone: str
    due_at: datetime
    planned_due_at: datetime  # what the files said when last applied; `bot reschedule` moves only due_at
    ready_at: datetime  # due_at, or later after a try that is to be repeated
    expires_at: datetime  # due_at and its tolerance: past it the delivery is missed
    late_ok_s: int
    message: str  # the fingerprint of its parts
    needs_approval: bool = False
    approved: str | None = None  # the fingerprint that was approved: an edit voids it
    tries: int = 0  # postponed in a row, for the back-off
    stale: bool = False  # its file changed while it was in flight or in doubt: it must not be sent as it is
    token: str | None = None  # of the last claim: the fence that every settle names
    worker: str | None = None
    lease_until: datetime | None = None
    look_at: datetime | None = None  # when the reconciler looks next; None: it can not, a person must
    looks: int = 0  # those that have failed, for the back-off
    absences: int = 0  # those that have not found it
    look_since: datetime | None = None  # the database was restored: it may be out since then, unknown to us
    remote_id: str | None = None  # of the first part
    remote_url: str | None = None
    published_at: datetime | None = None
    cancelled_by: str | None = None  # "plan", or the person: only the plan's own are revived by it
    removing_since: datetime | None = None  # somebody began to take it away, and that has not come to an end
    removed_at: datetime | None = None  # all of it that was out was taken away; it is never sent again
    removed_by: str | None = None
    # When its network is asked next how it does; when it was published: not planned yet; None: not again.
    figures_at: datetime | None = None


class Part(SQLModel, table=True):
    """One message of a delivery, with the network's id once it is out."""

    __table_args__ = (Index("part_published", "published_at"), Index("part_remote", "remote_id"))

    delivery_id: int = Field(primary_key=True, foreign_key="delivery.id")
    number: int = Field(primary_key=True)
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    remote_id: str | None = None
    remote_url: str | None = None
    published_at: datetime | None = None
    removed_at: datetime | None = None  # it was out, and was taken away
    removed_by: str | None = None


class Words(SQLModel, table=True):
    """What a delivery is found by when somebody looks for a text; written with its parts."""

    __tablename__ = "delivery_words"

    delivery_id: int = Field(primary_key=True, foreign_key="delivery.id")
    words: str = Field(sa_type=Text)


class Attempt(SQLModel, table=True):
    """One try to publish one part; committed before the call."""

    __table_args__ = (
        # A second call can not begin while nobody knows how the first one ended.
        Index("attempt_open", "delivery_id", unique=True, sqlite_where=text("outcome IS NULL"),
              postgresql_where=text("outcome IS NULL")),
        Index("attempt_delivery", "delivery_id", "part"),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.id")
    part: int
    number: int  # within the delivery, from 1
    token: str
    worker: str
    payload: str  # the fingerprint of the part that was sent
    started_at: datetime
    deadline_at: datetime  # by then the call has ended, one way or another
    ended_at: datetime | None = None
    outcome: str | None = None  # published, not-published, rejected, unknown; None: in flight, or a crash
    cause: str | None = None
    status: int | None = None  # HTTP
    said: str = Field(default="", sa_type=Text)  # the network's own words, without secrets
    remote_id: str | None = None
    remote_url: str | None = None


class Upload(SQLModel, table=True):
    """A file that a network has for a part that is not out yet: another try need not bring it again."""

    delivery_id: int = Field(primary_key=True, foreign_key="delivery.id")
    part: int = Field(primary_key=True)
    place: int = Field(primary_key=True)  # among the part's files, from 0
    content: str  # the fingerprint of the file and its description: what it is kept for
    handle: str = Field(sa_type=Text)  # what the network gave
    expires_at: datetime | None = None  # not to be used from then on
    ready_at: datetime | None = None  # the network still works on it; None: it is ready


class PostLog(SQLModel, table=True):
    """The append-only record of every change of state; triggers refuse to change or delete a row."""

    __tablename__ = "post_log"
    __table_args__ = (
        Index("post_log_delivery", "delivery_id", "id"),
        # The lists of the pages. What goes out as planned is in three of them, what goes wrong in a fourth.
        Index("post_log_at", "at", "id"),
        Index("post_log_campaign", "campaign", "at", "id"),
        Index("post_log_account", "account", "at", "id"),
        Index("post_log_seldom", "to_state", "at", "id", sqlite_where=text(_known("to_state", SELDOM)),
              postgresql_where=text(_known("to_state", SELDOM))),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    delivery_id: int
    campaign: str
    post: str
    account: str
    network: str
    from_state: str | None = None  # None: it was queued
    to_state: str
    attempt: int | None = None  # its number within the delivery
    remote_id: str | None = None
    remote_url: str | None = None
    reason: str = Field(default="", sa_type=Text)
    actor: str
    lateness_s: float | None = None  # for what was published or missed


class Lane(SQLModel, table=True):
    """What holds for a whole account: until when it waits and why, and when it last sent something late."""

    account: str = Field(primary_key=True)
    network: str
    blocked_until: datetime | None = None
    cause: str | None = None
    reason: str = Field(default="", sa_type=Text)
    late_call_at: datetime | None = None


class Switch(SQLModel, table=True):
    """A setting that people turn while everything runs; a row means on."""

    name: str = Field(primary_key=True)  # "pause", or one of those in store/restored.py
    reason: str = ""
    actor: str
    at: datetime


class Worker(SQLModel, table=True):
    """A worker process and its last sign of life, in real time even in a rehearsal."""

    id: str = Field(primary_key=True)
    host: str
    pid: int
    accounts: list[str] = Field(sa_column=Column(JSON, nullable=False))  # those that it can publish to
    started_at: datetime
    heartbeat_at: datetime
    waits_for: str | None = Field(default=None, sa_type=Text)  # why it sends nothing at all; None: it does


class Secret(SQLModel, table=True):
    """The tokens that a network gave an account, encrypted with BOT_SECRET_KEY, and who renews them."""

    account: str = Field(primary_key=True)
    origin: str  # the fingerprint of the environment's values with which it began: when they change, they win
    sealed: str = Field(sa_type=Text)  # never in plain text
    version: int  # grows with every renewal
    access_ends_at: datetime | None = None
    refresh_ends_at: datetime | None = None
    renewed_at: datetime | None = None
    refused: str = Field(default="", sa_type=Text)  # why the network will renew no more
    again_at: datetime | None = None  # after a renewal that got no answer
    holder: str | None = None  # who is renewing
    held_until: datetime | None = None


class Connection(SQLModel, table=True):
    """The credentials that a person let a network give an account, encrypted with BOT_SECRET_KEY."""

    account: str = Field(primary_key=True)
    network: str
    origin: str  # the fingerprint of the environment's values at that time: when they change, they win
    sealed: str = Field(sa_type=Text)  # by field, never in plain text
    identity: str = Field(sa_type=Text)  # as the network named the account
    at: datetime
    actor: str


class Alert(SQLModel, table=True):
    """One thing that people are told once, whatever number of workers notices it."""

    __table_args__ = (
        Index("alert_key", "key", unique=True),
        Index("alert_topic", "topic", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str  # the event itself: "delivery:12:340" (its entry in the post log), "summary:2018-09-25"
    topic: str  # what it is about: "lane:fice-x:credentials"; one that comes back soon is not told again
    kind: str  # "event" or "summary": what is told in one message
    at: datetime
    subject: str
    body: str = Field(default="", sa_type=Text)


class AlertCopy(SQLModel, table=True):
    """An alert on its way to one target."""

    __tablename__ = "alert_copy"
    __table_args__ = (
        Index("alert_copy_waiting", "target", "ready_at",
              sqlite_where=text("sent_at IS NULL AND given_up_at IS NULL"),
              postgresql_where=text("sent_at IS NULL AND given_up_at IS NULL")),
        Index("alert_copy_sent", "target", "sent_at"),
    )  # fmt: skip

    alert_id: int = Field(primary_key=True, foreign_key="alert.id")
    target: str = Field(primary_key=True)  # the name of the variable that holds its address
    ready_at: datetime  # not sent before
    tries: int = 0
    token: str | None = None  # of the last claim
    lease_until: datetime | None = None
    sent_at: datetime | None = None
    given_up_at: datetime | None = None
    problem: str = Field(default="", sa_type=Text)  # why the last try failed, without secrets


class AccountCheck(SQLModel, table=True):
    """What an account's network said when it was last asked about the credentials."""

    __tablename__ = "account_check"

    account: str = Field(primary_key=True)
    asked_at: datetime  # when somebody last began to ask
    checked_at: datetime | None = None  # when it last answered
    ok: bool = True
    since: datetime | None = None  # when `ok` became what it is
    detail: str = Field(default="", sa_type=Text)
    expires_at: datetime | None = None  # of the credentials; None: not known, or never


class Preflight(SQLModel, table=True):
    """What a worker found when it looked ahead on a day of a campaign."""

    campaign: str = Field(primary_key=True)
    day: date = Field(primary_key=True)  # in the campaign's zone
    begun_at: datetime
    ended_at: datetime | None = None  # of the last that ended; None: the first is under way, or died
    ready: bool | None = None
    findings: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))


class Figure(SQLModel, table=True):
    """How one part of a delivery had done by an instant; empty: the network does not say."""

    delivery_id: int = Field(primary_key=True, foreign_key="delivery.id")
    part: int = Field(primary_key=True)
    collected_at: datetime = Field(primary_key=True)
    impressions: int | None = Field(default=None, sa_type=BigInteger)
    reactions: int | None = Field(default=None, sa_type=BigInteger)
    comments: int | None = Field(default=None, sa_type=BigInteger)
    shares: int | None = Field(default=None, sa_type=BigInteger)
    clicks: int | None = Field(default=None, sa_type=BigInteger)


class Collection(SQLModel, table=True):
    """Whose turn it is to ask for the figures of an account, and what came of the last time."""

    account: str = Field(primary_key=True)
    not_before: datetime | None = None  # nobody asks sooner: another worker is at it, or the network said no
    token: str | None = None  # of the worker that asks
    said_at: datetime | None = None  # when it last failed
    said: str = Field(default="", sa_type=Text)  # why, without secrets; empty: it did not


def table(name: str) -> Table:
    """A table by its name, for statements."""
    return SQLModel.metadata.tables[name]


campaigns, deliveries, parts, attempts = map(table, ("campaign", "delivery", "part", "attempt"))
uploads, words = table("upload"), table("delivery_words")
post_log, lanes, switches, workers = map(table, ("post_log", "lane", "switch", "worker"))
secrets, connections = table("secret"), table("connection")
preflights = table("preflight")
figures, collections = table("figure"), table("collection")
alerts, alert_copies, account_checks = map(table, ("alert", "alert_copy", "account_check"))


def in_state(state: State, of: Any = deliveries.c) -> ColumnElement[bool]:
    """The condition with the state written out: only then is an index of that state alone used."""
    found: ColumnElement[bool] = of.state == literal_column(f"'{state.value}'")
    return found


def from_now_or_its_time(now: datetime) -> ColumnElement[datetime]:
    """When what turned out not to be out is ready: at once, unless its time is still to come."""
    return case(
        (deliveries.c.due_at > now, deliveries.c.due_at), else_=literal(now, deliveries.c.due_at.type)
    )


def is_open(of: Any = deliveries.c) -> ColumnElement[bool]:
    """Neither published nor cancelled; in the words of the index."""
    found: ColumnElement[bool] = of.state.not_in(
        [literal_column("'published'"), literal_column("'cancelled'")]
    )
    return found


def is_standing(of: Any = deliveries.c) -> ColumnElement[bool]:
    """It goes no further by its time alone; in the words of the index."""
    return _one_of(of.state, STANDING)


def is_seldom(of: Any = post_log.c) -> ColumnElement[bool]:
    """An entry of the log about what does not go as planned; in the words of the index."""
    return _one_of(of.to_state, SELDOM)


def _one_of(column: ColumnElement[str], states: Sequence[State]) -> ColumnElement[bool]:
    return column.in_([literal_column(f"'{one.value}'") for one in states])


def begins_with(column: ColumnElement[str], beginning: str) -> ColumnElement[bool]:
    """The same on every engine: LIKE minds capital letters on one and not on the other."""
    return func.substr(column, 1, len(beginning)) == beginning
