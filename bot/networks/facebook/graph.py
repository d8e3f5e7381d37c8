"""The Graph API for one page: facebook-sdk with requests of our own, and the host that takes videos."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

from requests import Session

from bot.networks.answer import Answer
from bot.networks.base import Connection, NetworkType
from bot.networks.facebook.answers import ANSWERS, CHANGES, UPLOADS, again_at, complaint
from bot.networks.judge import Judge
from bot.networks.multipart import Multipart
from bot.networks.quiet import quietly
from bot.networks.transport import Transport

with quietly():
    import facebook

TITLE = "Facebook"
SDK_HOST = facebook.FACEBOOK_GRAPH_URL.rstrip("/")
# Where videos are taken: https://developers.facebook.com/docs/video-api/guides/publishing (read 2026-11-25).
VIDEO_HOST = "https://graph-video.facebook.com"
ROOT = r"v\d+\.\d+"


class Graph(facebook.GraphAPI):  # type: ignore[misc]
    """facebook-sdk with a request of our own.

    The SDK's drops the status and the headers, breaks on an answer without a Content-Type, reads a file
    whole, and puts the token of a GET into the address, from where it gets into logs.
    """

    def __init__(self, token: str, session: Session, version: str, host: str = SDK_HOST) -> None:
        super().__init__(token, session=session)
        self._host = host
        # facebook-sdk 3.1.0 (2018) accepts no version after 3.1 as an argument.
        self.version = named(version)

    def request(
        self,
        path: str,
        args: Mapping[str, Any] | None = None,
        post_args: Mapping[str, Any] | None = None,
        files: None = None,
        method: str | None = None,
    ) -> object:
        """One request; the transport keeps the answer."""
        url = f"{self._host}/{path}"
        if post_args is not None:
            return self.session.post(url, data={**post_args, "access_token": self.access_token})
        if method == "DELETE":
            return self.session.delete(url, headers=self._bearer)
        return self.session.get(url, params=args, headers=self._bearer)

    def send(self, place: str, edge: str, body: Multipart) -> object:
        """One request with a file in it."""
        headers = {**self._bearer, "Content-Type": body.content_type}
        return self.session.post(f"{self._host}/{self.version}/{place}/{edge}", data=body, headers=headers)

    def ask(self, path: str, form: Mapping[str, Any]) -> object:
        """A question whose arguments are secret: in the address they would get into logs.

        As a POST that stands for a GET, which the Graph API allows.
        """
        return self.request(f"{self.version}/{path}", post_args={**form, "method": "get"})

    @property
    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}


class Page:
    """One page: its id, and the calls that are made for it."""

    def __init__(self, kind: NetworkType, connection: Connection) -> None:
        self.id = connection.credentials["PAGE_ID"]
        self.place = quote(self.id, safe="")
        self.clock = connection.clock
        self.version = named(connection.api_version)
        token = connection.credentials["ACCESS_TOKEN"]
        self._transport = Transport.to(kind, connection, SDK_HOST, ROOT)
        self.graph = Graph(token, self._transport.session, self.version)
        led_to = urlsplit(connection.base_url.strip()).hostname
        base = VIDEO_HOST if led_to == urlsplit(kind.base_url).hostname else connection.base_url
        self._video_transport = Transport.to(kind, replace(connection, base_url=base), VIDEO_HOST, ROOT)
        self._videos = Graph(token, self._video_transport.session, self.version, VIDEO_HOST)
        redact = self._transport.redact
        self.judge = Judge(TITLE, ANSWERS, complaint, again_at, redact, connection.clock)
        self.judge_of_changes = replace(self.judge, rows=CHANGES)
        self.judge_of_uploads = replace(self.judge, rows=UPLOADS)

    def get(self, path: str, **fields: Any) -> Answer:
        """What stands at a path. Raises CallError."""
        return self._transport.answer(lambda: self.graph.get_object(path, **fields))

    def post(self, place: str, edge: str, form: Mapping[str, str]) -> Answer:
        """Something new under a place. Raises CallError."""
        return self._transport.answer(lambda: self.graph.put_object(place, edge, **form))

    def change(self, place: str, form: Mapping[str, str]) -> Answer:
        """Other values for what is there. Raises CallError."""
        path = f"{self.graph.version}/{place}"
        return self._transport.answer(lambda: self.graph.request(path, post_args=form))

    def delete(self, place: str) -> Answer:
        """Nothing any more at a place. Raises CallError."""
        return self._transport.answer(lambda: self.graph.delete_object(place))

    def ask(self, path: str, form: Mapping[str, Any]) -> Answer:
        """The answer to a question with secrets in it. Raises CallError."""
        return self._transport.answer(lambda: self.graph.ask(path, form))

    def send_photo(self, body: Multipart) -> Answer:
        """A photo, unpublished. Raises CallError."""
        return self._transport.answer(lambda: self.graph.send(self.place, "photos", body))

    def video(self, form: Mapping[str, str]) -> Answer:
        """A step of a video's upload without a piece of it. Raises CallError."""
        return self._video_transport.answer(lambda: self._videos.put_object(self.place, "videos", **form))

    def send_video(self, body: Multipart) -> Answer:
        """A piece of a video. Raises CallError."""
        return self._video_transport.answer(lambda: self._videos.send(self.place, "videos", body))

    @property
    def token(self) -> str:
        """The page's own."""
        return str(self.graph.access_token)


def named(version: str) -> str:
    """A version as it stands in an address: "v25.0"."""
    return version if version.startswith("v") else f"v{version}"
