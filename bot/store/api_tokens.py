"""API tokens: what programs of members show to act for them; each can be ended."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, insert, select, update

from bot.errors import SpokenError
from bot.model.role import Role
from bot.model.scope import Scope, scopes_of
from bot.store.audit import record
from bot.store.program_tables import api_tokens
from bot.store.random_token import fingerprint_of, new_token
from bot.store.team_tables import members

PREFIX = "bot_"  # by which those who search texts for secrets find one
USED_EVERY = timedelta(minutes=5)  # so that a request is seldom a write
MOST = 50  # of one member
LONGEST_NAME = 80


class TokenError(SpokenError):
    """The token can not be made, or is none."""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token, with what must be known of its member; times are real UTC."""

    id: int
    member_id: int
    member: str  # the name
    role: Role  # the member's, now
    name: str
    scopes: frozenset[Scope]
    made_at: datetime
    ends_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    shut_out: bool  # the member may not sign in any more

    def works(self, now: datetime) -> bool:
        """Whether it lets anybody in."""
        return not self.shut_out and self.revoked_at is None and (self.ends_at is None or now < self.ends_at)


def make(
    connection: Connection, member: int, name: str, scopes: Collection[Scope], ends_at: datetime | None,
    now: datetime,
) -> str:  # fmt: skip
    """A new token; it is shown once and kept nowhere.

    Raises:
        TokenError: it has no name or scope, or one that the member's role does not include.
    """
    called = " ".join(name.split())
    if not called or len(called) > LONGEST_NAME or not called.isprintable():
        raise TokenError(f"write what the program is called, with at most {LONGEST_NAME} letters")
    who = connection.execute(select(members.c.name, members.c.role).where(members.c.id == member)).one()
    wanted = [scope for scope in Scope if scope in scopes]
    if not wanted:
        raise TokenError("choose what the program may do")
    if beyond := [scope for scope in wanted if scope not in scopes_of(Role(who.role))]:
        raise TokenError(f"your role does not include the scope '{beyond[0]}'")
    if sum(token.works(now) for token in of_member(connection, member)) >= MOST:
        raise TokenError(f"there are {MOST} tokens already: revoke one first")
    token = PREFIX + new_token()
    connection.execute(
        insert(api_tokens).values(
            member_id=member, name=called, fingerprint=fingerprint_of(token), scopes=wanted, made_at=now,
            ends_at=ends_at,
        )
    )  # fmt: skip
    record(connection, at=now, actor=who.name, what="made a token", about=called, detail=", ".join(wanted))
    return token


def token_of(connection: Connection, shown: str) -> ApiToken | None:
    """The token that a program shows, whether it works or not; None: there is none like it."""
    found = _all().where(api_tokens.c.fingerprint == fingerprint_of(shown))
    row = connection.execute(found).mappings().first()
    return _token(row) if row else None


def of_member(connection: Connection, member: int) -> Sequence[ApiToken]:
    """The tokens of a member that were not revoked, the newest first."""
    mine = _all().where(api_tokens.c.member_id == member, api_tokens.c.revoked_at.is_(None))
    return [_token(row) for row in connection.execute(mine.order_by(api_tokens.c.id.desc())).mappings()]


def all_tokens(connection: Connection) -> Sequence[ApiToken]:
    """The tokens of everybody that were not revoked, by member."""
    found = _all().where(api_tokens.c.revoked_at.is_(None)).order_by(members.c.key, api_tokens.c.id.desc())
    return [_token(row) for row in connection.execute(found).mappings()]


def used(connection: Connection, token: int, now: datetime) -> None:
    """Note that a token is in use."""
    connection.execute(update(api_tokens).where(api_tokens.c.id == token).values(last_used_at=now))


def revoke(connection: Connection, token: int, *, member: int | None, actor: str, now: datetime) -> str:
    """End a token, of a member or (None) of anybody; what it was called.

    Raises:
        TokenError: there is none that has not ended so.
    """
    mine = [api_tokens.c.id == token, api_tokens.c.revoked_at.is_(None)]
    if member is not None:
        mine.append(api_tokens.c.member_id == member)
    ended = update(api_tokens).where(*mine).values(revoked_at=now, revoked_by=actor)
    row = connection.execute(ended.returning(api_tokens.c.name)).first()
    if row is None:
        raise TokenError("there is no such token any more")
    record(connection, at=now, actor=actor, what="revoked a token", about=row.name)
    return str(row.name)


def _all() -> Select[Any]:
    whose = (members.c.name.label("member"), members.c.role, members.c.disabled_at)
    return select(api_tokens, *whose).join(members, members.c.id == api_tokens.c.member_id)


def _token(row: RowMapping) -> ApiToken:
    return ApiToken(
        id=row["id"],
        member_id=row["member_id"],
        member=row["member"],
        role=Role(row["role"]),
        name=row["name"],
        scopes=frozenset(Scope(one) for one in row["scopes"]),
        made_at=row["made_at"],
        ends_at=row["ends_at"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
        shut_out=row["disabled_at"] is not None,
    )
