"""Media, changes, figures and the login of Facebook in the sandbox, over plain HTTP as the documents say."""

import json
from typing import Any

import pytest
import requests

from bot.sandbox import Sandbox

from .helper import Graph, World

JPEG = b"\xff\xd8\xff\xe0 a picture"
VIDEO = b"\0\0\0\x18ftypmp42" + bytes(600_000)
PIECE = 1 << 18


class Client:
    """A page's calls by hand, where the SDK would hide what is sent."""

    def __init__(self, world: World, page: Graph) -> None:
        self.page = page.page
        self._token = page.token
        self._http = world.http
        self._base = f"{world.sandbox.environment()['FACEBOOK_GRAPH_URL']}/v25.0"

    def call(self, method: str, path: str, token: str | None = None, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {token or self._token}"}
        return self._http.request(method, f"{self._base}/{path}", headers=headers, **more)

    def photo(self, content: bytes = JPEG, **form: str) -> requests.Response:
        data = {"published": "false", **form}
        return self.call("POST", f"{self.page}/photos", data=data, files={"source": ("a.jpg", content)})

    def attach(self, *photos: str, **form: str) -> requests.Response:
        media = json.dumps([{"media_fbid": one} for one in photos])
        return self.call(
            "POST", f"{self.page}/feed", data={"message": "Look", "attached_media": media, **form}
        )

    def video(self, phase: str, content: bytes | None = None, **form: str) -> requests.Response:
        files = {"video_file_chunk": ("a.mp4", content)} if content is not None else None
        return self.call("POST", f"{self.page}/videos", data={"upload_phase": phase, **form}, files=files)

    def whole_video(self) -> dict[str, str]:
        begun: dict[str, str] = self.video("start", file_size=str(len(VIDEO))).json()
        start, session = 0, begun["upload_session_id"]
        while start < len(VIDEO):
            piece = VIDEO[start : start + PIECE]
            told = self.video("transfer", piece, upload_session_id=session, start_offset=str(start)).json()
            start = int(told["start_offset"])
        assert told["start_offset"] == told["end_offset"]
        return begun

    def finish(self, session: str, **form: str) -> requests.Response:
        return self.video("finish", upload_session_id=session, **form)


@pytest.fixture
def page(world: World) -> Graph:
    return world.facebook()


@pytest.fixture
def client(world: World, page: Graph) -> Client:
    return Client(world, page)


def refused(answer: requests.Response) -> tuple[int, int | None]:
    """Code and subcode."""
    assert answer.status_code >= 400, answer.text
    error = answer.json()["error"]
    return error["code"], error.get("error_subcode")


def test_photos_are_shown_with_what_they_show_in_words(world: World, client: Client) -> None:
    photos = [client.photo(alt_text_custom=alt).json()["id"] for alt in ("A child", "")]
    assert world.sandbox.feed() == []
    client.attach(*photos)
    [shown] = world.sandbox.feed()
    assert (shown.media, shown.alts) == (tuple(photos), ("A child", ""))
    assert ": “A child”" in world.http.get(world.sandbox.url).text
    [item] = client.call(
        "GET",
        "me/feed",
        params={"fields": "attachments{media_type,target{id},subattachments{media_type,target{id}}}"},
    ).json()["data"]
    [album] = item["attachments"]["data"]
    assert album["media_type"] == "album"
    assert [one["target"]["id"] for one in album["subattachments"]["data"]] == photos


def test_a_photo_can_not_be_attached_twice(client: Client) -> None:
    photo = client.photo().json()["id"]
    assert refused(client.attach(photo, photo))[0] == 100
    assert client.attach(photo).status_code == 200
    assert "already posted" in client.attach(photo, message="Again").json()["error"]["message"]


def test_somebody_elses_photo_too_many_and_old_ones_are_refused(world: World, client: Client) -> None:
    theirs = Client(world, world.facebook("other")).photo().json()["id"]
    assert refused(client.attach(theirs))[0] == 100
    photos = [client.photo().json()["id"] for _ in range(11)]
    assert refused(client.attach(*photos))[0] == 100
    world.clock.move(hours=25)
    assert refused(client.attach(photos[0]))[0] == 100
    assert world.sandbox.feed() == []


@pytest.mark.parametrize(("state", "code"), [("read-only", 200), ("blocked", 368)])
def test_who_may_not_publish_may_not_upload_either(
    world: World, client: Client, state: str, code: int
) -> None:
    world.sandbox.set_credentials("fice-facebook", state)
    assert refused(client.photo())[0] == code
    assert refused(client.video("start", file_size="5000"))[0] == code


@pytest.mark.parametrize("content", [b"text", b"", JPEG + bytes(10_000_000)])
def test_what_is_no_photo_can_not_be_read(client: Client, content: bytes) -> None:
    assert refused(client.photo(content)) == (100, 1_366_046)


def test_a_video_comes_in_pieces_and_is_seen_when_it_is_finished(world: World, client: Client) -> None:
    begun = client.whole_video()
    assert begun["end_offset"] == str(PIECE)
    video = begun["video_id"]
    status = client.call("GET", video, params={"fields": "status"}).json()["status"]
    assert (status["uploading_phase"], status["publishing_phase"]) == (
        {"status": "complete"},
        {"status": "not_started"},
    )
    assert world.sandbox.feed() == []
    assert client.finish(begun["upload_session_id"], description="They sing").json() == {"success": True}
    [shown] = world.sandbox.feed()
    assert (shown.id, shown.text) == (video, "They sing")
    told = client.call("GET", video, params={"fields": "status,post_id,published,description"}).json()
    assert told["published"]
    assert told["status"]["publishing_phase"] == {"status": "complete"}
    [item] = client.call("GET", "me/feed", params={"fields": "attachments{media_type,target{id}}"}).json()[
        "data"
    ]
    assert item["id"] == f"{client.page}_{told['post_id']}"
    assert item["attachments"] == {"data": [{"media_type": "video", "target": {"id": video}}]}


def test_a_piece_from_elsewhere_is_refused_with_what_is_wanted(client: Client) -> None:
    session = client.video("start", file_size=str(len(VIDEO))).json()["upload_session_id"]
    answer = client.video("transfer", VIDEO[5:9], upload_session_id=session, start_offset="5")
    assert refused(answer) == (6000, 1_363_037)
    assert answer.json()["error"]["error_data"] == {"start_offset": "0", "end_offset": str(PIECE)}


def test_wrong_steps_of_a_video_are_refused(world: World, client: Client) -> None:
    assert refused(client.video("start", file_size="999")) == (352, 1_363_022)
    assert refused(client.video("start", file_size=str(10**10 + 1))) == (352, 1_363_023)
    assert refused(client.video("start", file_size="many"))[0] == 100
    assert refused(client.video("begin"))[0] == 100
    session = client.video("start", file_size=str(len(VIDEO))).json()["upload_session_id"]
    sent = {"upload_session_id": session, "start_offset": "0"}
    assert refused(client.video("transfer", **sent)) == (100, 1_363_020)
    assert refused(client.video("transfer", b"no video", **sent)) == (352, 1_363_031)
    assert refused(client.video("transfer", bytes(700_000), **sent)) == (6000, 1_363_033)
    assert refused(client.finish(session)) == (6000, 1_363_033)
    assert refused(client.finish("1"))[0] == 100
    other = Client(world, world.facebook("other"))
    assert refused(other.finish(session))[0] == 100
    assert refused(other.video("transfer", VIDEO[:9], **sent))[0] == 100
    assert world.sandbox.feed() == []


def test_a_finished_video_is_not_finished_again(world: World, client: Client) -> None:
    session = client.whole_video()["upload_session_id"]
    client.finish(session)
    assert refused(client.finish(session))[0] == 100
    assert len(world.sandbox.feed()) == 1


def test_what_stands_under_a_video_goes_with_it(world: World, client: Client, page: Graph) -> None:
    begun = client.whole_video()
    client.finish(begun["upload_session_id"])
    comment = page.sdk.put_comment(begun["video_id"], "More")["id"]
    assert world.sandbox.feed()[1].id == comment
    [listed] = page.sdk.get_connections(begun["video_id"], "comments")["data"]
    assert listed["id"] == comment
    post = client.call("GET", begun["video_id"], params={"fields": "post_id"}).json()["post_id"]
    assert page.sdk.delete_object(f"{page.page}_{post}") == {"success": True}
    assert world.sandbox.feed() == []


def test_media_are_in_the_journal(tmp_path: Any) -> None:
    journal = tmp_path / "journal"
    with Sandbox(journal=journal) as sandbox, requests.Session() as http:
        http.trust_env = False
        made = sandbox.register("facebook", "fice", "FICE")
        base = f"{sandbox.environment()['FACEBOOK_GRAPH_URL']}/{made['FICE_PAGE_ID']}"
        token = {"access_token": made["FICE_ACCESS_TOKEN"]}
        form = {**token, "published": "false", "alt_text_custom": "A child"}
        photo = http.post(f"{base}/photos", data=form, files={"source": JPEG}).json()["id"]
        media = json.dumps([{"media_fbid": photo}])
        assert http.post(f"{base}/feed", data={**token, "attached_media": media}).ok
        before = sandbox.feed()
    with Sandbox(journal=journal) as sandbox:
        assert sandbox.feed() == before
        assert sandbox.feed()[0].alts == ("A child",)


# Changes and figures.


def test_a_post_can_say_something_else_but_not_nothing(world: World, client: Client, page: Graph) -> None:
    post = page.post("Helo")
    assert client.call("POST", post, data={"message": "Hello"}).json() == {"success": True}
    assert [one.text for one in world.sandbox.feed()] == ["Hello"]
    assert refused(client.call("POST", post, data={"message": ""}))[0] == 100
    assert refused(client.call("POST", "1_2", data={"message": "Hello"})) == (100, 33)
    other = Client(world, world.facebook("other"))
    assert refused(other.call("POST", post, data={"message": "Mine"}))[0] == 200


def test_several_posts_are_read_at_once(world: World, client: Client, page: Graph) -> None:
    posts = [page.post(f"Post {number}") for number in range(3)]
    fields = "shares,reactions.limit(0).summary(total_count),insights.metric(post_media_view){name,values}"
    told = client.call("GET", "", params={"ids": ",".join(posts), "fields": fields}).json()
    assert set(told) == set(posts)
    [metric] = told[posts[0]]["insights"]["data"]
    assert metric["name"] == "post_media_view"
    assert metric["values"][0]["value"] > 0
    again = client.call("GET", "", params={"ids": ",".join(posts), "fields": fields}).json()
    assert again == told


@pytest.mark.parametrize("metric", ["post_impressions", "post_impressions_unique", "post_engaged_users"])
def test_one_metric_that_is_gone_lets_the_whole_request_fail(
    client: Client, page: Graph, metric: str
) -> None:
    post = page.post("Hello")
    fields = f"shares,insights.metric(post_media_view,{metric})"
    answer = client.call("GET", "", params={"ids": post, "fields": fields})
    assert refused(answer) == (100, None)
    assert "valid insights metric" in answer.json()["error"]["message"]


def test_one_id_that_is_gone_lets_the_whole_request_fail(client: Client, page: Graph) -> None:
    post = page.post("Hello")
    answer = client.call("GET", "", params={"ids": f"{post},1_2"})
    assert (answer.status_code, refused(answer)) == (404, (803, None))
    many = ",".join(str(number) for number in range(51))
    assert refused(client.call("GET", "", params={"ids": many}))[0] == 100
    assert refused(client.call("GET", ""))[0] == 100


def test_faults_aim_at_each_kind_of_call(world: World, client: Client, page: Graph) -> None:
    post = page.post("Hello")
    for kind in ("upload", "edit", "delete", "create"):
        world.sandbox.add_fault("facebook", "status", on=kind, status=500)
    assert client.photo().status_code == 500
    assert client.video("start", file_size="5000").ok  # the fault is used up
    session = client.whole_video()["upload_session_id"]
    assert client.call("POST", post, data={"message": "More"}).status_code == 500
    assert client.call("DELETE", post).status_code == 500
    assert client.finish(session).status_code == 500
    assert client.finish(session).ok


# The login.


RETURN = "https://example.org/back"


def app(world: World) -> tuple[str, str]:
    made = world.sandbox.register("facebook", "fice-facebook", "FICE")
    return made["FICE_FACEBOOK_APP_ID"], made["FICE_FACEBOOK_APP_SECRET"]


def dialog(world: World, client: Client, **changed: str) -> requests.Response:
    query = {
        "client_id": app(world)[0],
        "redirect_uri": RETURN,
        "state": "s&t",
        "scope": "pages_show_list,pages_manage_posts",
        **changed,
    }
    return client.call("GET", "dialog/oauth", params=query, allow_redirects=False)


@pytest.mark.parametrize(
    "wrong", [{"client_id": "5"}, {"redirect_uri": "nowhere"}, {"scope": "manage_pages"}], ids=str
)
def test_a_wrong_dialog_says_so_and_leads_nowhere(
    world: World, client: Client, wrong: dict[str, str]
) -> None:
    answer = dialog(world, client, answer="agree", **wrong)
    assert answer.status_code == 400
    assert "location" not in answer.headers


def test_a_code_is_good_once_for_its_app_its_address_and_ten_minutes(world: World, client: Client) -> None:
    number, secret = app(world)

    def code() -> str:
        return (
            dialog(world, client, answer="agree").headers["location"].partition("code=")[2].partition("&")[0]
        )

    def exchange(**changed: str) -> requests.Response:
        form = {"client_id": number, "client_secret": secret, "redirect_uri": RETURN, **changed}
        return client.call("POST", "oauth/access_token", data=form)

    assert refused(exchange(code=code(), redirect_uri="https://example.org/other")) == (100, 36_008)
    assert refused(exchange(code=code(), client_secret="wrong"))[0] == 1
    good = code()
    token = exchange(code=good).json()["access_token"]
    assert refused(exchange(code=good)) == (100, 36_009)
    old = code()
    world.clock.move(minutes=11)
    assert refused(exchange(code=old)) == (100, 36_007)
    long = exchange(grant_type="fb_exchange_token", fb_exchange_token=token).json()
    assert long["expires_in"] == 60 * 24 * 3600
    told = client.call("GET", "debug_token", params={"input_token": long["access_token"]}).json()["data"]
    assert (told["type"], told["scopes"]) == ("USER", ["pages_show_list", "pages_manage_posts"])
    world.clock.move(hours=3)
    assert refused(client.call("GET", "me/accounts", token=token))[0] == 190
    assert client.call("GET", "me/accounts", token=long["access_token"]).json()["data"][0]["name"] == "FICE"


def test_a_person_can_not_post_as_the_page(world: World, client: Client) -> None:
    number, secret = app(world)
    location = dialog(world, client, answer="agree").headers["location"]
    form = {"client_id": number, "client_secret": secret, "redirect_uri": RETURN}
    form["code"] = location.partition("code=")[2].partition("&")[0]
    token = client.call("POST", "oauth/access_token", data=form).json()["access_token"]
    assert client.call("GET", "me", token=token).json()["name"] == "Ana Sandbox"
    answer = client.call("POST", f"{client.page}/feed", token=token, data={"message": "Hello"})
    assert refused(answer) == (200, None)
    assert "as the page itself" in answer.json()["error"]["message"]


def test_the_state_comes_back_as_it_was(world: World, client: Client) -> None:
    assert "state=s%26t" in dialog(world, client, answer="agree").headers["location"]
    cancelled = dialog(world, client, answer="cancel").headers["location"]
    assert "error=access_denied" in cancelled
    assert "state=s%26t" in cancelled
    assert 'value="s&amp;t"' in dialog(world, client).text
