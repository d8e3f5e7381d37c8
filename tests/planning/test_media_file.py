"""Media: what a file really is, what it hides, and what each network takes of it."""

import os
import struct
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from bot.model.format import Format
from bot.model.media import Facts, media_faults
from bot.networks import REGISTRY, network_type
from bot.planning.media_file import examine

from .helper import Project

HEAD = ("day: 1", "kind: daily-post")
FORMATS = {
    "jpg": Format.JPEG, "jpeg": Format.JPEG, "png": Format.PNG, "gif": Format.GIF, "webp": Format.WEBP,
    "bmp": Format.BMP, "tif": Format.TIFF,
}  # fmt: skip


def picture(path: Path, width: int = 8, height: int = 6) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height), "red").save(path)
    return path


def png_of(width: int, height: int) -> bytes:
    """A small file that claims to be as large as this."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("ending", FORMATS)
def test_the_facts_of_a_picture_are_read_from_its_head(tmp_path: Path, ending: str) -> None:
    path = picture(tmp_path / f"a.{ending}", 30, 20)
    found = examine(path)
    assert isinstance(found, Facts), found
    assert (found.format, found.width, found.height) == (FORMATS[ending], 30, 20)
    assert found.size == path.stat().st_size


def test_the_frames_of_a_moving_picture_are_counted(tmp_path: Path) -> None:
    frames = [Image.new("L", (4, 4), shade) for shade in range(0, 250, 50)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    found = examine(tmp_path / "a.gif")
    assert isinstance(found, Facts)
    assert found.frames == 5


@pytest.mark.parametrize(("brand", "ending"), [(b"isom", "mp4"), (b"qt  ", "mov"), (b"qt  ", "mp4")])
def test_a_film_is_known_by_its_first_bytes(tmp_path: Path, brand: bytes, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(b"\0\0\0\x20ftyp" + brand + b"\0" * 100)
    found = examine(path)
    assert isinstance(found, Facts)
    assert found.format is (Format.MOV if brand == b"qt  " else Format.MP4)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jpg", b"", "is empty"),
        ("a.jpg", b"no picture", "neither a picture, a film"),
        ("a.png", b"<svg onload='x'/>", "neither a picture, a film"),
        ("a.jpg", png_of(8, 8), "is really a PNG"),
        ("a.txt", png_of(8, 8), "is really a PNG"),
        ("a.png", png_of(60_000, 60_000), "would have"),
        ("a.png", png_of(12_000, 9_000), "would have 12,000 x 9,000 pixels"),
        ("a.png", png_of(8, 8)[:40], "is a damaged PNG"),
        ("a.png", png_of(8, 8).replace(b"IDAT", b"IDAX"), "is a damaged PNG"),
        ("a.gif", b"GIF89a" + b"\xff" * 40, "is a damaged GIF"),
        ("a.jpg", b"\xff\xd8\xff" + b"\0" * 40, "is a damaged JPEG"),
        ("a.webp", b"RIFF\xff\xff\xff\xffWEBP" + b"\0" * 40, "is a damaged WebP"),
    ],
)
def test_what_is_not_what_it_seems_is_said(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    found = examine(tmp_path / name)
    assert isinstance(found, str)
    assert words in found


def test_a_picture_too_large_for_anyone_is_not_even_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_of(8, 8))
    os.truncate(path, 10**9)  # sparse: it takes no room
    before = time.process_time()
    assert "1,000 MB" in str(examine(path))
    assert time.process_time() - before < 1


def test_a_pipe_or_a_device_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    assert examine(tmp_path / "a.jpg") == "is no file"
    assert examine(Path("/dev/zero")) == "is no file"


def faults(network: str, facts: Facts) -> list[str]:
    return [f"{one.level}: {one.text}" for one in media_faults(facts, network_type(network).media_limits)]


@pytest.mark.parametrize(
    ("network", "good", "bad", "words"),
    [
        ("twitter", Facts(Format.JPEG, 5_000_000, 8192, 8192), Facts(Format.JPEG, 5_000_001), "5 MB are"),
        ("twitter", Facts(Format.PNG, 9, 8192, 1), Facts(Format.PNG, 9, 8193, 1), "8,193 pixels of width"),
        (
            "twitter",
            Facts(Format.GIF, 15_000_000, 1280, 1080, 350),
            Facts(Format.GIF, 9, 9, 9, 351),
            "frames",
        ),
        ("twitter", Facts(Format.MP4, 512_000_000), Facts(Format.MP4, 512_000_001), "512 MB are the most"),
        ("twitter", Facts(Format.WEBP, 9, 9, 9), Facts(Format.TIFF, 9, 9, 9), "a TIFF is not taken"),
        ("facebook", Facts(Format.TIFF, 4_000_000), Facts(Format.JPEG, 4_000_001), "warning: the JPEG"),
        ("facebook", Facts(Format.PNG, 1_000_000), Facts(Format.PNG, 1_000_001), "warning: the PNG"),
        ("facebook", Facts(Format.MOV, 9), Facts(Format.WEBP, 9), "a WebP is not taken: use BMP, GIF,"),
        ("linkedin", Facts(Format.PNG, 9, 36_152_320, 1), Facts(Format.PNG, 9, 36_152_321, 1), "pixels"),
        ("linkedin", Facts(Format.GIF, 9, 9, 9, 250), Facts(Format.GIF, 9, 9, 9, 251), "251 frames"),
        ("linkedin", Facts(Format.MP4, 500_000_000), Facts(Format.MOV, 9), "a MOV is not taken"),
    ],
)
def test_each_network_takes_what_its_documents_say(network: str, good: Facts, bad: Facts, words: str) -> None:
    assert faults(network, good) == []
    [fault] = faults(network, bad)
    assert words in fault


@pytest.mark.parametrize("network", REGISTRY)
def test_a_common_photograph_is_taken_everywhere(network: str) -> None:
    said = faults(network, Facts(Format.JPEG, 2_500_000, 4000, 3000))
    assert all(one.endswith("so a smaller copy is sent") for one in said), said


def test_check_says_it_at_the_line_of_the_entry(project: Project) -> None:
    picture(project.folder / "posts" / "week" / "good.jpg")
    picture(project.folder / "posts" / "week" / "wide.png", 8200, 2)
    project.write("posts/week/fake.png", b"hello")
    entries = [f"  - {{file: {name}, alt: A}}" for name in ("good.jpg", "wide.png", "fake.png", "gone.png")]
    project.post("a", *HEAD, "media:", *entries)
    found = list(project.problems())
    assert [(one.line, one.level) for one in found] == [(6, "warning"), (7, "error"), (8, "error")]
    wide = "the PNG has 8,200 pixels of width: 8,192 are the most, so a smaller copy is sent"
    assert found[0].message == f"twitter: wide.png: {wide}"
    assert "fake.png is neither a picture" in found[1].message
    assert "gone.png is not there" in found[2].message
