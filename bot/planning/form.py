"""A form: a post as fields to fill in, and as what its file says; each can be made from the other."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from bot.fields import Fields, Located, Problems
from bot.model.post import Kind, Status
from bot.planning.front_matter import FENCE, Document, read_document

# The keys in the order in which a new file has them.
KEYS = (
    "day", "at", "kind", "slot", "accounts", "link", "card", "media", "late_ok", "text", "thread",
    "first_comment", "status",
)  # fmt: skip
_CARD = ("title", "description", "image")
_WORDS_OF_YAML = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
_NUMBER = re.compile(r"\d{1,9}[a-z]?")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?")
_LINK = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+;=%-]*[A-Za-z0-9/=]")
_JOINS = "\u200c\u200d"  # between the parts of an emoji, or of a word of some scripts

Value = str | Sequence[str] | Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


@dataclass(frozen=True, slots=True)
class FormMedia:
    """A file of a post."""

    file: str
    alt: str = ""
    only: tuple[str, ...] = ()  # the networks that are sent it; empty: all


@dataclass(frozen=True, slots=True)
class PostForm:
    """What a person has filled in, right or wrong; empty: not given."""

    kind: str = Kind.DAILY_POST.value
    day: str = ""
    at: str = ""
    slot: str = ""
    accounts: tuple[str, ...] = ()
    link: str = ""
    card_title: str = ""
    card_description: str = ""
    card_image: str = ""
    card_image_alt: str = ""
    body: str = ""
    text: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by network; several make a thread
    auto_thread: bool = False
    media: tuple[FormMedia, ...] = ()
    first_comment: str = ""
    late_ok: str = ""
    status: str = Status.READY.value


def plain(form: PostForm) -> PostForm:
    """The form as a file gives it back: without white space around a text, and without what is empty."""
    words: dict[str, Any] = {
        one.name: _clean(getattr(form, one.name)) for one in fields(form) if one.type is str
    }
    words["card_image_alt"] = words["card_image_alt"] if words["card_image"] else ""
    words["status"] = words["status"] or Status.READY.value
    texts = {
        network: found
        for network, messages in form.text.items()
        if (found := tuple(text for one in messages if (text := _clean(one))))
    }
    return replace(
        form,
        **words,
        accounts=_all_clean(form.accounts),
        text=dict(sorted(texts.items())),
        media=tuple(
            FormMedia(file, _clean(one.alt), _all_clean(one.only))
            for one in form.media
            if (file := _clean(one.file))
        ),
    )


def _all_clean(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(found for word in words if (found := _clean(word)))


def _clean(text: str) -> str:
    """Without what no file can hold: a browser sends lines that end otherwise."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return lines.encode("utf-8", "replace").decode().strip()


def to_source(form: PostForm) -> str:
    """What the file of a post says that is filled in like this."""
    form = plain(form)
    return "\n".join([FENCE, *head_of(form), FENCE, form.body, ""])


def head_of(form: PostForm) -> list[str]:
    """The lines between the fences."""
    return [line for key, value in values_of(form).items() for line in written(key, value)]


def of_source(source: str) -> PostForm | None:
    """What a file's text fills in; None where its keys can not be read at all."""
    document = read_document(source.removeprefix("\ufeff").replace("\r\n", "\n"), Problems(""))
    return _of_document(document) if document is not None else None


def _of_document(document: Document) -> PostForm:
    keys = document.fields
    card, image = _inner(keys.located("card")), _inner(_inner(keys.located("card")).get("image"))
    return plain(
        PostForm(
            kind=_word(keys, "kind"),
            day=_word(keys, "day"),
            at=_word(keys, "at"),
            slot=_word(keys, "slot"),
            accounts=_words(keys.located("accounts")),
            link=_word(keys, "link"),
            card_title=_text(card.get("title")),
            card_description=_text(card.get("description")),
            card_image=_text(image.get("file")) or _text(card.get("image")),
            card_image_alt=_text(image.get("alt")),
            body=document.body,
            text={network: _words(found) for network, found in _inner(keys.located("text")).items()},
            auto_thread=_word(keys, "thread") == "auto",
            media=tuple(_media(keys.located("media"))),
            first_comment=_word(keys, "first_comment"),
            late_ok=_word(keys, "late_ok"),
            status=_word(keys, "status") or Status.READY.value,
        )
    )


def _media(found: Located | None) -> Iterator[FormMedia]:
    for item in found.value if found is not None and isinstance(found.value, list) else ():
        one = _inner(item)
        yield FormMedia(_text(one.get("file")), _text(one.get("alt")), _words(one.get("only")))


def _word(keys: Fields, key: str) -> str:
    return _text(keys.located(key))


def _text(found: Located | None) -> str:
    return found.value if found is not None and isinstance(found.value, str) else ""


def _words(found: Located | None) -> tuple[str, ...]:
    if found is not None and isinstance(found.value, list):
        return tuple(_text(one) for one in found.value)
    return (_text(found),)


def _inner(found: Located | None) -> Mapping[str, Located]:
    return found.value if found is not None and isinstance(found.value, dict) else {}


def values_of(form: PostForm) -> dict[str, Value]:
    """The value of each key of the file; None: it has none."""
    image: Value = form.card_image or None
    if form.card_image and form.card_image_alt:
        image = {"file": form.card_image, "alt": form.card_image_alt}
    given = zip(_CARD, (form.card_title or None, form.card_description or None, image), strict=True)
    values: dict[str, Value] = {
        "day": form.day or None,
        "at": form.at or None,
        "kind": form.kind or None,
        "slot": form.slot or None,
        "accounts": form.accounts or None,
        "link": form.link or None,
        "card": {key: value for key, value in given if value is not None} or None,
        "media": [_of_media(one) for one in form.media] or None,
        "late_ok": form.late_ok or None,
        "text": {key: each[0] if len(each) == 1 else each for key, each in form.text.items()} or None,
        "thread": "auto" if form.auto_thread else None,
        "first_comment": form.first_comment or None,
        "status": form.status if form.status != Status.READY else None,
    }
    return {key: values[key] for key in KEYS}


def _of_media(one: FormMedia) -> Mapping[str, Any]:
    return {"file": one.file, "alt": one.alt, **({"only": one.only} if one.only else {})}


def written(key: str, value: Value, indent: int = 0) -> list[str]:
    """A key with its value as lines of YAML; none where it has no value."""
    if value is None:
        return []
    name = f"{' ' * indent}{key if _PLAIN.fullmatch(key) else _quoted(key)}:"
    if isinstance(value, str):
        first, *more = scalar(value, indent + 2)
        return [f"{name} {first}", *more]
    if isinstance(value, Mapping):
        return [name, *(line for inner, one in value.items() for line in written(inner, one, indent + 2))]
    if key in ("accounts", "only"):
        return [f"{name} [{', '.join(_in_flow(str(one)) for one in value)}]"]
    return [name, *(line for one in value for line in _item(one, indent + 2))]


def _item(value: Any, indent: int) -> list[str]:
    """An item of a list."""
    if isinstance(value, str):
        first, *more = scalar(value, indent + 2)
        return [f"{' ' * indent}- {first}", *more]
    lines = [line for key, one in value.items() for line in written(key, one, indent + 2)]
    return [f"{' ' * indent}- {lines[0].lstrip()}", *lines[1:]]


def scalar(text: str, indent: int) -> list[str]:
    """A text as YAML: its first line to stand behind a key, and the others in a block under it."""
    if "\n" in text and _fits_a_block(text):
        return ["|-", *(f"{' ' * indent}{line}" if line else "" for line in text.split("\n"))]
    return [text if _is_plain(text) else _quoted(text)]


def _is_plain(text: str) -> bool:
    """Whether no reader takes it for anything but this text."""
    if text.lower() in _WORDS_OF_YAML:
        return False
    return any(one.fullmatch(text) for one in (_PLAIN, _NUMBER, _TIME, _LINK))


def _fits_a_block(text: str) -> bool:
    lines = text.split("\n")
    return (
        not text[0].isspace()
        and all(line == line.rstrip() for line in lines)
        and all(_is_readable(letter) for line in lines for letter in line)
    )


def _is_readable(letter: str) -> bool:
    return letter.isprintable() or letter in _JOINS


def _in_flow(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", text) and _is_plain(text) else _quoted(text)


def _quoted(text: str) -> str:
    """In double quotes; what can not be seen is written as an escape."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(letter if _is_readable(letter) else _escape(ord(letter)) for letter in quoted)


def _escape(code: int) -> str:
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\u{code:04x}" if code > 0xFF else f"\\x{code:02x}"
