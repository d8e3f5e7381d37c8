"""Facebook Pages: the parts of the Graph API that a scheduler uses."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from werkzeug.wrappers import Request

from bot.sandbox import named
from bot.sandbox.answer import Answer, RefusedError
from bot.sandbox.books import Books
from bot.sandbox.credentials import Seed
from bot.sandbox.facebook import access, errors, posting, reading
from bot.sandbox.network import CREATE, DELETE, READ, UPLOAD, Route
from bot.sandbox.records import Account, Stored


class Facebook:
    """The stand-in for Facebook Pages."""

    name = "facebook"
    base = "/facebook"
    title = "Facebook"
    url_variable = "FACEBOOK_GRAPH_URL"
    threads = False
    answers_stay = False
    named = named.NAMED["facebook"]
    blocked = "blocked account"

    def __init__(self, books: Books) -> None:
        self._books = books

    @staticmethod
    def account(seed: Seed) -> Account:
        """An account with its credentials."""
        token = f"EAA{seed.some('token', 180)}"
        return Account(seed.network, seed.name, seed.handle, seed.digits(15), token)

    @staticmethod
    def credentials(account: Account) -> Mapping[str, str]:
        """What the bot knows of an account."""
        return {"PAGE_ID": account.id, "ACCESS_TOKEN": account.token}

    def routes(self) -> Iterable[Route]:
        """All operations, each with and without a version in its path."""
        for method, path, operation, kind, handle in (
            ("GET", "/me", "me", READ, self._me),
            ("GET", "/debug_token", "debug_token", READ, self._debug_token),
            ("POST", "/debug_token", "debug_token", READ, self._debug_token),
            ("POST", "/<page>/feed", "create_post", CREATE, self._post),
            ("POST", "/<page>/photos", "upload_photo", UPLOAD, self._photo),
            ("POST", "/<post>/comments", "create_comment", CREATE, self._comment),
            ("GET", "/<page>/<any(feed, posts, published_posts):edge>", "list_posts", READ, self._feed),
            ("GET", "/<post>/comments", "list_comments", READ, self._comments),
            ("GET", "/<remote_id>", "get", READ, self._get),
            ("DELETE", "/<remote_id>", "delete", DELETE, self._delete),
        ):
            guarded = self._guarded(handle)
            yield Route(method, "/<version:version>" + path, operation, kind, guarded)
            yield Route(method, path, operation, kind, guarded)

    def account_of(self, request: Request) -> Account | None:
        """Whose token came with a request."""
        return self._books.with_token(self.name, access.token(request))

    def error(self, status: int) -> Answer:
        """An error in the Graph API's words."""
        return errors.by_status(status).with_headers(_headers(access.served_version("")))

    def _guarded(self, handle: Callable[..., Answer]) -> Callable[..., Answer]:
        def guarded(request: Request, version: str = "", **values: str) -> Answer:
            served = access.served_version("")
            try:
                served = access.served_version(version)
                page = access.account(self._books, request)
                return handle(page, request, **values).with_headers(_headers(served, page))
            except RefusedError as error:
                error.answer = error.answer.with_headers(_headers(served))
                raise

        return guarded

    def _me(self, me: Account, request: Request) -> Answer:
        return Answer(200, {"name": me.title, "id": me.id})

    def _debug_token(self, me: Account, request: Request) -> Answer:
        values = access.parameters(request)
        if request.method == "POST" and str(values.get("method", "")).lower() != "get":
            raise errors.parameter("Unsupported post request")
        asked = self._books.with_token(self.name, str(values.get("input_token", "")))
        if asked is None:
            problem = {"code": 190, "message": "Invalid OAuth access token."}
            return Answer(200, {"data": {"error": problem, "is_valid": False, "scopes": []}})
        data: dict[str, Any] = {
            "app_id": "1",
            "type": "PAGE",
            "application": "Sandbox",
            "data_access_expires_at": 0,
            "expires_at": 0,  # page tokens do not end by time
            "is_valid": True,
            "profile_id": asked.id,
            "scopes": access.scopes(self._books, asked),
            "user_id": asked.id,
        }
        if reason := access.invalidity(self._books, asked):
            problem = {"code": 190, "message": reason[0], "subcode": reason[1]}
            data |= {"error": problem, "is_valid": False, "scopes": []}
        return Answer(200, {"data": data})

    def _post(self, me: Account, request: Request, page: str) -> Answer:
        self._own_page(me, page)
        named.check(self.name, self._books.state(me), self._books.now())
        stored = posting.post(self._books, me, access.parameters(request))
        return Answer(200, {"id": stored.published.id})

    def _photo(self, me: Account, request: Request, page: str) -> Answer:
        self._own_page(me, page)
        values = access.parameters(request)
        if "source" not in request.files and not values.get("url"):
            raise errors.refuse(400, 324, "(#324) Requires upload file")
        if str(values.get("published", "true")).lower() not in ("false", "0"):
            raise errors.parameter("The sandbox takes photos with published=false only")
        photo = str(self._books.next_number("facebook media", 10**15))
        self._books.add_media(me, photo)
        return Answer(200, {"id": photo})

    def _comment(self, me: Account, request: Request, post: str) -> Answer:
        parent = self._existing(post)
        if parent.published.account != me.name:
            raise _forbidden("pages_manage_engagement")
        stored = posting.comment(self._books, me, parent, access.parameters(request))
        return Answer(200, {"id": stored.published.id})

    def _feed(self, me: Account, request: Request, page: str, edge: str) -> Answer:
        self._check_reading()
        owner = reading.page_of(self._books, page, me)
        if owner is None:
            raise errors.no_such_object(page)
        posts = [one for one in self._books.posts(owner) if one.published.kind == "post"]
        return self._list(request, posts)

    def _comments(self, me: Account, request: Request, post: str) -> Answer:
        self._check_reading()
        parent = self._existing(post)
        comments = self._books.posts(self._books.account(self.name, parent.published.account), post)
        if not request.args.get("order", "").startswith("reverse"):
            comments.reverse()
        return self._list(request, comments)

    def _list(self, request: Request, posts: list[Stored]) -> Answer:
        readable = [one for one in posts if self._books.is_readable(one)]
        query, token = request.args.to_dict(), access.token(request)
        return Answer(200, reading.listing(self._books, readable, query, request.base_url, token))

    def _get(self, me: Account, request: Request, remote_id: str) -> Answer:
        page = reading.page_of(self._books, remote_id, me)
        if page is not None:
            return Answer(200, {"name": page.title, "id": page.id})
        self._check_reading()
        post = self._existing(remote_id)
        if not self._books.is_readable(post) and post.published.account != me.name:
            raise errors.no_such_object(remote_id)
        return Answer(200, reading.show(self._books, post, reading.fields(request.args.get("fields"))))

    def _delete(self, me: Account, request: Request, remote_id: str) -> Answer:
        post = self._existing(remote_id)
        if post.published.account != me.name:
            raise _forbidden("pages_manage_posts")
        self._books.delete(self.name, remote_id)
        return Answer(200, {"success": True})

    def _existing(self, remote_id: str) -> Stored:
        post = self._books.post(self.name, remote_id)
        if post is None:
            raise errors.no_such_object(remote_id)
        return post

    def _own_page(self, me: Account, page: str) -> None:
        found = reading.page_of(self._books, page, me)
        if found is None:
            raise errors.no_such_object(page)
        if found != me:
            raise _forbidden("pages_manage_posts")

    def _check_reading(self) -> None:
        if not self._books.behaviour.reads_allowed[self.name]:
            words = "(#10) This endpoint requires the 'pages_read_engagement' permission"
            raise errors.refuse(403, 10, words)


def _forbidden(permission: str) -> RefusedError:
    words = f"(#200) The permission {permission} is needed, from an administrator of the page"
    return errors.refuse(403, 200, words)


def _headers(version: str, page: Account | None = None) -> dict[str, str]:
    # The sandbox never throttles a page: a fault can.
    usage = {"call_count": 1, "total_time": 1, "total_cputime": 1}
    headers = {"facebook-api-version": version, "x-app-usage": json.dumps(usage)}
    if page is not None:
        case = {page.id: [{"type": "pages", **usage, "estimated_time_to_regain_access": 0}]}
        headers["x-business-use-case-usage"] = json.dumps(case)
    return headers


STAND_IN = Facebook
