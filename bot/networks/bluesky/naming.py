"""Naming: how a record, the post that readers see and its id stand to each other."""

import re

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


def post_of(uri: str) -> RemotePost | None:
    """The post of a record; readers find it under the account's id, which stays when its handle changes."""
    found = _ADDRESS.fullmatch(uri)
    return RemotePost(uri, f"https://bsky.app/profile/{found[1]}/post/{found[2]}") if found else None


def created_post(answer: Answer) -> RemotePost | None:
    """The post, or the first of several, that a write has made."""
    results = objects(member(answer.value, "results"))
    uri = member(answer.value, "uri") or (results[0].get("uri") if results else None)
    return post_of(uri) if isinstance(uri, str) else None
