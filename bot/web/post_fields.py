"""Post fields: what a browser sends of the composer as the form of a post, and what each field is called."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData

from bot.model.post import Status
from bot.networks import REGISTRY
from bot.planning.form import FormMedia, PostForm
from bot.web.words import N_
from bot.web.words import gettext as _

MOST_FIELDS = 3_000
_KEY = re.compile(r"[a-z0-9]{1,12}")
_LOCAL = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)")

KINDS = {
    "daily-post": N_("Daily post"), "case-study": N_("Case study"), "worker-profile": N_("Worker profile"),
    "blog": N_("Blog"), "resource": N_("Resource"), "event": N_("Event"), "chat": N_("Chat"),
}  # fmt: skip
LABELS = {
    "body": N_("Text for all networks"), "text": N_("Own text"), "kind": N_("Kind"), "day": N_("Day"),
    "at": N_("Date and time"), "slot": N_("Slot"), "accounts": N_("Accounts"), "link": N_("Link"),
    "card": N_("Link card"), "card.title": N_("Title of the card"),
    "card.description": N_("Description of the card"), "card.image": N_("Picture of the card"),
    "media": N_("Pictures and films"), "media.file": N_("File"), "media.alt": N_("Description of a picture"),
    "media.only": N_("Only on some networks"), "first_comment": N_("First comment"),
    "late_ok": N_("How late it may be"), "thread": N_("Split into a thread"), "status": N_("Status"),
}  # fmt: skip


def kind_words(kind: str) -> str:
    """A kind in the reader's language."""
    return _(KINDS.get(kind, kind))


async def _filled(request: Request) -> FormData:
    return await request.form(max_fields=MOST_FIELDS)


Filled = Annotated[FormData, Depends(_filled)]


def has_form(sent: FormData) -> bool:
    """Whether the composer's fields came along."""
    return "body" in sent


def value_of(sent: FormData, name: str) -> str:
    """A field's value; empty where it was not sent."""
    value = sent.get(name)
    return value if isinstance(value, str) else ""


def every(sent: FormData, name: str) -> tuple[str, ...]:
    """The values of a field that may be sent several times."""
    return tuple(value for value in sent.getlist(name) if isinstance(value, str))


def number(sent: FormData, name: str) -> int:
    """A field's value as a number; 0: it is none."""
    value = value_of(sent, name)
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else 0


def read_form(sent: FormData) -> PostForm:
    """The form that the composer has sent."""
    at_a_time = value_of(sent, "when") == "at"
    return PostForm(
        kind=value_of(sent, "kind"),
        day="" if at_a_time else value_of(sent, "day"),
        at=_wall(value_of(sent, "at")) if at_a_time else "",
        slot=value_of(sent, "slot"),
        accounts=every(sent, "accounts") if value_of(sent, "where") == "own" else (),
        link=value_of(sent, "link"),
        card_title=value_of(sent, "card_title"),
        card_description=value_of(sent, "card_description"),
        card_image=value_of(sent, "card_image"),
        card_image_alt=value_of(sent, "card_image_alt"),
        body=value_of(sent, "body"),
        text={network: every(sent, f"text.{network}") for network in REGISTRY if f"text.{network}" in sent},
        auto_thread=bool(value_of(sent, "auto_thread")),
        media=tuple(_media(sent, key) for key in every(sent, "media") if _KEY.fullmatch(key)),
        first_comment=value_of(sent, "first_comment"),
        late_ok=value_of(sent, "late_ok"),
        status=value_of(sent, "status") or Status.READY.value,
    )  # fmt: skip


def _media(sent: FormData, key: str) -> FormMedia:
    prefix = f"media.{key}."
    return FormMedia(
        value_of(sent, f"{prefix}file"), value_of(sent, f"{prefix}alt"), every(sent, f"{prefix}only")
    )


def _wall(given: str) -> str:
    """A time as a file has it; browsers put a T between the two."""
    found = _LOCAL.fullmatch(given.strip())
    return f"{found[1]} {found[2]}" if found else given


def local_time(at: str) -> str | None:
    """A file's time as a browser's field takes it; None: it is no time, and is shown as it is written."""
    found = _LOCAL.fullmatch(at.strip())
    if not at.strip():
        return ""
    try:
        return datetime.fromisoformat(at.strip()).strftime("%Y-%m-%dT%H:%M") if found else None
    except ValueError:
        return None


def label_of(field: str) -> str:
    """What a field is called, for the reader's language to be found: "media.0.alt" is "media.alt"."""
    plain = re.sub(r"\.\d+", "", field)
    return LABELS.get(plain) or LABELS.get(plain.partition(".")[0], "")


def lateness_choices(current: str, usual: Iterable[str]) -> Sequence[str]:
    """The tolerances to choose from, with the one that is set."""
    return list(dict.fromkeys([*usual, *([current] if current else [])]))


def texts_of(form: PostForm, networks: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """The own messages of each network that there is, or that the post has a text for."""
    return {name: form.text.get(name, ()) for name in dict.fromkeys([*networks, *form.text])}
