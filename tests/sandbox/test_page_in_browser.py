"""The page in a real browser."""

from playwright.sync_api import Browser, Page

from .helper import World


def test_a_new_post_appears_by_itself_and_what_was_open_stays_open(world: World, tab: Page) -> None:
    page = world.facebook()
    page.post("The first")
    page.refusal(lambda: page.post("The first"))
    tab.goto(world.sandbox.url)
    tab.get_by_text("The last refusals").click()
    assert tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.post("The second <b>one</b>")
    tab.get_by_text("The second <b>one</b>").wait_for()
    assert tab.locator("details").get_attribute("open") is not None
    tab.goto("about:blank")


def test_a_sandbox_that_has_stopped_is_said_to_have(world: World, browser: Browser) -> None:
    tab = browser.new_page()
    tab.goto(world.sandbox.url)
    world.sandbox.stop()
    tab.get_by_text("The sandbox has stopped").wait_for()
    tab.close()
