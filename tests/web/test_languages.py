"""Languages: the pages in French, and in a made language that shows what no translator ever saw."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import available_timezones

import pytest
import requests
from babel import Locale
from babel.messages.pofile import write_po
from playwright.sync_api import Page

from bot.clock import FixedClock
from bot.model.campaign import Campaign
from bot.model.role import Role
from bot.model.state import State
from bot.networks import REGISTRY, network_type
from bot.store import Store, members, open_store, plans, upkeep
from bot.store.desk import Desk
from bot.web import words
from bot.web.access import rules
from bot.web.api.access import Scope
from bot.web.app import make_app
from bot.web.server import serving
from tests import translations
from tests.planning.helper import Project, jpeg
from tests.store.acts import HOUR, MINUTE, claim, doubt, fail, publish
from tests.store.conftest import NOON, delivery, queue_up
from tests.web.helper import Visit, visit

NOW = NOON + timedelta(hours=4)
OPEN, CLOSE = "⟦", "⟧"
SPOKEN = ("alt", "aria-label", "placeholder", "title", "data-confirm")
UNSPOKEN = {"time", "code", "pre", "script", "bdi"}
HOLES = {
    "{campaign}": "week", "{delivery}": "1", "{delivery:int}": "1", "{post:int}": "1", "{number:int}": "1",
    "{number}": "1", "{path:path}": "week/a.md", "{token}": "x" * 43, "{network}": "twitter",
    "{format}": "csv",
}  # fmt: skip
ELSEWHERE = ("/api/", "/events", "/calendar/events", "/static", "/healthz", "/readyz")  # scripts read them

# What the town is made of, and what is called the same in every language.
DATA = f"""ANNA BODY WHY ALT tests made worker w1 s Week fice FICE morning afternoon Monday's Tuesday's
Wednesday's week/a.md week/b.md week/c.md week/d.md week/e.md week/web/title.md fice-x fice-facebook
fice-linkedin America/New_York twitter facebook linkedin F https://x.com/fice/status HTTP CSV XLSX API curl
Français English
{" ".join(network_type(one).title for one in REGISTRY)} {" ".join(Scope)} {" ".join(available_timezones())}
{" ".join(f"delivery.{state}" for state in State)} delivery.noted"""
# Sentences of the lower floors, which the terminal says too: they are English until those are translated.
LOWER = (
    r"not connected: set .*", r"BOT_SECRET_KEY is not set.*", r"too long", r"reset",
    r".*\[alt-text\]", r"\w+: part 1 has no text", r"\w+: the post has neither a text nor a link",
    r"too late by its tolerance.*", r"planned for [\d\-:T]+ UTC", r"waits for approval: .*",
    r"Nothing is known yet of .*",
)  # fmt: skip


@dataclass(frozen=True)
class Town:
    """A page with something of everything."""

    url: str
    store: Store
    project: Project
    anna: Visit

    def addresses(self) -> list[str]:
        """Those of every page that a person reads."""
        app = make_app(self.store, self.project.settings, FixedClock(NOW))
        paths = [rule.path for rule in rules(app) if "GET" in rule.methods]
        found = [_filled(path) for path in paths if not path.startswith(ELSEWHERE)]
        return [*found, *(f"/deliveries/{number}" for number in (2, 3, 4, 5)), "/queue?state=missed"]


def _filled(path: str) -> str:
    for hole, value in HOLES.items():
        path = path.replace(hole, value)
    return path.replace("{name}", "fice-x" if path.startswith("/accounts") else "week")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    project = Project(folder, {"DATABASE_URL": f"sqlite:///{folder}/bot.db"})
    project.accounts()
    project.week(('timezone = "America', 'approval = "required"\ntimezone = "America'))
    project.write("posts/week/a.jpg", jpeg())
    project.post("a", "day: 1", "kind: daily-post", 'media: [{file: a.jpg, alt: "ALT"}]', body="BODY")
    store = open_store(project.settings().database_url)
    made = queue_up(
        store,
        delivery("week/a.md", texts=["BODY"]),
        delivery("week/b.md", due_at=NOON + MINUTE, texts=["BODY"]),
        delivery("week/c.md", due_at=NOON + 2 * MINUTE, texts=["BODY"]),
        delivery("week/d.md", due_at=NOW + 2 * HOUR, texts=["BODY"]),
        delivery("week/e.md", due_at=NOW + HOUR, texts=["BODY"], needs_approval=True),
    )
    publish(store, claim(store))
    fail(store, claim(store, at=NOON + MINUTE), at=NOON + MINUTE)
    doubt(store, claim(store, at=NOON + 2 * MINUTE), at=NOON + 2 * MINUTE)
    upkeep.miss_expired(store, NOW)
    Desk(store, "ANNA", NOW).hold([made[3]], "WHY")
    days = ("Monday's", "Tuesday's", "Wednesday's")
    with store.write() as connection:
        campaign = Campaign("week", "Week", "America/New_York", date(2018, 9, 24), days, ())
        plans.record_campaign(connection, campaign, NOON)
    with serving(project.settings, FixedClock(NOW), "127.0.0.1", 0) as url:
        anna = visit(url, store, NOW, name="ANNA")
        anna.post("/posts/new", {"campaign": "week", "title": "TITLE", "day": "1"})
        yield Town(url, store, project, anna)
    store.close()


@pytest.fixture
def marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In place of French a language that is English between marks."""
    made = translations.translated("fr")
    for one in made:
        if one.id:
            both = [one.id] if isinstance(one.id, str) else one.id
            said = tuple(f"{OPEN}{text}{CLOSE}" for text in both)
            one.string = said[0] if isinstance(one.id, str) else said
    with (tmp_path / "fr.po").open("wb") as file:
        write_po(file, made)
    monkeypatch.setattr(words, "HERE", tmp_path)
    words._catalogue.cache_clear()
    yield
    words._catalogue.cache_clear()


class _Reader(HTMLParser):
    """What a person would read or hear of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"input", "img", "br", "meta", "link"}:
            self._inside.append(tag)
        self.found += [value or "" for name, value in attrs if name in SPOKEN]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            del self._inside[len(self._inside) - self._inside[::-1].index(tag) - 1 :]

    def handle_data(self, data: str) -> None:
        if not UNSPOKEN & set(self._inside):
            self.found.append(data)


def left_over(page: str) -> set[str]:
    """The words of a page that no translator has seen."""
    reader = _Reader()
    reader.feed(page)
    text, before = "\n".join(reader.found), ""
    while text != before:
        before, text = text, re.sub(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", "", text)
    for lower in LOWER:
        text = re.sub(lower, "", text)
    known = set(re.findall(r"[^\W\d_]+", DATA)) | _dates()
    return {word for word in re.findall(r"[^\W\d_]+", text) if word not in known}


def _dates() -> set[str]:
    french = Locale.parse("fr")
    forms = (*french.days["format"].values(), *french.months["format"].values())
    names = " ".join(name for form in forms for name in form.values())
    return {*re.findall(r"[^\W\d_]+", names), "heure", "heures", "minute", "minutes", "jour", "jours"}


@pytest.mark.usefixtures("marked")
def test_every_page_says_only_what_translators_see(town: Town) -> None:
    seen, missed = [], {}
    for address in town.addresses():
        answer = town.anna.get(address, headers={"Accept-Language": "fr"})
        if answer.headers["content-type"].startswith("text/html"):
            assert '<html lang="fr">' in answer.text, address
            seen += [address] if answer.ok else []
            if found := left_over(answer.text):
                missed[address] = found
    assert missed == {}
    assert len(seen) > 25


def test_every_page_can_be_said_in_french(town: Town) -> None:
    for address in town.addresses():
        answer = town.anna.get(address, headers={"Accept-Language": "fr"})
        assert answer.status_code < 500, address
        assert OPEN not in answer.text


def test_dates_and_numbers_are_french(town: Town) -> None:
    page = re.sub("<[^>]*>", "", town.anna.get("/", headers={"Accept-Language": "fr"}).text)
    assert "Nous sommes le lundi 24 septembre 2018, il est 16:00 à l’heure de UTC." in page
    assert "publié\u00a0: 1" in page
    assert "Monday" not in page.replace("Monday&#39;s", "")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA,fr;q=0.9", "fr"),
        ("FR", "fr"),
        ("fr, en", "fr"),
        ("en, fr", "en"),
        ("en;q=0.5, fr; q=0.9", "fr"),
        ("de, fr;q=0.2", "fr"),
        ("de", "en"),
        ("fr;q=0", "en"),
        ("en;q=0.1, *;q=0.5", "en"),
        ("*", "en"),
        ("fr;q=nonsense, en;q=0.1", "en"),
        ("fr;q=nan", "en"),
        ("fr;q=1e9, en", "en"),
        (",;,=;q", "en"),
        ("x" * 10_000 + ",fr", "en"),
    ],
)
def test_a_browser_asks_for_a_language(header: str, expected: str) -> None:
    assert words.preferred(header) == expected


def test_strangers_read_in_the_language_of_their_browser(town: Town) -> None:
    for path, said in (
        ("/sign-in", "Se connecter"),
        ("/nowhere", "Introuvable"),
        ("/sign-in", "Mot de passe"),
    ):
        answer = requests.get(f"{town.url}{path}", headers={"Accept-Language": "fr"}, timeout=30)
        assert said in answer.text
        assert '<html lang="fr">' in answer.text
    assert 'lang="en"' in requests.get(f"{town.url}/sign-in", timeout=30).text


def test_the_language_that_a_member_has_chosen_wins(town: Town) -> None:
    luc = visit(town.url, town.store, NOW, Role.VIEWER, "Luc")
    luc.post("/me/reading", {"language": "fr", "timezone": "Africa/Nairobi"}, allow_redirects=False)
    page = luc.get("/", headers={"Accept-Language": "en"}).text
    assert '<html lang="fr">' in page
    assert "Vos réglages sont enregistrés." in page
    assert "il est 19:00 à l’heure de Africa/Nairobi." in re.sub("<[^>]*>", "", page)
    with town.store.read() as connection:
        assert members.named(connection, "Luc")[0].language == "fr"


def test_no_reader_gets_what_another_has_read(town: Town) -> None:
    site = make_app(town.store, town.project.settings, FixedClock(NOW)).state.site
    template = site.templates.env.from_string("{{ 'published' | state_words }} {{ 1234.5 | number }}")
    said = []
    for language in ("en", "fr", "en"):
        words.read_as(language, "UTC")
        said.append(template.render())
    assert said == ["published 1,234.5", "publié 1\u202f234,5", "published 1,234.5"]


@pytest.mark.parametrize(
    ("number", "french", "english"),
    [(0, "0 envoi", "0 deliveries"), (1, "1 envoi", "1 delivery"), (2, "2 envois", "2 deliveries")],
)
def test_none_is_one_in_french_and_many_in_english(number: int, french: str, english: str) -> None:
    said = {}
    for language in ("fr", "en"):
        words.read_as(language, "UTC")
        said[language] = words.ngettext("%(num)s delivery", "%(num)s deliveries", number) % {"num": number}
    assert said == {"fr": french, "en": english}


@pytest.mark.parametrize(
    "path", ["/", "/calendar", "/posts/1", "/queue", "/log", "/deliveries/3", "/team", "/campaigns/week"]
)
def test_the_longer_words_of_french_fit_a_phone(town: Town, tab: Page, path: str) -> None:
    tab.context.set_extra_http_headers({"Accept-Language": "fr"})
    town.anna.enter(tab).goto(f"{town.url}{path}")
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
