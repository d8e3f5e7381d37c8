"""The page: the feeds as followers would see them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from werkzeug.wrappers import Request

from bot.sandbox.answer import Answer
from bot.sandbox.books import Books
from bot.sandbox.control import summary
from bot.sandbox.network import READ, Route
from bot.sandbox.records import Account, Published
from bot.sandbox.registry import NETWORKS, stand_in

_HERE = Path(__file__).parent
_LINK = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?'()\[\]]\)?")
_HASHTAG = re.compile(r"(?<![\w&/#])#(?=\w*[^\W\d_])\w+")
_SHOWN = 100  # conversations a network
_REFUSALS = 5
_POLICY = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src data:"
}
_STATIC = {"feeds.css": "text/css; charset=utf-8", "feeds.js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Conversation:
    """A message with what stands under it, and who wrote it."""

    author: Account
    head: Published
    card_title: str | None  # of the link, where the network was told one
    under: tuple["Conversation", ...]


class Page:
    """The page and its two static files."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"linked": linked, "host": _host}

    def routes(self) -> Iterable[Route]:
        """The page, the part of it that is fetched again and again, and the static files."""
        yield Route("GET", "/", "page", READ, lambda request: self._render("page.html"))
        yield Route("GET", "/feeds", "feeds", READ, lambda request: self._render("feeds.html"))
        yield Route("GET", "/static/<name>", "static", READ, _static)

    def _render(self, template: str) -> Answer:
        numbers = summary(self._books)
        columns = [
            {
                "name": name,
                "title": stand_in(name).title,
                "threads": stand_in(name).threads,
                "numbers": numbers[name],
                "refusals": [one for one in self._books.refusals() if one.network == name][
                    : -_REFUSALS - 1 : -1
                ],
                "conversations": self._conversations(name),
            }
            for name in NETWORKS
        ]
        text = self._templates.get_template(template).render(columns=columns)
        return Answer(200, text, {**_POLICY, "cache-control": "no-store"}, "text/html; charset=utf-8")

    def _conversations(self, network: str) -> list[Conversation]:
        """The conversations of a network, the newest first."""
        feed = [one for one in self._books.feed() if one.network == network]
        known = {one.id for one in feed}
        under: dict[str, list[Published]] = {}
        for one in feed:
            under.setdefault(one.parent_id or "", []).append(one)
        heads = [one for one in feed if one.parent_id not in known]
        return [self._conversation(one, under) for one in heads[: -_SHOWN - 1 : -1]]

    def _conversation(self, head: Published, under: dict[str, list[Published]]) -> Conversation:
        """A thread is a chain of any length, so it is laid out flat: each answer after what it answers."""
        flat: list[Conversation] = []
        waiting = under.get(head.id, [])[::-1]
        while waiting:
            one = waiting.pop()
            flat.append(self._said(one, ()))
            waiting += under.get(one.id, [])[::-1]
        return self._said(head, tuple(flat))

    def _said(self, message: Published, under: tuple[Conversation, ...]) -> Conversation:
        author = self._books.account(message.network, message.account)
        stored = self._books.post(message.network, message.id)
        article = stored.extra.get("article", {}) if stored else {}
        return Conversation(author, message, article.get("title") or message.link, under)


def linked(text: str) -> Markup:
    """The text as HTML, its links to be clicked and its hashtags set off."""
    pieces: list[Markup] = []
    place = 0
    for found in _LINK.finditer(text):
        pieces += [_tagged(text[place : found.start()]), _anchor(found[0])]
        place = found.end()
    return Markup("").join([*pieces, _tagged(text[place:])])


def _anchor(link: str) -> Markup:
    return Markup('<a href="{0}" rel="noopener noreferrer nofollow">{0}</a>').format(link)


def _tagged(text: str) -> Markup:
    return Markup(_HASHTAG.sub(lambda found: f'<span class="tag">{found[0]}</span>', str(escape(text))))  # noqa: S704


def _host(link: str) -> str:
    return (urlsplit(link).hostname or link).removeprefix("www.")


def _static(request: Request, name: str) -> Answer:
    if name not in _STATIC:
        return Answer(404, {"error": f"the sandbox has no file {name}"})
    content = (_HERE / "static" / name).read_bytes()
    return Answer(200, content, {"cache-control": "no-cache"}, _STATIC[name])
