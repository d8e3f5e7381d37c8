"""Deliveries: the queue, each one's story, and what is decided of them, one or many at a time."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import Path, Query
from sqlalchemy import RowMapping

from bot.model.scope import Scope
from bot.model.state import State
from bot.planning import decisions
from bot.store import listing, paging, queue_pages
from bot.store.desk import Desk
from bot.store.listing import QueueFilter
from bot.store.story import story
from bot.store.tables import deliveries as table
from bot.web.api import making, values
from bot.web.api.access import ApiError, Caller, Calling
from bot.web.api.part import CONFLICT, NOT_FOUND, Api

TAG = "Deliveries"
Number = Annotated[int, Path(alias="id", ge=1, le=2**31 - 1)]
Word = Annotated[str | None, Query(max_length=200)]
Cursor = Annotated[str | None, Query(max_length=50, description="The `next` of an earlier answer.")]
Limit = Annotated[int, Query(ge=1, le=500)]


def deliveries(api: Api) -> None:
    """Add the routes."""
    _reading(api)
    _deciding_one(api)
    _deciding_many(api)
    _approving(api)


def _reading(api: Api) -> None:
    router, store, needs = api.router, api.site.store, [api.needs(Scope.READ)]

    @router.get("/deliveries", dependencies=needs, tags=[TAG], summary="List deliveries, the earliest first")
    def index(
        campaign: Word = None,
        account: Word = None,
        network: Word = None,
        state: Annotated[State | None, Query()] = None,
        post: Annotated[str | None, Query(max_length=500, description="The beginning of a path.")] = None,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> values.Deliveries:
        wanted = QueueFilter(campaign, account, state, post, ended=True, network=network)
        whole = replace(queue_pages.quest(wanted), newest_first=False, shown=tuple(table.c.keys()))
        with store.read() as connection:
            found = paging.page(connection, whole, making.delivery, cursor, limit)
        return values.Deliveries(items=list(found.rows), next=found.next)

    @router.get(
        "/deliveries/{id}", dependencies=needs, tags=[TAG], responses=NOT_FOUND,
        summary="Tell the story of a delivery",
    )  # fmt: skip
    def one(number: Number) -> values.Story:
        row = _row(api, number)
        with store.read() as connection:
            known = story(connection, number)
        assert known is not None  # noqa: S101  (deliveries are never deleted)
        return making.story(row, known)


def _deciding_one(api: Api) -> None:
    router, needs = api.router, [api.needs(Scope.OPERATE)]

    @router.post(
        "/deliveries/{id}/hold", dependencies=needs, tags=[TAG], responses=CONFLICT,
        summary="Keep a delivery from going out",
    )  # fmt: skip
    def hold(number: Number, order: values.OneOrder, caller: Calling) -> values.Delivery:
        return _one(api, number, lambda: _desk(api, caller).hold([number], order.reason))

    @router.post(
        "/deliveries/{id}/release", dependencies=needs, tags=[TAG], responses=CONFLICT,
        summary="Let a held delivery go",
    )  # fmt: skip
    def release(number: Number, order: values.OneOrder, caller: Calling) -> values.Delivery:
        return _one(api, number, lambda: _desk(api, caller).release([number], order.reason))

    @router.post(
        "/deliveries/{id}/cancel", dependencies=needs, tags=[TAG], responses=CONFLICT,
        summary="Withdraw a delivery",
    )  # fmt: skip
    def cancel(number: Number, order: values.OneOrder, caller: Calling) -> values.Delivery:
        return _one(api, number, lambda: _desk(api, caller).cancel([number], order.reason))

    @router.post(
        "/deliveries/{id}/reschedule", dependencies=needs, tags=[TAG], responses=CONFLICT,
        summary="Give a delivery another time",
    )  # fmt: skip
    def reschedule(number: Number, order: values.WhenOrder, caller: Calling) -> values.Delivery:
        desk = _desk(api, caller)
        return _one(api, number, lambda: decisions.reschedule(desk, [number], order.to, order.reason))

    @router.post(
        "/deliveries/{id}/resolve", dependencies=needs, tags=[TAG], responses=CONFLICT,
        summary="End the doubt about an uncertain delivery",
    )  # fmt: skip
    def resolve(number: Number, order: values.ResolveOrder, caller: Calling) -> values.Delivery:
        desk, settings = _desk(api, caller), api.site.settings()
        if (order.outcome == "published") != (order.url is not None):
            raise ApiError(422, "url: give it if the post is published, and only then")
        if order.url is not None:
            url = order.url
            return _one(api, number, lambda: [
                decisions.resolve_published(desk, settings, number, url, order.reason)
            ])  # fmt: skip
        return _one(api, number, lambda: [
            decisions.resolve_not_published(desk, settings, api.site.clock, number, order.reason)
        ])  # fmt: skip


def _deciding_many(api: Api) -> None:
    router, needs = api.router, [api.needs(Scope.OPERATE)]

    @router.post(
        "/deliveries/hold", dependencies=needs, tags=[TAG], responses=CONFLICT,
        summary="Keep several deliveries from going out, all or none",
    )  # fmt: skip
    def hold(order: values.ManyOrder, caller: Calling) -> values.Changed:
        return _changed(_desk(api, caller).hold(_each(order.ids), order.reason))

    @router.post(
        "/deliveries/release", dependencies=needs, tags=[TAG], responses=CONFLICT,
        summary="Let several held deliveries go, all or none",
    )  # fmt: skip
    def release(order: values.ManyOrder, caller: Calling) -> values.Changed:
        return _changed(_desk(api, caller).release(_each(order.ids), order.reason))

    @router.post(
        "/deliveries/cancel", dependencies=needs, tags=[TAG], responses=CONFLICT,
        summary="Withdraw several deliveries, all or none",
    )  # fmt: skip
    def cancel(order: values.ManyOrder, caller: Calling) -> values.Changed:
        return _changed(_desk(api, caller).cancel(_each(order.ids), order.reason))

    @router.post(
        "/deliveries/reschedule", dependencies=needs, tags=[TAG], responses=CONFLICT,
        summary="Give several deliveries another time, all or none",
    )  # fmt: skip
    def reschedule(order: values.ManyWhenOrder, caller: Calling) -> values.Changed:
        desk = _desk(api, caller)
        return _changed(decisions.reschedule(desk, _each(order.ids), order.to, order.reason))


def _approving(api: Api) -> None:
    router, needs = api.router, [api.needs(Scope.APPROVE)]

    @router.post(
        "/deliveries/{id}/approve", dependencies=needs, tags=[TAG], responses=CONFLICT,
        summary="Approve a delivery as it was read",
    )  # fmt: skip
    def approve(number: Number, order: values.ApproveOrder, caller: Calling) -> values.Delivery:
        seen = {number: order.fingerprint}
        return _one(api, number, lambda: _desk(api, caller).approve([number], order.reason, seen))

    @router.post(
        "/deliveries/approve", dependencies=needs, tags=[TAG], responses=CONFLICT,
        summary="Approve several deliveries as they were read, all or none",
    )  # fmt: skip
    def approve_many(order: values.ManyApproveOrder, caller: Calling) -> values.Changed:
        seen = {one.id: one.fingerprint for one in order.items}
        return _changed(_desk(api, caller).approve(list(seen), order.reason, seen))


def _desk(api: Api, caller: Caller) -> Desk:
    return Desk(api.site.store, caller.name, api.site.now())


def _one(api: Api, number: int, act: Callable[[], Sequence[RowMapping]]) -> values.Delivery:
    _row(api, number)
    [row] = act()
    return making.delivery(row)


def _changed(rows: Sequence[RowMapping]) -> values.Changed:
    ordered = sorted(rows, key=lambda row: int(row["id"]))
    return values.Changed(items=[making.delivery(row) for row in ordered])


def _each(ids: Sequence[int]) -> list[int]:
    return list(dict.fromkeys(ids))


def _row(api: Api, number: int) -> RowMapping:
    with api.site.store.read() as connection:
        row = listing.one(connection, number)
    if row is None:
        raise ApiError(404, f"there is no delivery {number}")
    return row
