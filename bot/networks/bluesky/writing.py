"""Writing: the request that publishes a part, or a whole thread in one commit; pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.model.message import Part, Role, fingerprint
from bot.model.outcome import RemotePost
from bot.model.sending import Sending
from bot.networks.bluesky.naming import COLLECTION, uri_of
from bot.networks.bluesky.record_key import record_key
from bot.networks.bluesky.records import Record, Ref, cid_of, record_of

PUT = "com.atproto.repo.putRecord"
APPLY = "com.atproto.repo.applyWrites"

Refs = tuple[Ref, Ref]  # the top of the thread, and the part before


def check(sending: Sending) -> None:
    """Whether there is such a part on Bluesky. Raises ValueError."""
    part = sending.part
    if part.role is Role.POST or (part.role is Role.REPLY and sending.previous is not None):
        return
    raise ValueError(f"part {part.number} is a {part.role} without a part before it, or not for Bluesky")


def is_thread(sending: Sending) -> bool:
    """Whether all parts can go out in one commit: the files of later ones are not on the server yet."""
    later = sending.following
    return (
        sending.previous is None
        and bool(later)
        and all(part.role is Role.REPLY and not part.files for part in later)
    )


def key_of(sending: Sending, part: Part) -> str:
    """The key of a part's record; what was never queued has none, and its text stands for one."""
    return record_key(sending.key or fingerprint(sending.part.text), part.number)


def request(sending: Sending, did: str, refs: Refs | None, due_at: datetime) -> tuple[str, Mapping[str, Any]]:
    """The method that publishes, and what it is given.

    Args:
        sending: mentions name people by their ids.
        did: the account's own id; while it is not known, something in <angle brackets>.
        refs: for a reply.
        due_at: UTC.
    """
    part, key = sending.part, key_of(sending, sending.part)
    root, parent = refs or (None, None)
    record = record_of(part, sending.handles, due_at, root, parent)
    if not is_thread(sending):
        return PUT, {"repo": did, "collection": COLLECTION, "rkey": key, "record": record}
    certain = "<" not in did + key and len(sending.uploads) == len(part.files)
    writes = [_create(key, record)]
    top = above = _refer(did, key, record, certain)
    for later in sending.following:
        key = key_of(sending, later)
        record = record_of(later, (), due_at, top, above)
        writes.append(_create(key, record))
        above = _refer(did, key, record, certain)
    return APPLY, {"repo": did, "writes": writes}


def marked(sending: Sending) -> tuple[Sending, Refs | None]:
    """A sending and its references with marks in <angle brackets> for what only the server knows."""
    following = tuple(_marked(part) for part in sending.following)
    known = replace(sending, part=_marked(sending.part), following=following)
    if sending.previous is None:
        return known, None
    return known, (_mark(sending.first or sending.previous), _mark(sending.previous))


def _create(key: str, record: Record) -> Mapping[str, Any]:
    return {"$type": f"{APPLY}#create", "collection": COLLECTION, "rkey": key, "value": record}


def _refer(did: str, key: str, record: Record, certain: bool) -> Ref:
    """A record of ours as the next one names it; `certain`: nothing in it only stands for something."""
    return Ref(uri_of(did, key), cid_of(record) if certain else f"<cid of {key}>")


def _marked(part: Part) -> Part:
    mentions = tuple(
        (words, who if who.startswith("did:") else f"<did of {who}>") for words, who in part.mentions
    )
    return replace(part, mentions=mentions)


def _mark(post: RemotePost) -> Ref:
    return Ref(post.remote_id, f"<cid of {post.remote_id.strip('<>')}>")
