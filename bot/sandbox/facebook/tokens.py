"""Tokens: whose a request's is, of a page or of the person who keeps the pages, and what is told of one.

https://developers.facebook.com/docs/graph-api/reference/debug_token (read 2026-11-25).
"""

from typing import Any

from werkzeug.wrappers import Request

from bot.sandbox.answer import Answer
from bot.sandbox.books import Books
from bot.sandbox.facebook import access, errors
from bot.sandbox.facebook.sign_in import PERSON, SignIn
from bot.sandbox.records import Account


class Tokens:
    """What can be asked with any token, and about it."""

    def __init__(self, books: Books, sign_in: SignIn) -> None:
        self._books = books
        self._sign_in = sign_in

    def page(self, request: Request) -> Account:
        """The page whose valid token a request carries. Raises RefusedError."""
        if self._sign_in.is_person(access.token(request)):
            words = "(#200) Unpublished posts must be posted to a page as the page itself."
            raise errors.refuse(403, 200, words)
        return access.account(self._books, request)

    def me(self, request: Request) -> Answer:
        """Who the token is."""
        if self._sign_in.is_person(access.token(request)):
            return Answer(200, dict(PERSON))
        page = access.account(self._books, request)
        return Answer(200, {"name": page.title, "id": page.id})

    def accounts(self, request: Request) -> Answer:
        """The pages of the person."""
        _check_is_get(request)
        return self._sign_in.accounts(access.token(request))

    def debug(self, request: Request) -> Answer:
        """What is known of the token that is asked about."""
        _check_is_get(request)
        given = access.token(request)
        if not self._sign_in.is_app(given) and not self._sign_in.is_person(given):
            access.account(self._books, request)
        token = str(access.parameters(request).get("input_token", ""))
        if person := self._sign_in.debug(token):
            return Answer(200, {"data": person})
        page = self._books.with_token("facebook", token)
        if page is None:
            problem = {"code": 190, "message": "Invalid OAuth access token."}
            return Answer(200, {"data": {"error": problem, "is_valid": False, "scopes": []}})
        return Answer(200, {"data": self._of_page(page)})

    def _of_page(self, page: Account) -> dict[str, Any]:
        data: dict[str, Any] = {
            "app_id": page.key,
            "type": "PAGE",
            "application": "Sandbox",
            "data_access_expires_at": 0,
            "expires_at": 0,  # page tokens do not end by time
            "is_valid": True,
            "profile_id": page.id,
            "scopes": access.scopes(self._books, page),
            "user_id": page.id,
        }
        if reason := access.invalidity(self._books, page):
            problem = {"code": 190, "message": reason[0], "subcode": reason[1]}
            data |= {"error": problem, "is_valid": False, "scopes": []}
        return data


def _check_is_get(request: Request) -> None:
    if request.method == "POST" and request.form.get("method", "").lower() != "get":
        raise errors.parameter("Unsupported post request")
