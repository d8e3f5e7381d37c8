"""Media on LinkedIn in the sandbox: what may be uploaded by whom, and shown when."""

from typing import Any

import pytest
import requests
from linkedin_api.common.errors import ResponseFormattingError

from .helper import Restli, World

JPEG = b"\xff\xd8\xffpicture"
MP4 = b"\x00\x00\x00\x18ftypmp42"
PART = 4 * 1024 * 1024


@pytest.fixture
def author(world: World) -> Restli:
    return world.linkedin()


def act(author: Restli, collection: str, action: str, **parameters: Any) -> Any:
    try:
        answer = author.call(
            "action",
            resource_path=f"/{collection}",
            action_name=action,
            action_params={f"{action}Request": parameters},
        )
    except ResponseFormattingError:  # the client wants every action to have a value
        return None
    return answer.response.json()["value"]


def begin(author: Restli, collection: str = "images", **more: Any) -> Any:
    return act(author, collection, "initializeUpload", **{"owner": author.author, **more})


def put(world: World, url: str, content: bytes, author: Restli | None = None) -> Any:
    headers = {"Authorization": f"Bearer {author.token}"} if author else {}
    return world.http.put(url, data=content, headers=headers)


def image(world: World, author: Restli, content: bytes = JPEG, **more: Any) -> str:
    begun = begin(author, **more)
    assert put(world, begun["uploadUrl"], content, author).status_code == 201
    return str(begun["image"])


def video(world: World, author: Restli, content: bytes = MP4) -> str:
    begun = begin(author, "videos", fileSizeBytes=len(content))
    tags = []
    for part in begun["uploadInstructions"]:
        answer = put(world, part["uploadUrl"], content[part["firstByte"] : part["lastByte"] + 1])
        tags.append(answer.headers["etag"].strip('"'))
    act(author, "videos", "finalizeUpload", video=begun["video"], uploadToken="", uploadedPartIds=tags)
    return str(begun["video"])


def status(author: Restli, collection: str, urn: str) -> Any:
    answer = author.call("get", resource_path=f"/{collection}/{{urn}}", path_keys={"urn": urn})
    return answer.entity.get("status")


def test_an_image_is_shown_with_its_alt_text(world: World, author: Restli) -> None:
    urn = image(world, author)
    assert status(author, "images", urn) == "AVAILABLE"
    content = {"media": {"id": urn, "altText": "A child"}}
    assert author.post("", content=content).status_code == 201
    [shown] = world.sandbox.feed()
    assert (len(shown.media), shown.alts) == (1, ("A child",))
    assert author.find().elements[0]["content"] == content
    page = world.http.get(f"{world.sandbox.url}/feeds").text
    assert "“A child”" in page


def test_the_same_picture_brought_twice_looks_the_same_and_another_one_does_not(
    world: World, author: Restli
) -> None:
    def shown(content: bytes) -> int:
        return int(author.post("Hello", content={"media": {"id": image(world, author, content)}}).status_code)

    assert [shown(JPEG), shown(JPEG + b"2"), shown(JPEG)] == [201, 201, 422]


@pytest.mark.parametrize(("number", "status_code"), [(1, 422), (2, 201), (20, 201), (21, 422)])
def test_two_to_twenty_images_stand_together(
    world: World, author: Restli, number: int, status_code: int
) -> None:
    images = [{"id": image(world, author), "altText": f"{n}"} for n in range(number)]
    assert author.post("Hello", content={"multiImage": {"images": images}}).status_code == status_code
    if status_code == 201:
        assert world.sandbox.feed()[0].alts == tuple(str(n) for n in range(number))


def test_a_video_is_shown_once_it_has_been_processed(world: World, author: Restli) -> None:
    urn = video(world, author, MP4 + bytes(PART))
    content = {"media": {"id": urn, "title": "A film"}}
    assert status(author, "videos", urn) == "PROCESSING"
    answer = author.post("Hello", content=content)
    assert (answer.status_code, answer.entity["code"]) == (400, "MEDIA_ASSET_PROCESSING")
    world.clock.move(seconds=20)
    assert status(author, "videos", urn) == "AVAILABLE"
    assert author.post("Hello", content=content).status_code == 201
    assert world.sandbox.feed()[0].alts == ("A film",)


@pytest.mark.parametrize("content", [b"nothing to see", b"%PDF"])
def test_what_is_no_video_fails_to_be_processed(world: World, author: Restli, content: bytes) -> None:
    urn = video(world, author, content)
    world.clock.move(seconds=20)
    assert status(author, "videos", urn) == "PROCESSING_FAILED"
    answer = author.post("Hello", content={"media": {"id": urn, "title": "A film"}})
    assert (answer.status_code, answer.entity["code"]) == (400, "MEDIA_ASSET_PROCESSING_FAILED")


def test_a_document_needs_a_title(world: World, author: Restli) -> None:
    begun = begin(author, "documents")
    put(world, begun["uploadUrl"], b"%PDF-1.7", author)
    world.clock.move(seconds=8)
    assert author.post("Hello", content={"media": {"id": begun["document"]}}).status_code == 422
    content = {"media": {"id": begun["document"], "title": "A guide"}}
    assert author.post("Hello", content=content).status_code == 201


@pytest.mark.parametrize("change", ["no part", "wrong tag", "wrong order", "one missing"])
def test_a_video_ends_with_the_etags_of_all_its_parts(world: World, author: Restli, change: str) -> None:
    content = MP4 + bytes(PART)
    begun = begin(author, "videos", fileSizeBytes=len(content))
    parts = begun["uploadInstructions"]
    assert [(one["firstByte"], one["lastByte"]) for one in parts] == [(0, PART - 1), (PART, PART + 11)]
    tags = []
    for one in parts:
        answer = put(world, one["uploadUrl"], content[one["firstByte"] : one["lastByte"] + 1])
        tags.append(answer.headers["etag"].strip('"'))
    given = {
        "no part": [],
        "wrong tag": [tags[0], "x"],
        "wrong order": tags[::-1],
        "one missing": tags[:1],
    }[change]
    request = {"video": begun["video"], "uploadToken": "", "uploadedPartIds": given}
    assert status(author, "videos", begun["video"]) == "WAITING_UPLOAD"
    assert finalize(world, author, request) == 400
    assert finalize(world, author, {**request, "uploadedPartIds": tags}) == 200


def finalize(world: World, author: Restli, request: dict[str, Any]) -> int:
    headers = {
        "Authorization": f"Bearer {author.token}",
        "LinkedIn-Version": author.version,
        "X-Restli-Protocol-Version": "2.0.0",
    }
    url = f"{world.sandbox.environment()['LINKEDIN_API_URL']}/rest/videos?action=finalizeUpload"
    answer = world.http.post(url, headers=headers, json={"finalizeUploadRequest": request})
    return int(answer.status_code)


def test_a_part_has_the_size_that_was_named(world: World, author: Restli) -> None:
    begun = begin(author, "videos", fileSizeBytes=20)
    [part] = begun["uploadInstructions"]
    assert put(world, part["uploadUrl"], bytes(19)).status_code == 400
    assert put(world, part["uploadUrl"], bytes(20)).status_code == 200
    assert put(world, part["uploadUrl"].replace("/0", "/1"), bytes(20)).status_code == 404


def test_a_video_that_was_not_finalized_is_not_shown(world: World, author: Restli) -> None:
    begun = begin(author, "videos", fileSizeBytes=len(MP4))
    put(world, begun["uploadInstructions"][0]["uploadUrl"], MP4)
    answer = author.post("Hello", content={"media": {"id": begun["video"], "title": "A film"}})
    assert (answer.status_code, answer.entity["code"]) == (400, "MEDIA_ASSET_WAITING_UPLOAD")


def test_an_image_is_sent_with_the_token_of_its_owner(world: World, author: Restli) -> None:
    url = begin(author)["uploadUrl"]
    assert put(world, url, JPEG).status_code == 401
    assert put(world, url, JPEG, world.linkedin("kenya-linkedin")).status_code == 401
    assert put(world, url, JPEG, author).status_code == 201


def test_an_upload_address_does_not_hold_for_ever(world: World, author: Restli) -> None:
    begun = begin(author)
    assert begun["uploadUrlExpiresAt"] == int(world.clock.now().timestamp() * 1000) + 86_400_000
    world.clock.move(days=1)
    assert put(world, begun["uploadUrl"], JPEG, author).status_code == 403


def test_nobody_shows_what_another_one_has_uploaded(world: World, author: Restli) -> None:
    urn = image(world, world.linkedin("kenya-linkedin"))
    answer = author.post("Hello", content={"media": {"id": urn}})
    assert (answer.status_code, answer.entity["code"]) == (403, "MEDIA_OWNER_MISMATCH")
    assert status(author, "images", urn) == 403


def test_a_page_does_not_show_what_its_member_has_uploaded(world: World, author: Restli) -> None:
    person = f"urn:li:person:m{author.author.rpartition(':')[2]}"
    urn = image(world, author, owner=person)
    assert author.post("Hello", content={"media": {"id": urn}}).status_code == 403
    assert status(author, "images", urn) == 403  # and the member's token may not ask
    body_of_member = {**author.__dict__, "author": person}
    assert Restli(**body_of_member).post("Hello", content={"media": {"id": urn}}).status_code == 201


@pytest.mark.parametrize(
    "content",
    [
        {"media": {"id": "urn:li:image:NONE"}},
        {"media": {}},
        {"media": []},
        {"multiImage": {}},
        {"article": {"source": "https://e.org", "title": "A", "thumbnail": "urn:li:image:NONE"}},
        {"poll": {}},
        {"media": {"id": "IMAGE"}, "article": {"source": "https://e.org", "title": "A"}},
        {"media": {"id": "IMAGE", "altText": "x" * 4_087}},
    ],
    ids=str,
)
def test_a_wrong_content_is_refused(world: World, author: Restli, content: dict[str, Any]) -> None:
    urn = image(world, author)
    if isinstance(content.get("media"), dict) and content["media"].get("id") == "IMAGE":
        content = {**content, "media": {**content["media"], "id": urn}}
    assert author.post("Hello", content=content).status_code in (400, 422)
    assert world.sandbox.feed() == []


def test_a_card_has_a_picture_of_its_owner(world: World, author: Restli) -> None:
    article = {"source": "https://example.org/a", "title": "A", "thumbnail": image(world, author)}
    assert author.post("Hello", content={"article": article}).status_code == 201
    assert author.find().elements[0]["content"] == {"article": article}


@pytest.mark.parametrize("size", [0, -1, 500_000_001, "20", None])
def test_a_video_tells_its_size_first(world: World, author: Restli, size: Any) -> None:
    answer = author.sdk.session.post(
        "https://api.linkedin.com/rest/videos?action=initializeUpload",
        headers={
            "Authorization": f"Bearer {author.token}",
            "LinkedIn-Version": author.version,
            "X-Restli-Protocol-Version": "2.0.0",
        },
        json={"initializeUploadRequest": {"owner": author.author, "fileSizeBytes": size}},
    )
    assert answer.status_code == 400


def test_faults_can_be_aimed_at_uploads(world: World, author: Restli) -> None:
    url = begin(author)["uploadUrl"]
    world.sandbox.add_fault("linkedin", "status", on="upload", status=503)
    world.sandbox.add_fault("linkedin", "drop_before", on="upload")
    assert author.post("Hello").status_code == 201
    assert put(world, url, JPEG, author).status_code == 503
    with pytest.raises(requests.ConnectionError):
        put(world, url, JPEG, author)
    assert put(world, url, JPEG, author).status_code == 201
