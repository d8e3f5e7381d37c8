"""Formats: what a media file really is, whatever its name says."""

from enum import StrEnum


class Format(StrEnum):
    """What a file really is."""

    JPEG = "JPEG"
    PNG = "PNG"
    GIF = "GIF"
    WEBP = "WebP"
    BMP = "BMP"
    TIFF = "TIFF"
    MP4 = "MP4"
    MOV = "MOV"
    PDF = "PDF"

    @property
    def content_type(self) -> str:
        """The type as HTTP names it."""
        return _CONTENT_TYPES[self]


_CONTENT_TYPES = {
    Format.JPEG: "image/jpeg",
    Format.PNG: "image/png",
    Format.GIF: "image/gif",
    Format.WEBP: "image/webp",
    Format.BMP: "image/bmp",
    Format.TIFF: "image/tiff",
    Format.MP4: "video/mp4",
    Format.MOV: "video/quicktime",
    Format.PDF: "application/pdf",
}
VIDEOS = frozenset({Format.MP4, Format.MOV})
STILLS = frozenset({Format.JPEG, Format.PNG, Format.WEBP, Format.BMP, Format.TIFF})
DOCUMENTS = frozenset({Format.PDF})
