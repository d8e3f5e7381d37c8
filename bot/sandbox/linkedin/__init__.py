"""LinkedIn: the parts of its versioned API that a scheduler uses."""

import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote

from werkzeug.wrappers import Request

from bot.sandbox import named
from bot.sandbox.answer import Answer, RefusedError
from bot.sandbox.books import Books
from bot.sandbox.credentials import LETTERS, Seed
from bot.sandbox.linkedin import access, errors, posting, reading
from bot.sandbox.linkedin.sign_in import SignIn
from bot.sandbox.network import CREATE, DELETE, READ, TOKEN, Route, json_object
from bot.sandbox.records import Account, Stored

# Served on 2026-11-24, the oldest and the newest:
# https://learn.microsoft.com/en-us/linkedin/marketing/versioning (read 2026-11-24).
LIVE = ("202601", "202611")
_TOKEN_LETTERS = LETTERS + "-_"


class LinkedIn:
    """The stand-in for LinkedIn."""

    name = "linkedin"
    base = "/linkedin"
    title = "LinkedIn"
    url_variable = "LINKEDIN_API_URL"
    threads = False
    answers_stay = False
    named = named.NAMED["linkedin"]
    blocked = "blocked account"

    def __init__(self, books: Books) -> None:
        self._books = books
        self._live = books.behaviour.linkedin_versions or LIVE
        self._sign_in = SignIn(books)

    @staticmethod
    def account(seed: Seed) -> Account:
        """An account with its credentials."""
        refresh = f"AQ{seed.some('refresh token', 300, _TOKEN_LETTERS)}"
        token = f"AQ{seed.some('token', 200, _TOKEN_LETTERS)}"
        app = (seed.some("client", 14), seed.some("secret", 16))
        return Account(seed.network, seed.name, seed.handle, seed.digits(8), token, refresh, *app)

    @staticmethod
    def credentials(account: Account) -> Mapping[str, str]:
        """What the bot knows of an account."""
        # All that a real account may have, so that none of it is left over where these take its place.
        return {
            "AUTHOR": f"urn:li:organization:{account.id}",
            "ACCESS_TOKEN": account.token,
            "REFRESH_TOKEN": account.token_secret,
            "CLIENT_ID": account.key,
            "CLIENT_SECRET": account.secret,
        }

    def routes(self) -> Iterable[Route]:
        """All operations."""
        actions = "/rest/socialActions/<urn>/comments"
        for method, path, operation, kind, handle in (
            ("POST", "/rest/posts", "posts.CREATE", CREATE, self._post),
            ("GET", "/rest/posts", "posts.FINDER-author", READ, self._find),
            ("GET", "/rest/posts/<urn>", "posts.GET", READ, self._get),
            ("DELETE", "/rest/posts/<urn>", "posts.DELETE", DELETE, self._delete),
            ("POST", actions, "comments.CREATE", CREATE, self._comment),
            ("GET", actions, "comments.GET_ALL", READ, self._comments),
            ("GET", "/rest/me", "me.GET", READ, self._me),
            ("GET", "/rest/organizations/<number>", "organizations.GET", READ, self._organization),
            ("GET", "/rest/organizationAcls", "organizationAcls.FINDER-roleAssignee", READ, self._roles),
        ):
            yield Route(method, path, operation, kind, self._guarded(operation, handle))
        userinfo = self._guarded("userinfo", self._userinfo, versioned=False)
        yield Route("GET", "/v2/userinfo", "userinfo", READ, userinfo)

        for path, operation, answer in (
            ("/oauth/v2/accessToken", "accessToken", self._sign_in.renew),
            ("/oauth/v2/introspectToken", "introspectToken", self._sign_in.introspect),
        ):
            yield Route("POST", path, operation, TOKEN, answer)

    def account_of(self, request: Request) -> Account | None:
        """Whose token came with a request."""
        if request.path.startswith(f"{self.base}/oauth/"):
            return self._sign_in.account_of(request)
        return self._books.with_token(self.name, access.token(request))

    def error(self, status: int) -> Answer:
        """An error in LinkedIn's words."""
        return errors.by_status(status)

    def _guarded(
        self, operation: str, handle: Callable[..., Answer], versioned: bool = True
    ) -> Callable[..., Answer]:
        # LinkedIn tells of no limits in its headers.
        def guarded(request: Request, **values: str) -> Answer:
            account = access.account(self._books, request)
            if versioned:
                access.check_versions(request, self._live)
            return handle(account, request, **values)

        return guarded

    def _post(self, account: Account, request: Request) -> Answer:
        named.check(self.name, self._books.state(account), self._books.now())
        stored = posting.post(self._books, account, json_object(request))
        urn = stored.published.id
        where = f"/posts/{quote(urn, safe='')}"
        return Answer(201, headers={"x-restli-id": urn, "x-linkedin-id": urn, "location": where})

    def _find(self, account: Account, request: Request) -> Answer:
        asked = reading.query(request)
        if asked.get("q") != "author":
            raise errors.refuse(404, "No root resource or finder is defined for this request", "NOT_FOUND")
        author = asked.get("author", "")
        if asked.get("sortBy", "LAST_MODIFIED") not in ("CREATED", "LAST_MODIFIED"):
            words = "Invalid query parameters passed to request: sortBy"
            raise errors.refuse(400, words, "ILLEGAL_ARGUMENT")
        self._check_reading("FINDER-author")
        if author not in access.authors(account):
            raise _no_reading("FINDER-author")
        posts = [one for one in self._books.posts(account) if self._is_by(one, author)]
        return Answer(200, reading.listing("/rest/posts", asked, posts, reading.post))

    def _get(self, account: Account, request: Request, urn: str) -> Answer:
        self._check_reading("GET")
        stored = self._existing(urn)
        if not self._books.is_readable(stored) and stored.published.account != account.name:
            raise _not_found(urn)
        return Answer(200, reading.post(stored))

    def _delete(self, account: Account, request: Request, urn: str) -> Answer:
        stored = self._books.post(self.name, urn)
        if stored is not None and stored.published.account != account.name:
            raise errors.refuse(403, f"Not enough permissions to delete {urn}", "ACCESS_DENIED", 100)
        if stored is not None:
            self._books.delete(self.name, stored.published.id)
        return Answer(204)  # deleting twice is fine, say the documents

    def _comment(self, account: Account, request: Request, urn: str) -> Answer:
        parent = self._existing(urn)
        stored = posting.comment(self._books, account, parent, urn, json_object(request))
        return Answer(201, reading.comment(stored), {"x-restli-id": str(stored.number)})

    def _comments(self, account: Account, request: Request, urn: str) -> Answer:
        asked = reading.query(request)
        self._check_reading("GET_ALL-comments")
        parent = self._existing(urn)
        author = self._books.account(self.name, parent.published.account)
        comments = self._books.posts(author, parent.published.id)[::-1]
        readable = [one for one in comments if self._books.is_readable(one)]
        where = f"/rest/socialActions/{quote(urn, safe='')}/comments"
        return Answer(200, reading.listing(where, asked, readable, reading.comment))

    def _me(self, account: Account, request: Request) -> Answer:
        return Answer(
            200,
            {"id": access.member_id(account), "localizedFirstName": account.title, "localizedLastName": ""},
        )

    def _userinfo(self, account: Account, request: Request) -> Answer:
        return Answer(200, {"sub": access.member_id(account), "name": account.title})

    def _organization(self, account: Account, request: Request, number: str) -> Answer:
        found = self._books.with_id(self.name, number)
        if found is None:
            raise errors.refuse(404, f"Could not find entity {number}", "NOT_FOUND")
        if found != account:
            raise _no_reading("organizations")
        names = {"localizedName": account.title, "vanityName": account.title}
        return Answer(200, {"id": int(account.id), **names})

    def _roles(self, account: Account, request: Request) -> Answer:
        if reading.query(request).get("q") != "roleAssignee":
            raise errors.refuse(404, "No root resource or finder is defined for this request", "NOT_FOUND")
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

    def _is_by(self, stored: Stored, author: str) -> bool:
        is_post = stored.published.kind == "post" and stored.extra["author"] == author
        return is_post and self._books.is_readable(stored)

    def _existing(self, urn: str) -> Stored:
        """The post of this URN; a share, the activity of it and a ugcPost have one number here."""
        found = re.fullmatch(r"urn:li:(?:share|activity|ugcPost):([0-9]{1,19})", urn)
        stored = self._books.post(self.name, f"urn:li:share:{found[1]}") if found else None
        if stored is None:
            raise _not_found(urn)
        return stored

    def _check_reading(self, operation: str) -> None:
        if not self._books.behaviour.reads_allowed[self.name]:
            raise _no_reading(operation)


def _not_found(urn: str) -> RefusedError:
    return errors.refuse(404, f"Could not find entity {urn}", "NOT_FOUND")


def _no_reading(operation: str) -> RefusedError:
    words = f"Not enough permissions to access: {operation}"
    return errors.refuse(403, words, "ACCESS_DENIED", 100)


STAND_IN = LinkedIn
