"""Shrinking: a smaller copy of a picture that is over a network's limits; nothing else is ever re-encoded."""

import io
import warnings
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.model.format import STILLS, Format
from bot.model.media import Facts, Limit, hard_limits
from bot.model.post import Media

if TYPE_CHECKING:
    from PIL.Image import Image

_STEP = 0.85  # of each side, from one try to the next
_QUALITY = 90
_SMALLEST = 320  # pixels: a picture that must be smaller than that shows nothing any more


class CanNotShrinkError(Exception):
    """No copy of a picture is within the limits."""


def shrunk(path: Path, media: Media, limits: Iterable[Limit], into: Path) -> tuple[Path, Media] | None:
    """A copy within the limits, in a folder, with what is known of it; None: the picture fits as it is.

    Upright as its EXIF data say, and without them: they may name the place where it was taken.

    Raises:
        CanNotShrinkError: it can not be read, or would be too small to show anything.
    """
    if media.format not in STILLS:
        return None
    from PIL import Image, ImageOps  # 60 ms, and only where there are pictures

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # `check` has looked at its size
            with Image.open(path, formats=[str(media.format).upper()]) as picture:
                facts = Facts(media.format, path.stat().st_size, *picture.size)
                limit = next(iter(hard_limits(facts, limits)), None)
                if limit is None or not any(limit.faults(facts)):
                    return None
                upright = ImageOps.exif_transpose(picture)
        clear = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
        plain = upright.convert("RGBA" if clear else "RGB")
        colours = upright.info.get("icc_profile") if upright.mode in ("RGB", "RGBA", "P") else None
        plain.info = {"icc_profile": colours} if colours else {}
        return _copy(plain, media, limit, into)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise CanNotShrinkError(f"{media.file} can not be made smaller: {error}") from error


def _copy(picture: "Image", media: Media, limit: Limit, into: Path) -> tuple[Path, Media]:
    kind = _kind_of_copy(picture, media, limit)
    scale = 1.0
    while scale * max(picture.size) >= _SMALLEST:
        width, height = (max(1, round(side * scale)) for side in picture.size)
        body = _encoded(picture if scale == 1.0 else picture.resize((width, height)), kind)
        if not any(limit.faults(Facts(kind, len(body), width, height))):
            path = into / f"{Path(media.file).stem}.{kind.lower()}"
            path.write_bytes(body)
            return path, replace(media, format=kind, size=len(body))
        scale *= _STEP
    raise CanNotShrinkError(f"{media.file} can not be made small enough")


def _kind_of_copy(picture: "Image", media: Media, limit: Limit) -> Format:
    """JPEG, unless something shines through; what a network does not take is not made."""
    for kind in (Format.PNG, Format.WEBP) if picture.mode == "RGBA" else (Format.JPEG,):
        if kind in limit.formats:
            return kind
    assert media.format is not None  # noqa: S101  (only stills come here)
    return media.format


def _encoded(picture: "Image", kind: Format) -> bytes:
    body = io.BytesIO()
    if kind is Format.JPEG:
        picture = picture.convert("RGB")
    options = {"optimize": True} if kind is Format.PNG else {"quality": _QUALITY}
    profile = picture.info.get("icc_profile")
    if profile:
        options["icc_profile"] = profile
    picture.save(body, format=str(kind).upper(), **options)
    return body.getvalue()
