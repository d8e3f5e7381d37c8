"""The tables of the team: its members, where they are signed in, what they changed; times are real UTC."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field, SQLModel

from bot.model.role import Role
from bot.store.tables import table


class Member(SQLModel, table=True):
    """One who signs in."""

    __table_args__ = (
        CheckConstraint(f"role IN ({', '.join(repr(role.value) for role in Role)})", name="role"),
        Index("member_key", "key", unique=True),
        Index("member_identity", "issuer", "subject", unique=True),
        Index("member_email", "email", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True)
    name: str  # what the post log calls them
    key: str  # the name as it is looked up: capital letters make no difference
    role: str
    password: str | None = None  # an Argon2 hash; None: they sign in elsewhere, or were only invited
    issuer: str | None = None  # the address of the OpenID provider that knows them
    subject: str | None = None  # and what it calls them
    email: str | None = (
        None  # in small letters: what the provider must have verified to take up an invitation
    )
    language: str | None = None  # None: what the browser asks for
    timezone: str | None = None  # IANA; None: what the browser says
    made_at: datetime
    disabled_at: datetime | None = None
    seen_at: datetime | None = None  # on the page


class Session(SQLModel, table=True):
    """A browser in which a member is signed in."""

    __table_args__ = (Index("session_token", "token", unique=True), Index("session_member", "member_id"))

    id: int | None = Field(default=None, primary_key=True)
    token: str  # the SHA-256 of what the cookie holds
    csrf: str  # what every form of this session sends back
    member_id: int = Field(foreign_key="member.id")
    made_at: datetime
    seen_at: datetime
    ends_at: datetime
    agent: str = Field(default="", sa_type=Text)  # as the browser names itself, for the list of sessions
    address: str = ""
    timezone: str | None = None  # IANA, as the browser says
    said: str = Field(default="", sa_type=Text)  # what the next page says once; JSON


class Ticket(SQLModel, table=True):
    """A link that lets whoever holds it do one thing, until it ends."""

    __table_args__ = (Index("ticket_token", "token", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    token: str  # the SHA-256 of what the link holds
    purpose: str  # as tickets.Purpose names it
    member_id: int | None = Field(default=None, foreign_key="member.id")  # whom it is for
    about: str = Field(
        default="", sa_type=Text
    )  # what a review link shows, or a way through a provider needs
    made_at: datetime
    made_by: str
    ends_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None


class Audit(SQLModel, table=True):
    """The append-only record of what people changed that is no delivery; triggers refuse to change a row."""

    __table_args__ = (
        Index("audit_at", "at"),
        Index("audit_about", "about", "id"),
        Index("audit_actor", "actor", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    actor: str
    what: str  # a verb: "invited", "signed in", "approved"
    about: str = ""  # a member's name, a post's path, an account's name
    detail: str = Field(default="", sa_type=Text)


class SignInTry(SQLModel, table=True):
    """A failed try to sign in, for as long as it counts."""

    __tablename__ = "sign_in_try"
    __table_args__ = (Index("sign_in_try_key", "key", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str  # "name:…", "address:…" or "elsewhere:…"
    at: datetime


members, sessions, tickets, audit = map(table, ("member", "session", "ticket", "audit"))
sign_in_tries = table("sign_in_try")
