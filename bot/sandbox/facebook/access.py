"""Access to the Graph API: the version that is served, and whose token a request carries."""

import re

from werkzeug.wrappers import Request

from bot.sandbox.books import Books
from bot.sandbox.facebook import errors
from bot.sandbox.network import json_object
from bot.sandbox.records import Account

# Live on 2026-11-24: https://developers.facebook.com/docs/graph-api/changelog (read 2026-11-24).
OLDEST, LATEST = (21, 0), (26, 0)
SCOPES = (
    "pages_show_list",
    "business_management",
    "pages_read_engagement",
    "pages_manage_posts",
    "pages_manage_engagement",
    "pages_read_user_content",
    "publish_video",
    "read_insights",
)


def served_version(asked: str) -> str:
    """The version that a call is answered with: a dead one, or none, is served as the oldest live one.

    Raises:
        RefusedError: 400 for a version that is yet to come.
    """
    found = re.fullmatch(r"v(\d{1,3})\.(\d)", asked)
    version = (int(found[1]), int(found[2])) if found else OLDEST
    if version > LATEST:
        newest = f"v{LATEST[0]}.{LATEST[1]}"
        message = f"(#2635) You are calling a version of the Graph API that is not available. Use {newest}."
        raise errors.refuse(400, 2635, message)
    major, minor = max(version, OLDEST)
    return f"v{major}.{minor}"


def parameters(request: Request) -> dict[str, object]:
    """Everything that was sent with a request: its address, form or JSON body."""
    values: dict[str, object] = {**request.args.to_dict(), **request.form.to_dict()}
    if request.mimetype == "application/json":
        body = json_object(request)
        if body is None:
            raise errors.parameter("The body is not a JSON object")
        values |= body
    return values


def token(request: Request) -> str:
    """The access token of a request, from its header, its address, its form or its JSON body."""
    header = request.headers.get("Authorization", "")
    if header[:7].lower() == "bearer ":
        return header[7:].strip()
    sent = request.args.get("access_token") or request.form.get("access_token")
    if sent is None and request.mimetype == "application/json":
        sent = (json_object(request) or {}).get("access_token")
    return sent if isinstance(sent, str) else ""


def account(books: Books, request: Request) -> Account:
    """The page whose valid token a request carries. Raises RefusedError."""
    given = token(request)
    if not given:
        raise errors.refuse(
            400, 2500, "An active access token must be used to query information about the current user."
        )
    page = books.with_token("facebook", given)
    if page is None:
        raise errors.refuse(401, 190, "Invalid OAuth access token - Cannot parse access token")
    if reason := invalidity(books, page):
        raise errors.refuse(400, 190, *reason)
    return page


def invalidity(books: Books, page: Account) -> tuple[str, int] | None:
    """Why a page's token is not valid, as a message and a subcode; None if it is."""
    state = books.state(page)
    if state == "expired":
        when = books.now().strftime("%A, %d-%b-%y %H:%M:%S UTC")
        words = f"Error validating access token: Session has expired. The current time is {when}."
        return words, 463
    if state == "revoked":
        words = "Error validating access token: The session has been invalidated because the user changed"
        return f"{words} their password or Facebook has changed the session for security reasons.", 460
    return None


def scopes(books: Books, page: Account) -> list[str]:
    """What a page's token is allowed."""
    return [one for one in SCOPES if one != "pages_manage_posts" or books.state(page) != "read-only"]
