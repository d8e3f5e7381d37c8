"""Naming: how a record, the post that readers see and its id stand to each other."""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import takewhile

from bot.model.outcome import RemotePost
from bot.networks.answer import Answer, member, objects

COLLECTION = "app.bsky.feed.post"
_ADDRESS = re.compile(rf"at://([^/]+)/{re.escape(COLLECTION)}/([A-Za-z0-9._~:-]{{1,512}})")


def uri_of(repository: str, key: str) -> str:
    """The address of a record."""
    return f"at://{repository}/{COLLECTION}/{key}"


def key_in(remote_id: str) -> str | None:
    """The key of a record by its address; None: it is no address of a post."""
    found = _ADDRESS.fullmatch(remote_id)
    return found[2] if found else None


def is_of_another(remote_id: str, did: str) -> bool:
    """Whether a record stands in another account's repository than that of this id."""
    found = _ADDRESS.fullmatch(remote_id)
    return found is not None and found[1].startswith("did:") and found[1] != did


def post_of(uri: str) -> RemotePost | None:
    """The post of a record; readers find it under the account's id, which stays when its handle changes."""
    found = _ADDRESS.fullmatch(uri)
    return RemotePost(uri, f"https://bsky.app/profile/{found[1]}/post/{found[2]}") if found else None


def created_post(answer: Answer) -> RemotePost | None:
    """The post that a write has made, or the first of several with those after it."""
    uri = member(answer.value, "uri")
    uris = [uri] if uri else [one.get("uri") for one in objects(member(answer.value, "results"))]
    return together(post_of(one) if isinstance(one, str) else None for one in uris)


def together(posts: Iterable[RemotePost | None]) -> RemotePost | None:
    """The first of several posts with those after it, as far as they are known."""
    known = [*takewhile(lambda one: one is not None, posts)]
    return replace(known[0], following=tuple(filter(None, known[1:]))) if known and known[0] else None
