"""Receiving: an upload is what it really is, and too large or no picture is refused in one line."""

import io

import pytest

from bot.planning import receiving
from bot.planning.receiving import receive
from bot.store import media
from bot.store.media import MediaError
from tests.planning.helper import SUNDAY, Office, is_one_line, jpeg


def test_an_upload_gets_the_ending_of_what_it_is(office: Office) -> None:
    kept = receive(office.store, "week", io.BytesIO(jpeg()), "C:\\My Photos\\Класс 1.PNG", SUNDAY)
    assert (kept.name, kept.facts.format, kept.facts.width) == ("1.jpg", "JPEG", 2)
    assert b"".join(media.pieces(office.store, kept.digest)) == jpeg()
    again = receive(office.store, "week", io.BytesIO(jpeg()), "photo.jpeg", SUNDAY)
    assert (again.name, again.digest) == ("photo.jpeg", kept.digest)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"<svg onload=alert(1)>", "is neither a picture"), (jpeg()[:-40], "damaged|is ")],
)
def test_what_no_network_takes_is_refused(office: Office, content: bytes, words: str) -> None:
    with pytest.raises(MediaError, match=words) as caught:
        receive(office.store, "week", io.BytesIO(content), "a\nb.svg", SUNDAY)
    assert is_one_line(str(caught.value))


def test_what_is_too_large_is_refused_before_it_is_all_there(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "LARGEST", 3 * media.PIECE)
    stream = io.BytesIO(bytes(10 * media.PIECE))
    with pytest.raises(MediaError, match="too large"):
        receive(office.store, "week", stream, "film.mp4", SUNDAY)
    assert stream.tell() == 4 * media.PIECE
