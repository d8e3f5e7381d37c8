"""What an account will be sent: how it is kept, and how a change of it is noticed."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model.message import Fault, Level, Message, Part, Role, fingerprint
from bot.model.post import Media

PHOTO = Media("classroom.jpg", "A social worker and three children")
PART = Part(1, Role.POST, "Hello", "https://example.org/", "Example", (PHOTO,))

media = st.builds(Media, st.text(), st.text())
parts = st.builds(
    Part,
    number=st.integers(1, 30),
    role=st.sampled_from(Role),
    text=st.text(),
    link=st.none() | st.text(),
    link_title=st.none() | st.text(),
    media=st.lists(media, max_size=3).map(tuple),
)
messages = st.lists(parts, max_size=3).map(tuple)
# Few values, so that two that are drawn are often the same.
alike = st.lists(
    st.builds(
        Part,
        number=st.integers(1, 2),
        role=st.sampled_from(Role),
        text=st.sampled_from(["", "a", "b"]),
        link=st.sampled_from([None, "a", "b"]),
    ),
    max_size=2,
).map(tuple)


@settings(deadline=None)
@given(parts)
def test_a_part_that_was_stored_as_json_is_read_as_the_same(part: Part) -> None:
    found = Part.from_json(json.loads(json.dumps(part.to_json())))
    assert found == part
    assert isinstance(found.role, Role)
    assert isinstance(found.media, tuple)


@settings(deadline=None)
@given(messages)
def test_the_fingerprint_survives_the_store(found: tuple[Part, ...]) -> None:
    kept = tuple(Part.from_json(json.loads(json.dumps(part.to_json()))) for part in found)
    assert Message(kept).fingerprint == Message(found).fingerprint


@settings(deadline=None)
@given(alike | messages, alike | messages)
def test_two_messages_have_the_same_fingerprint_when_and_only_when_they_are_the_same(
    one: tuple[Part, ...], other: tuple[Part, ...]
) -> None:
    assert (Message(one).fingerprint == Message(other).fingerprint) is (one == other)


@pytest.mark.parametrize(
    "changed",
    [
        replace(PART, number=2),
        replace(PART, role=Role.REPLY),
        replace(PART, text="Hello "),
        replace(PART, text="hello"),
        replace(PART, text="Hellö"),
        replace(PART, link=None),
        replace(PART, link="https://example.org"),
        replace(PART, link_title=None),
        replace(PART, link="Example", link_title="https://example.org/"),
        replace(PART, media=()),
        replace(PART, media=(PHOTO, PHOTO)),
        replace(PART, media=(replace(PHOTO, alt=""),)),
        replace(PART, media=(replace(PHOTO, file="playground.jpg"),)),
    ],
)
def test_every_change_of_a_part_changes_the_fingerprint(changed: Part) -> None:
    assert Message((changed,)).fingerprint != Message((PART,)).fingerprint


def test_parts_in_another_order_are_another_message() -> None:
    second = Part(2, Role.REPLY, "World")
    assert Message((PART, second)).fingerprint != Message((second, PART)).fingerprint


def test_text_that_moves_to_the_next_part_changes_the_fingerprint() -> None:
    early = (Part(1, Role.POST, "ab"), Part(2, Role.REPLY, "c"))
    late = (Part(1, Role.POST, "a"), Part(2, Role.REPLY, "bc"))
    assert Message(early).fingerprint != Message(late).fingerprint


def test_what_is_only_said_about_a_message_does_not_change_its_fingerprint() -> None:
    remarked = Message((PART,), (Fault(Level.WARNING, "long", 1),), ("213 of 280",))
    assert remarked.fingerprint == Message((PART,)).fingerprint


def test_a_fingerprint_is_the_same_in_every_process_and_release() -> None:
    """The queue keeps it: a release that computes it otherwise would call every delivery changed."""
    assert fingerprint([PART.to_json()]) == Message((PART,)).fingerprint
    assert Message((Part(1, Role.POST, "Grüße 👋"),)).fingerprint == "5d4ab7a73bf823c4968352ea44ed8cfa"


def test_the_order_of_keys_does_not_matter_to_a_fingerprint() -> None:
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
