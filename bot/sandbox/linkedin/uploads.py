"""Uploads: the calls by which media get to LinkedIn, and are asked for."""

from collections.abc import Iterable
from functools import partial

from werkzeug.wrappers import Request

from bot.sandbox.answer import Answer
from bot.sandbox.books import Books
from bot.sandbox.linkedin import access, errors, reading
from bot.sandbox.linkedin.gate import NAME, Gate
from bot.sandbox.linkedin.media import KINDS, Shelf
from bot.sandbox.network import READ, UPLOAD, Route, json_object
from bot.sandbox.records import Account


class Uploads:
    """The collections images, videos and documents, and the addresses to which their bytes go."""

    def __init__(self, books: Books, shelf: Shelf, gate: Gate, base: str) -> None:
        self._books = books
        self._shelf = shelf
        self._gate = gate
        self._base = base

    def routes(self) -> Iterable[Route]:
        """All operations."""
        for collection in KINDS:
            act = self._gate.guarded(partial(self._act, collection))
            get = self._gate.guarded(partial(self._get, collection))
            yield Route("POST", f"/rest/{collection}", f"{collection}.ACTION", UPLOAD, act)
            yield Route("GET", f"/rest/{collection}/<urn>", f"{collection}.GET", READ, get)
        # These addresses are LinkedIn's own business: no version, and only some of them want a token.
        yield Route("PUT", "/dms-uploads/<key>", "dms-uploads.PUT", UPLOAD, self._receive)
        yield Route("PUT", "/dms-uploads/<key>/<int:part>", "dms-uploads.PUT", UPLOAD, self._receive)

    def _act(self, collection: str, account: Account, request: Request) -> Answer:
        asked, body = reading.query(request).get("action"), json_object(request)
        if asked == "initializeUpload":
            wanted = (body or {}).get("initializeUploadRequest")
            owner = wanted.get("owner") if isinstance(wanted, dict) else None
            self._gate.check_writing(request, owner, f"{collection}.ACTION-initializeUpload")
            root = f"{request.host_url.rstrip('/')}{self._base}"
            return Answer(200, self._shelf.begin(collection, account, body, root))
        if asked == "finalizeUpload" and collection == "videos":
            self._shelf.finish(account, body)
            return Answer(200)
        raise errors.refuse(404, f"No action {asked} is defined for this request", "NOT_FOUND")

    def _get(self, collection: str, account: Account, request: Request, urn: str) -> Answer:
        return Answer(200, self._shelf.element(collection, account, urn))

    def _receive(self, request: Request, key: str, part: int | None = None) -> Answer:
        sender = self._books.with_token(NAME, access.token(request))
        tag = self._shelf.receive(key, part, request, sender)
        return Answer(201) if part is None else Answer(200, headers={"etag": f'"{tag}"'})
