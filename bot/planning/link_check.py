"""The link check: whether something answers behind a link, asked once and politely."""

import ipaddress
import queue
import socket
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

if TYPE_CHECKING:
    import requests

TIMEOUT = timedelta(seconds=10)  # for one answer
AT_ONCE = 4  # links
MOST_HOPS = 8
# Answers of servers that are there and do not talk to programs (999 is LinkedIn's).
_NOT_FOR_PROGRAMS = frozenset({401, 402, 403, 405, 406, 407, 418, 429, 451, 999})
_AGENT = "Mozilla/5.0 (compatible; campaign link check)"
# Gives the addresses of a host; raises OSError where it has none.
Resolve = Callable[[str], Iterable[str]]


def addresses_of(host: str) -> Iterable[str]:
    """The addresses that a host's name leads to."""
    return {str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}


def check_links(
    links: Iterable[str],
    timeout: timedelta = TIMEOUT,
    at_once: int = AT_ONCE,
    resolve: Resolve = addresses_of,
    progress: Callable[[int], None] = lambda done: None,
) -> Mapping[str, str | None]:
    """What is wrong with each link, in a few words; None: something answers behind it.

    Each address is asked once, for its head, and for the page itself only where that gives none. A link that
    leads into the network of this machine is not followed, unless it names such an address itself.
    """
    asked = list(dict.fromkeys(links))
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    answers: queue.SimpleQueue[tuple[str, str | None]] = queue.SimpleQueue()
    for link in asked:
        waiting.put(link)

    def ask() -> None:
        while True:
            try:
                link = waiting.get_nowait()
            except queue.Empty:
                return
            answers.put((link, _ask(link, timeout.total_seconds(), resolve)))

    # Daemons: a server that sends one byte after the other keeps nobody from ending the program.
    for _ in range(min(at_once, len(asked))):
        Thread(target=ask, name="link check", daemon=True).start()
    found: dict[str, str | None] = {}
    longest = timeout.total_seconds() * (MOST_HOPS + 1) * 2
    while len(found) < len(asked):
        try:
            link, answer = answers.get(timeout=longest)
        except queue.Empty:
            break
        found[link] = answer
        progress(len(found))
    return {link: found.get(link, "does not come to an end with its answer") for link in asked}


def _ask(link: str, timeout: float, resolve: Resolve) -> str | None:
    import requests

    try:
        with requests.Session() as session:
            session.auth = _no_password
            session.headers["User-Agent"] = _AGENT
            return _follow(session, link, timeout, resolve)
    except requests.exceptions.SSLError:
        return "its certificate is not accepted"
    except requests.exceptions.Timeout:
        return f"does not answer within {timeout:.0f} seconds"
    except requests.exceptions.ConnectionError:
        return "nothing answers there"
    except (requests.exceptions.RequestException, ValueError):
        return "is no address that can be asked"


def _follow(session: "requests.Session", link: str, timeout: float, resolve: Resolve) -> str | None:
    address, written = link, urlsplit(link).hostname
    for _ in range(MOST_HOPS):
        if problem := _not_to_be_asked(address, written, resolve):
            return problem
        status, onward = _status(session, "HEAD", address, timeout)
        if status >= 400:
            status, onward = _status(session, "GET", address, timeout)
        if not onward:
            return None if status < 400 or status in _NOT_FOR_PROGRAMS else f"answers {status}"
        address = urljoin(address, onward)
    return f"leads on more than {MOST_HOPS} times"


def _status(session: "requests.Session", method: str, address: str, timeout: float) -> tuple[int, str | None]:
    """The status of an answer, and where it leads on; of the answer itself nothing is read."""
    with closing(
        session.request(method, address, timeout=timeout, allow_redirects=False, stream=True)
    ) as answer:
        return answer.status_code, answer.headers.get("Location") if answer.is_redirect else None


def _not_to_be_asked(address: str, written: str | None, resolve: Resolve) -> str | None:
    """Why an address is not asked: a page must not lead this program to servers that only it can reach.

    `written` is the host that the post's author has named.
    """
    parts = urlsplit(address)
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host:
        return f"leads on to what is no web page: {address[:60]}"
    if host == written and (host == "localhost" or _is_literal(host)):
        return None
    try:
        found = list(resolve(host))
    except (OSError, UnicodeError):
        return f"there is no server {host}"
    if not all(_is_public(one) for one in found):
        return f"{host} is an address within this network: it is not asked"
    return None


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_global
    except ValueError:
        return False


def _no_password(request: "requests.PreparedRequest") -> "requests.PreparedRequest":
    """Else a password from ~/.netrc would be sent."""
    return request
