"""The page in a real browser."""

import shutil

import pytest

from .helper import World

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")
def test_a_new_post_appears_by_itself_and_the_end_is_said(world: World) -> None:
    page = world.facebook()
    page.post("The first")
    page.refusal(lambda: page.post("The first"))
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            tab = browser.new_page(viewport={"width": 390, "height": 800})
            complaints: list[str] = []
            tab.on("console", lambda message: complaints.append(message.text))
            tab.goto(world.sandbox.url)
            tab.get_by_text("The last refusals").click()
            assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            page.post("The second <b>one</b>")
            tab.get_by_text("The second <b>one</b>").wait_for(timeout=5_000)
            assert tab.locator("details").get_attribute("open") is not None
            assert complaints == []
            world.sandbox.stop()
            tab.get_by_text("The sandbox has stopped").wait_for(timeout=5_000)
        finally:
            browser.close()
