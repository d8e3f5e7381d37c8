"""The gate: what every call to LinkedIn must have before it is looked at, and what its token may do."""

import re
from collections.abc import Callable

from werkzeug.wrappers import Request

from bot.sandbox.answer import Answer, RefusedError
from bot.sandbox.books import Books
from bot.sandbox.linkedin import access, errors
from bot.sandbox.linkedin.sign_in import SignIn
from bot.sandbox.records import Account, Stored

NAME = "linkedin"


class Gate:
    """What the parts of the API have in common; everything here raises RefusedError."""

    def __init__(self, books: Books, sign_in: SignIn, live: tuple[str, str]) -> None:
        self._books = books
        self._sign_in = sign_in
        self._live = live

    def guarded(self, handle: Callable[..., Answer], versioned: bool = True) -> Callable[..., Answer]:
        """A handler that is given the account of the request first."""

        # LinkedIn tells of no limits in its headers.
        def guarded(request: Request, **values: str) -> Answer:
            account = access.account(self._books, request)
            if versioned:
                access.check_versions(request, self._live)
            return handle(account, request, **values)

        return guarded

    def check_scope(self, request: Request, *enough: str, operation: str) -> None:
        """Whether the token has one of the scopes that are enough."""
        if not set(enough) & set(self._sign_in.scopes(access.token(request))):
            raise no_right(operation)

    def check_writing(self, request: Request, author: object, operation: str) -> None:
        """Whether the token may publish as an author."""
        is_page = isinstance(author, str) and author.startswith("urn:li:organization:")
        scope = "w_organization_social" if is_page else "w_member_social"
        self.check_scope(request, scope, operation=operation)

    def check_reading(self, request: Request, operation: str) -> None:
        """Whether the token may read posts."""
        self.check_scope(request, "r_organization_social", "r_member_social", operation=operation)
        if not self._books.behaviour.reads_allowed[NAME]:
            raise no_right(operation)

    def own(self, account: Account, request: Request, stored: Stored, who: str) -> Stored:
        """What an account is about to change by PARTIAL_UPDATE, if it is its own."""
        if request.headers.get("X-RestLi-Method", "").upper() != "PARTIAL_UPDATE":
            raise errors.refuse(400, "X-RestLi-Method must be PARTIAL_UPDATE", "ILLEGAL_ARGUMENT")
        if stored.published.account != account.name:
            raise errors.refuse(403, "Not enough permissions to change it", "ACCESS_DENIED", 100)
        self.check_writing(request, stored.extra[who], "PARTIAL_UPDATE")
        return stored

    def post(self, urn: str) -> Stored:
        """The post of this URN; a share, the activity of it and a ugcPost have one number here."""
        found = re.fullmatch(r"urn:li:(?:share|activity|ugcPost):([0-9]{1,19})", urn)
        stored = self._books.post(NAME, f"urn:li:share:{found[1]}") if found else None
        if stored is None:
            raise not_found(urn)
        return stored

    def comment(self, urn: str, number: str) -> Stored:
        """The comment of this number under a post."""
        parent = self.post(urn)
        stored = self._books.post(NAME, f"urn:li:comment:(urn:li:activity:{parent.number},{number})")
        if stored is None:
            raise not_found(number)
        return stored


def not_found(urn: str) -> RefusedError:
    """404."""
    return errors.refuse(404, f"Could not find entity {urn}", "NOT_FOUND")


def no_finder() -> RefusedError:
    """404: a collection is asked in a way that it does not know."""
    return errors.refuse(404, "No root resource or finder is defined for this request", "NOT_FOUND")


def no_right(operation: str) -> RefusedError:
    """403: a scope or a role is missing."""
    words = f"Not enough permissions to access: {operation}"
    return errors.refuse(403, words, "ACCESS_DENIED", 100)
