"""LinkedIn: the parts of its versioned API that a scheduler uses."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from urllib.parse import quote

from werkzeug.wrappers import Request

from bot.sandbox import named
from bot.sandbox.answer import Answer, RefusedError
from bot.sandbox.books import Books
from bot.sandbox.credentials import LETTERS, Seed
from bot.sandbox.linkedin import access, errors, posting, reading, statistics
from bot.sandbox.linkedin.media import KINDS, Shelf
from bot.sandbox.linkedin.sign_in import SignIn
from bot.sandbox.network import CREATE, DELETE, EDIT, READ, TOKEN, UPLOAD, Route, json_object
from bot.sandbox.records import Account, Stored

# Served on 2026-11-24, the oldest and the newest:
# https://learn.microsoft.com/en-us/linkedin/marketing/versioning (read 2026-11-24).
LIVE = ("202601", "202611")
_TOKEN_LETTERS = LETTERS + "-_"
_SHARES, _POSTS = "organizationalEntityShareStatistics", "memberCreatorPostAnalytics"


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
        self._shelf = Shelf(books)

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
            ("GET", "/rest/socialMetadata", "socialMetadata.BATCH_GET", READ, self._metadata),
            ("GET", f"/rest/{_SHARES}", f"{_SHARES}.FINDER-organizationalEntity", READ, self._of_a_page),
            ("GET", f"/rest/{_POSTS}", f"{_POSTS}.FINDER-entity", READ, self._of_a_member),
            ("GET", "/rest/me", "me.GET", READ, self._me),
            ("GET", "/rest/organizations/<number>", "organizations.GET", READ, self._organization),
            ("GET", "/rest/organizationAcls", "organizationAcls.FINDER-roleAssignee", READ, self._roles),
        ):
            yield Route(method, path, operation, kind, self._guarded(operation, handle))
        userinfo = self._guarded("userinfo", self._userinfo, versioned=False)
        yield Route("GET", "/v2/userinfo", "userinfo", READ, userinfo)
        yield from self._media_routes()

        for method, path, operation, kind, answer in (
            ("GET", "/oauth/v2/authorization", "authorization", READ, self._sign_in.consent),
            ("POST", "/oauth/v2/authorization", "authorization", READ, self._sign_in.decide),
            ("POST", "/oauth/v2/accessToken", "accessToken", TOKEN, self._sign_in.token),
            ("POST", "/oauth/v2/introspectToken", "introspectToken", TOKEN, self._sign_in.introspect),
        ):
            yield Route(method, path, operation, kind, answer)

    def _media_routes(self) -> Iterable[Route]:
        for collection in KINDS:
            act = self._guarded(f"{collection}.ACTION", partial(self._act, collection))
            get = self._guarded(f"{collection}.GET", partial(self._file, collection))
            yield Route("POST", f"/rest/{collection}", f"{collection}.ACTION", UPLOAD, act)
            yield Route("GET", f"/rest/{collection}/<urn>", f"{collection}.GET", READ, get)
        # These addresses are LinkedIn's own business: no version, and only some of them want a token.
        yield Route("PUT", "/dms-uploads/<key>", "dms-uploads.PUT", UPLOAD, self._receive)
        yield Route("PUT", "/dms-uploads/<key>/<int:part>", "dms-uploads.PUT", UPLOAD, self._receive)

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
        body = json_object(request)
        self._check_writing(request, (body or {}).get("author"), "posts.CREATE")
        stored = posting.post(self._books, self._shelf, account, body)
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
        self._check_reading(request, "FINDER-author")
        if author not in access.authors(account):
            raise _no_reading("FINDER-author")
        posts = [one for one in self._books.posts(account) if self._is_by(one, author)]
        return Answer(200, reading.listing("/rest/posts", asked, posts, reading.post))

    def _get(self, account: Account, request: Request, urn: str) -> Answer:
        self._check_reading(request, "GET")
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

    def _change(self, account: Account, request: Request, urn: str) -> Answer:
        stored = self._own(account, request, self._existing(urn), "author")
        posting.change_post(self._books, stored, json_object(request))
        return Answer(204)

    def _comment(self, account: Account, request: Request, urn: str) -> Answer:
        parent = self._existing(urn)
        body = json_object(request)
        self._check_writing(request, (body or {}).get("actor"), "comments.CREATE")
        stored = posting.comment(self._books, account, parent, urn, body)
        return Answer(201, reading.comment(stored), {"x-restli-id": str(stored.number)})

    def _comments(self, account: Account, request: Request, urn: str) -> Answer:
        asked = reading.query(request)
        self._check_reading(request, "GET_ALL-comments")
        parent = self._existing(urn)
        author = self._books.account(self.name, parent.published.account)
        comments = self._books.posts(author, parent.published.id)[::-1]
        readable = [one for one in comments if self._books.is_readable(one)]
        where = f"/rest/socialActions/{quote(urn, safe='')}/comments"
        return Answer(200, reading.listing(where, asked, readable, reading.comment))

    def _change_comment(self, account: Account, request: Request, urn: str, number: str) -> Answer:
        stored = self._own(account, request, self._existing_comment(urn, number), "actor")
        posting.change_comment(self._books, stored, json_object(request))
        changed = self._books.post(self.name, stored.published.id) or stored
        return Answer(200, reading.comment(changed), {"x-resourceidentity-urn": stored.published.id})

    def _delete_comment(self, account: Account, request: Request, urn: str, number: str) -> Answer:
        stored = self._existing_comment(urn, number)
        if stored.published.account != account.name:
            raise errors.refuse(403, "Not enough permissions to delete it", "ACCESS_DENIED", 100)
        self._books.delete(self.name, stored.published.id)
        return Answer(204)

    def _act(self, collection: str, account: Account, request: Request) -> Answer:
        asked, body = reading.query(request).get("action"), json_object(request)
        if asked == "initializeUpload":
            wanted = (body or {}).get("initializeUploadRequest")
            owner = wanted.get("owner") if isinstance(wanted, dict) else None
            self._check_writing(request, owner, f"{collection}.ACTION-initializeUpload")
            root = f"{request.host_url.rstrip('/')}{self.base}"
            return Answer(200, self._shelf.begin(collection, account, body, root))
        if asked == "finalizeUpload" and collection == "videos":
            self._shelf.finish(account, body)
            return Answer(200)
        raise errors.refuse(404, f"No action {asked} is defined for this request", "NOT_FOUND")

    def _file(self, collection: str, account: Account, request: Request, urn: str) -> Answer:
        return Answer(200, self._shelf.element(collection, account, urn))

    def _receive(self, request: Request, key: str, part: int | None = None) -> Answer:
        sender = self._books.with_token(self.name, access.token(request))
        tag = self._shelf.receive(key, part, request, sender)
        return Answer(201) if part is None else Answer(200, headers={"etag": f'"{tag}"'})

    def _metadata(self, account: Account, request: Request) -> Answer:
        self._check_reading(request, "BATCH_GET-socialMetadata")
        results, failed = {}, {}
        for urn in reading.listed(request, "ids"):
            stored = self._books.post(self.name, urn.replace(":ugcPost:", ":share:"))
            if stored is None:
                failed[urn] = {"status": 404, "message": f"Could not find entity {urn}"}
            else:
                results[urn] = statistics.metadata(self._books, stored, urn)
        statuses = dict.fromkeys(failed, 404) | dict.fromkeys(results, 200)
        return Answer(200, {"results": results, "errors": failed, "statuses": statuses})

    def _of_a_page(self, account: Account, request: Request) -> Answer:
        asked = reading.query(request)
        scopes = self._sign_in.scopes(access.token(request))
        access.check_scope(scopes, "rw_organization_admin", operation=f"{_SHARES}.FINDER")
        organization = asked.get("organizationalEntity", "")
        if asked.get("q") != "organizationalEntity" or organization != access.authors(account)[0]:
            raise _no_reading(_SHARES)
        return Answer(200, statistics.of_a_page(self._books, organization, request))

    def _of_a_member(self, account: Account, request: Request) -> Answer:
        asked = reading.query(request)
        scopes = self._sign_in.scopes(access.token(request))
        access.check_scope(scopes, "r_member_postAnalytics", operation=f"{_POSTS}.FINDER")
        if asked.get("q") != "entity" or asked.get("aggregation") != "TOTAL":
            raise errors.refuse(400, "Invalid query parameters passed to request", "ILLEGAL_ARGUMENT")
        stored = self._existing(reading.union(request, "entity")[1])
        if stored.extra["author"] != access.authors(account)[1]:
            raise _no_reading(_POSTS)
        return Answer(200, statistics.of_a_member(self._books, stored, asked.get("queryType", "")))

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

    def _existing_comment(self, urn: str, number: str) -> Stored:
        parent = self._existing(urn)
        stored = self._books.post(self.name, f"urn:li:comment:(urn:li:activity:{parent.number},{number})")
        if stored is None:
            raise _not_found(number)
        return stored

    def _own(self, account: Account, request: Request, stored: Stored, who: str) -> Stored:
        """What an account is about to change by PARTIAL_UPDATE, if it is its own. Raises RefusedError."""
        if request.headers.get("X-RestLi-Method", "").upper() != "PARTIAL_UPDATE":
            raise errors.refuse(400, "X-RestLi-Method must be PARTIAL_UPDATE", "ILLEGAL_ARGUMENT")
        if stored.published.account != account.name:
            raise errors.refuse(403, "Not enough permissions to change it", "ACCESS_DENIED", 100)
        self._check_writing(request, stored.extra[who], "PARTIAL_UPDATE")
        return stored

    def _check_writing(self, request: Request, author: object, operation: str) -> None:
        scopes = self._sign_in.scopes(access.token(request))
        access.check_scope(scopes, access.writing(author), operation=operation)

    def _check_reading(self, request: Request, operation: str) -> None:
        scopes = self._sign_in.scopes(access.token(request))
        access.check_scope(scopes, "r_organization_social", "r_member_social", operation=operation)
        if not self._books.behaviour.reads_allowed[self.name]:
            raise _no_reading(operation)


def _not_found(urn: str) -> RefusedError:
    return errors.refuse(404, f"Could not find entity {urn}", "NOT_FOUND")


def _no_reading(operation: str) -> RefusedError:
    words = f"Not enough permissions to access: {operation}"
    return errors.refuse(403, words, "ACCESS_DENIED", 100)


STAND_IN = LinkedIn
