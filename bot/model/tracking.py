"""Tracking: UTM parameters on a post's link, by which a site's statistics know where a visitor came from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

# In the order in which they stand in the link. Words in braces are filled in.
DEFAULTS: Mapping[str, str] = {
    "utm_source": "{network}",
    "utm_medium": "social",
    "utm_campaign": "{campaign}",
    "utm_content": "{post}",
}
PLACES = ("network", "account", "campaign", "post")


@dataclass(frozen=True, slots=True)
class Tracking:
    """What one file says of it; what it leaves out is taken from the one above."""

    wanted: bool | None = None
    values: tuple[tuple[str, str], ...] = ()  # parameters and their values; an empty one: without it
    domains: tuple[str, ...] | None = None  # only links to these and to what is below them; empty: all

    def under(self, above: "Tracking | None") -> "Tracking":
        """This, completed by what a more general file says."""
        if above is None:
            return self
        wanted = above.wanted if self.wanted is None else self.wanted
        domains = above.domains if self.domains is None else self.domains
        return Tracking(wanted, tuple({**dict(above.values), **dict(self.values)}.items()), domains)


def with_parameters(link: str, values: Iterable[tuple[str, str]]) -> str:
    """The link with these parameters behind its own; those that it has already are kept, its fragment too."""
    address, hash_sign, fragment = link.partition("#")
    address, _, query = address.partition("?")
    there = {one.partition("=")[0].casefold() for one in query.split("&")}
    added = [f"{key}={quote(value, safe='')}" for key, value in values if value and key not in there]
    if not added:
        return link
    query = "&".join([*([query.rstrip("&")] if query.strip("&") else []), *added])
    return f"{address}?{query}{hash_sign}{fragment}"
