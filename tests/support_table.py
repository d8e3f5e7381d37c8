"""What each network supports, as README's table, made from what the networks say of themselves.

`uv run python -m tests.support_table` writes it between its two marks in README.md.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from bot.model.format import DOCUMENTS, VIDEOS, Format
from bot.model.media import MB
from bot.model.message import Level
from bot.networks import REGISTRY, network_type
from bot.networks.base import NetworkType

README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- support: made by python -m tests.support_table -->", "<!-- /support -->"
YES, NO = "yes", "–"


def table() -> str:
    """A row for each question, a column for each network."""
    kinds = [network_type(name) for name in REGISTRY]
    head = ["", *(kind.title for kind in kinds)]
    rows = [[question, *(answer(kind) for kind in kinds)] for question, answer in ROWS]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def renewed(text: str) -> str:
    """A README with the table as it is now."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    assert begin, f"README.md lacks the line {BEGIN}"
    assert end, f"README.md lacks the line {END}"
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


def _yes(answer: Callable[[NetworkType], object]) -> Callable[[NetworkType], str]:
    return lambda kind: YES if answer(kind) else NO


def _pictures(kind: NetworkType) -> str:
    rules = kind.media_rules
    formats = _formats(kind, frozenset(Format) - VIDEOS - DOCUMENTS - {Format.GIF})
    return f"{rules.images}: {formats}" if rules.images else NO


def _moving(kind: NetworkType) -> str:
    return f"{kind.media_rules.moving}{_size(kind, Format.GIF)}" if kind.media_rules.moving else NO


def _videos(kind: NetworkType) -> str:
    rules = kind.media_rules
    return f"{rules.videos}: {_formats(kind, VIDEOS)}" if rules.videos else NO


def _documents(kind: NetworkType) -> str:
    rules = kind.media_rules
    return f"{rules.documents}: {_formats(kind, DOCUMENTS)}" if rules.documents else NO


def _formats(kind: NetworkType, wanted: frozenset[Format]) -> str:
    """The formats with the most that one may have, those of one size together."""
    by_size: dict[str, list[str]] = {}
    for one in sorted(wanted):
        if any(one in limit.formats for limit in kind.media_limits if limit.level is Level.ERROR):
            by_size.setdefault(_size(kind, one), []).append(one)
    return "; ".join(f"{', '.join(formats)}{size}" for size, formats in by_size.items()) or NO


def _size(kind: NetworkType, wanted: Format) -> str:
    hard = (limit for limit in kind.media_limits if limit.level is Level.ERROR and wanted in limit.formats)
    sizes = [limit.size for limit in hard if limit.size]
    return f" to {min(sizes) / MB:,.0f} MB" if sizes else ""


def _mixed(kind: NetworkType) -> str:
    rules = kind.media_rules
    return NO if not (rules.videos or rules.moving) else YES if rules.mixed else NO


def _fold(kind: NetworkType) -> str:
    fold = kind.abilities.fold
    if fold is None:
        return "all of it"
    return f"after {fold.characters} characters" + (f" or {fold.lines} lines" if fold.lines else "")


def _figures(kind: NetworkType) -> str:
    return ", ".join(kind.abilities.figures) or NO


def _charges(kind: NetworkType) -> str:
    return ", ".join(name.replace("_", " ") for name in kind.meters) or NO


def _credentials(kind: NetworkType) -> str:
    return ", ".join(f"`{one.field}`" for one in kind.credentials if one.required)


def _renewal(kind: NetworkType) -> str:
    if kind.renewer is None:
        return NO
    return f"with {', '.join(f'`{field}`' for field in kind.renews_with)}"


ROWS: Sequence[tuple[str, Callable[[NetworkType], str]]] = (
    ("length of a text", lambda kind: kind.abilities.longest),
    ("shown before “see more”", _fold),
    ("threads", _yes(lambda kind: kind.abilities.threads)),
    ("first comment", _yes(lambda kind: kind.abilities.first_comment)),
    ("the link stands", lambda kind: kind.abilities.link or NO),
    ("mentions", _yes(lambda kind: kind.abilities.mentions)),
    ("pictures", _pictures),
    ("animated GIFs", _moving),
    ("videos", _videos),
    ("documents", _documents),
    ("pictures and videos in one post", _mixed),
    ("alt text", _yes(lambda kind: kind.abilities.alt_text)),
    ("edit what is out", _yes(lambda kind: kind.abilities.edits)),
    ("figures", _figures),
    ("an unclear try is", lambda kind: kind.abilities.repeats),
    ("charges for", _charges),
    ("needs", _credentials),
    ("renews its token", _renewal),
)

if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
