"""Health: whose token it is, what it may, and until when.

https://developers.facebook.com/docs/graph-api/reference/debug_token and
https://developers.facebook.com/documentation/pages-api/posts (read 2026-11-25).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.model.outcome import AccountHealth, Cause
from bot.networks.answer import Answer, CallError, member, unreadable
from bot.networks.facebook.answers import MAKE_ANEW
from bot.networks.facebook.graph import Page
from bot.networks.judge import instant

NEEDED = ("pages_manage_posts", "pages_read_engagement")
# What else this program asks Facebook for, and what does not work without it.
USEFUL = {
    "pages_manage_engagement": "first comments",
    "pages_read_user_content": "counts of comments and reactions",
    "publish_video": "videos",
    "read_insights": "views and clicks",
}
_OWN_TOKEN = "take the page's own token: bot accounts connect, or GET /me/accounts in the Graph API Explorer"  # noqa: S105


def verify(page: Page) -> AccountHealth:
    """Ask Facebook whose token this is: it must be the page's own."""
    try:
        answer = page.get("me", fields="id,name")
        if not member(answer.value, "id"):
            raise unreadable(answer, "id")
    except CallError as error:
        return page.judge.unwell(error)
    found, name = str(answer.value["id"]), str(answer.value.get("name") or answer.value["id"])
    told = _told(page)
    if found == page.id:
        return _rights(page, name, told, _served(page, answer))
    whose = "of a person" if told.get("type") == "USER" else "not of the page"
    detail = (
        f"the token is {whose}, {name} ({found}), where that of the page {page.id} is needed: {_OWN_TOKEN}"
    )
    return AccountHealth(False, name, detail, cause=Cause.CREDENTIALS)


def _told(page: Page) -> Mapping[str, Any]:
    """What Facebook says of the token; nothing where the token may not ask that about itself."""
    try:
        told = member(page.ask("debug_token", {"input_token": page.token}).value, "data")
    except CallError:
        told = None
    return told if isinstance(told, dict) else {}


def _rights(page: Page, name: str, told: Mapping[str, Any], served: str) -> AccountHealth:
    if not isinstance(told.get("scopes"), list):  # then who it is must do
        return AccountHealth(True, name, f"the token is of the page {name}{served}")
    if told.get("is_valid") is False:
        words = member(told, "error", "message") or "Facebook says that the token is not valid"
        detail = page.judge.reason(200, str(words), MAKE_ANEW)
        return AccountHealth(False, name, detail, cause=Cause.CREDENTIALS)
    if lacking := [scope for scope in NEEDED if scope not in told["scopes"]]:
        detail = f"the token of {name} lacks {', '.join(lacking)}: {MAKE_ANEW}"
        return AccountHealth(False, name, detail, cause=Cause.PERMISSION)
    ends, access_ends = (_end(told, field) for field in ("expires_at", "data_access_expires_at"))
    until = min((end for end in (ends, access_ends) if end), default=None)
    detail = f"the token is of the page {name} and may post"
    less = [f"no {what} ({scope})" for scope, what in USEFUL.items() if scope not in told["scopes"]]
    if less:
        detail += f", but {', '.join(less)}"
    if until and until == access_ends != ends:
        # https://developers.facebook.com/docs/facebook-login/auth-vs-data (read 2026-11-25)
        detail += "; before its access to data ends, whoever made it must connect the page anew"
    return AccountHealth(True, name, f"{detail}{served}", until)


def _end(told: Mapping[str, Any], field: str) -> datetime | None:
    """0 stands for never."""
    return instant(told[field]) if told.get(field) else None


def _served(page: Page, answer: Answer) -> str:
    """A warning where Facebook has served another version of its API than was asked for."""
    served = answer.headers.get("facebook-api-version", "")
    if not served or served == page.version:
        return ""
    remedy = "set [networks.facebook] api_version in config/bot.toml"
    return f"; but Facebook answered in version {served}: {page.version} has ended, {remedy}"
