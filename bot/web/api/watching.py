"""Watching: the status, the pause, campaigns, accounts, the post log, and the record of changes."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Query

from bot.model.scope import Scope
from bot.model.state import State
from bot.planning.status import look
from bot.store import audit as changes
from bot.store import campaigns as campaign_rows
from bot.store import log_pages, switches, webhook_copies
from bot.store import webhooks as webhook_rows
from bot.store.post_log import Filter, after
from bot.web.api import making, values
from bot.web.api.access import ApiError, Calling
from bot.web.api.deliveries import Cursor, Limit, Word
from bot.web.api.part import NOT_FOUND, Api, number_in


def watching(api: Api) -> None:
    """Add the routes."""
    _status(api)
    _pause(api)
    _campaigns(api)
    _log(api)
    _team(api)


def _status(api: Api) -> None:
    router, site, needs = api.router, api.site, [api.needs(Scope.READ)]

    @router.get("/status", dependencies=needs, tags=["Status"], summary="Look at everything at once")
    def status() -> values.Status:
        return values.Status.model_validate(look(site.store, site.settings(), site.clock).to_json())

    @router.get("/me", dependencies=needs, tags=["Status"], summary="See what this token may do now")
    def me(caller: Calling) -> values.Me:
        token = caller.token
        may = [one for one in Scope if caller.may(one)]
        return values.Me(
            member=token.member, role=token.role, token=token.name, scopes=may, ends_at=token.ends_at
        )

    @router.get("/accounts", dependencies=needs, tags=["Accounts"], summary="List the accounts")
    def accounts() -> values.Accounts:
        settings = site.settings()
        items = []
        for one in look(site.store, settings, site.clock).accounts:
            known = settings.accounts.get(one.account)
            more = {"handle": known and known.handle, "timezone": known and known.timezone}
            items.append(values.Account.model_validate({**asdict(one), **more}))
        return values.Accounts(items=items)


def _pause(api: Api) -> None:
    router, site = api.router, api.site

    @router.get(
        "/pause", dependencies=[api.needs(Scope.READ)], tags=["Pause"], summary="See whether all is paused"
    )
    def see() -> values.Pause:
        with site.store.read() as connection:
            found = switches.current_pause(connection)
        return values.Pause(paused=True, **asdict(found)) if found else values.Pause(paused=False)

    @router.post(
        "/pause", dependencies=[api.needs(Scope.WRITE)], tags=["Pause"],
        summary="Stop all publishing now; nothing is sent until somebody resumes",
    )  # fmt: skip
    def pause(order: values.PauseOrder, caller: Calling) -> values.Pause:
        switches.pause(site.store, " ".join(order.reason.split()), caller.name, site.now())
        return see()

    @router.delete(
        "/pause", dependencies=[api.needs(Scope.OPERATE)], tags=["Pause"],
        summary="Go on publishing; what passed its tolerance meanwhile is not sent",
    )  # fmt: skip
    def resume(caller: Calling) -> values.Resumed:
        return values.Resumed(released=switches.resume(site.store, caller.name, site.now()) or 0)


def _campaigns(api: Api) -> None:
    router, store, needs = api.router, api.site.store, [api.needs(Scope.READ)]

    @router.get("/campaigns", dependencies=needs, tags=["Campaigns"], summary="List the campaigns")
    def index() -> values.Campaigns:
        with store.read() as connection:
            items = [
                making.campaign(one, campaign_rows.numbers(connection, one.name))
                for one in reversed(campaign_rows.all_campaigns(connection))
            ]
        return values.Campaigns(items=items)

    @router.get(
        "/campaigns/{name}", dependencies=needs, tags=["Campaigns"], responses=NOT_FOUND,
        summary="See one campaign",
    )  # fmt: skip
    def one(name: Annotated[str, Path(min_length=1, max_length=200)]) -> values.Campaign:
        with store.read() as connection:
            found = campaign_rows.campaign_named(connection, name)
            numbers = campaign_rows.numbers(connection, name)
        if found is None:
            raise ApiError(404, "there is no such campaign: one is here once it was applied")
        return making.campaign(found, numbers)


def _log(api: Api) -> None:
    router, store, needs = api.router, api.site.store, [api.needs(Scope.READ)]

    @router.get(
        "/log", dependencies=needs, tags=["Post log"],
        summary="Read the post log, the latest first; or, with `after_id`, what came after an entry",
    )  # fmt: skip
    def log(
        delivery: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
        campaign: Word = None,
        account: Word = None,
        network: Word = None,
        state: Annotated[State | None, Query(description="The state after.")] = None,
        post: Annotated[str | None, Query(max_length=500, description="The beginning of a path.")] = None,
        since: Annotated[datetime | None, Query(description="With an offset, or in UTC.")] = None,
        after_id: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> values.Log:
        if after_id is not None and cursor is not None:
            raise ApiError(422, "give either after_id or cursor")
        wanted = Filter(delivery, post, account, network, state, utc(since), after_id or 0, campaign=campaign)
        with store.read() as connection:
            if after_id is not None:
                found, onwards = after(connection, wanted, limit), None
            else:
                page = log_pages.page(connection, wanted, cursor, limit)
                found, onwards = page.rows, page.next
        last = max((one.id for one in found), default=after_id or 0)
        return values.Log(items=[making.entry(one) for one in found], next=onwards, last_id=last)


def _team(api: Api) -> None:
    router, store, needs = api.router, api.site.store, [api.needs(Scope.ADMINISTER)]

    @router.get(
        "/audit",
        dependencies=needs,
        tags=["Team"],
        summary="Read what the team has changed, the latest first",
    )
    def audit(cursor: Cursor = None, limit: Limit = 100) -> values.Audit:
        with store.read() as connection:
            found = changes.changes(connection, before=number_in(cursor), limit=limit + 1)
        items = [values.Change(**asdict(one)) for one in found[:limit]]
        return values.Audit(items=items, next=str(items[-1].id) if len(found) > limit else None)

    @router.get("/webhooks", dependencies=needs, tags=["Team"], summary="List the webhooks")
    def webhooks() -> values.Webhooks:
        with store.read() as connection:
            return values.Webhooks(
                items=[
                    values.Webhook.model_validate(
                        {**asdict(one), "waiting": webhook_copies.waiting(connection, one.id)}
                    )
                    for one in webhook_rows.all_webhooks(connection)
                ]
            )


def utc(given: datetime | None) -> datetime | None:
    """An instant as the store has it.

    Raises:
        ApiError: it is before all time, or after it.
    """
    if given is None or given.tzinfo is None:
        return given and given.replace(tzinfo=UTC)
    try:
        return given.astimezone(UTC)
    except OverflowError:
        raise ApiError(422, "since: this is no time") from None
