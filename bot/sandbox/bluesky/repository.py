"""A repository: the posts of one account by their keys, written one by one or several in one commit."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import EllipsisType
from typing import Any

import libipld

from bot.sandbox.bluesky import errors, lexicon
from bot.sandbox.bluesky.lexicon import COLLECTION
from bot.sandbox.books import Books
from bot.sandbox.records import Account, Published, Stored

_CID_OF_DAG_CBOR = bytes((0x01, 0x71, 0x12, 0x20))  # version 1, dag-cbor, SHA-256 of 32 bytes
_CID_OF_BYTES = bytes((0x01, 0x55, 0x12, 0x20))


@dataclass(frozen=True, slots=True)
class Write:
    """One record to be written, as a request has it."""

    key: str
    record: dict[str, Any]
    path: str = "$.record"


@dataclass(frozen=True, slots=True)
class Blob:
    """A file as the server keeps it."""

    cid: str
    content_type: str
    size: int  # bytes
    digest: str  # SHA-256

    @property
    def value(self) -> dict[str, Any]:
        """As a record names it."""
        ref = {"$link": self.cid}
        return {"$type": "blob", "ref": ref, "mimeType": self.content_type, "size": self.size}


class Repositories:
    """The repositories of all accounts. Blobs are not kept in the journal."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._blobs: dict[tuple[str, str], Blob] = {}  # by account and CID

    def keep(self, account: Account, content: bytes, content_type: str) -> Blob:
        """Keep a file that no record names yet."""
        digest = hashlib.sha256(content)
        cid = str(libipld.encode_cid(_CID_OF_BYTES + digest.digest()))
        blob = Blob(cid, content_type, len(content), digest.hexdigest())
        self._blobs[account.name, blob.cid] = blob
        return blob

    def put(
        self, account: Account, write: Write, swap: str | EllipsisType | None = ...
    ) -> tuple[Stored, bool]:
        """Write one record, whether or not it is there; whether that changed it.

        With `swap` only if that is its CID now, or None and it is not there. Raises RefusedError.
        """
        with self._books.alone():
            there = self._books.post("bluesky", uri_of(account, write.key))
            now = there.extra["cid"] if there else None
            if swap is not ... and swap != now:
                raise errors.refuse(400, "InvalidSwap", f"Record was at {now}")
            if there is not None and now == _cid({"$type": COLLECTION, **write.record}):
                return there, False
            [stored] = self._prepared(account, [write])
            self._books.add(stored)
            return stored, True

    def create(self, account: Account, writes: Sequence[Write]) -> list[Stored]:
        """Write records that are not there yet: all of them or none. Raises RefusedError."""
        with self._books.alone():
            prepared = self._prepared(account, writes)
            uris = [one.published.id for one in prepared]
            if len(set(uris)) < len(uris) or any(self._books.post("bluesky", uri) for uri in uris):
                raise errors.broken()
            self._books.add(*prepared)
        return prepared

    def delete(self, account: Account, key: str) -> bool:
        """Delete a record; whether there was one."""
        with self._books.alone():
            uri = uri_of(account, key)
            if self._books.post("bluesky", uri) is None:
                return False
            self._books.delete("bluesky", uri)
        return True

    def _prepared(self, account: Account, writes: Sequence[Write]) -> list[Stored]:
        """What is to be written, if all of it is right. Raises RefusedError."""
        prepared: list[Stored] = []
        for write in writes:
            record = {"$type": COLLECTION, **write.record}
            _check(write.key, record, write.path)
            self._check_blobs(account, record)
            self._check_reply(record, prepared)
            prepared.append(self._stored(account, write.key, record))
        return prepared

    def _check_blobs(self, account: Account, record: dict[str, Any]) -> None:
        for named in lexicon.blobs(record):
            ref = named.get("ref")
            cid = str(ref.get("$link")) if isinstance(ref, dict) else ""
            kept = self._blobs.get((account.name, cid))
            if kept is None:
                raise errors.refuse(400, "BlobNotFound", f"Could not find blob: {cid}")
            if named.get("mimeType") != kept.content_type:
                words = f"Expected: {kept.content_type}, Got: {named.get('mimeType')}"
                raise errors.refuse(
                    400, "InvalidMimeType", f"Referenced Mimetype does not match stored blob. {words}"
                )
            if named.get("size") != kept.size:
                words = f"Expected: {kept.size}, Got: {named.get('size')}"
                raise errors.refuse(
                    400, "InvalidSize", f"Referenced Size does not match stored blob. {words}"
                )

    def _check_reply(self, record: dict[str, Any], before: Iterable[Stored]) -> None:
        """The real server takes any reference, and readers see an answer to nothing where it is wrong."""
        new = {one.published.id: one.extra["cid"] for one in before}
        for ref in record.get("reply", {}).values():
            if not isinstance(ref, dict) or "uri" not in ref:
                continue
            there = self._books.post("bluesky", ref["uri"])
            cid = new.get(ref["uri"]) or (there.extra["cid"] if there else None)
            if cid != ref["cid"]:
                raise errors.invalid(f"the reply is to {ref['uri']} as {ref['cid']}, and that is {cid}")

    def _stored(self, account: Account, key: str, record: dict[str, Any]) -> Stored:
        now, uri = self._books.now(), uri_of(account, key)
        embed = record.get("embed", {})
        images = embed.get("images", []) if isinstance(embed, dict) else []
        shown = [*images, {"image": embed["video"], **embed}] if "video" in embed else images
        external = embed.get("external", {})
        media = tuple(one["image"]["ref"]["$link"] for one in shown)
        published = Published(
            network="bluesky",
            account=account.name,
            id=uri,
            parent_id=record["reply"]["parent"]["uri"] if "reply" in record else None,
            kind="reply" if "reply" in record else "post",
            text=record["text"],
            link=external.get("uri"),
            media=media,
            url=f"https://bsky.app/profile/{account.id}/post/{key}",
            created_at=now,
            alts=tuple(one.get("alt", "") for one in shown),
            digests=tuple(self._blobs[account.name, one].digest for one in media),
        )
        number = self._books.next_number("bluesky", int(now.timestamp() * 1_000_000))
        extra = {"key": key, "cid": _cid(record), "record": record, "article": external}
        return Stored(published, number, record["text"], now, extra)


def uri_of(account: Account, key: str) -> str:
    """The address of a record."""
    return f"at://{account.id}/{COLLECTION}/{key}"


def _check(key: str, record: dict[str, Any], path: str) -> None:
    if not lexicon.KEY.fullmatch(key):
        words = f'Invalid TID string (got "{key}") at $'
        raise errors.invalid(f"Invalid record key for {COLLECTION}: {words}")
    if record["$type"] != COLLECTION:
        raise errors.invalid(f"Invalid $type: expected {COLLECTION}, got {record['$type']}")
    for words in lexicon.problems(record, path):
        raise errors.invalid(f"Invalid {COLLECTION} record: {words}")


def _cid(record: dict[str, Any]) -> str:
    try:
        data = libipld.encode_dag_cbor(_with_links(record))
    except Exception:  # noqa: BLE001 - a number with a point, for example, is none of this data model
        raise errors.invalid("Invalid record: it can not be encoded") from None
    return str(libipld.encode_cid(_CID_OF_DAG_CBOR + hashlib.sha256(data).digest()))


def _with_links(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {"$link"}:
            return libipld.decode_multibase(value["$link"])[1]
        return {name: _with_links(one) for name, one in value.items()}
    if isinstance(value, float):
        raise TypeError("no floats")
    return [_with_links(one) for one in value] if isinstance(value, list) else value
