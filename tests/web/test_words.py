"""Words: every sentence of the page has its translation, and no page has one that a translator never sees."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from bot.model.figures import MEASURES
from bot.model.message import Level
from bot.model.outcome import Cause
from bot.model.post import Kind
from bot.model.role import Role
from bot.model.stage import DONE, Stage, Step
from bot.model.state import State
from bot.web import names, words
from bot.web.pages.posts import STAGES
from bot.web.post_fields import KINDS
from bot.web.verbs import VERBS
from tests import translations

WEB = Path(words.__file__).parent
TEMPLATES = sorted((WEB / "templates").glob("*.html"))
# Said the same in every language: names of formats, and what a reader copies to a machine.
NO_WORDS = {"A4", "API", "CSV", "HTTP", "JSON", "XLSX", "UTC", "https", "s"}
SPOKEN = ("alt", "aria-label", "placeholder", "title", "data-confirm", "data-copied", "content")


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    yield
    words.read_as("en", "UTC")


@pytest.mark.parametrize("language", translations.languages())
def test_a_translation_is_whole_and_fits(language: str) -> None:
    assert list(translations.faults(translations.translated(language), translations.sources())) == []


def test_every_language_that_is_offered_has_its_file() -> None:
    assert set(words.LANGUAGES) == {words.SOURCE, *translations.languages()}


def test_what_is_wrong_with_a_translation_is_found() -> None:
    wanted, made = translations.Catalog(), translations.Catalog(locale="fr")
    wanted.add("%(num)s post")
    wanted.add(("%(num)s day", "%(num)s days"))
    wanted.add("Lost")
    made.add("%(num)s post", "%(number)s publication")
    made.add(("%(num)s day", "%(num)s days"), ("un jour", "des jours à 100 %"))
    made.add("Gone", "Parti", flags=["fuzzy"])
    found = {one.partition(":")[0] for one in translations.faults(made, wanted)}
    assert found == {
        "not translated",
        "said nowhere",
        "a guess (fuzzy)",
        "other names to fill in",
        "a stray %",
    }


def test_french_is_set_as_the_french_do() -> None:
    wrong = re.compile(r"(?<![\u00a0\u202f\s(/.])[;!?»](?=\s|$)| [:;!?»]|« |'|\.\.\.|\"")
    plain = (re.sub(r"<[^>]*>|https?://|%%", "", text) for text in _texts("fr"))
    assert [one for one in plain if wrong.search(one)] == []


def _texts(language: str) -> Iterator[str]:
    for message in translations.translated(language):
        if message.id:
            yield from [message.string] if isinstance(message.string, str) else message.string


def test_what_is_named_elsewhere_is_named_for_the_reader() -> None:
    assert set(names.STATES) == set(State)
    assert set(names.CAUSES) == set(Cause)
    assert set(names.LEVELS) == set(Level)
    assert set(names.MEASURES) == set(MEASURES)
    assert set(words.ROLES) == set(Role)
    assert set(STAGES) == set(Stage)
    assert set(KINDS) == set(Kind)


def test_every_change_that_is_recorded_has_its_verb() -> None:
    bot = WEB.parent
    kept = {word for path in sorted(bot.rglob("*.py")) for word in _recorded(ast.parse(path.read_bytes()))}
    assert {"invited", "signed in", "applied the campaign", "withdrew"} <= kept
    of_posts = {done for step, done in DONE.items() if step is not Step.EDIT}
    assert (kept | of_posts) - set(VERBS) == set()


def _recorded(tree: ast.AST) -> Iterator[str]:
    """What a source writes into the record of changes, as far as it stands there in words."""
    for call in (one for one in ast.walk(tree) if isinstance(one, ast.Call)):
        named = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        said = [one.value for one in call.keywords if one.arg == "what" and named in ("record", "add")]
        for one in [*said, *(call.args[2:3] if named == "note" else ())]:
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value


class _Text(HTMLParser):
    """What of a template's own text a person would read."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside.append(tag)
        is_meta = tag == "meta"
        self.found += [value or "" for name, value in attrs if name in SPOKEN and not is_meta]

    def handle_data(self, data: str) -> None:
        if not {"code", "pre", "script"} & set(self._inside[-1:]):
            self.found.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            del self._inside[len(self._inside) - self._inside[::-1].index(tag) - 1 :]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_says_nothing_past_the_translator(path: Path) -> None:
    parsed = Environment(extensions=["jinja2.ext.i18n"]).parse(path.read_text(encoding="utf-8"))
    for block in parsed.find_all(nodes.Block):
        if block.name == "kind":
            block.body = []  # a class of the page
    # Whatever is filled in is a mark, so that the words around it are looked at as the page has them.
    own = "".join(
        part.data if isinstance(part, nodes.TemplateData) else "\x00"
        for output in parsed.find_all(nodes.Output)
        for part in output.nodes
    )
    reader = _Text()
    reader.feed(own)
    own_words = (
        re.sub(r"[\w-]+=\"[^\"]*\"", "", text) for text in reader.found
    )  # without the attributes of a macro
    said = [word for text in own_words for word in re.findall(r"[^\W\d_]+[\d]?", text)]
    assert [word for word in said if word not in NO_WORDS] == []
    assert "strftime" not in path.read_text(encoding="utf-8"), "no reader's format"


def test_no_script_has_sentences() -> None:
    sentence = re.compile(r"""["'`][A-Z][a-z]+ [a-z]+[^"'`]*["'`]""")
    scripts = sorted((WEB / "static").glob("*.js"))
    assert scripts
    code = {one.name: re.sub(r"(?m)//.*$", "", one.read_text(encoding="utf-8")) for one in scripts}
    assert {name: found for name, text in code.items() if (found := sentence.findall(text))} == {}
