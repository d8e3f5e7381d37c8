"""The link check: what answers, what does not, and what is never asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.clock import FixedClock
from bot.planning.dead_links import dead_links
from bot.planning.link_check import check_links
from bot.planning.preflight import Asking, look_ahead
from tests.planning.helper import SUNDAY, Project, expect

SOON = timedelta(seconds=0.3)


class Site(ThreadingHTTPServer):
    """A site of the test's: paths are what it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Page)
        self.asked: list[str] = []
        self.ended = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Page(BaseHTTPRequestHandler):
    server: Site

    def answer(self) -> None:
        self.server.asked.append(
            f"{self.command} {self.path} {self.headers.get('Authorization', '')}".strip()
        )
        kind, _, rest = self.path.lstrip("/").partition("/")
        if kind == "silent":
            self.server.ended.wait(10)
            return
        status = int(kind) if kind.isdecimal() else 200
        if kind == "getonly":
            status = 404 if self.command == "HEAD" else 200
        self.send_response(302 if kind == "to" else status)
        if kind == "to":
            self.send_header("Location", rest if "://" in rest else f"/{rest}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def serving() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        site.ended.set()
        site.shutdown()
        thread.join()
        site.server_close()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving() as one:
        yield one


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/", None),
        ("/getonly", None),
        ("/to/to/", None),
        ("/403", None),
        ("/429", None),
        ("/999", None),
        ("/404", "answers 404"),
        ("/410", "answers 410"),
        ("/503", "answers 503"),
        ("/to/404", "answers 404"),
        ("/" + "to/" * 9, "leads on more than 8 times"),
        ("/to/ftp://example.org/", "leads on to what is no web page"),
        ("/silent", "does not answer within"),
    ],
)
def test_what_is_behind_a_link_is_told_in_a_few_words(site: Site, path: str, said: str | None) -> None:
    [(_, answer)] = check_links([site.url + path], SOON if path == "/silent" else timedelta(5)).items()
    assert answer is None if said is None else said in (answer or "")


def test_every_address_is_asked_once_and_by_its_head_alone(site: Site) -> None:
    site.asked.clear()
    done: list[int] = []
    links = [f"{site.url}/{number}" for number in ("a", "b", "a", "a")]
    assert check_links(links, progress=done.append) == {links[0]: None, links[1]: None}
    assert sorted(site.asked) == ["HEAD /a", "HEAD /b"]
    assert done == [1, 2]


def test_a_port_on_which_nobody_listens_does_not_answer() -> None:
    with serving() as gone:
        url = gone.url
    assert check_links([url]) == {url: "nothing answers there"}


def test_a_name_that_leads_into_this_network_is_not_asked(site: Site) -> None:
    site.asked.clear()
    link = f"http://intranet.example.org:{site.server_port}/"
    [answer] = check_links([link], resolve=lambda host: ["127.0.0.1"]).values()
    assert answer == "intranet.example.org is an address within this network: it is not asked"
    assert site.asked == []


def test_a_page_does_not_lead_into_this_network(site: Site) -> None:
    site.asked.clear()
    link = f"{site.url}/to/http://localhost:{site.server_port}/secret"
    [answer] = check_links([link], resolve=lambda host: ["::1"]).values()
    assert "within this network" in (answer or "")
    assert len(site.asked) == 1


def test_a_name_without_a_server_is_told() -> None:
    def nowhere(host: str) -> list[str]:
        raise OSError(host)

    assert check_links(["http://nowhere.invalid/"], resolve=nowhere) == {
        "http://nowhere.invalid/": "there is no server nowhere.invalid"
    }


def test_a_password_of_the_machine_is_not_sent(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login anna password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    site.asked.clear()
    check_links([f"{site.url}/a"])
    assert site.asked == ["HEAD /a"]


def test_a_server_that_is_slow_does_not_hold_up_the_others(site: Site) -> None:
    links = [f"{site.url}/silent", *(f"{site.url}/{number}" for number in range(200, 220))]
    answers = check_links(links, SOON, at_once=2)
    assert [link for link, answer in answers.items() if answer] == links[:1]


def test_the_dead_links_of_posts_are_named_at_their_lines(project: Project, site: Site) -> None:
    lines = ["day: 1", "kind: daily-post", "accounts: [fice-x]", "text:", "  twitter: |", "    See"]
    project.post("a", *lines, f"    ({site.url}/404), {site.url}/a.", body=f"One\n{site.url}/503/?b=(c)!")
    project.post("b", *lines[:3], "status: draft", body=f"{site.url}/404")
    said = [str(one).replace(f"{project.folder}/", "") for one in dead_links(project.content())]
    expect(
        said,
        ("posts/week/a.md:11: warning", f"{site.url}/503/?b=(c): answers 503", "[dead-links]"),
        ("posts/week/a.md:8: warning", f"{site.url}/404: answers 404"),
    )
    project.write("config/bot.toml", '[checks]\ndead-links = "off"\n')
    site.asked.clear()
    assert dead_links(project.content()) == []
    assert site.asked == []


def test_a_dead_link_is_a_finding_of_the_preflight_unless_nobody_is_to_be_asked(
    project: Project, site: Site
) -> None:
    project.post("a", "day: 1", "kind: daily-post", "accounts: [fice-x]", f"link: {site.url}/404")
    for offline in (False, True):
        found = look_ahead(project.content(), Asking(FixedClock(SUNDAY), offline=offline))
        links = [(one.mark, one.subject, one.detail) for one in found if one.about == "link"]
        place = f"{project.folder}/posts/week/a.md:5"
        assert links == ([] if offline else [("warning", place, f"{site.url}/404: answers 404 [dead-links]")])
