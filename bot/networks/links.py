"""Links: whether what a person gives as the link of a post can lead to a post of that account."""

import re
from urllib.parse import urlsplit

_HOSTS = {
    "twitter": ("x.com", "twitter.com"),
    "facebook": ("facebook.com", "fb.com"),
    "linkedin": ("linkedin.com",),
    "bluesky": ("bsky.app",),
}
_HANDLE = re.compile(r"^/(?!i/)(\w{1,15})/status/", re.ASCII)  # /i/web/status/ names nobody


def stranger(url: str, network: str, handle: str) -> str | None:
    """Why a link can not be that of a post of this account, or None: a short link, say, may lead anywhere."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "it is no web address"
    host = (parts.hostname or "").lower()
    whose = next(
        (
            name
            for name, hosts in _HOSTS.items()
            if any(host == one or host.endswith(f".{one}") for one in hosts)
        ),
        None,
    )
    if whose is not None and whose != network:
        return f"it leads to {host}, and this delivery is one for {network}"
    author = _HANDLE.match(parts.path) if whose == "twitter" else None
    ours = handle.strip().lstrip("@")
    if author and re.fullmatch(r"\w{1,15}", ours, re.ASCII) and author[1].lower() != ours.lower():
        return f"it is a post of @{author[1]}, and this delivery is one of @{ours}"
    return None
