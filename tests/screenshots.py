"""Screenshots: each page in the light, in the dark and on a phone, for the README and for whoever designs.

python -m tests.screenshots [--only NAME] [--whole] [--folder docs/screenshots]
"""

import argparse
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from bot.model.role import Role
from tests.conftest import chromium
from tests.nursery import ROOT
from tests.showroom import NOW, WEEK, ZONE, Showroom, showroom

LOOKS = {"light": ("light", 1280, 860), "dark": ("dark", 1280, 860), "phone": ("light", 390, 844)}
COLOURS = 255
_PICTURES = """() => Promise.all([...document.images].map((one) => {
    one.loading = "eager";
    return one.decode().catch(() => {});
}))"""


@dataclass(frozen=True)
class Shot:
    """One page, and what is done before the picture is taken."""

    address: str
    act: Callable[[Page], object] = lambda page: None
    signed_in: bool = True


def shots(room: Showroom) -> dict[str, Shot]:
    """The pages, by the names of their pictures."""
    return {
        "today": Shot("/"),
        "calendar-week": Shot(f"/calendar?view=week&campaign={WEEK}", _events),
        "calendar-campaign": Shot(f"/calendar?view=campaign&campaign={WEEK}", _events),
        "posts": Shot("/posts"),
        "composer": Shot(f"/posts/{room.posts['review']}", _preview),
        "approvals": Shot("/approvals"),
        "queue": Shot("/queue"),
        "log": Shot("/log"),
        "delivery": Shot(f"/deliveries/{room.deliveries['uncertain']}"),
        "accounts": Shot("/accounts"),
        "preflight": Shot(f"/preflight/{WEEK}"),
        "campaigns": Shot("/campaigns"),
        "campaign": Shot(f"/campaigns/{WEEK}"),
        "plan": Shot(f"/campaigns/{WEEK}/plan"),
        "team": Shot("/team"),
        "programs": Shot("/programs"),
        "sign-in": Shot("/sign-in", signed_in=False),
        "review": Shot(room.review, signed_in=False),
    }


def take(browser: Browser, room: Showroom, only: str | None, whole: bool, folder: Path) -> None:
    """Take them, and write them as small as they can be."""
    folder.mkdir(parents=True, exist_ok=True)
    for look, (scheme, width, height) in LOOKS.items():
        for name, shot in shots(room).items():
            if only not in (None, name):
                continue
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, timezone_id=ZONE,
                locale="en-GB", reduced_motion="reduce",
            )  # fmt: skip
            page = context.new_page()
            page.clock.set_fixed_time(NOW)
            if shot.signed_in:
                room.people[Role.ADMINISTRATOR].enter(page)
            page.goto(f"{room.url}{shot.address}")
            page.wait_for_load_state()
            shot.act(page)
            page.evaluate(_PICTURES)
            _write(page.screenshot(full_page=whole, animations="disabled"), folder / f"{name}-{look}.png")
            context.close()


def _events(page: Page) -> None:
    page.locator("[data-delivery]").first.wait_for(state="attached")


def _preview(page: Page) -> None:
    page.locator("#preview .message").first.wait_for(state="attached")


def _write(taken: bytes, path: Path) -> None:
    image = Image.open(io.BytesIO(taken)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def main() -> None:
    """Take what the command line says."""
    words = argparse.ArgumentParser(prog="python -m tests.screenshots", description=__doc__.splitlines()[0])
    words.add_argument("--only", help="the name of one page")
    words.add_argument("--whole", action="store_true", help="the whole page, not what is seen of it first")
    words.add_argument("--folder", type=Path, default=ROOT / "docs/screenshots")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as folder, showroom(Path(folder)) as room, chromium() as browser:
        take(browser, room, asked.only, asked.whole, asked.folder)


if __name__ == "__main__":
    main()
