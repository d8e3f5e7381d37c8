"""Words: what a delivery says is found as it says it now, and comes with an older database too."""

from datetime import timedelta
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import insert, select

from bot.model.format import Format
from bot.model.message import Message, Part, Role
from bot.model.post import Media
from bot.store import Store, corrections, migrate, open_store, plans, words
from bot.store.engine import connect
from bot.store.listing import QueueFilter, queue
from bot.store.removals import of_delivery
from bot.store.tables import deliveries, parts
from bot.store.tables import words as table
from tests.store.acts import claim, publish
from tests.store.conftest import NOON, delivery, queue_up


def found(store: Store, text: str) -> list[int]:
    with store.read() as connection:
        return [one.id for one in queue(connection, QueueFilter(text=text, ended=True))]


def test_an_edit_is_found_by_its_new_words_only(store: Store) -> None:
    [one] = queue_up(store, delivery(texts=["Georgia"]))
    with store.write() as connection:
        to = delivery(texts=["Kenya"])
        plans.change(connection, one, to, time_too=False, reason="", actor="anna", now=NOON)
    assert (found(store, "kenya"), found(store, "georgia")) == ([one], [])


def test_a_correction_is_found_by_its_new_words_only(store: Store) -> None:
    [one] = queue_up(store, delivery(texts=["Georgia"]))
    publish(store, claim(store))
    with store.read() as connection:
        out = of_delivery(connection, one).parts[0]
    corrections.corrected(store, one, out, Part(1, Role.POST, "Kenya"), "done", "anna", NOON)
    assert (found(store, "kenya"), found(store, "georgia")) == ([one], [])


def test_everything_that_a_reader_sees_is_found(store: Store) -> None:
    picture = Media("a.jpg", "A worker in Mombasa", format=Format.JPEG)
    said = Part(1, Role.POST, r"Read \(this\)", "https://example.org/Report", "The Title", (picture,))
    message = Message((said, Part(2, Role.COMMENT, "And a comment")))
    assert words.of_parts("week/1.md", message.parts) == (
        "week/1.md read (this) https://example.org/report the title a worker in mombasa and a comment"
    )


def test_a_list_shows_how_a_text_begins(store: Store) -> None:
    one, two = queue_up(
        store, delivery(texts=["Short\n\nand well"]), delivery("week/2.md", texts=["x" * 999])
    )
    with store.read() as connection:
        shown = words.beginnings(connection, [one, two])
    assert shown == {one: "Short and well", two: "x" * (words.BEGINNING - 1) + "…"}


def test_what_an_older_database_holds_is_found_after_it(file_store: Store, tmp_path: Path) -> None:
    made = queue_up(
        file_store, *(delivery(f"week/{one}.md", due_at=NOON + timedelta(hours=one)) for one in range(3))
    )
    old = connect(f"sqlite:///{tmp_path / 'old.db'}")
    with old.write() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0009")
        with file_store.read() as source:
            for one in (deliveries, parts):
                connection.execute(insert(one), [dict(row) for row in source.execute(select(one)).mappings()])
    old.close()
    new = open_store(f"sqlite:///{tmp_path / 'old.db'}")
    assert found(new, "hello") == made
    with new.read() as connection, file_store.read() as source:
        everything = select(table).order_by(table.c.delivery_id)
        assert connection.execute(everything).all() == source.execute(everything).all()
    new.close()
