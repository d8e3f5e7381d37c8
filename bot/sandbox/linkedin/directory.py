"""The directory: who a member is, which page there is, and what the member may do on it."""

from collections.abc import Iterable

from werkzeug.wrappers import Request

from bot.sandbox.answer import Answer
from bot.sandbox.books import Books
from bot.sandbox.linkedin import access, reading
from bot.sandbox.linkedin.gate import NAME, Gate, no_finder, no_right, not_found
from bot.sandbox.network import READ, Route
from bot.sandbox.records import Account


class Directory:
    """The members and the pages, of which each account has one."""

    def __init__(self, books: Books, gate: Gate) -> None:
        self._books = books
        self._gate = gate

    def routes(self) -> Iterable[Route]:
        """All operations."""
        roles = "organizationAcls.FINDER-roleAssignee"
        for path, operation, handle in (
            ("/rest/me", "me.GET", self._me),
            ("/rest/organizations/<number>", "organizations.GET", self._organization),
            ("/rest/organizationAcls", roles, self._roles),
        ):
            yield Route("GET", path, operation, READ, self._gate.guarded(handle))
        userinfo = self._gate.guarded(self._userinfo, versioned=False)
        yield Route("GET", "/v2/userinfo", "userinfo", READ, userinfo)

    def _me(self, account: Account, request: Request) -> Answer:
        number = access.member_id(account)
        return Answer(200, {"id": number, "localizedFirstName": account.title, "localizedLastName": ""})

    def _userinfo(self, account: Account, request: Request) -> Answer:
        return Answer(200, {"sub": access.member_id(account), "name": account.title})

    def _organization(self, account: Account, request: Request, number: str) -> Answer:
        found = self._books.with_id(NAME, number)
        if found is None:
            raise not_found(number)
        if found != account:
            raise no_right("organizations")
        names = {"localizedName": account.title, "vanityName": account.title}
        return Answer(200, {"id": int(account.id), **names})

    def _roles(self, account: Account, request: Request) -> Answer:
        if reading.query(request).get("q") != "roleAssignee":
            raise no_finder()
        organization, person = access.authors(account)
        may_post = self._books.state(account) != "read-only"
        role = {
            "role": "ADMINISTRATOR" if may_post else "ANALYST",
            "state": "APPROVED",
            "roleAssignee": person,
        }
        elements = [{**role, "organization": organization, "organizationTarget": organization}]
        paging = {"start": 0, "count": 10, "links": [], "total": 1}
        return Answer(200, {"paging": paging, "elements": elements})
