"""Bluesky: an account's server (PDS), with what it passes on from the rest of the network."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from werkzeug.wrappers import Request

from bot.sandbox import named
from bot.sandbox.answer import Answer
from bot.sandbox.bluesky import errors, limits
from bot.sandbox.bluesky.cases import NAMED
from bot.sandbox.bluesky.lexicon import COLLECTION
from bot.sandbox.bluesky.repository import Repositories, Write
from bot.sandbox.bluesky.sessions import Sessions, find, handle
from bot.sandbox.books import Books
from bot.sandbox.credentials import Seed
from bot.sandbox.network import CREATE, DELETE, READ, TOKEN, UPLOAD, Route, json_object
from bot.sandbox.records import Account, Stored

_LARGEST = 100_000_000  # bytes of one file
_MOST_WRITES, _MOST_POSTS, _MOST_RECORDS = 200, 25, 100
_BASE_32 = "abcdefghijklmnopqrstuvwxyz234567"
_APPLY = "com.atproto.repo.applyWrites"


class Bluesky:
    """The stand-in for Bluesky."""

    name = "bluesky"
    base = "/bluesky"
    title = "Bluesky"
    url_variable = "BLUESKY_API_URL"
    threads = True
    answers_stay = True
    named = NAMED
    blocked = "suspended account"

    def __init__(self, books: Books) -> None:
        self._books = books
        self._sessions = Sessions(books)
        self._limits = limits.Limits()
        self._repositories = Repositories(books)

    @staticmethod
    def account(seed: Seed) -> Account:
        """An account with its credentials."""
        did = f"did:plc:{seed.some('id', 24, _BASE_32)}"
        password = "-".join(seed.some(f"app password {number}", 4, _BASE_32) for number in range(4))
        return Account(seed.network, seed.name, seed.handle, did, password)

    @staticmethod
    def credentials(account: Account) -> Mapping[str, str]:
        """What the bot knows of an account."""
        return {"IDENTIFIER": handle(account), "APP_PASSWORD": account.token}

    def routes(self) -> Iterable[Route]:
        """All methods, by their own names."""
        for verb, method, kind, answer in (
            ("POST", "com.atproto.server.createSession", TOKEN, self._sign_in),
            ("POST", "com.atproto.server.refreshSession", TOKEN, self._prolong),
            ("GET", "com.atproto.server.getSession", READ, self._signed(self._who)),
            ("GET", "com.atproto.identity.resolveHandle", READ, self._resolve),
            ("POST", "com.atproto.repo.putRecord", CREATE, self._writing(self._put)),
            ("POST", "com.atproto.repo.createRecord", CREATE, self._writing(self._create)),
            ("POST", _APPLY, CREATE, self._writing(self._apply)),
            ("POST", "com.atproto.repo.deleteRecord", DELETE, self._writing(self._delete)),
            ("GET", "com.atproto.repo.getRecord", READ, self._record),
            ("GET", "com.atproto.repo.listRecords", READ, self._records),
            ("POST", "com.atproto.repo.uploadBlob", UPLOAD, self._signed(self._upload)),
            ("GET", "app.bsky.feed.getPosts", READ, self._signed(self._posts)),
        ):
            yield Route(verb, f"/xrpc/{method}", method, kind, answer)

    def account_of(self, request: Request) -> Account | None:
        """Whose token came with a request, or who signs in, or whose repository is read without a token."""
        if request.path.endswith(".createSession"):
            return find(self._books, str((json_object(request) or {}).get("identifier")))
        return self._sessions.claimed(request) or find(self._books, request.args.get("repo", ""))

    def error(self, status: int) -> Answer:
        """An error in its words; a 429 says when its window ends."""
        return (
            self.named["rate limit"].answer(self._books.now()) if status == 429 else errors.by_status(status)
        )

    def _signed(self, answer: Callable[[Account, Request], Answer]) -> Callable[[Request], Answer]:
        return lambda request: answer(self._sessions.account(request), request)

    def _writing(self, answer: Callable[[Account, dict[str, Any]], Answer]) -> Callable[[Request], Answer]:
        """A method that changes the repository of the account that has signed in."""

        def write(request: Request) -> Answer:
            account = self._sessions.account(request)
            body = json_object(request)
            if body is None:
                raise errors.refuse(400, "SyntaxError", "Unexpected token in JSON at position 1")
            owner = find(self._books, str(body.get("repo")))
            if owner is None:
                raise errors.refuse(403, "AccountNotFound", "Account not found")
            if owner != account:
                raise errors.refuse(401, "AuthenticationRequired", "Authentication Required")
            named.check(self.name, self._books.state(account), self._books.now())
            headers = self._limits.take(
                account.id, _points(request.path, body), limits.WRITE, self._books.now()
            )
            return answer(account, body).with_headers(headers)

        return write

    def _sign_in(self, request: Request) -> Answer:
        body = json_object(request) or {}
        headers = self._limits.take(f"sign-in {body.get('identifier')}", 1, limits.SIGN_IN, self._books.now())
        account, tokens = self._sessions.sign_in(body)
        return Answer(200, {**_named(account), "active": True, **tokens}, headers)

    def _prolong(self, request: Request) -> Answer:
        if request.get_data():
            raise errors.invalid("A request body was provided when none was expected")
        account, tokens = self._sessions.prolong(request)
        return Answer(200, {**_named(account), "active": True, **tokens})

    def _who(self, account: Account, request: Request) -> Answer:
        if self._books.state(account) == "blocked":
            raise errors.refuse(401, "AccountTakedown", "Account has been taken down")
        return Answer(200, {**_named(account), "active": True})

    def _resolve(self, request: Request) -> Answer:
        found = find(self._books, request.args.get("handle", ""))
        if found is None:
            raise errors.invalid("Unable to resolve handle")
        return Answer(200, {"did": found.id})

    def _put(self, account: Account, body: dict[str, Any]) -> Answer:
        stored, changed = self._repositories.put(account, _write(body), body.get("swapRecord", ...))
        return Answer(200, {**_written(stored), **({"commit": _commit(stored)} if changed else {})})

    def _create(self, account: Account, body: dict[str, Any]) -> Answer:
        [stored] = self._repositories.create(account, [_write(body)])
        return Answer(200, {**_written(stored), "commit": _commit(stored)})

    def _apply(self, account: Account, body: dict[str, Any]) -> Answer:
        writes = body.get("writes")
        if not isinstance(writes, list) or not writes:
            raise errors.invalid('Missing required key "writes" at $')
        if len(writes) > _MOST_WRITES:
            raise errors.invalid(f"Too many writes. Max: {_MOST_WRITES}")
        stored = self._repositories.create(
            account, [_created(one, place) for place, one in enumerate(writes)]
        )
        results = [{**_written(one), "$type": f"{_APPLY}#createResult"} for one in stored]
        return Answer(200, {"commit": _commit(stored[-1]), "results": results})

    def _delete(self, account: Account, body: dict[str, Any]) -> Answer:
        _check_collection(body, "$")
        self._repositories.delete(account, str(body.get("rkey")))
        return Answer(200, {})

    def _record(self, request: Request) -> Answer:
        self._check_reading()
        asked = request.args
        owner = find(self._books, asked.get("repo", ""))
        if owner is None:
            raise errors.invalid("Could not locate record")
        uri = f"at://{owner.id}/{asked.get('collection')}/{asked.get('rkey')}"
        stored = self._books.post(self.name, uri)
        if stored is None or not self._books.is_readable(stored):
            raise errors.refuse(400, "RecordNotFound", f"Could not locate record: {uri}")
        return Answer(200, _shown(stored))

    def _records(self, request: Request) -> Answer:
        self._check_reading()
        asked = request.args
        owner = find(self._books, asked.get("repo", ""))
        if owner is None:
            raise errors.invalid(f"Could not find repo: {asked.get('repo')}")
        most = asked.get("limit", "50")
        if not most.isdecimal() or not 1 <= int(most) <= _MOST_RECORDS:
            raise errors.invalid(f"integer too big (maximum {_MOST_RECORDS}, got {most}) at $.limit")
        ours = asked.get("collection") == COLLECTION
        readable = [one for one in self._books.posts(owner) if ours and self._books.is_readable(one)]
        before = asked.get("cursor", "~")
        left = sorted((one for one in readable if one.extra["key"] < before), key=_key, reverse=True)
        page = left[: int(most)]
        more = {"cursor": page[-1].extra["key"]} if page else {}
        return Answer(200, {"records": [_shown(one) for one in page], **more})

    def _upload(self, account: Account, request: Request) -> Answer:
        if not request.mimetype:
            raise errors.invalid("Request encoding (Content-Type) required but not provided")
        content = request.get_data()
        if len(content) > _LARGEST:
            raise errors.refuse(413, "PayloadTooLarge", "request entity too large")
        return Answer(200, {"blob": self._repositories.keep(account, content, request.mimetype).value})

    def _posts(self, account: Account, request: Request) -> Answer:
        uris = request.args.getlist("uris")
        if not 1 <= len(uris) <= _MOST_POSTS:
            raise errors.invalid(f"array too big (maximum {_MOST_POSTS}, got {len(uris)}) at $.uris")
        found = [stored for uri in uris if (stored := self._books.post(self.name, uri))]
        return Answer(200, {"posts": [self._counted(one) for one in found if self._books.is_readable(one)]})

    def _counted(self, stored: Stored) -> dict[str, Any]:
        """A post as the rest of the network sees it; nobody is here who would like or repost it."""
        author = self._books.account(self.name, stored.published.account)
        replies = sum(one.parent_id == stored.published.id for one in self._books.feed())
        counts = {"likeCount": 0, "repostCount": 0, "quoteCount": 0, "replyCount": replies}
        value = {"uri": stored.published.id, "cid": stored.extra["cid"], "record": stored.extra["record"]}
        indexed_at = stored.published.created_at.isoformat()
        return {**value, "author": _named(author), **counts, "indexedAt": indexed_at}

    def _check_reading(self) -> None:
        """Everybody may read a repository; where the sandbox is told otherwise, somebody stands before it."""
        if not self._books.behaviour.reads_allowed[self.name]:
            raise errors.refuse(403, "Forbidden", "Forbidden")


def _named(account: Account) -> dict[str, str]:
    return {"did": account.id, "handle": handle(account)}


def _write(body: dict[str, Any]) -> Write:
    _check_collection(body, "$")
    if not isinstance(body.get("record"), dict):
        raise errors.invalid('Missing required key "record" at $')
    return Write(str(body.get("rkey")), body["record"])


def _created(write: Any, place: int) -> Write:
    path = f"$.writes[{place}]"
    kind = write.get("$type") if isinstance(write, dict) else None
    if kind != f"{_APPLY}#create":
        words = 'Expected an object which includes the "$type" property value type'
        raise errors.invalid(f"{words} (got {kind}) at {path}")
    _check_collection(write, path)
    if not isinstance(write.get("value"), dict):
        raise errors.invalid(f'Missing required key "value" at {path}')
    return Write(str(write.get("rkey")), write["value"], f"{path}.record")


def _check_collection(body: dict[str, Any], path: str) -> None:
    if body.get("collection") != COLLECTION:
        raise errors.invalid(f"the sandbox keeps {COLLECTION} only (got {body.get('collection')}) at {path}")


def _points(path: str, body: dict[str, Any]) -> int:
    if path.endswith(".deleteRecord"):
        return limits.DELETED
    writes = body.get("writes")
    if isinstance(writes, list):
        return limits.CREATED * len(writes)
    return limits.PUT if path.endswith(".putRecord") else limits.CREATED


def _written(stored: Stored) -> dict[str, Any]:
    return {"uri": stored.published.id, "cid": stored.extra["cid"], "validationStatus": "valid"}


def _commit(stored: Stored) -> dict[str, str]:
    return {"cid": stored.extra["cid"], "rev": stored.extra["key"]}


def _shown(stored: Stored) -> dict[str, Any]:
    return {"uri": stored.published.id, "cid": stored.extra["cid"], "value": stored.extra["record"]}


def _key(stored: Stored) -> str:
    key: str = stored.extra["key"]
    return key


STAND_IN = Bluesky
