"""The journal: accounts and messages as JSON lines, so that a sandbox killed at any moment goes on."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from bot.sandbox.records import Account, Published, Stored

Entry = Account | Stored | tuple[str, str]  # the last: network and id of what was deleted


class Journal:
    """An append-only file; every entry is with the operating system before its answer leaves."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def entries(self) -> Iterator[Entry]:
        """What was written before; a last line that a kill tore is cut off.

        Raises:
            ValueError: a line in the middle is unreadable.
        """
        if not self._path.exists():
            return
        content = self._path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            with self._path.open("r+b") as file:
                file.truncate(len(whole))
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                yield _read(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{self._path}:{number}: not a line of a sandbox's journal") from error

    def write(self, *entries: Entry) -> None:
        """Append entries: all of them, or after a kill none."""
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8")
        lines = (json.dumps(_written(entry), ensure_ascii=True) + "\n" for entry in entries)
        self._file.write("".join(lines))
        self._file.flush()

    def close(self) -> None:
        """Close the file; the next entry opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _written(entry: Entry) -> dict[str, Any]:
    if isinstance(entry, Account):
        return {"account": asdict(entry)}
    if isinstance(entry, tuple):
        return {"deleted": list(entry)}
    published = asdict(entry.published)
    published["created_at"] = entry.published.created_at.isoformat()
    visible_at = entry.visible_at.isoformat() if entry.visible_at else None
    rest = {"number": entry.number, "raw": entry.raw, "visible_at": visible_at, "extra": dict(entry.extra)}
    return {"post": {"published": published, **rest}}


def _read(line: dict[str, Any]) -> Entry:
    if "account" in line:
        return Account(**line["account"])
    if "deleted" in line:
        network, remote_id = line["deleted"]
        return network, remote_id
    post = dict(line["post"])
    published = post.pop("published")
    published["created_at"] = datetime.fromisoformat(published["created_at"])
    published["media"] = tuple(published["media"])
    for name in ("alts", "digests"):
        published[name] = tuple(published.get(name, ()))
    visible_at = post.pop("visible_at")
    seen = datetime.fromisoformat(visible_at) if visible_at else None
    return Stored(published=Published(**published), visible_at=seen, **post)
