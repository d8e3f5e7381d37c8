"""A post's file: from Markdown with front matter to a typed post."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.fields import Fields, Located, Problems, one_of, read_text, suggestion, text
from bot.model.post import Card, Kind, Media, Post, Status
from bot.networks import REGISTRY
from bot.planning.campaign_file import FIRST_YEAR, LAST_YEAR
from bot.planning.front_matter import Document, read_document
from bot.planning.media_file import digest_of, examine
from bot.planning.written import Written
from bot.settings import duration

LONGEST_LINK = 2_000  # characters; browsers and networks stop soon after
_NOTHING: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PostFile:
    """A post with the places of its parts, for whoever finds something wrong with them."""

    post: Post
    problems: Problems
    folder: Path  # in which its media stand
    lines: Mapping[str, int]  # by key; "body" too, and "text.twitter"
    texts: tuple[Written, ...] = ()  # those that it has, by network and message

    def line_of(self, *keys: str) -> int:
        """The line of the first of these keys that the file has; 1 where it has none."""
        return next((self.lines[key] for key in keys if key in self.lines), 1)

    def line_of_text(self, network: str) -> int:
        """Where the text for a network stands."""
        return self.line_of(f"text.{network}", "body")

    def texts_of(self, network: str, comment: bool = False) -> Sequence[Written]:
        """The messages for a network, or the first comment, as they were written."""
        key = "first_comment" if comment else f"text.{network}"
        return [one for one in self.texts if one.key == key] or (
            [] if comment else [one for one in self.texts if one.key == "body"]
        )


def read_post(path: Path, root: Path, problems: Problems) -> PostFile | None:
    """Read one post below the folder of posts, or None after noting why it can not be.

    What is wrong with single keys is noted too, and the post is given without them.
    """
    if not str(path).isprintable():
        problems.error(1, "its name holds characters that can not be shown: rename the file")
        return None
    source = read_text(path, problems)
    return None if source is None else read_source(source, path, root, problems)


def read_source(source: str, path: Path, root: Path, problems: Problems) -> PostFile | None:
    """The same of what a post's file would say, if it stood at that path below the root."""
    text_of_it = source.removeprefix("\ufeff").replace("\r\n", "\n")
    document = read_document(text_of_it, problems)
    if document is None:
        return None
    before = len(problems.found)
    post, lines, texts = _post(document, path, root)
    if post.status is Status.DRAFT:
        problems.soften(before)
    return PostFile(post, problems, path.parent, lines, texts)


def _post(document: Document, path: Path, root: Path) -> tuple[Post, dict[str, int], tuple[Written, ...]]:
    fields = document.fields
    texts, lines, written = _texts(fields)
    comment = fields.take("first_comment", text, None)
    written += _written("first_comment", fields, "first_comment", (comment,) if comment else ())
    post = Post(
        # Composed, so that a file keeps its identity on a system that writes "é" as two characters.
        path=unicodedata.normalize("NFC", path.relative_to(root).as_posix()),
        campaign=path.relative_to(root).parts[0],
        kind=fields.take("kind", _kind, Kind.DAILY_POST, required=True),
        body=document.body,
        day=fields.take("day", _day, None),
        at=fields.take("at", _wall_time, None),
        slot=fields.take("slot", text, None),
        accounts=fields.take("accounts", _words, _NOTHING),
        link=fields.take("link", link, None),
        card=_card(fields, path.parent, root, lines),
        media=_media(fields, path.parent, root, lines),
        late_ok=fields.take("late_ok", duration, None),
        text=texts,
        auto_thread=fields.take("thread", one_of(["auto", "off"]), "off") == "auto",
        first_comment=comment,
        status=fields.take("status", _status, Status.READY),
    )
    fields.refuse_others()
    if fields.has("day") and fields.has("at"):
        fields.problems.error(fields.line_of("at"), "at: the post has a day already: give one of the two")
    if not fields.has("day") and not fields.has("at"):
        fields.problems.error(1, "when? give the post a  day: 2  or a fixed time  at: 2018-09-25 09:00")
    for key in ("day", "at", "kind", "slot", "accounts", "link", "card", "media", "first_comment", "late_ok"):
        if fields.has(key):
            lines[key] = fields.line_of(key)
    body = Written("body", 1, document.body, document.body_line, document.body, document.body_line)
    return post, {"body": document.body_line, **lines}, (body, *written)


def _texts(fields: Fields) -> tuple[dict[str, tuple[str, ...]], dict[str, int], list[Written]]:
    """The texts by network, their lines, and where each of their words stands."""
    inner = Fields(fields.take("text", _mapping, {}), fields.line_of("text"), fields.problems)
    found: dict[str, tuple[str, ...]] = {}
    lines: dict[str, int] = {}
    written: list[Written] = []
    for network in REGISTRY:
        texts = inner.take(network, _messages, _NOTHING)
        if texts:
            found[network] = texts
            lines[f"text.{network}"] = inner.line_of(network)
            written += _written(f"text.{network}", inner, network, texts)
    inner.refuse_others()
    return found, lines, written


def _written(name: str, fields: Fields, key: str, texts: Sequence[str]) -> list[Written]:
    """The texts of a key with their places; they were taken, so the file has as many."""
    found = fields.located(key)
    items = found.value if found and isinstance(found.value, list) else [found]
    return [
        Written(name, number, words, item.line, item.source, item.begins)
        for number, (words, item) in enumerate(zip(texts, items, strict=False), start=1)
    ]


def _media(fields: Fields, folder: Path, root: Path, lines: dict[str, int]) -> tuple[Media, ...]:
    found: list[Media] = []
    items: Sequence[Located] = fields.take("media", _list, ())
    for item in items:
        if not isinstance(item.value, dict):
            fields.problems.error(item.line, 'media: write each as {file: picture.jpg, alt: "what it shows"}')
            continue
        one = Fields(item.value, item.line, fields.problems)
        file = one.take("file", text, "", required=True)
        alt = one.take("alt", _alt, "")  # without it: the check of alt texts says so
        only = one.take("only", _networks, _NOTHING)
        one.refuse_others()
        known = _known_file(file, folder, root, one, "media")
        lines[f"media.{len(found)}.alt"] = one.line_of("alt")
        if known:
            lines[f"media.{len(found)}"] = one.line_of("file")
        found.append(replace(known or Media(file, ""), alt=alt, only=only))
    return tuple(found)


def _card(fields: Fields, folder: Path, root: Path, lines: dict[str, int]) -> Card:
    inner = Fields(fields.take("card", _card_mapping, {}), fields.line_of("card"), fields.problems)
    title = inner.take("title", text, None)
    description = inner.take("description", text, None)
    image = _card_image(inner, folder, root)
    inner.refuse_others()
    if image:
        lines["card.image"] = inner.line_of("image")
    return Card(title, description, image)


def _card_image(card: Fields, folder: Path, root: Path) -> Media | None:
    """The picture of a card: the name of its file, or as one of `media`, with words for it."""
    given = card.located("image")
    if given is None or not isinstance(given.value, dict):
        return _known_file(card.take("image", text, ""), folder, root, card, "image")
    one = Fields(card.take("image", _mapping, {}), given.line, card.problems)
    file = one.take("file", text, "", required=True)
    alt = one.take("alt", _alt, "")
    one.refuse_others()
    known = _known_file(file, folder, root, one, "media")
    return replace(known, alt=alt) if known else None


def _known_file(file: str, folder: Path, root: Path, fields: Fields, key: str) -> Media | None:
    """A file with what is known of it; None, after noting why, where it is none. `check` looks into it."""
    if not file:
        return None
    path, line = folder / file, fields.line_of("file" if key == "media" else key)
    if problem := _name_problem(file) or _file_problem(path, root):
        fields.problems.error(line, f"{key}: {file} {problem}")
        return None
    facts = examine(path)
    if isinstance(facts, str):
        return Media(file, "")
    return Media(file, "", facts.format, facts.size, digest_of(path))


def _alt(value: Any) -> str:
    return "" if isinstance(value, str) and not value.strip() else text(value)


def _name_problem(name: str) -> str | None:
    """What makes a path mean something else, or nothing, on another machine."""
    if "\0" in name:
        return "is no path"
    if not name.isprintable():
        return "holds characters that can not be shown: rename the file"
    if "\\" in name:
        return "has a backslash in it: write / between folders"
    if name.startswith("~") or (name[1:2] == ":" and name[0].isalpha()):
        return "is no path: it begins at the folder of the post"
    return None


def _file_problem(path: Path, root: Path) -> str | None:
    try:
        real = path.resolve()
        if not real.is_relative_to(root.resolve()):
            return f"is outside {root}: media stand beside their post"
        if real.is_file():
            return None
        if real.exists() and not real.is_dir():
            return "is no file"
    except (OSError, RuntimeError, ValueError):
        return "is no path"
    return "is not there: the path begins at the folder of the post"


def _kind(value: Any) -> Kind:
    return Kind(one_of(Kind)(value))


def _status(value: Any) -> Status:
    return Status(one_of(Status)(value))


def _day(value: Any) -> int:
    word = text(value)
    if not (word.isascii() and word.isdecimal()) or len(word) > 3 or not 1 <= int(word) <= 366:
        raise ValueError(f"'{word}' is no day of a campaign: the first one is 1")
    return int(word)


def _wall_time(value: Any) -> datetime:
    word = text(value)
    expected = "write it like 2018-09-25 09:00"
    try:
        found = datetime.fromisoformat(word)
    except ValueError:
        raise ValueError(f"'{word}' is no date and time: {expected}") from None
    if found.tzinfo is not None:
        raise ValueError(f"'{word}' names a zone of its own: {expected}, it is wall time of the campaign")
    if len(word) < len("2018-09-25 09:00"):
        raise ValueError(f"'{word}' has no time of day: {expected}")
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"'{word}' is in the year {found.year}: {expected}")
    return found


def link(value: Any) -> str:
    """A parser: the address of a web page."""
    word = text(value)
    expected = "write the whole address, with https://"
    if any(character.isspace() or not character.isprintable() for character in word):
        raise ValueError(f"'{word}' has a space in it: {expected}")
    if len(word) > LONGEST_LINK:
        raise ValueError(f"has {len(word):,} characters: {LONGEST_LINK:,} are the most")
    try:
        parts = urlsplit(word)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or "." not in host.strip("."):
        raise ValueError(f"'{word}' is no link: {expected}")
    return word


def _networks(value: Any) -> tuple[str, ...]:
    names = _words(value)
    if unknown := next((name for name in names if name not in REGISTRY), None):
        raise ValueError(f"there is no network '{unknown}'{suggestion(unknown, REGISTRY)}")
    return names


def _card_mapping(value: Any) -> dict[str, Located]:
    if not isinstance(value, dict):
        raise ValueError('expected {title: "…", description: "…", image: picture.jpg}, each of them optional')
    return value


def _mapping(value: Any) -> dict[str, Located]:
    if not isinstance(value, dict):
        names = " or ".join(f"{name}: …" for name in list(REGISTRY)[:2])
        raise ValueError(f"expected a text for each network, like {names}; a text for all stands below '---'")
    return value


def _list(value: Any) -> Sequence[Located]:
    if not isinstance(value, list):
        raise ValueError('expected a list, each item like {file: picture.jpg, alt: "what it shows"}')
    return value


def _messages(value: Any) -> tuple[str, ...]:
    if isinstance(value, list):
        if not value:
            raise ValueError("is empty")
        return tuple(text(item.value) for item in value)
    if isinstance(value, dict):
        raise ValueError("expected a text, or a list of texts: one that contains ': ' must stand in quotes")
    return (text(value),)


def _words(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        raise ValueError(f"write a list: [{value}]")
    if not isinstance(value, list) or not value:
        raise ValueError("expected a list, like [fice-x, fice-facebook]")
    words = [text(item.value) for item in value]
    if twice := next((word for word in words if words.count(word) > 1), None):
        raise ValueError(f"'{twice}' stands here twice")
    return tuple(words)
