"""Translations: brings what the page says to its translators, and says what they have not translated."""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
WEB = ROOT / "bot" / "web"
LOCALE = WEB / "locale"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "false", "newstyle_gettext": "true", "silent": "false"}}
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}
_PLACES = re.compile(r"(%\(\w+\)[sd]|\{\w+\})|%%")


def sources() -> Catalog:
    """Every sentence of the page, with the files that say it."""
    found = Catalog(fuzzy=False)
    for file, _line, message, comments, context in extract_from_dir(
        WEB, METHODS, OPTIONS, KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
    ):
        found.add(message, None, [(file, None)], auto_comments=comments, context=context)
    return found


def translated(language: str) -> Catalog:
    """What there is in a language."""
    with (LOCALE / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def languages() -> list[str]:
    """Those that there is a file of."""
    return sorted(path.stem for path in LOCALE.glob("*.po"))


def faults(catalogue: Catalog, wanted: Catalog) -> Iterator[str]:
    """What a translation lacks, has too much, or would break a page with."""
    for message in wanted:
        found = catalogue.get(message.id)
        if message.id and (found is None or not all(_both(found.string))):
            yield f"not translated: {_both(message.id)[0]}"
    for message in catalogue:
        if message.id and message.id not in wanted:
            yield f"said nowhere: {_both(message.id)[0]}"
        if message.id and message.fuzzy:
            yield f"a guess (fuzzy): {_both(message.id)[0]}"
        if message.id and all(_both(message.string)):
            yield from _misplaced(message)
    yield from (f"left over: {_both(one)[0]}" for one in catalogue.obsolete)


def _misplaced(message: Message) -> Iterator[str]:
    """A name to fill in that one side does not have; the first form, for one, may leave its number out."""
    sources, texts = _both(message.id), _both(message.string)
    wanted = set().union(*map(_places, sources))
    for text in texts:
        left_out = wanted - _places(text)
        if _places(text) - wanted or left_out - (
            {"%(num)s"} if text is texts[0] and len(texts) > 1 else set()
        ):
            yield f"other names to fill in: {text}"
        if "%" in _PLACES.sub("", text) and _PLACES.search(" ".join(sources)):
            yield f"a stray %: {text}"


def _places(text: str) -> set[str]:
    return set(_PLACES.findall(text)) - {""}


def _both(texts: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return tuple(texts) if isinstance(texts, list | tuple) else (texts or "",)


def renew(language: str) -> list[str]:
    """Bring a language's file up to the sources; what is left to do."""
    wanted, catalogue = sources(), translated(language)
    catalogue.update(wanted, no_fuzzy_matching=True, update_header_comment=False, keep_user_comments=True)
    catalogue.obsolete.clear()
    path, written = LOCALE / f"{language}.po", BytesIO()
    write_po(
        written, catalogue, width=100, omit_header=True, sort_output=True, include_lineno=False,
        ignore_obsolete=True,
    )  # fmt: skip
    head = path.read_bytes().partition(b"\n\n")[0]  # kept as it is: Babel's would tell the time of each run
    path.write_bytes(head + b"\n\n" + written.getvalue().lstrip())
    return list(faults(catalogue, wanted))


def main() -> int:
    """Renew every language's file, and print what is left to do."""
    left = {language: renew(language) for language in languages()}
    for language, words in left.items():
        print(f"{language}: {len(words) or 'nothing'} left to do")
        print(*(f"  {one}" for one in words), sep="\n")
    return 1 if any(left.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
