"""Words: what deliveries are found by when somebody looks for a text, whatever its capitals."""

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from bot.model.message import Message, Part
from bot.store.tables import parts, words

LONGEST = 200  # characters that are looked for: more tell nothing more
BEGINNING = 140  # characters of a text that a list shows


def folded(text: str) -> str:
    """A text as it is compared: without capitals, the ways to write a letter and to part words made one.

    The backslashes go with which LinkedIn wants its signs escaped: nobody has written them.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(plain.replace("\\", "").split())


def of_parts(post: str, message: Iterable[Part]) -> str:
    """Everything that a person would know a delivery by: the path of its post, and all that it says."""
    return folded("\n".join([post, *(text for part in message for text in _texts(part) if text)]))


def _texts(part: Part) -> Iterator[str | None]:
    yield from (part.text, part.link, part.link_title, part.link_description)
    yield from (media.alt for media in part.files)


def add_words(connection: Connection, said: Mapping[int, tuple[str, Message]]) -> None:
    """Write down the words of new deliveries: the path of the post, and what is sent."""
    rows = [
        {"delivery_id": number, "words": of_parts(post, message.parts)}
        for number, (post, message) in said.items()
    ]
    connection.execute(insert(words), rows)


def change_words(connection: Connection, delivery: int, post: str, message: Message) -> None:
    """Let a delivery be found by what it says now."""
    connection.execute(delete(words).where(words.c.delivery_id == delivery))
    add_words(connection, {delivery: (post, message)})


def says(number: ColumnElement[int], text: str) -> ColumnElement[bool]:
    """Whether a text stands somewhere in the words of the delivery of that number.

    A subquery of its own for every row that is looked at: so it can not become a way through all words.
    """
    of_it = select(words.c.words).where(words.c.delivery_id == number).scalar_subquery()
    return of_it.contains(folded(text)[:LONGEST], autoescape=True)


def beginnings(connection: Connection, of: Collection[int]) -> Mapping[int, str]:
    """How the texts of deliveries begin, for a line of a list."""
    first = select(parts.c.delivery_id, parts.c.content).where(
        parts.c.delivery_id.in_(list(of)), parts.c.number == 1
    )
    return {
        row.delivery_id: _shortened(Part.from_json(row.content).text) for row in connection.execute(first)
    }


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= BEGINNING else f"{line[: BEGINNING - 1].rstrip()}…"
