"""Health: who a token is on its server, what it may do, and where the server differs from others.

https://docs.joinmastodon.org/methods/accounts/#verify_credentials, …/methods/apps/#verify_credentials and
…/methods/instance/#v2 (read 2026-11-25).
"""

from collections.abc import Iterator
from typing import Any

from bot.model.account import Account
from bot.model.outcome import AccountHealth, Cause
from bot.networks.answer import CallError, member
from bot.networks.judge import one_line
from bot.networks.mastodon.answers import MAKE_ANEW
from bot.networks.mastodon.length import LINK_COUNTS, LONGEST
from bot.networks.mastodon.server import Server

# Each by the scopes that include it; a server before 4.3 does not tell.
_NEEDED = {"write:statuses": {"write"}, "write:media": {"write"}, "read:statuses": {"read"}}
_FILES = 4


def ask(server: Server, account: Account) -> AccountHealth:
    """How an account stands with its server."""
    try:
        me = server.me()
    except CallError as error:
        return server.judge.unwell(error)
    limits = _asked(server, "instance_v2")
    name = str(me.get("acct") or me.get("username") or me["id"])
    domain = member(limits, "domain")
    identity = one_line(f"@{name}@{domain}" if isinstance(domain, str) and "@" not in name else f"@{name}")
    if me.get("suspended") is True:
        detail = f"the server has suspended {identity}: write to its moderators"
        return AccountHealth(False, identity, detail, cause=Cause.BLOCKED)
    if lacking := _lacking(member(_asked(server, "app_verify_credentials"), "scopes")):
        detail = f"the token of {identity} lacks {', '.join(lacking)}. {MAKE_ANEW}"
        return AccountHealth(False, identity, detail, cause=Cause.PERMISSION)
    return AccountHealth(True, identity, "; ".join([f"may post as {identity}", *_differs(limits, account)]))


def _asked(server: Server, method: str) -> Any:
    """What the server says of itself or of the token; None where it does not: not every kind knows it."""
    try:
        return server.call(method).value
    except CallError:
        return None


def _lacking(scopes: Any) -> list[str]:
    if not isinstance(scopes, list):
        return []
    return [one for one, wider in _NEEDED.items() if not wider.union({one}) & set(map(str, scopes))]


def _differs(limits: Any, account: Account) -> Iterator[str]:
    """What the server takes, where it is not what texts are checked against."""
    statuses = member(limits, "configuration", "statuses")
    longest, checked = member(statuses, "max_characters"), account.longest or LONGEST
    if isinstance(longest, int) and longest != checked:
        words = f"its server takes {longest:,} characters and not {checked:,}"
        yield f"{words}: write  longest = {longest}  below it in accounts.toml"
    files = member(statuses, "max_media_attachments")
    if isinstance(files, int) and files < _FILES:
        yield f"its server takes {files} files in a post and not {_FILES}"
    link = member(statuses, "characters_reserved_per_url")
    if isinstance(link, int) and link != LINK_COUNTS:
        yield f"a link counts {link} there and not {LINK_COUNTS}"
