"""A form with a file in it, read piece by piece."""

import io
from email import message_from_bytes
from email.message import Message

import pytest

from bot.networks.multipart import Multipart

CONTENT = bytes(range(256)) * 10


def form(file: io.BytesIO, length: int, start: int = 0, **fields: str) -> Multipart:
    return Multipart(
        fields, "source", file, length, filename="file.jpeg", content_type="image/jpeg", start=start
    )


def parts_of(body: bytes, content_type: str) -> list[Message]:
    whole = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    assert whole.is_multipart()
    return list(whole.get_payload())  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [1, 7, 1 << 14])
def test_what_is_read_is_the_form_whatever_the_pieces(size: int) -> None:
    made = form(io.BytesIO(CONTENT), 1_000, start=500, alt="A café (söme)\nand more")
    pieces = []
    while piece := made.read(size):
        assert len(piece) <= size
        pieces.append(piece)
    body = b"".join(pieces)
    assert len(body) == len(made)
    text, file = parts_of(body, made.content_type)
    assert text.get_payload(decode=True) == "A café (söme)\nand more".encode()
    assert text.get_param("name", header="content-disposition") == "alt"
    assert file.get_filename() == "file.jpeg"
    assert file.get_content_type() == "image/jpeg"
    assert file.get_payload(decode=True) == CONTENT[500:1_500]


def test_it_tells_how_far_it_is_and_can_be_stopped_there() -> None:
    told: list[int] = []

    def progress(sent: int) -> None:
        told.append(sent)
        if sent >= 300:
            raise InterruptedError

    made = Multipart(
        {}, "source", io.BytesIO(CONTENT), 1_000,
        filename="a", content_type="image/jpeg", progress=progress,
    )  # fmt: skip
    with pytest.raises(InterruptedError):
        list(iter(lambda: made.read(100), b""))
    assert told == [100, 200, 300]


def test_a_file_that_became_shorter_is_not_sent_as_if_it_were_whole() -> None:
    made = form(io.BytesIO(b"abc"), 10)
    with pytest.raises(OSError, match="shorter"):
        list(made)
