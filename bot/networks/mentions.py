"""Mentions: `@{Name}` in a text becomes what a network takes for that person of the address book."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.fields import suggestion
from bot.model.checks import Check
from bot.model.message import Fault, Level
from bot.model.wording import Person, Wording

MOST_SUGGESTIONS = 20  # looking for the nearest of many names takes its time
# Bounded, so that no text makes it slow. A backslash before it makes plain signs of "@{".
_MENTION = re.compile(r"\\@(?=\{)|@\{(?P<name>[^{}\n]{1,100})\}|@\{")


@dataclass(frozen=True, slots=True)
class Shown:
    """How a network is told of a person: the words in the text, and the network's id where it wants that."""

    text: str
    id: str | None = None


# Gives how a person stands in a text, or None where the network has no handle of theirs.
Form = Callable[[Person], Shown | None]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A text with its mentions in a network's own form."""

    text: str
    mentions: tuple[tuple[str, str], ...] = ()  # as `Part.mentions`
    faults: tuple[Fault, ...] = ()


def handle_on(network: str) -> Form:
    """The form of networks that know people by "@handle" in the text."""

    def shown(person: Person) -> Shown | None:
        handle = person.handles.get(network)
        return Shown(f"@{handle}") if handle else None

    return shown


def name_on(network: str) -> Form:
    """The form where nobody can be mentioned: a plain name."""
    return lambda person: Shown(person.handles.get(network) or person.name)


def resolve(
    text: str,
    wording: Wording,
    form: Form,
    part: int | None = None,
    plain: Callable[[str], str] = str,
) -> Resolved:
    """The text with each `@{Name}` in the network's form; `plain` makes what the network is sent of all else.

    Somebody without a handle there stands with their name, and a fault says so. A name that is not in the
    address book stays as it was written and is an error: nothing can be sent so.
    """
    pieces: list[str] = []
    mentions: dict[tuple[str, str], None] = {}  # in order, none of them twice
    faults: dict[Fault, None] = {}
    end = 0
    for found in _MENTION.finditer(text):
        pieces.append(plain(text[end : found.start()]))
        end = found.end()
        if found[0] == "\\@":
            pieces.append(plain("@"))
            continue
        name = unicodedata.normalize("NFC", found["name"] or "").strip()
        person = wording.people.get(name)
        if person is None:
            known = wording.people if len(faults) < MOST_SUGGESTIONS else ()
            faults[_unknown(found[0], name, known, part)] = None
            pieces.append(plain(found[0]))
        elif shown := form(person):
            pieces.append(shown.text)
            if shown.id:
                mentions[shown.text, shown.id] = None
        else:
            words = f"'{name}' has no handle there in people.toml: the name stands instead, and is no mention"
            faults[Fault(Level.WARNING, words, part, check=Check.MENTIONS, words=found[0])] = None
            pieces.append(plain(person.name))
    pieces.append(plain(text[end:]))
    return Resolved("".join(pieces), tuple(mentions), tuple(faults))


def _unknown(written: str, name: str, known: Iterable[str], part: int | None) -> Fault:
    if written == "@{":
        words = r"'@{' begins a mention: write @{Name}, or \@{ for the signs themselves"
    else:
        words = f"'{name}' is not in config/people.toml{suggestion(name, known)}"
    return Fault(Level.ERROR, words, part, words=written, everywhere=True)
