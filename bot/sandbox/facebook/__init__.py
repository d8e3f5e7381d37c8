"""Facebook Pages: the parts of the Graph API that a scheduler uses."""

import json
import string
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from werkzeug.wrappers import Request

from bot.sandbox import named
from bot.sandbox.answer import Answer, RefusedError
from bot.sandbox.books import Books
from bot.sandbox.credentials import Seed
from bot.sandbox.facebook import access, errors, posting, reading
from bot.sandbox.facebook.media import MediaStore
from bot.sandbox.facebook.sign_in import SignIn
from bot.sandbox.facebook.tokens import Tokens
from bot.sandbox.network import CREATE, DELETE, EDIT, READ, TOKEN, UPLOAD, Route
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
        self._media = MediaStore(books)
        self._sign_in = SignIn(books)
        self._tokens = Tokens(books, self._sign_in)

    @staticmethod
    def account(seed: Seed) -> Account:
        """An account with its credentials."""
        token, app = f"EAA{seed.some('token', 180)}", "1" + seed.some("app", 14, string.digits)
        secret = seed.some("secret", 32, string.hexdigits[:16])
        return Account(seed.network, seed.name, seed.handle, seed.digits(15), token, key=app, secret=secret)

    @staticmethod
    def credentials(account: Account) -> Mapping[str, str]:
        """What the bot knows of an account."""
        app = {"APP_ID": account.key, "APP_SECRET": account.secret}
        return {"PAGE_ID": account.id, "ACCESS_TOKEN": account.token, **app}

    def routes(self) -> Iterable[Route]:
        """All operations, each with and without a version in its path."""
        for method, path, operation, kind, open_handle in (
            ("GET", "/me", "me", READ, self._tokens.me),
            ("GET", "/me/accounts", "accounts", READ, self._tokens.accounts),
            ("POST", "/me/accounts", "accounts", READ, self._tokens.accounts),
            ("GET", "/debug_token", "debug_token", READ, self._tokens.debug),
            ("POST", "/debug_token", "debug_token", READ, self._tokens.debug),
            ("GET", "/oauth/access_token", "access_token", TOKEN, self._sign_in.token),
            ("POST", "/oauth/access_token", "access_token", TOKEN, self._sign_in.token),
            ("GET", "/dialog/oauth", "dialog", READ, self._sign_in.dialog),
        ):
            served = self._served(open_handle)
            yield Route(method, "/<version:version>" + path, operation, kind, served)
            yield Route(method, path, operation, kind, served)
        for method, path, operation, kind, handle in (
            ("POST", "/<remote_id>", "edit", EDIT, self._edit),
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
        yield Route("GET", "/<version:version>/", "get_several", READ, self._guarded(self._get_several))
        videos = self._guarded(self._video)
        for path in ("/<version:version>/<page>/videos", "/<page>/videos"):
            yield Route("POST", path, "upload_video", UPLOAD, videos, by_form=_video_step)

    def account_of(self, request: Request) -> Account | None:
        """Whose token came with a request."""
        return self._books.with_token(self.name, access.token(request))

    def error(self, status: int) -> Answer:
        """An error in the Graph API's words."""
        return errors.by_status(status).with_headers(_headers(access.served_version("")))

    def _served(self, handle: Callable[[Request], Answer]) -> Callable[..., Answer]:
        """What looks at its token itself."""

        def served(request: Request, version: str = "") -> Answer:
            named = access.served_version("")
            try:
                named = access.served_version(version)
                return handle(request).with_headers(_headers(named))
            except RefusedError as error:
                error.answer = error.answer.with_headers(_headers(named))
                raise

        return served

    def _guarded(self, handle: Callable[..., Answer]) -> Callable[..., Answer]:
        def guarded(request: Request, version: str = "", **values: str) -> Answer:
            served = access.served_version("")
            try:
                served = access.served_version(version)
                page = self._tokens.page(request)
                return handle(page, request, **values).with_headers(_headers(served, page))
            except RefusedError as error:
                error.answer = error.answer.with_headers(_headers(served))
                raise

        return guarded

    def _post(self, me: Account, request: Request, page: str) -> Answer:
        self._own_page(me, page)
        self._check_may_publish(me)
        stored = posting.post(self._books, self._media, me, access.parameters(request))
        return Answer(200, {"id": stored.published.id})

    def _photo(self, me: Account, request: Request, page: str) -> Answer:
        self._own_page(me, page)
        values = access.parameters(request)
        if "source" not in request.files and not values.get("url"):
            raise errors.refuse(400, 324, "(#324) Requires upload file")
        if str(values.get("published", "true")).lower() not in ("false", "0"):
            raise errors.parameter("The sandbox takes photos with published=false only")
        self._check_may_publish(me)
        alt = str(values.get("alt_text_custom", ""))
        return Answer(200, {"id": self._media.add_photo(me, request.files.get("source"), alt).id})

    def _video(self, me: Account, request: Request, page: str) -> Answer:
        self._own_page(me, page)
        self._check_may_publish(me)
        form = access.parameters(request)
        phase = form.get("upload_phase")
        if phase == "start":
            return Answer(200, self._media.start(me, form))
        if phase == "transfer":
            return Answer(200, self._media.transfer(me, form, request.files.get("video_file_chunk")))
        if phase != "finish":
            raise errors.parameter("Param upload_phase must be one of {start, transfer, finish}")
        posting.video(self._books, self._media, me, form)
        return Answer(200, {"success": True})

    def _edit(self, me: Account, request: Request, remote_id: str) -> Answer:
        post = self._existing(remote_id)
        if post.published.account != me.name:
            raise _forbidden("pages_manage_posts")
        self._check_may_publish(me)
        posting.edit(self._books, post, access.parameters(request))
        return Answer(200, {"success": True})

    def _get_several(self, me: Account, request: Request) -> Answer:
        ids = [one for one in request.args.get("ids", "").split(",") if one]
        if not ids:
            raise errors.refuse(400, 100, "Unsupported get request.", 33)
        if len(ids) > 50:
            raise errors.parameter("Too many IDs. Maximum: 50")
        self._check_reading()
        if missing := [one for one in ids if not self._may_see(me, one)]:
            words = f"(#803) Some of the aliases you requested do not exist: {', '.join(missing)}"
            raise errors.refuse(404, 803, words)
        return Answer(200, {one: self._shown(me, one, request.args.get("fields")) for one in ids})

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
        parent = self._existing(post).published
        comments = self._books.posts(self._books.account(self.name, parent.account), parent.id)
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
        upload = self._media.with_video(me, remote_id)
        if upload and not upload.finished:
            status = reading.upload_status(upload.received == upload.size)
            return Answer(200, {"id": remote_id, "status": status})
        if not self._may_see(me, remote_id):
            raise errors.no_such_object(remote_id)
        return Answer(200, self._shown(me, remote_id, request.args.get("fields")))

    def _may_see(self, me: Account, remote_id: str) -> bool:
        post = reading.find(self._books, remote_id)
        return post is not None and (self._books.is_readable(post) or post.published.account == me.name)

    def _shown(self, me: Account, remote_id: str, asked: str | None) -> dict[str, Any]:
        post = self._existing(remote_id)
        as_video = "post" in post.extra and remote_id == post.published.id
        return reading.show(self._books, post, reading.fields(asked), asked, as_video)

    def _delete(self, me: Account, request: Request, remote_id: str) -> Answer:
        post = self._existing(remote_id)
        if post.published.account != me.name:
            raise _forbidden("pages_manage_posts")
        self._books.delete(self.name, post.published.id)
        return Answer(200, {"success": True})

    def _existing(self, remote_id: str) -> Stored:
        post = reading.find(self._books, remote_id)
        if post is None:
            raise errors.no_such_object(remote_id)
        return post

    def _own_page(self, me: Account, page: str) -> None:
        found = reading.page_of(self._books, page, me)
        if found is None:
            raise errors.no_such_object(page)
        if found != me:
            raise _forbidden("pages_manage_posts")

    def _check_may_publish(self, me: Account) -> None:
        named.check(self.name, self._books.state(me), self._books.now())

    def _check_reading(self) -> None:
        if not self._books.behaviour.reads_allowed[self.name]:
            words = "(#10) This endpoint requires the 'pages_read_engagement' permission"
            raise errors.refuse(403, 10, words)


def _video_step(request: Request) -> tuple[str, str]:
    """The finish is what makes a video seen."""
    phase = request.form.get("upload_phase", "")
    steps = {"start": "start_video", "transfer": "transfer_video", "finish": "publish_video"}
    return steps.get(phase, "upload_video"), CREATE if phase == "finish" else UPLOAD


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
