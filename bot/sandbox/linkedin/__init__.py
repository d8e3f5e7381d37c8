"""LinkedIn: the parts of its versioned API that a scheduler uses."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from werkzeug.wrappers import Request

from bot.sandbox import named
from bot.sandbox.answer import Answer
from bot.sandbox.books import Books
from bot.sandbox.credentials import LETTERS, Seed
from bot.sandbox.linkedin import access, errors, posting, reading
from bot.sandbox.linkedin.directory import Directory
from bot.sandbox.linkedin.gate import Gate, no_finder, no_right, not_found
from bot.sandbox.linkedin.media import Shelf
from bot.sandbox.linkedin.sign_in import SignIn
from bot.sandbox.linkedin.statistics import Statistics
from bot.sandbox.linkedin.uploads import Uploads
from bot.sandbox.network import CREATE, DELETE, EDIT, READ, TOKEN, Route, json_object
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
        self._sign_in = SignIn(books)
        self._shelf = Shelf(books)
        self._gate = Gate(books, self._sign_in, books.behaviour.linkedin_versions or LIVE)

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
        comments = "/rest/socialActions/<urn>/comments"
        comment = f"{comments}/<number>"
        for method, path, operation, kind, handle in (
            ("POST", "/rest/posts", "posts.CREATE", CREATE, self._post),
            ("GET", "/rest/posts", "posts.FINDER-author", READ, self._find),
            ("GET", "/rest/posts/<urn>", "posts.GET", READ, self._get),
            ("POST", "/rest/posts/<urn>", "posts.PARTIAL_UPDATE", EDIT, self._change),
            ("DELETE", "/rest/posts/<urn>", "posts.DELETE", DELETE, self._delete),
            ("POST", comments, "comments.CREATE", CREATE, self._comment),
            ("GET", comments, "comments.GET_ALL", READ, self._comments),
            ("POST", comment, "comments.PARTIAL_UPDATE", EDIT, self._change_comment),
            ("DELETE", comment, "comments.DELETE", DELETE, self._delete_comment),
        ):
            yield Route(method, path, operation, kind, self._gate.guarded(handle))
        yield from Uploads(self._books, self._shelf, self._gate, self.base).routes()
        yield from Statistics(self._books, self._gate).routes()
        yield from Directory(self._books, self._gate).routes()

        for method, path, operation, kind, answer in (
            ("GET", "/oauth/v2/authorization", "authorization", READ, self._sign_in.consent),
            ("POST", "/oauth/v2/authorization", "authorization", READ, self._sign_in.decide),
            ("POST", "/oauth/v2/accessToken", "accessToken", TOKEN, self._sign_in.token),
            ("POST", "/oauth/v2/introspectToken", "introspectToken", TOKEN, self._sign_in.introspect),
        ):
            yield Route(method, path, operation, kind, answer)

    def account_of(self, request: Request) -> Account | None:
        """Whose token came with a request."""
        if request.path.startswith(f"{self.base}/oauth/"):
            return self._sign_in.account_of(request)
        if request.path.startswith(f"{self.base}/dms-uploads/"):
            return self._shelf.account_of(request.path)
        return self._books.with_token(self.name, access.token(request))

    def error(self, status: int) -> Answer:
        """An error in LinkedIn's words."""
        return errors.by_status(status)

    def _post(self, account: Account, request: Request) -> Answer:
        named.check(self.name, self._books.state(account), self._books.now())
        body = json_object(request)
        self._gate.check_writing(request, (body or {}).get("author"), "posts.CREATE")
        stored = posting.post(self._books, self._shelf, account, body)
        urn = stored.published.id
        where = f"/posts/{quote(urn, safe='')}"
        return Answer(201, headers={"x-restli-id": urn, "x-linkedin-id": urn, "location": where})

    def _find(self, account: Account, request: Request) -> Answer:
        asked = reading.query(request)
        if asked.get("q") != "author":
            raise no_finder()
        author = asked.get("author", "")
        if asked.get("sortBy", "LAST_MODIFIED") not in ("CREATED", "LAST_MODIFIED"):
            words = "Invalid query parameters passed to request: sortBy"
            raise errors.refuse(400, words, "ILLEGAL_ARGUMENT")
        self._gate.check_reading(request, "FINDER-author")
        if author not in access.authors(account):
            raise no_right("FINDER-author")
        posts = [one for one in self._books.posts(account) if self._is_by(one, author)]
        return Answer(200, reading.listing("/rest/posts", asked, posts, reading.post))

    def _get(self, account: Account, request: Request, urn: str) -> Answer:
        self._gate.check_reading(request, "GET")
        stored = self._gate.post(urn)
        if not self._books.is_readable(stored) and stored.published.account != account.name:
            raise not_found(urn)
        return Answer(200, reading.post(stored))

    def _delete(self, account: Account, request: Request, urn: str) -> Answer:
        stored = self._books.post(self.name, urn)
        if stored is not None and stored.published.account != account.name:
            raise errors.refuse(403, f"Not enough permissions to delete {urn}", "ACCESS_DENIED", 100)
        if stored is not None:
            self._books.delete(self.name, stored.published.id)
        return Answer(204)  # deleting twice is fine, say the documents

    def _change(self, account: Account, request: Request, urn: str) -> Answer:
        stored = self._gate.own(account, request, self._gate.post(urn), "author")
        posting.change_post(self._books, stored, json_object(request))
        return Answer(204)

    def _comment(self, account: Account, request: Request, urn: str) -> Answer:
        parent = self._gate.post(urn)
        body = json_object(request)
        self._gate.check_writing(request, (body or {}).get("actor"), "comments.CREATE")
        stored = posting.comment(self._books, account, parent, urn, body)
        return Answer(201, reading.comment(stored), {"x-restli-id": str(stored.number)})

    def _comments(self, account: Account, request: Request, urn: str) -> Answer:
        asked = reading.query(request)
        self._gate.check_reading(request, "GET_ALL-comments")
        parent = self._gate.post(urn)
        author = self._books.account(self.name, parent.published.account)
        comments = self._books.posts(author, parent.published.id)[::-1]
        readable = [one for one in comments if self._books.is_readable(one)]
        where = f"/rest/socialActions/{quote(urn, safe='')}/comments"
        return Answer(200, reading.listing(where, asked, readable, reading.comment))

    def _change_comment(self, account: Account, request: Request, urn: str, number: str) -> Answer:
        stored = self._gate.own(account, request, self._gate.comment(urn, number), "actor")
        posting.change_comment(self._books, stored, json_object(request))
        changed = self._books.post(self.name, stored.published.id) or stored
        return Answer(200, reading.comment(changed), {"x-resourceidentity-urn": stored.published.id})

    def _delete_comment(self, account: Account, request: Request, urn: str, number: str) -> Answer:
        stored = self._gate.comment(urn, number)
        if stored.published.account != account.name:
            raise errors.refuse(403, "Not enough permissions to delete it", "ACCESS_DENIED", 100)
        self._books.delete(self.name, stored.published.id)
        return Answer(204)

    def _is_by(self, stored: Stored, author: str) -> bool:
        is_post = stored.published.kind == "post" and stored.extra["author"] == author
        return is_post and self._books.is_readable(stored)


STAND_IN = LinkedIn
