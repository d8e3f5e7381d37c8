"""What the wire can do to a request, and what each proves; over real sockets."""

import gzip
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest

from bot.model.outcome import Cause, NotPublished, Published, Rejected, Unknown
from bot.model.sending import Sending

from .accounts import CREATED, CREDENTIALS, HELLO, NETWORKS, POSTED, network
from .servers import answer, drip, hang, raw, reset, response, serving

pytestmark = pytest.mark.parametrize("name", NETWORKS)


def test_a_created_post_is_published_with_its_permalink(name: str) -> None:
    with serving(answer(201, CREATED[name])) as server:
        outcome = network(name, server.url).publish(Sending(HELLO))
    assert isinstance(outcome, Published)
    assert (outcome.post.remote_id, outcome.post.url) == (POSTED[name].remote_id, POSTED[name].url)


# Never left: a later try is safe.


def test_a_refused_connection_proves_that_nothing_left(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outcome = network(name, f"http://127.0.0.1:{port}").publish(Sending(HELLO))
    assert isinstance(outcome, NotPublished)
    assert outcome.cause is Cause.NEVER_LEFT
    assert "refused" in outcome.reason


def test_a_name_that_is_not_found_proves_that_nothing_left(name: str) -> None:
    outcome = network(name, "http://nowhere.invalid").publish(Sending(HELLO))
    assert isinstance(outcome, NotPublished)
    assert outcome.cause is Cause.NEVER_LEFT
    assert "name" in outcome.reason


def test_a_connection_that_does_not_come_about_in_time_proves_that_nothing_left(name: str) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)  # with a full queue further connections wait
        crowd = [socket.socket() for _ in range(4)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        outcome = network(name, url, timeout=0.2).publish(Sending(HELLO))
        for one in crowd:
            one.close()
    assert isinstance(outcome, NotPublished)
    assert outcome.cause is Cause.NEVER_LEFT
    assert "in time" in outcome.reason


def test_a_failed_tls_handshake_proves_that_nothing_left(name: str) -> None:
    def speak_plainly(sock: socket.socket) -> socket.socket:
        sock.sendall(response(400, "this is no TLS"))
        return sock

    with serving(answer(201, CREATED[name]), wrap=speak_plainly) as server:
        outcome = network(name, f"https://127.0.0.1:{server.port}").publish(Sending(HELLO))
    assert isinstance(outcome, NotPublished)
    assert outcome.cause is Cause.NEVER_LEFT
    assert "TLS" in outcome.reason


def test_a_tls_handshake_that_is_not_answered_proves_that_nothing_left(name: str) -> None:
    with serving(answer(201, CREATED[name])) as server:
        outcome = network(name, f"https://127.0.0.1:{server.port}", timeout=0.2).publish(Sending(HELLO))
    assert isinstance(outcome, NotPublished)
    assert outcome.cause is Cause.NEVER_LEFT
    assert "in time" in outcome.reason


def test_a_certificate_of_a_stranger_proves_that_nothing_left(name: str, authority: "Authority") -> None:
    with serving(answer(201, CREATED[name]), wrap=authority.wrap) as server:
        outcome = network(name, f"https://localhost:{server.port}").publish(Sending(HELLO))
        assert server.requests == []
    assert isinstance(outcome, NotPublished)
    assert outcome.cause is Cause.NEVER_LEFT


def test_a_proxy_that_is_not_there_proves_that_nothing_left(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
    outcome = network(name, "https://api.example.org").publish(Sending(HELLO))
    assert isinstance(outcome, NotPublished)
    assert outcome.cause is Cause.NEVER_LEFT
    assert "proxy" in outcome.reason


def test_a_proxy_that_opens_no_tunnel_proves_that_nothing_left(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(answer(403, "no")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        outcome = network(name, "https://api.example.org").publish(Sending(HELLO))
        assert proxy.requests[0].line.startswith("CONNECT api.example.org:443")
    assert isinstance(outcome, NotPublished)
    assert outcome.cause is Cause.NEVER_LEFT


def test_a_proxy_that_wants_a_password_let_nothing_through(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(answer(407, "<html><title>Who are you?</title>")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        outcome = network(name, "http://api.example.org").publish(Sending(HELLO))
    assert isinstance(outcome, NotPublished)
    assert outcome.cause is Cause.NEVER_LEFT
    assert "Who are you?" in outcome.reason


# Unknown: somebody has to look.


def test_no_answer_in_time_is_uncertain(name: str) -> None:
    with serving(hang(seconds=0.5)) as server:
        outcome = network(name, server.url, timeout=0.2).publish(Sending(HELLO))
    assert isinstance(outcome, Unknown)
    assert "in time" in outcome.reason


@pytest.mark.parametrize("part", [b"HTTP/1.1 201 Cre", b"HTTP/1.1 201 Created\r\nContent-Le"])
def test_an_answer_that_stops_in_its_head_is_uncertain(name: str, part: bytes) -> None:
    with serving(hang(part, seconds=0.5)) as server:
        assert isinstance(network(name, server.url, timeout=0.2).publish(Sending(HELLO)), Unknown)


def test_a_body_that_does_not_come_in_time_is_uncertain_and_keeps_its_status(name: str) -> None:
    with serving(hang(b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{", seconds=0.5)) as server:
        outcome = network(name, server.url, timeout=0.2).publish(Sending(HELLO))
    assert isinstance(outcome, Unknown)
    assert outcome.status == 201


@pytest.mark.parametrize("start", [0, 40])
def test_an_answer_that_drips_for_ever_ends_at_the_time_limit(name: str, start: int) -> None:
    whole = response(201, CREATED[name])
    with serving(lambda sock: (sock.sendall(whole[:start]), drip(whole[start:])(sock))[1]) as server:
        outcome = network(name, server.url, timeout=0.3).publish(Sending(HELLO))
    assert isinstance(outcome, Unknown)
    assert "in time" in outcome.reason


def test_a_reset_after_the_request_left_is_uncertain(name: str) -> None:
    with serving(reset()) as server:
        outcome = network(name, server.url).publish(Sending(HELLO))
    assert isinstance(outcome, Unknown)
    assert "reset" in outcome.reason


def test_a_connection_closed_without_an_answer_is_uncertain(name: str) -> None:
    with serving(raw(b"")) as server:
        outcome = network(name, server.url).publish(Sending(HELLO))
    assert isinstance(outcome, Unknown)
    assert "without an answer" in outcome.reason


def test_a_reset_while_the_answer_is_read_is_uncertain(name: str) -> None:
    with serving(reset(response(201, CREATED[name])[:-5])) as server:
        assert isinstance(network(name, server.url).publish(Sending(HELLO)), Unknown)


def test_a_truncated_body_is_uncertain(name: str) -> None:
    with serving(raw(response(201, CREATED[name])[:-3])) as server:
        outcome = network(name, server.url).publish(Sending(HELLO))
    assert isinstance(outcome, Unknown)
    assert outcome.status == 201


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 twohundred OK\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 201 Created\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n",
        b"HTTP/1.1 201 Created\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nContent-Length: nine\r\n\r\n",
    ],
)
def test_an_answer_that_breaks_the_protocol_is_uncertain(name: str, data: bytes) -> None:
    with serving(raw(data)) as server:
        assert isinstance(network(name, server.url).publish(Sending(HELLO)), Unknown)


@pytest.mark.parametrize("before", ["nothing", "the head", "half of the body"])
def test_a_half_closed_connection_is_uncertain(name: str, before: str) -> None:
    whole = response(201, CREATED[name])
    head = whole.index(b"\r\n\r\n") + 4
    sent = {"nothing": b"", "the head": whole[:head], "half of the body": whole[: head + 3]}[before]

    def behave(sock: socket.socket) -> None:
        sock.sendall(sent)
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(5)
        assert sock.recv(1) == b""  # the client closes, and waits for nothing more

    with serving(behave) as server:
        outcome = network(name, server.url).publish(Sending(HELLO))
        assert server.connections == 1
    assert isinstance(outcome, Unknown)
    assert outcome.status == (None if before == "nothing" else 201)


def test_an_answer_that_comes_after_our_time_limit_is_not_heard_any_more(name: str) -> None:
    def behave(sock: socket.socket) -> None:
        time.sleep(0.4)
        sock.sendall(response(201, CREATED[name]))

    with serving(behave) as server:
        assert isinstance(network(name, server.url, timeout=0.2).publish(Sending(HELLO)), Unknown)


@pytest.mark.parametrize(
    "before", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"]
)
def test_an_answer_that_is_announced_is_heard_out(name: str, before: bytes) -> None:
    with serving(raw(before + response(201, CREATED[name]))) as server:
        outcome = network(name, server.url).publish(Sending(HELLO))
    # Python's HTTP reads over a 100; what else comes first proves nothing.
    assert isinstance(outcome, Published if b"100" in before else Unknown)


def test_an_answer_in_another_encoding_than_it_says_is_read_as_far_as_it_goes(name: str) -> None:
    body = json.dumps(CREATED[name], ensure_ascii=False).encode()
    strange = body[:-1] + ', "note": "é"}'.encode("latin-1")
    head = {"Content-Type": "application/json; charset=utf-16"}
    with serving(answer(201, strange, head)) as server:
        assert isinstance(network(name, server.url).publish(Sending(HELLO)), Published)


def test_a_packed_answer_is_unpacked_and_one_that_grows_without_end_is_not(name: str) -> None:
    packed = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    small = gzip.compress(json.dumps(CREATED[name]).encode())
    bomb = gzip.compress(b"x" * 20_000_000)
    with serving(answer(201, small, packed), answer(201, small[:-9], packed), answer(201, bomb, packed)) as (
        server
    ):
        adapter = network(name, server.url)
        outcomes = [adapter.publish(Sending(HELLO)) for _ in range(3)]
    assert isinstance(outcomes[0], Published)
    assert isinstance(outcomes[1], Published | Unknown)  # its end is missing, and perhaps nothing of it
    assert isinstance(outcomes[2], Unknown)
    assert "too long" in outcomes[2].reason


def test_an_endless_body_is_not_read_to_its_end(name: str) -> None:
    def flood(sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 201 Created\r\n\r\n")
        while True:
            sock.sendall(b"x" * 65536)

    with serving(flood) as server:
        outcome = network(name, server.url).publish(Sending(HELLO))
    assert isinstance(outcome, Unknown)


def test_a_secure_connection_that_breaks_after_the_request_is_uncertain(
    name: str, authority: "Authority", monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without a goodbye: urllib3 raises the same class here as for a failed handshake.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.certificate))
    with serving(raw(b""), wrap=authority.wrap) as server:
        outcome = network(name, f"https://localhost:{server.port}").publish(Sending(HELLO))
        assert len(server.requests) == 1
    assert isinstance(outcome, Unknown)


@pytest.mark.parametrize("kept", [0, 30, -5])
def test_a_secure_connection_that_is_cut_within_the_answer_is_uncertain(
    name: str, authority: "Authority", monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.certificate))
    with serving(reset(response(201, CREATED[name])[:kept]), wrap=authority.wrap) as server:
        outcome = network(name, f"https://localhost:{server.port}").publish(Sending(HELLO))
        assert len(server.requests) == 1
    assert isinstance(outcome, Unknown)
    assert "the bot looks for it" in outcome.reason


def test_it_publishes_over_a_secure_connection(
    name: str, authority: "Authority", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.certificate))
    with serving(answer(201, CREATED[name]), wrap=authority.wrap) as server:
        outcome = network(name, f"https://localhost:{server.port}").publish(Sending(HELLO))
    assert isinstance(outcome, Published)


# Never twice.


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(name: str, status: int) -> None:
    with serving(answer(status, "", {"Location": "/elsewhere"})) as server:
        outcome = network(name, server.url).publish(Sending(HELLO))
        assert len(server.requests) == 1
    assert isinstance(outcome, Rejected if status in (301, 307, 308) else Unknown)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_request_is_never_repeated_by_itself(name: str, status: int) -> None:
    with serving(answer(status, "", {"Retry-After": "0"})) as server:
        network(name, server.url).publish(Sending(HELLO))
        time.sleep(0.05)
        assert server.connections == 1


def test_no_connection_is_used_twice(name: str) -> None:
    alive = response(201, CREATED[name], {"Connection": "keep-alive"})
    with serving(hang(alive, seconds=0.2)) as server:
        adapter = network(name, server.url)
        for _ in range(2):
            assert isinstance(adapter.publish(Sending(HELLO)), Published)
        assert server.connections == 2
        assert {request.headers["connection"] for request in server.requests} == {"close"}


def test_two_calls_at_once_do_not_disturb_each_other(name: str) -> None:
    outcomes = []
    with serving(hang(seconds=0.5), answer(201, CREATED[name])) as server:
        adapter = network(name, server.url, timeout=0.25)
        slow = threading.Thread(target=lambda: outcomes.append(adapter.publish(Sending(HELLO))))
        slow.start()
        while server.connections == 0:
            time.sleep(0.005)
        assert isinstance(adapter.publish(Sending(HELLO)), Published)
        slow.join()
    assert isinstance(outcomes[0], Unknown)


# The address and the environment.


def test_the_base_address_may_have_a_path_and_a_slash_at_the_end(name: str) -> None:
    with serving(answer(201, CREATED[name])) as server:
        network(name, f"{server.url}/gate/way/").publish(Sending(HELLO))
    assert server.requests[0].line.split()[1].startswith("/gate/way/")


@pytest.mark.parametrize("end", ["", "/"])
def test_the_base_address_may_already_have_the_first_piece_of_the_path(name: str, end: str) -> None:
    pieces = {
        "twitter": "/2",
        "facebook": "/v19.0",
        "linkedin": "/rest",
        "mastodon": "/api",
        "bluesky": "/xrpc",
    }
    piece = pieces[name]
    with serving(answer(201, CREATED[name])) as server:
        network(name, server.url + piece + end).publish(Sending(HELLO))
        network(name, server.url).publish(Sending(HELLO))
    assert server.requests[0].line == server.requests[1].line


def test_a_netrc_does_not_replace_our_credentials(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with serving(answer(500, "no")) as server:
        adapter = network(name, server.url)
        adapter.publish(Sending(HELLO))
        adapter.verify()
    assert not [one for one in server.requests if "Basic" in one.headers.get("authorization", "")]
    assert CREDENTIALS[name].get("ACCESS_TOKEN", "app/password+secret") not in "".join(
        one.line for one in server.requests
    )


def test_a_server_on_this_machine_is_reached_without_the_proxy(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://nowhere.invalid")
    with serving(answer(201, CREATED[name])) as server:
        assert isinstance(network(name, server.url).publish(Sending(HELLO)), Published)


def test_a_proxy_of_the_environment_is_used(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(answer(201, CREATED[name])) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert isinstance(network(name, "http://api.example.org").publish(Sending(HELLO)), Published)
        assert proxy.requests[0].line.startswith("POST http://api.example.org/")


def test_cookies_are_not_kept(name: str) -> None:
    with serving(answer(201, CREATED[name], {"Set-Cookie": "guest=1; Path=/"})) as server:
        adapter = network(name, server.url)
        adapter.publish(Sending(HELLO))
        adapter.publish(Sending(HELLO))
    assert "cookie" not in server.requests[1].headers


class Authority:
    """A certificate for localhost that nobody knows unless told."""

    def __init__(self, folder: Path) -> None:
        self.certificate, key = folder / "cert.pem", folder / "key.pem"
        words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
        words += " -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:TRUE"
        command = ["openssl", *words.split(), "-keyout", str(key), "-out", str(self.certificate)]
        subprocess.run(command, check=True, capture_output=True)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.certificate, key)

    def wrap(self, sock: socket.socket) -> socket.socket:
        return self._context.wrap_socket(sock, server_side=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(autouse=True)
def no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)
        monkeypatch.delenv(variable.lower(), raising=False)
