"""Mastodon: the parts of a server's API that a scheduler uses."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from werkzeug.wrappers import Request

from bot.sandbox import named
from bot.sandbox.answer import Answer, RefusedError
from bot.sandbox.books import Books
from bot.sandbox.credentials import Seed
from bot.sandbox.mastodon import errors, media, posting, reading, text
from bot.sandbox.mastodon.answers import NAMED
from bot.sandbox.mastodon.limits import Limits
from bot.sandbox.mastodon.sign_in import SignIn
from bot.sandbox.network import CREATE, DELETE, EDIT, READ, TOKEN, UPLOAD, Route
from bot.sandbox.records import Account

VERSION = "4.5.2"
_TOKENS = {"expired": "The access token expired", "revoked": "The access token was revoked"}
_WRITES = (CREATE, DELETE, EDIT, UPLOAD)


class Mastodon:
    """The stand-in for one server, with all accounts on it."""

    name = "mastodon"
    base = "/mastodon"
    title = "Mastodon"
    url_variable = "MASTODON_API_URL"
    threads = True
    answers_stay = True
    named = NAMED
    blocked = "blocked account"

    def __init__(self, books: Books) -> None:
        self._books = books
        self._media = media.MediaBox(books)
        self._sign_in = SignIn(books)
        self._limits = Limits()

    @staticmethod
    def account(seed: Seed) -> Account:
        """An account with its credentials."""
        token = seed.some("token", 43)
        return Account(seed.network, seed.name, seed.handle, seed.digits(18), token)

    @staticmethod
    def credentials(account: Account) -> Mapping[str, str]:
        """What the bot knows of an account."""
        return {"SERVER": f"https://{text.HOST}", "ACCESS_TOKEN": account.token}

    def routes(self) -> Iterable[Route]:
        """All operations."""
        for method, path, operation, kind, handle in (
            ("POST", "/api/v1/statuses", "statuses.create", CREATE, self._create),
            ("GET", "/api/v1/statuses/<number>", "statuses.get", READ, self._get),
            ("PUT", "/api/v1/statuses/<number>", "statuses.edit", EDIT, self._edit),
            ("DELETE", "/api/v1/statuses/<number>", "statuses.delete", DELETE, self._delete),
            ("POST", "/api/v2/media", "media.create", UPLOAD, self._upload),
            ("GET", "/api/v1/media/<number>", "media.get", READ, self._file),
            ("GET", "/api/v1/accounts/verify_credentials", "accounts.verify_credentials", READ, self._me),
            ("GET", "/api/v1/apps/verify_credentials", "apps.verify_credentials", READ, self._app),
            ("GET", "/api/v1/accounts/<number>/statuses", "accounts.statuses", READ, self._list),
        ):
            yield Route(method, path, operation, kind, self._guarded(operation, kind, handle))
        for method, path, operation, kind, answer in (
            ("GET", "/api/v2/instance", "instance.v2", READ, self._instance),
            ("POST", "/api/v1/apps", "apps.create", TOKEN, self._sign_in.register),
            ("GET", "/oauth/authorize", "oauth.authorize", READ, self._sign_in.authorize),
            ("POST", "/oauth/token", "oauth.token", TOKEN, self._sign_in.token),
        ):
            yield Route(method, path, operation, kind, answer)

    def account_of(self, request: Request) -> Account | None:
        """Whose token came with a request."""
        header = request.headers.get("Authorization", "")
        given = header[7:].strip() if header[:7].lower() == "bearer " else ""
        return self._books.with_token(self.name, given)

    def error(self, status: int) -> Answer:
        """An error in the server's words."""
        return errors.by_status(status)

    def _guarded(self, operation: str, kind: str, handle: Callable[..., Answer]) -> Callable[..., Answer]:
        def guarded(request: Request, **values: str) -> Answer:
            account = self._known(request, kind)
            too_many, headers = self._limits.count(account.name, operation, self._books.now())
            try:
                if too_many:
                    raise errors.refuse(429, "Too many requests", "rate limit")
                return handle(account, request, **values).with_headers(headers)
            except RefusedError as error:
                error.answer = error.answer.with_headers(headers)
                raise

        return guarded

    def _known(self, request: Request, kind: str) -> Account:
        """Who asks, if the token and the account let them. Raises RefusedError."""
        account = self.account_of(request)
        if account is None:
            raise errors.refuse(401, "The access token is invalid")
        state = self._books.state(account)
        if state in _TOKENS:
            raise errors.refuse(401, _TOKENS[state], state)
        if state == "blocked" or kind in _WRITES:
            named.check(self.name, state, self._books.now())
        return account

    def _create(self, account: Account, request: Request) -> Answer:
        asked = posting.Asked.of(request)
        key = request.headers.get("Idempotency-Key")
        return self._shown(posting.create(self._books, self._media, account, asked, key))

    def _get(self, account: Account, request: Request, number: str) -> Answer:
        stored = self._books.post(self.name, number)
        if stored is None or not (
            self._books.is_readable(stored) or stored.published.account == account.name
        ):
            raise errors.refuse(404, errors.NOT_FOUND)
        return self._shown(stored)

    def _edit(self, account: Account, request: Request, number: str) -> Answer:
        asked = posting.Asked.of(request)
        return self._shown(posting.edit(self._books, self._media, account, number, asked))

    def _delete(self, account: Account, request: Request, number: str) -> Answer:
        with self._books.alone():
            stored = posting.own(self._books, account, number)
            body = {**reading.status(self._books, stored), "text": stored.raw}
            self._books.delete(self.name, number)
        return Answer(200, body)

    def _upload(self, account: Account, request: Request) -> Answer:
        made = self._media.add(account, request.files.get("file"), request.form.get("description"))
        now = self._books.now()
        return Answer(200 if now >= made.ready_at else 202, made.as_json(now))

    def _file(self, account: Account, request: Request, number: str) -> Answer:
        found, now = self._media.get(account, number), self._books.now()
        return Answer(200 if now >= found.ready_at else 206, found.as_json(now))

    def _me(self, account: Account, request: Request) -> Answer:
        return Answer(200, {**reading.account(account), "source": {"privacy": "public", "sensitive": False}})

    def _app(self, account: Account, request: Request) -> Answer:
        scopes: Iterable[str] = self._sign_in.scopes.get(account.token, ("read", "write"))
        if self._books.state(account) == "read-only":
            scopes = [one for one in scopes if not one.startswith("write")]
        return Answer(200, {"id": "1", "name": "campaign-bot", "website": None, "scopes": list(scopes)})

    def _list(self, account: Account, request: Request, number: str) -> Answer:
        if not self._books.behaviour.reads_allowed[self.name]:
            raise errors.refuse(403, errors.OUT_OF_SCOPE)
        found = self._books.with_id(self.name, number)
        if found is None:
            raise errors.refuse(404, errors.NOT_FOUND)
        body, headers = reading.listing(self._books, found, request)
        return Answer(200, body, headers)

    def _instance(self, request: Request) -> Answer:
        files: dict[str, Any] = {
            "description_limit": media.DESCRIPTION,
            "image_size_limit": media.IMAGE_SIZE,
            "image_matrix_limit": 33_177_600,
            "video_size_limit": media.VIDEO_SIZE,
            "supported_mime_types": list(media.TYPES),
        }
        statuses = {
            "max_characters": text.LIMIT,
            "max_media_attachments": media.MOST,
            "characters_reserved_per_url": 23,
        }
        configuration = {"statuses": statuses, "media_attachments": files}
        return Answer(
            200,
            {
                "domain": text.HOST,
                "title": "Sandbox",
                "version": VERSION,
                "configuration": configuration,
                "api_versions": {"mastodon": 7},
            },
        )

    def _shown(self, stored: Any) -> Answer:
        return Answer(200, reading.status(self._books, stored))


STAND_IN = Mastodon
