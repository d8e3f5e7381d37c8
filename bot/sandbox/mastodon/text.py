"""Text as a Mastodon server reads it: its length, and the HTML in which it is shown.

https://docs.joinmastodon.org/user/posting/ and https://docs.joinmastodon.org/spec/microformats/; the HTML as
in recorded answers (read 2026-11-25).
"""

import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import regex

LIMIT = 500
_LINK_COUNTS = 23
_SHOWN = 30  # letters of an address; the others are there and not seen

_TOKEN = re.compile(
    r"""(?x)
    (?<![\w@\#$/]) (?P<link> https?:// (?: [\w-]+ \. )+ [^\W\d_]{2,} (?: [:/?] [^\s<>]* )? )
    | (?<![=/\w]) (?P<mention> @ [A-Za-z0-9_]+ (?: [.-]+ [A-Za-z0-9_]+ )* @ [\w-]+ (?: \. [\w-]+ )+ )
    | (?<![\w&/]) \# (?P<tag> (?=\w*[^\W\d_]) \w+ )
    """
)
_SENTENCE = ".,;:!?'\"*$%[]~&|@="


def length(text: str) -> int:
    """How many characters count: graphemes, addresses as 23, mentions without their server."""
    pieces = []
    for kind, piece in _pieces(text):
        if kind == "link":
            piece = "x" * _LINK_COUNTS
        elif kind == "mention":
            piece = "@" + piece.split("@")[1]
        pieces.append(piece)
    return len(regex.findall(r"\X", "".join(pieces)))


def links(text: str) -> list[str]:
    """The addresses in a text."""
    return [piece for kind, piece in _pieces(text) if kind == "link"]


def mentions(text: str) -> list[tuple[str, str]]:
    """Who is mentioned: names and servers, none twice."""
    found = [piece.split("@")[1:] for kind, piece in _pieces(text) if kind == "mention"]
    return list(dict.fromkeys((name, server) for name, server in found))


def content(text: str) -> str:
    """The HTML of a text."""
    shown = "".join(_SHOWN_AS[kind](piece) for kind, piece in _pieces(text))
    paragraphs = re.split(r"\n\n+", shown)
    return "".join(f"<p>{one}</p>".replace("\n", "<br />") for one in paragraphs)


def profile(name: str, server: str) -> str:
    """The page of somebody who is mentioned."""
    return f"https://{server}/@{name}"


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """The text in pieces, each with what it is."""
    place = 0
    for found in _TOKEN.finditer(text):
        if found.start() < place:
            continue
        kind = str(found.lastgroup)
        piece = _trimmed(found[0]) if kind == "link" else found[0]
        yield "words", text[place : found.start()]
        yield kind, piece
        place = found.start() + len(piece)
    yield "words", text[place:]


def _trimmed(link: str) -> str:
    """The address without what ends the sentence around it."""
    while link[-1:] in _SENTENCE or (link.endswith(")") and link.count("(") < link.count(")")):
        link = link[:-1]
    return link


def _link(address: str) -> str:
    prefix = re.match(r"https?://(?:www\.)?", address)
    start = prefix[0] if prefix else ""
    rest = address[len(start) :]
    kind = "ellipsis" if len(rest) > _SHOWN else ""
    return (
        f'<a href="{html.escape(address)}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{html.escape(start)}</span><span class="{kind}">'
        f'{html.escape(rest[:_SHOWN])}</span><span class="invisible">{html.escape(rest[_SHOWN:])}</span></a>'
    )


def _mention(piece: str) -> str:
    _, name, server = piece.split("@")
    href = html.escape(profile(name, server))
    link = f'<a href="{href}" class="u-url mention">@<span>{html.escape(name)}</span></a>'
    return f'<span class="h-card" translate="no">{link}</span>'


def _tag(piece: str) -> str:
    name = piece[1:]
    href = f"https://{HOST}/tags/{html.escape(name)}"
    return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{html.escape(name)}</span></a>'


HOST = "mastodon.example"
_SHOWN_AS: dict[str, Callable[[str], str]] = {
    "words": html.escape,
    "link": _link,
    "mention": _mention,
    "tag": _tag,
}


def host(link: str) -> str:
    """The server of an address."""
    return urlsplit(link).hostname or link
