"""Access to LinkedIn's API: the headers every call needs, and whose token it carries."""

import re

from werkzeug.wrappers import Request

from bot.sandbox.books import Books
from bot.sandbox.linkedin import errors
from bot.sandbox.records import Account

_TOKENS = {
    "expired": ("The token used in the request has expired", "EXPIRED_ACCESS_TOKEN", 65602),
    "revoked": ("The token used in the request has been revoked by the user", "REVOKED_ACCESS_TOKEN", 65601),
}


def token(request: Request) -> str:
    """The access token of a request."""
    header = request.headers.get("Authorization", "")
    return header[7:].strip() if header[:7].lower() == "bearer " else ""


def account(books: Books, request: Request) -> Account:
    """The account whose valid token a request carries. Raises RefusedError: 401."""
    given = token(request)
    if not given:
        raise errors.refuse(401, "Empty oauth2_access_token", service_code=401)
    found = books.with_token("linkedin", given)
    if found is None:
        raise errors.refuse(401, "Invalid access token", "INVALID_ACCESS_TOKEN", 65600)
    if words := _TOKENS.get(state(books, found, given)):
        raise errors.refuse(401, *words)
    return found


def state(books: Books, account: Account, given: str) -> str:
    """Whether an access token is "valid", "expired" or "revoked".

    The state of an account is that of the token with which it began: renewing it helps.
    """
    if (ends := books.token_ends_at("linkedin", given)) is not None and ends <= books.now():
        return "expired"
    return books.state(account) if given == account.token else "valid"


def check_versions(request: Request, live: tuple[str, str]) -> None:
    """Whether a call names a live version of the API, and the protocol that its encoding is of.

    Raises:
        RefusedError: 400 without a version or the protocol, 426 for a version that is not served.
    """
    version = request.headers.get("LinkedIn-Version")
    if version is None:
        words = "A version must be present. Please specify a version by adding the LinkedIn-Version header."
        raise errors.refuse(400, words, "VERSION_MISSING")
    found = re.fullmatch(r"(\d{4}(?:0[1-9]|1[0-2]))(?:\.\d{2})?", version, re.ASCII)
    if found is None or not live[0] <= found[1] <= live[1]:
        raise errors.refuse(426, f"Requested version {version} is not active", "NONEXISTENT_VERSION")
    if request.headers.get("X-Restli-Protocol-Version") != "2.0.0":
        words = "X-Restli-Protocol-Version must be 2.0.0 for keys and parameters that are encoded so"
        raise errors.refuse(400, words, "ILLEGAL_ARGUMENT")


# What a token may do that an account began with: all that the adapter ever asks for.
SCOPES = (
    "openid",
    "profile",
    "r_member_postAnalytics",
    "r_organization_social",
    "rw_organization_admin",
    "w_member_social",
    "w_organization_social",
)


def authors(account: Account) -> tuple[str, str]:
    """Who a token may publish as: its page, and its member."""
    return f"urn:li:organization:{account.id}", f"urn:li:person:{member_id(account)}"


def member_id(account: Account) -> str:
    """The id of the member who manages the page and gave the token."""
    return f"m{account.id}"
