"""The page with the feeds."""

from html.parser import HTMLParser

from bot.sandbox.registry import NETWORKS

from .helper import World


class Reader(HTMLParser):
    """Collects the tags and the texts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def read(world: World, path: str = "/") -> Reader:
    answer = world.http.get(world.sandbox.url + path)
    assert answer.status_code == 200
    return Reader(answer.text)


NASTY = "<script>alert('no')</script> & \"quotes\" <b>\n\nhttps://example.org/?a=1&b=<i>x"


def test_everything_that_was_posted_is_escaped(world: World) -> None:
    world.twitter("fice-x", "<b>x</b>").create_tweet(text=NASTY)
    page = world.facebook()
    page.sdk.put_comment(page.post(NASTY, link="https://example.org/<script>"), NASTY)
    page.refusal(lambda: page.sdk.put_object(page.page, "feed", message="x", link='"><script>'))
    article = {"source": "https://example.org", "title": "<script>"}
    world.linkedin().post("Hello", content={"article": article})
    seen = read(world)
    assert [one["src"] for one in seen.named("script")] == ["/static/feeds.js"]
    assert seen.named("i") == []
    assert seen.text.count(NASTY) == 3


def test_links_can_be_followed_and_lead_nowhere_unasked(world: World) -> None:
    world.facebook().post("See https://example.org/a_(b)?c=1&d=2. And javascript:alert(1)")
    links = [one for one in read(world).named("a") if not str(one["href"]).startswith("#")]
    assert "https://example.org/a_(b)?c=1&d=2" in [one["href"] for one in links]
    assert all("noopener" in str(one["rel"]) for one in links)
    assert all(str(one["href"]).startswith("https://") for one in links)


def test_the_page_counts_and_shows_what_was_refused(world: World) -> None:
    page = world.facebook()
    page.post("Hello")
    page.refusal(lambda: page.post("Hello"))
    seen = " ".join(read(world).text.split())
    assert "1 post 0 duplicates 1 refused" in seen
    assert "506 " not in seen
    assert "400 fice-facebook: (#506) Duplicate status message" in seen


def test_a_thread_and_comments_stand_together_in_their_order(world: World) -> None:
    client = world.twitter()
    last = None
    for number in range(1, 4):
        last = client.create_tweet(text=f"{number}/3", in_reply_to_tweet_id=last).json()["data"]["id"]
    client.create_tweet(text="Alone")
    text = read(world, "/feeds").text
    places = [text.index(one) for one in ("Alone", "1/3", "2/3", "3/3")]
    assert places == sorted(places)


def test_a_very_long_thread_is_shown(world: World) -> None:
    client, last = world.twitter(), None
    for number in range(60):
        last = client.create_tweet(text=f"Part {number}.", in_reply_to_tweet_id=last).json()["data"]["id"]
    assert "Part 59." in read(world).text


def test_the_page_needs_nothing_but_the_sandbox(world: World) -> None:
    seen = read(world)
    used = [one["href"] for one in seen.named("link")] + [one["src"] for one in seen.named("script")]
    assert used == ["data:,", "/static/feeds.css", "/static/feeds.js"]
    for path in used[1:]:
        assert world.http.get(f"{world.sandbox.url}{path}").text
    assert world.http.get(f"{world.sandbox.url}/static/..%2f__init__.py").status_code == 404
    assert len(seen.named("h1")) == 1
    assert len(seen.named("h2")) == len(NETWORKS)


def test_times_are_for_people_and_for_machines(world: World) -> None:
    world.facebook().post("Hello")
    seen = read(world)
    assert seen.named("time") == [{"datetime": "2018-09-24T09:00:00+00:00"}]
    assert "24 Sep 2018, 09:00 UTC" in seen.text
