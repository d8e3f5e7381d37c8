"""X (Twitter): the parts of its API version 2 that a scheduler uses, with OAuth 1.0a."""

from collections.abc import Callable, Iterable, Mapping

from werkzeug.wrappers import Request

from bot.sandbox import named
from bot.sandbox.answer import Answer, RefusedError
from bot.sandbox.books import Books
from bot.sandbox.credentials import Seed
from bot.sandbox.network import CREATE, DELETE, READ, UPLOAD, Route, json_object
from bot.sandbox.records import Account
from bot.sandbox.twitter import errors, posting, timeline
from bot.sandbox.twitter.library import Library
from bot.sandbox.twitter.limits import WINDOW, Limits
from bot.sandbox.twitter.oauth import Gate
from bot.sandbox.twitter.sign_in import SignIn

_VERSION = "2.167"  # of the published description that this follows (read 2026-08-22)
_SECRETS = (("token secret", 45), ("key", 25), ("secret", 50))
_HEADERS = {"api-version": _VERSION, "x-access-level": "read-write"}


class Twitter:
    """The stand-in for X."""

    name = "twitter"
    base = "/x"
    title = "X"
    url_variable = "TWITTER_API_URL"
    threads = True
    answers_stay = True
    named = named.NAMED["twitter"]
    blocked = "suspended account"

    def __init__(self, books: Books) -> None:
        self._books = books
        self._gate = Gate(books, self.base)
        self._limits = Limits()
        self._library = Library(books)

    @staticmethod
    def account(seed: Seed) -> Account:
        """An account with its credentials."""
        user, secrets = seed.digits(19), (seed.some(what, n) for what, n in _SECRETS)
        token = f"{user}-{seed.some('token', 40)}"
        return Account(seed.network, seed.name, seed.handle, user, token, *secrets)

    @staticmethod
    def credentials(account: Account) -> Mapping[str, str]:
        """What the bot knows of an account."""
        return {
            "API_KEY": account.key,
            "API_SECRET": account.secret,
            "ACCESS_TOKEN": account.token,
            "ACCESS_TOKEN_SECRET": account.token_secret,
        }

    def routes(self) -> Iterable[Route]:
        """All operations, by the names of X's description."""
        yield from SignIn(self._books, self._gate).routes()
        library = self._library
        for method, path, operation, kind, handle in (
            ("POST", "/2/tweets", "createPosts", CREATE, self._create),
            ("GET", "/2/tweets/<remote_id>", "getPostsById", READ, self._get),
            ("DELETE", "/2/tweets/<remote_id>", "deletePosts", DELETE, self._delete),
            ("GET", "/2/users/me", "getUsersMe", READ, self._me),
            ("GET", "/2/users/<user>/tweets", "getUsersPosts", READ, self._timeline),
            ("GET", "/2/tweets", "getPostsByIds", READ, self._several),
            ("POST", "/2/media/upload", "mediaUpload", UPLOAD, library.upload),
            ("GET", "/2/media/upload", "getMediaUploadStatus", UPLOAD, library.status),
            ("POST", "/2/media/upload/initialize", "initializeMediaUpload", UPLOAD, library.initialize),
            ("POST", "/2/media/upload/<media_id>/append", "appendMediaUpload", UPLOAD, library.append),
            ("POST", "/2/media/upload/<media_id>/finalize", "finalizeMediaUpload", UPLOAD, library.finalize),
            ("POST", "/2/media/metadata", "createMediaMetadata", UPLOAD, library.describe),
        ):
            yield Route(method, path, operation, kind, self._guarded(operation, handle))

    def account_of(self, request: Request) -> Account | None:
        """Whose token came with a request."""
        return self._gate.claimed(request)

    def error(self, status: int) -> Answer:
        """An error in X's words; a 429 says when its window ends."""
        headers = dict(_HEADERS)
        if status == 429:
            reset = str(int((self._books.now() + WINDOW).timestamp()))
            headers |= {
                "x-rate-limit-limit": "100",
                "x-rate-limit-remaining": "0",
                "x-rate-limit-reset": reset,
            }
        return errors.plain(status).with_headers(headers)

    def _guarded(self, operation: str, handle: Callable[..., Answer]) -> Callable[..., Answer]:
        def guarded(request: Request, **values: str) -> Answer:
            headers = _HEADERS
            try:
                account = self._gate.account(request)
                standing = self._limits.count(account.id, operation, self._books.now())
                level = {"x-access-level": "read"} if self._books.state(account) == "read-only" else {}
                headers = {**_HEADERS, **level, **standing.headers}
                if standing.is_over:
                    raise errors.refuse(429, code="rate limit")
                return handle(account, request, **values).with_headers(headers)
            except RefusedError as error:
                error.answer = error.answer.with_headers(headers)
                raise

        return guarded

    def _create(self, account: Account, request: Request) -> Answer:
        named.check("twitter", self._books.state(account), self._books.now())
        post = posting.create(self._books, self._library, account, json_object(request))
        location = {"location": f"https://api.twitter.com/2/tweets/{post.published.id}"}
        wanted = ("id", "text", "edit_history_tweet_ids")
        return Answer(201, {"data": timeline.show(self._books, post, wanted)}, location)

    def _get(self, account: Account, request: Request, remote_id: str) -> Answer:
        self._check_reading()
        wanted = timeline.fields(request.args)
        post = self._books.post("twitter", remote_id)
        if post is None or not self._books.is_readable(post):
            return Answer(200, {"errors": [errors.not_found("id", remote_id, "tweet")]})
        return Answer(200, {"data": timeline.show(self._books, post, wanted)})

    def _delete(self, account: Account, request: Request, remote_id: str) -> Answer:
        post = self._books.post("twitter", remote_id)
        if post is not None and post.published.account != account.name:
            raise errors.refuse(403, "You are not authorized to delete this Tweet.")
        if post is not None:
            self._books.delete("twitter", remote_id)
        return Answer(200, {"data": {"deleted": post is not None}})

    def _me(self, account: Account, request: Request) -> Answer:
        return Answer(200, {"data": _user(account)})

    def _timeline(self, account: Account, request: Request, user: str) -> Answer:
        self._check_reading()
        if not user.isdecimal() or len(user) > 19:
            words = f"The `id` query parameter value [{user}] does not match ^[0-9]{{1,19}}$"
            raise errors.invalid("id", user, words)
        owner = self._books.with_id("twitter", user)
        if owner is None:
            return Answer(200, {"errors": [errors.not_found("id", user, "user")]})
        return Answer(200, timeline.page(self._books, owner, request.args))

    def _several(self, account: Account, request: Request) -> Answer:
        self._check_reading()
        return Answer(200, timeline.several(self._books, account, request.args))

    def _check_reading(self) -> None:
        if not self._books.behaviour.reads_allowed["twitter"]:
            raise errors.refuse(403, "You are not permitted to perform this action.", "reads")


def _user(account: Account) -> dict[str, str]:
    return {"id": account.id, "name": account.title, "username": account.username}


STAND_IN = Twitter
