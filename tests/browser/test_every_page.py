"""Every page in a real browser: axe-core finds no serious fault, nothing scrolls sideways, keys lead to all.

The routes are walked, so that none can be forgotten: who adds a page says here what is to be seen on it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from bot.clock import FixedClock
from bot.model.role import Role
from bot.settings import Settings
from bot.store import Store, open_store
from bot.web.access import FILES, rules
from bot.web.app import make_app
from bot.web.server import serving
from tests.showroom import NOW, WEEK, ZONE, Showroom, showroom
from tests.web.helper import visit

AXE = Path(__file__).parent / "vendor/axe-core-4.14.1/axe.min.js"
LOOKS = {"light": (1280, 900), "dark": (360, 800)}
FAULTS = """() => axe.run(document, {resultTypes: ["violations"]}).then(({violations}) => violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html} ${node.failureSummary}`)))"""
SIDEWAYS = "document.documentElement.scrollWidth - window.innerWidth"
# A route that is none of a person's: it answers a program, or never ends.
NO_PAGES = ("/api/v1/", "/events", "/healthz", "/readyz")


@dataclass(frozen=True)
class Spot:
    """An address, and who asks for it; nobody: somebody without an account."""

    address: str
    role: Role | None = Role.ADMINISTRATOR


def spots(app: FastAPI, room: Showroom, all_of_each: bool) -> Iterator[Spot]:
    """At least one for each page there is; a route that says nothing here, and has a hole, is an error."""
    known = of_holes(room)
    for rule in rules(app):
        if rule.path == FILES or "GET" not in rule.methods or rule.path.startswith(NO_PAGES):
            continue
        found = known.pop(rule.path, None)
        assert found or "{" not in rule.path, f"say in of_holes() what is to be seen at {rule.path}"
        yield from (found if all_of_each else found[:1]) if found else [Spot(rule.path)]
    assert list(known) == [], "there are no such routes any more"
    yield Spot("/api/v1/docs", None)
    yield Spot("/sign-in", None)
    yield Spot("/nowhere")
    yield Spot("/team", Role.VIEWER)
    yield Spot("/", Role.VIEWER)
    yield Spot(f"/posts/{room.posts['review']}", Role.VIEWER)
    yield Spot("/log?text=nothing+like+this")


def of_holes(room: Showroom) -> dict[str, list[Spot]]:
    """The addresses of each route whose path has a hole."""
    campaign, post = f"/campaigns/{WEEK}", f"/posts/{room.posts['review']}"
    published, scheduled = room.deliveries["published"], room.deliveries["scheduled"]
    path = f"{WEEK}/2-2-chat-reminder"
    return {
        "/accounts/{name}": [Spot("/accounts/fice-x"), Spot("/accounts/fice-linkedin")],
        "/accounts/{name}/connect": [Spot("/accounts/fice-linkedin/connect")],
        "/calendar": [Spot(f"/calendar?view={one}") for one in ("month", "week", "campaign", "list")],
        "/calendar/events": [Spot("/calendar/events?start=2018-09-24&end=2018-10-01")],
        "/campaigns/{name}": [Spot(campaign), Spot("/campaigns/world-social-work-day")],
        **{
            f"/campaigns/{{name}}/{one}": [Spot(f"{campaign}/{one}")]
            for one in ("apply", "copy", "edit", "export.zip", "figures", "plan")
        },
        "/campaigns/{name}/figures/{network}.svg": [Spot(f"{campaign}/figures/twitter.svg")],
        "/deliveries/{delivery}": [
            Spot(f"/deliveries/{one}") for _state, one in sorted(room.deliveries.items(), reverse=True)
        ],
        "/deliveries/{delivery}/take-away": [Spot(f"/deliveries/{published}/take-away")],
        "/media/{path:path}": [Spot(f"/media/{WEEK}/web/school.jpg")],
        "/posts/at/{path:path}": [Spot(f"/posts/at/{path}.md")],
        "/posts/{post:int}": [Spot(f"/posts/{one}") for one in room.posts.values()],
        "/posts/{post:int}/download": [Spot(f"{post}/download")],
        "/posts/{post:int}/patch": [Spot(f"/posts/{room.posts['file']}/patch")],
        "/posts/{post:int}/versions/{number:int}": [Spot(f"{post}/versions/1")],
        "/preflight/{campaign}": [Spot(f"/preflight/{WEEK}")],
        "/preview-file/{number}/{path:path}": [Spot(f"/preview-file/0/{WEEK}/web/a-morning-with-grace.md")],
        "/preview/{path:path}": [Spot(f"/preview/{path}"), Spot(f"/preview/{quote('no/such <post>')}")],
        **{
            f"/queue/{one}": [Spot(f"/queue/{one}?id={scheduled}")]
            for one in ("approve", "cancel", "hold", "release", "reschedule")
        },
        "/review/{token}": [Spot(room.review, None), Spot("/review/ended", None)],
        "/review/{token}/{number:int}": [Spot(f"{room.review}/0", None)],
        "/welcome/{token}": [Spot(room.welcome, None), Spot("/welcome/ended", None)],
    }


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Showroom]:
    with showroom(tmp_path_factory.mktemp("showroom")) as made:
        yield made


@pytest.fixture(scope="module")
def app(room: Showroom) -> FastAPI:
    """Only looked at, never asked."""
    return make_app(room.store, lambda: room.settings, FixedClock(NOW))


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Store]]:
    """The page on an empty store, as after the first start."""
    folder = tmp_path_factory.mktemp("bare")
    settings = Settings(folder / "config", folder / "posts", f"sqlite:///{folder / 'bot.db'}", 0)
    store = open_store(settings.database_url)
    with serving(settings, FixedClock(NOW), "127.0.0.1", 0) as url:
        yield url, store
    store.close()


def sit_down(browser: Browser, look: str = "light") -> Page:
    """A browser of its own, in which axe-core waits on every page."""
    width, height = LOOKS[look]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=look,
        timezone_id=ZONE,
        reduced_motion="reduce",
    )
    context.add_init_script(path=AXE)
    return context.new_page()


def is_page(room: Showroom, spot: Spot) -> bool:
    who = room.people[spot.role or Role.VIEWER]
    answer = who.get(spot.address)
    assert answer.status_code < 500, spot
    return answer.headers.get("content-type", "").startswith("text/html")


def faults(page: Page, address: str) -> list[str]:
    """What is wrong with a page."""
    page.goto(address)
    page.wait_for_load_state()
    if "/calendar" in address:
        page.locator("#calendar .ec-toolbar").wait_for()
    found: list[str] = page.evaluate(FAULTS)
    over = page.evaluate(SIDEWAYS)
    if over > 0:
        found.append(f"it is {over} pixels wider than the window")
    return [f"{address}: {one}" for one in found]


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_has_a_serious_fault(app: FastAPI, room: Showroom, browser: Browser, look: str) -> None:
    stranger, member = sit_down(browser, look), sit_down(browser, look)
    wrong: list[str] = []
    seen = 0
    for spot in spots(app, room, all_of_each=look == "light"):
        if not is_page(room, spot):
            continue
        page = room.people[spot.role].enter(member) if spot.role else stranger
        wrong += faults(page, f"{room.url}{spot.address}")
        seen += 1
    assert seen > 40
    assert wrong == []
    for one in (stranger, member):
        one.context.close()


def test_nor_has_one_on_which_there_is_nothing_yet(bare: tuple[str, Store], browser: Browser) -> None:
    url, store = bare
    page = visit(url, store, NOW).enter(sit_down(browser, "dark"))
    pages = ("/", "/calendar", "/posts", "/queue", "/log", "/accounts", "/campaigns", "/team", "/programs")
    assert [one for path in pages for one in faults(page, f"{url}{path}")] == []
    page.context.close()


def test_every_page_of_the_menu_is_reached_by_keyboard(room: Showroom, browser: Browser) -> None:
    page = room.people[Role.ADMINISTRATOR].enter(sit_down(browser))
    page.goto(room.url)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.goto(room.url)
    addresses = page.locator("nav.pages a").evaluate_all("all => all.map((one) => one.pathname)")
    reached, unseen = [], []
    for _ in range(60):
        page.keyboard.press("Tab")
        at, outline = page.evaluate(
            "[document.activeElement.pathname, getComputedStyle(document.activeElement).outlineStyle]"
        )
        reached.append(at)
        unseen += [at] if outline == "none" else []
    assert set(addresses) <= set(reached)
    assert len(addresses) >= 9
    assert unseen == []
    page.context.close()


def test_who_wants_no_motion_sees_none(room: Showroom, browser: Browser) -> None:
    page = room.people[Role.ADMINISTRATOR].enter(sit_down(browser))
    for path in ("/", "/accounts", f"/posts/{room.posts['draft']}"):
        page.goto(f"{room.url}{path}")
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p class=asking>…</p>')")
        assert page.evaluate("document.getAnimations().length") == 0
    page.context.close()


def test_the_plan_on_paper_has_its_words_alone(room: Showroom, browser: Browser) -> None:
    page = room.people[Role.VIEWER].enter(sit_down(browser))
    page.emulate_media(media="print")
    page.goto(f"{room.url}/campaigns/{WEEK}/plan")
    expect(page.get_by_role("heading", name="Day 5")).to_be_visible()
    for gone in (".top", "nav.pages", ".screen-only"):
        expect(page.locator(gone).first).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf().startswith(b"%PDF")
    page.context.close()
