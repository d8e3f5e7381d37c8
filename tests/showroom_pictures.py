"""Pictures for the showroom: drawn by the program, the same every time, and of nobody."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

SIZE = (1200, 675)
Colour = tuple[int, int, int]


def school(path: Path) -> None:
    """A school with a red roof below green hills, in the morning."""
    image = _sky((124, 190, 214), (250, 232, 196))
    draw = ImageDraw.Draw(image)
    draw.ellipse((870, 90, 1000, 220), fill=(255, 214, 110))
    draw.ellipse((-200, 360, 760, 1050), fill=(112, 158, 92))
    draw.ellipse((480, 400, 1500, 1150), fill=(136, 178, 104))
    draw.rectangle((0, 590, 1200, 675), fill=(214, 184, 132))
    draw.rectangle((330, 380, 850, 600), fill=(248, 240, 222))
    draw.polygon([(290, 385), (590, 265), (890, 385)], fill=(178, 74, 56))
    for left in (380, 480, 640, 740):
        draw.rectangle((left, 430, left + 62, 500), fill=(96, 146, 170))
    draw.rectangle((560, 470, 622, 600), fill=(120, 78, 52))
    for left, top, colour in (
        (180, 545, (196, 90, 70)),
        (225, 560, (64, 110, 150)),
        (930, 550, (86, 120, 70)),
    ):
        draw.ellipse((left, top - 34, left + 28, top - 6), fill=(104, 70, 48))
        draw.rounded_rectangle((left - 5, top - 6, left + 33, top + 56), 12, fill=colour)
    image.save(path, "JPEG", quality=82)


def meeting(path: Path) -> None:
    """Four people around a table, a map on the wall behind them."""
    image = _sky((238, 226, 208), (222, 204, 180))
    draw = ImageDraw.Draw(image)
    draw.rectangle((330, 70, 870, 330), fill=(252, 250, 244), outline=(170, 150, 124), width=8)
    draw.polygon(
        [(400, 130), (560, 100), (700, 140), (790, 120), (800, 250), (640, 300), (450, 270)],
        fill=(150, 186, 150),
    )
    for left, top in ((470, 170), (590, 210), (700, 180), (640, 255)):
        draw.ellipse((left, top, left + 22, top + 22), fill=(190, 82, 62))
    people: Sequence[tuple[int, Colour, Colour]] = (
        (190, (104, 70, 48), (60, 104, 140)), (430, (150, 104, 72), (176, 92, 70)),
        (680, (92, 62, 44), (110, 140, 86)), (920, (196, 150, 116), (126, 94, 140)),
    )  # fmt: skip
    for left, skin, cloth in people:
        draw.ellipse((left, 350, left + 92, 442), fill=skin)
        draw.rounded_rectangle((left - 32, 436, left + 124, 640), 56, fill=cloth)
    draw.ellipse((60, 540, 1140, 800), fill=(150, 108, 72))
    image.save(path, "JPEG", quality=82)


def _sky(above: Colour, below: Colour) -> Image.Image:
    """A ground that goes from one colour to another."""
    share = Image.linear_gradient("L").resize(SIZE)
    return Image.composite(Image.new("RGB", SIZE, below), Image.new("RGB", SIZE, above), share)
