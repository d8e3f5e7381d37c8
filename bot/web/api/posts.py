"""Posts: what is written here, from the first draft to the queue, and the files that go with it."""

import re
from collections.abc import Callable
from dataclasses import asdict
from tempfile import TemporaryFile
from typing import Annotated, Any

from fastapi import Header, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from bot.model.scope import Scope
from bot.model.stage import Stage, Step
from bot.planning import queueing, receiving
from bot.store import api_answers, post_pages
from bot.store import posts as rows
from bot.store.api_answers import Answer
from bot.store.media import MediaError
from bot.store.posts import ConflictError, PagePost, PostError
from bot.web.api import values
from bot.web.api.access import ApiError, Caller, Calling
from bot.web.api.deliveries import Cursor, Limit, Number, Word
from bot.web.api.part import NOT_FOUND, Answers, Api, number_in, problems

TAG = "Posts"
_CHANGED: Answers = {409: {"model": values.OtherVersion, "description": "Somebody has changed it meanwhile."}}
_NO_CAMPAIGN = re.compile(r"[/\\]|^\.")


def posts(api: Api) -> None:
    """Add the routes."""
    _reading(api)
    _writing(api)
    _stepping(api)
    _files(api)


def _reading(api: Api) -> None:
    router, store, needs = api.router, api.site.store, [api.needs(Scope.READ)]

    @router.get(
        "/posts", dependencies=needs, tags=[TAG], summary="List the posts written here, the newest first"
    )
    def index(
        campaign: Word = None, stage: Annotated[Stage | None, Query()] = None, cursor: Cursor = None,
        limit: Limit = 100,
    ) -> values.Posts:  # fmt: skip
        with store.read() as connection:
            found, more = post_pages.page(connection, campaign, stage, number_in(cursor), limit)
        items = [values.ListedPost(**_values(one)) for one in found]
        return values.Posts(items=items, next=str(found[-1].id) if more else None)

    @router.get(
        "/posts/{id}", dependencies=needs, tags=[TAG], responses=NOT_FOUND,
        summary="Read a post; its version is the ETag, too",
    )  # fmt: skip
    def one(number: Number, response: Response) -> values.Post:
        return _tagged(response, _found(api, number))


def _writing(api: Api) -> None:
    router, needs = api.router, [api.needs(Scope.WRITE)]

    @router.post(
        "/posts", dependencies=needs, tags=[TAG], status_code=201, response_model=values.Post,
        responses=problems({409: "The Idempotency-Key came with another request already."}),
        summary="Begin a post; with an Idempotency-Key the same request begins one only once",
    )  # fmt: skip
    def create(
        order: values.NewPost, caller: Calling,
        key: Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)] = None,
    ) -> Response:  # fmt: skip
        if _NO_CAMPAIGN.search(order.campaign):
            raise ApiError(422, "campaign: this can be the name of none")
        answer = _created(api, order, caller, key)
        return Response(answer.body, answer.status, media_type="application/json")

    @router.put(
        "/posts/{id}", dependencies=needs, tags=[TAG], responses={**NOT_FOUND, **_CHANGED},
        response_model=values.Post,
        summary="Save a post; the version that was edited goes with it, so that nothing is overwritten",
    )  # fmt: skip
    def save(
        number: Number, order: values.SavedPost, caller: Calling, response: Response,
        if_match: Annotated[str | None, Header(alias="If-Match", pattern=r'^"?[0-9]{1,9}"?$')] = None,
    ) -> Any:  # fmt: skip
        version = order.version if if_match is None else int(if_match.strip('"'))
        if version is None:
            raise ApiError(422, "version: say which one you have edited, here or as If-Match")
        return _changed(api, number, response, lambda: rows.save(
            api.site.store, number, version, order.source, caller.name, api.site.real_now()
        ))  # fmt: skip


def _created(api: Api, order: values.NewPost, caller: Caller, key: str | None) -> Answer:
    site, token = api.site, caller.token.id
    request = api_answers.fingerprint("POST /posts", order.model_dump_json())
    with site.store.write() as connection:
        if key is not None and (known := api_answers.answered(connection, token, key, request)):
            return known
        made = rows.add(connection, order.campaign, order.title, order.source, caller.name, site.real_now())
        answer = Answer(201, _value(made).model_dump_json())
        if key is not None:
            api_answers.keep(connection, token, key, request, answer, site.real_now())
        return answer


def _stepping(api: Api) -> None:
    router, site = api.router, api.site
    answers: Answers = {**NOT_FOUND, **_CHANGED}

    def step(path: str, taken: Step, scope: Scope, summary: str) -> None:
        @router.post(
            f"/posts/{{id}}/{path}", dependencies=[api.needs(scope)], tags=[TAG], responses=answers,
            response_model=values.Post, summary=summary,
        )  # fmt: skip
        def take(number: Number, order: values.PostStep, caller: Calling, response: Response) -> Any:
            return _changed(api, number, response, lambda: rows.step(
                site.store, number, taken, order.version, caller.name, site.real_now(), order.comment
            ))  # fmt: skip

    step("submit", Step.SUBMIT, Scope.WRITE, "Send a post to review")
    step("approve", Step.APPROVE, Scope.APPROVE, "Approve a post as it was read")
    step("return", Step.RETURN, Scope.APPROVE, "Send a post back, with a comment")

    @router.post(
        "/posts/{id}/queue", dependencies=[api.needs(Scope.APPROVE)], tags=[TAG], responses=answers,
        response_model=values.Post, summary="Let the queue go by a post as it was read",
    )  # fmt: skip
    def queue(number: Number, order: values.PostStep, caller: Calling, response: Response) -> Any:
        return _changed(api, number, response, lambda: queueing.queue_post(
            site.store, site.settings(), number, order.version, caller.name, site.now()
        ).post)  # fmt: skip

    @router.post(
        "/posts/{id}/withdraw", dependencies=[api.needs(Scope.WRITE)], tags=[TAG], responses=answers,
        response_model=values.Post,
        summary="Take a post out of review, or out of the queue, for which the scope `approve` is needed too",
    )  # fmt: skip
    def withdraw(number: Number, order: values.PostStep, caller: Calling, response: Response) -> Any:
        if _found(api, number).live_version is not None and not caller.may(Scope.APPROVE):
            raise ApiError(403, "the post is in the queue: to withdraw it takes the scope 'approve'")
        return _changed(api, number, response, lambda: queueing.withdraw_post(
            site.store, number, order.version, caller.name, site.now(), order.comment
        ).post)  # fmt: skip


def _files(api: Api) -> None:
    binary = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}

    @api.router.post(
        "/media", dependencies=[api.needs(Scope.WRITE)], tags=[TAG], status_code=201,
        openapi_extra={"requestBody": {"content": binary, "required": True}},
        summary="Take in an image or a film for a campaign; the same file twice is the same",
    )  # fmt: skip
    async def media(
        request: Request,
        campaign: Annotated[str, Query(min_length=1, max_length=200)],
        name: Annotated[str, Query(min_length=1, max_length=200)],
    ) -> values.Media:
        if _NO_CAMPAIGN.search(campaign):
            raise ApiError(422, "campaign: this can be the name of none")
        size = 0
        with TemporaryFile() as file:
            async for piece in request.stream():
                size += len(piece)
                if size > receiving.LARGEST:
                    raise MediaError(f"{name} is too large: {receiving.LARGEST // 1_000_000} MB are the most")
                await run_in_threadpool(file.write, piece)
            file.seek(0)
            now = api.site.real_now()
            kept = await run_in_threadpool(receiving.receive, api.site.store, campaign, file, name, now)
        return values.Media(
            campaign=campaign, name=kept.name, format=kept.facts.format.value, size=kept.facts.size
        )


def _found(api: Api, number: int) -> PagePost:
    try:
        with api.site.store.read() as connection:
            found = rows.get(connection, number)
    except PostError:
        found = None
    if found is None or found.removed_at is not None:
        raise ApiError(404, f"there is no post {number}")
    return found


def _changed(api: Api, number: int, response: Response, act: Callable[[], PagePost]) -> Any:
    """The post after a change, or with a conflict as it is."""
    _found(api, number)
    try:
        return _tagged(response, act())
    except ConflictError as error:
        told = values.OtherVersion(detail=str(error), current=_value(error.current))
        return JSONResponse(told.model_dump(mode="json"), status_code=409)


def _tagged(response: Response, post: PagePost) -> values.Post:
    response.headers["ETag"] = f'"{post.version}"'
    return _value(post)


def _value(post: PagePost) -> values.Post:
    return values.Post(**_values(post), source=post.source)


def _values(post: PagePost) -> dict[str, Any]:
    known = asdict(post)
    known["queued_version"] = known.pop("live_version")
    return {name: known[name] for name in values.ListedPost.model_fields}
