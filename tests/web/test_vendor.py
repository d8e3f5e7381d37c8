"""The files of others are as published, and each has its licence."""

import hashlib
import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
VENDOR = TOP / "bot" / "web" / "static" / "vendor"
TESTS_ONLY = TOP / "tests" / "browser" / "vendor"

_ROW = re.compile(
    r"\| \S+ \| (?P<version>\S+) \| \S+ \| [^|]+ \| `(?P<file>\S+)` \| `(?P<sha256>[0-9a-f]{64})` \|"
)
_ROWS = [row.groupdict() for row in _ROW.finditer((VENDOR / "README.md").read_text())]


def _path(file: str) -> Path:
    return (TOP if file.startswith("tests/") else VENDOR) / file


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row["file"])
def test_a_file_of_others_is_as_the_table_says(row: dict[str, str]) -> None:
    path = _path(row["file"])
    assert hashlib.sha256(path.read_bytes()).hexdigest() == row["sha256"]
    assert path.parent.name.endswith(f"-{row['version']}")
    assert (path.parent / "LICENSE").stat().st_size > 500


def test_no_file_of_others_is_missing_from_the_table() -> None:
    lying = {
        path
        for folder in (VENDOR, TESTS_ONLY)
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in {".js", ".css"}
    }
    assert lying == {_path(row["file"]) for row in _ROWS}
