"""One account on X: all that is asked of it, through tweepy."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import requests
from tweepy.client import Client

from bot.model.account import Account
from bot.model.message import Role
from bot.model.outcome import (
    AccountHealth,
    CannotLook,
    Cause,
    Change,
    Figures,
    NotPublished,
    Outcome,
    Rejected,
    RemotePost,
    Uploaded,
)
from bot.model.sending import Sending
from bot.networks.answer import Answer, CallError, RefusedError, iso_time, member, unreadable
from bot.networks.base import Connection, NetworkType, Upload
from bot.networks.judge import Judge
from bot.networks.looking import Candidate, Likeness, Page, earliest, look
from bot.networks.transport import Transport
from bot.networks.twitter.answers import ANSWERS, UPLOAD_ANSWERS, again_at, complaint
from bot.networks.twitter.figures import figures
from bot.networks.twitter.likeness import FIELDS, likeness
from bot.networks.twitter.uploading import Uploading
from bot.networks.unable import Unable

TITLE = "X"
SDK_HOST = "https://api.twitter.com"  # fixed inside tweepy


class TwitterAccount(Unable):
    """One account on X."""

    title = TITLE

    def __init__(self, kind: NetworkType, connection: Connection) -> None:
        values = connection.credentials
        self._account = connection.account
        self._version = connection.api_version
        self._clock = connection.clock
        self._token = values["ACCESS_TOKEN"]
        self._transport = Transport.to(kind, connection, SDK_HOST, root=re.escape(self._version))
        self._judge = Judge(TITLE, ANSWERS, complaint, again_at, self._transport.redact, connection.clock)
        self._client = Client(
            consumer_key=values["API_KEY"],
            consumer_secret=values["API_SECRET"],
            access_token=self._token,
            access_token_secret=values["ACCESS_TOKEN_SECRET"],
            return_type=requests.Response,
            wait_on_rate_limit=False,  # it would sleep for a quarter of an hour inside the call
        )
        self._client.session = self._transport.session
        judge = replace(self._judge, rows=UPLOAD_ANSWERS)
        self._uploading = Uploading(self._call, judge, connection.clock)

    def payload(self, sending: Sending) -> Mapping[str, Any]:
        """The JSON that creates a part."""
        part, previous = sending.part, sending.previous
        said: dict[str, Any] = {"text": part.text} if part.text or not part.media else {}
        if part.media:
            said["media"] = {"media_ids": list(sending.handles)}
        if part.role is Role.POST:
            return said
        if part.role is Role.REPLY and previous is not None:
            return {**said, "reply": {"in_reply_to_tweet_id": previous.remote_id}}
        raise ValueError(f"part {part.number} is a {part.role} without a part before it, or not for X")

    def upload(self, upload: Upload) -> Uploaded | NotPublished | Rejected:
        """Bring a picture, a GIF or a video. Raises OSError: it can not be read."""
        return self._uploading.bring(upload)

    def publish(self, sending: Sending) -> Outcome:
        """Send one part."""
        payload = self.payload(sending)
        return self._judge.publish(lambda: self._call("POST", "tweets", json=payload), self._created)

    def find(
        self, sending: Sending, since: datetime, known: Collection[str]
    ) -> RemotePost | CannotLook | None:
        """Look for a part in the account's own timeline."""
        part, previous = sending.part, sending.previous

        def compare(tweet: Mapping[str, Any]) -> Likeness:
            return likeness(tweet, part, previous)

        try:
            return look(self._timeline(since, compare), since, known)
        except CallError as error:
            return self._judge.cannot_look(error)

    def delete(self, post: RemotePost) -> Change:
        """Delete a post; the replies to it stay."""

        def call() -> None:
            try:
                answer = self._call("DELETE", f"tweets/{post.remote_id}")
            except RefusedError as error:
                said = complaint(error.answer)
                if error.answer.status == 404 and said and "resource-not-found" in said.codes:
                    return  # it was deleted before
                raise
            if not isinstance(member(answer.value, "data", "deleted"), bool):
                raise unreadable(answer, "word on whether it is deleted")

        if not _is_id(post.remote_id):
            return Rejected(Cause.REFUSED, f"{post.remote_id} names no post on X: delete it on its page")
        return self._judge.change(call, "it is not on X any more")

    def figures(self, posts: Collection[RemotePost]) -> Mapping[str, Figures] | CannotLook:
        """How posts have done so far; clicks for 30 days only."""
        ids = [post.remote_id for post in posts if _is_id(post.remote_id)]
        try:
            return figures(self._call, ids, self._clock)
        except CallError as error:
            return self._judge.cannot_look(error)

    def verify(self) -> AccountHealth:
        """Ask X who the keys belong to, and whether they may write."""
        try:
            answer, me = self._me()
        except CallError as error:
            return self._judge.unwell(error)
        identity = f"@{me['username']}" if me.get("username") else str(me["id"])
        level = answer.headers.get("x-access-level", "")
        if level and "write" not in level:
            remedy = "set the app to 'Read and write' at developer.x.com, then make a new access token"
            return AccountHealth(
                False, identity, f"the keys may only {level}: {remedy}", cause=Cause.PERMISSION
            )
        detail = f"may write as {identity}" if level else f"{identity}; X does not say whether it may write"
        if identity.lower() not in (f"@{_handle(self._account)}".lower(), str(me["id"])):
            detail += f", although {self._account.name} is to be @{_handle(self._account)}"
        return AccountHealth(True, identity, detail)

    def _call(self, method: str, path: str, **arguments: Any) -> Answer:
        # `request` and not `create_tweet`: what is sent is exactly the payload that was shown and hashed.
        route = f"/{self._version}/{path}"
        return self._transport.answer(
            lambda: self._client.request(method, route, user_auth=True, **arguments)
        )

    def _me(self) -> tuple[Answer, Mapping[str, Any]]:
        answer = self._call("GET", "users/me")
        if not member(answer.value, "data", "id"):
            raise unreadable(answer, "user")
        return answer, answer.value["data"]

    def _user_id(self) -> str:
        # A user's access token is "<user id>-<random>", which spares a metered request.
        prefix = re.match(r"(\d+)-", self._token)
        return prefix[1] if prefix else str(self._me()[1]["id"])

    def _timeline(self, since: datetime, compare: Callable[[Mapping[str, Any]], Likeness]) -> Iterator[Page]:
        path = f"users/{self._user_id()}/tweets"
        start = earliest(since).strftime("%Y-%m-%dT%H:%M:%SZ")
        params = {"start_time": start, "max_results": "100", "tweet.fields": FIELDS}
        while True:
            answer = self._call("GET", path, params=params)
            tweets = member(answer.value, "data")
            if tweets is None and member(answer.value, "meta", "result_count") == 0:
                tweets = []  # X leaves an empty list out
            if not isinstance(tweets, list):
                raise unreadable(answer, "list of posts")
            yield [self._candidate(tweet, answer, compare) for tweet in tweets]
            token = member(answer.value, "meta", "next_token")
            if not token:
                return
            params = {**params, "pagination_token": str(token)}

    def _candidate(
        self, tweet: Any, answer: Answer, compare: Callable[[Mapping[str, Any]], Likeness]
    ) -> Candidate:
        if not isinstance(tweet, dict) or not tweet.get("id") or not isinstance(tweet.get("text"), str):
            raise unreadable(answer, "id or text for a post in the list")
        return Candidate(self._post(str(tweet["id"])), iso_time(tweet.get("created_at")), compare(tweet))

    def _created(self, answer: Answer) -> RemotePost | None:
        remote_id = member(answer.value, "data", "id")
        return self._post(str(remote_id)) if remote_id else None

    def _post(self, remote_id: str) -> RemotePost:
        handle = _handle(self._account)
        # X forwards /i/web/status/ to the author, whoever that is.
        who = handle if re.fullmatch(r"\w{1,15}", handle, re.ASCII) else "i/web"
        return RemotePost(remote_id, f"https://x.com/{who}/status/{remote_id}")


def _is_id(remote_id: str) -> bool:
    return re.fullmatch(r"\d{1,19}", remote_id, re.ASCII) is not None


def _handle(account: Account) -> str:
    return account.handle.strip().lstrip("@")
