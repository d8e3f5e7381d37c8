"""Pictures over a network's limits: a smaller copy is sent, and nothing else is touched."""

import random
from pathlib import Path

import pytest
from PIL import Image

from bot.model.format import Format
from bot.model.media import MB, Limit
from bot.model.post import Media
from bot.networks.shrinking import CanNotShrinkError, shrunk

SMALL = Limit(frozenset({Format.JPEG, Format.PNG}), 200_000, width=1_000)
PLACE = 0x8825  # the EXIF tag under which the coordinates stand
ORIENTATION = 0x0112


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture that no format makes small."""
    size = width * height * len(mode)
    return Image.frombytes(mode, (width, height), random.Random(1).randbytes(size))


def made(path: Path, picture: Image.Image, **options: object) -> Media:
    picture.save(path, **options)  # type: ignore[arg-type]
    kind = {"jpg": Format.JPEG, "png": Format.PNG, "gif": Format.GIF}[path.suffix[1:]]
    return Media(path.name, "a class", kind, path.stat().st_size, "digest")


def test_a_picture_within_the_limits_is_sent_as_it_is(tmp_path: Path) -> None:
    media = made(tmp_path / "a.jpg", noise(100, 100))
    assert shrunk(tmp_path / "a.jpg", media, [SMALL], tmp_path) is None


def test_a_picture_over_the_size_becomes_smaller_and_keeps_its_shape(tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    media = made(tmp_path / "a.jpg", noise(900, 600), quality=95)
    found = shrunk(tmp_path / "a.jpg", media, [SMALL], tmp_path / "into")
    assert found is not None
    path, copy = found
    assert path.stat().st_size == copy.size <= 200_000
    with Image.open(path) as picture:
        assert picture.width / picture.height == pytest.approx(1.5, abs=0.01)
    assert copy.alt == "a class"
    assert (tmp_path / "a.jpg").stat().st_size == media.size


def test_a_picture_that_is_too_wide_is_made_narrower(tmp_path: Path) -> None:
    media = made(tmp_path / "a.png", Image.new("RGB", (3_000, 1_000)))
    found = shrunk(tmp_path / "a.png", media, [SMALL], tmp_path)
    assert found is not None
    with Image.open(found[0]) as picture:
        assert picture.width <= 1_000
        assert picture.height == pytest.approx(picture.width / 3, abs=1)


def test_what_shines_through_shines_through_in_the_copy(tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    media = made(tmp_path / "a.png", noise(500, 400, "RGBA"))
    limit = Limit(frozenset({Format.JPEG, Format.PNG}), 600_000)
    found = shrunk(tmp_path / "a.png", media, [limit], tmp_path / "into")
    assert found is not None
    assert found[1].format is Format.PNG
    with Image.open(found[0]) as picture:
        assert picture.mode == "RGBA"


def test_the_copy_stands_upright_and_does_not_tell_where_it_was_taken(tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # lies on its side
    exif.get_ifd(PLACE)[1] = "N"
    media = made(tmp_path / "a.jpg", noise(900, 600), quality=95, exif=exif)
    found = shrunk(tmp_path / "a.jpg", media, [SMALL], tmp_path / "into")
    assert found is not None
    with Image.open(found[0]) as picture:
        assert picture.height > picture.width
        assert not picture.getexif()


def test_neither_a_moving_picture_nor_a_film_is_touched(tmp_path: Path) -> None:
    tiny = Limit(frozenset(Format), 10)
    gif = made(tmp_path / "a.gif", Image.new("P", (100, 100)))
    assert shrunk(tmp_path / "a.gif", gif, [tiny], tmp_path) is None
    film = Media("a.mp4", "a class", Format.MP4, 600 * MB)
    assert shrunk(tmp_path / "a.mp4", film, [tiny], tmp_path) is None


def test_a_picture_of_which_nothing_would_be_left_is_refused(tmp_path: Path) -> None:
    media = made(tmp_path / "a.png", noise(400, 400))
    limit = Limit(frozenset({Format.PNG, Format.JPEG}), 1_000)
    with pytest.raises(CanNotShrinkError, match=r"a\.png can not be made small enough"):
        shrunk(tmp_path / "a.png", media, [limit], tmp_path)
