"""Commands that run: `up`, `worker`, `web`, `sandbox`."""

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import notify
from bot.cli.context import CommandError, clock, database_url, opened_store, rehearsing, settings
from bot.cli.output import say, warn
from bot.cli.signals import Asked, heard
from bot.errors import SpokenError
from bot.logs import event

if TYPE_CHECKING:
    from bot.alerts.alerting import Alerting
    from bot.settings import Current, Settings
    from bot.store.connections import Connected
    from bot.worker.worker import Worker

log = logging.getLogger("bot.service")
Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Default: PORT, else 8000.")]
Host = Annotated[str, typer.Option("--host", help="Where to listen; 0.0.0.0 is everywhere.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group."""
    for command in (up, worker, web, sandbox):
        app.command(rich_help_panel="Run")(command)


def worker(
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="End when nothing is due now and nothing is in flight.")
    ] = False,
) -> None:
    """Publish what is due, on time, until stopped (SIGTERM or Ctrl-C). SIGHUP reads the settings anew.

    Any number of workers may run on one store: each delivery is taken by one of them.
    """
    parent = os.getppid()
    with _service() as (current, asked), _worker(current) as (running, alerting):
        for _ in _until_stopped(asked, current, running, alerting):
            if until_idle and running.idle():
                alerting.finish()
                break
            if rehearsing() and os.getppid() != parent:
                break  # the rehearsal was killed: nobody else would end its worker


def up(host: Host = "127.0.0.1", port: Port = None) -> None:
    """Run the worker and the web page together, until stopped. SIGHUP reads the settings anew."""
    from bot.web.server import serving

    with (
        _service() as (current, asked),
        _worker(current) as (running, alerting),
        serving(current, clock(), host, _port(port, current())) as url,
    ):
        _say_where(current(), host, url)
        for _ in _until_stopped(asked, current, running, alerting):
            pass


def web(host: Host = "127.0.0.1", port: Port = None) -> None:
    """Serve the web page alone. SIGHUP reads the settings anew."""
    from bot.web.server import serving

    with _service() as (current, asked):
        database_url(current())  # refused here if it can not last
        with serving(current, clock(), host, _port(port, current())) as url, _watching(current()) as alerting:
            _say_where(current(), host, url)
            for _ in _until_stopped(asked, current, None, alerting):
                pass


def _say_where(settings: "Settings", host: str, url: str) -> None:
    """Where the page is, how the first one gets in, and what it means if others can reach it."""
    from bot.web.doors import listens_to_all, setup_path

    public = settings.alerts.page or url
    say(f"The page: {public}")
    with opened_store(settings) as store:
        first = setup_path(store, clock())
    if first:
        say(f"Nobody can sign in yet. Open this once, within a day, to be its administrator: {public}{first}")
    if listens_to_all(host) and not public.startswith("https://"):
        warn(
            "note: every machine that reaches this one can reach the page, and passwords travel unprotected: "
            'put HTTPS in front of it, and say its address in config/bot.toml: [alerts] page = "https://…"'
        )


def sandbox(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes any free one.")] = 8100,
) -> None:
    """Run local stand-ins for the networks, and print the environment that connects your accounts to them.

    Nothing leaves this machine. Put the printed lines into .env, or before a command.
    """
    from bot.sandbox import Sandbox

    known = settings().accounts.values()
    local = Sandbox(port=port, now=clock().now)
    try:
        local.start()
    except OSError as error:
        raise CommandError(f"can not listen on port {port}: {error.strerror}; take another --port") from None
    with local, heard() as asked:
        warn(f"The feeds, as followers see them: {local.url}")
        for name, value in local.environment().items():
            say(f"{name}={value}")
        for account in known:
            for name, value in local.register(account.network, account.name, account.handle).items():
                say(f"{name}={value}")
        while not asked.stop_within(0.2):
            asked.reload()  # there is nothing to read anew, but its terminal may be closed


@contextmanager
def _service() -> "Iterator[tuple[Current, Asked]]":
    """The settings in force and what signals ask; what goes wrong meanwhile is a line in the log's form."""
    from bot.logs import configure, writes_json
    from bot.settings import Current

    configure(os.environ.get("BOT_LOG_FORMAT", ""))  # until the settings are known
    with heard() as asked:  # first of all: a signal may come while this starts
        try:
            current = Current(settings())
            configure(current().log_format, lambda text: _without_secrets(text, current()))
            yield current, asked
        except SpokenError as error:
            if not writes_json():
                raise
            log.critical("%s", error, extra=event("ended"))
            raise typer.Exit(1) from None
        finally:
            notify.stopping()


def _until_stopped(
    asked: Asked, current: "Current", running: "Worker | None", alerting: "Alerting"
) -> Iterator[None]:
    """Comes back again and again until a stop is asked for; meanwhile does what else is asked."""
    watchdog = notify.Watchdog()
    notify.ready()
    while not asked.stop_within(0.1):
        if asked.reload():
            _reload(current, running, alerting)
        if running:
            _refuse_useless(running)
            if running.takes_other_credentials():
                running.use(current.complete())
        watchdog.alive()
        yield


def _reload(current: "Current", running: "Worker | None", alerting: "Alerting") -> None:
    notify.reloading()
    try:
        fresh = current.reload()
    except SpokenError as error:
        log.error("the settings stay as they were: %s", error, extra=event("reload-refused"))
    else:
        if running:
            running.use(fresh)
        else:
            log.info("the settings are read anew", extra=event("reloaded"))
        if not rehearsing():
            alerting.use(fresh)
    notify.ready()


def _without_secrets(text: str, settings: "Settings") -> str:
    from bot.networks import secrets
    from bot.networks.redaction import redact

    return redact(text, secrets(settings))


def _refuse_useless(running: "Worker") -> None:
    """End the process with an error, so that whatever supervises it starts a new one."""
    if running.broken:
        raise CommandError(running.broken)
    if running.is_stalled():
        raise CommandError("the worker has not looked at the store for minutes: it must be started again")


def _completed(found: "Settings", kept: "Sequence[Connected]") -> "Settings":
    """With the credentials that the store keeps; a rehearsal, whose hours are seconds, counts nothing."""
    from bot.figures import NONE
    from bot.networks import connected

    known = connected.with_connected(found, kept)
    return replace(known, figures=NONE) if rehearsing() else known


@contextmanager
def _worker(current: "Current") -> Iterator[tuple["Worker", "Alerting"]]:
    from bot.alerts.alerting import Alerting
    from bot.networks import connected
    from bot.settings import usable
    from bot.worker.worker import Worker

    with opened_store(usable(current())) as store:
        kept = connected.read(store)
        current.complete_by(lambda found: _completed(found, kept))
        running = Worker(store, current(), clock(), patience())
        current.complete_by(lambda found: _completed(found, running.connections))
        running.start()
        alerting = Alerting(store, clock(), running)
        try:
            if not rehearsing():  # in which nothing needs a person
                alerting.use(current())
            yield running, alerting
        finally:
            alerting.stop()
            running.stop()


@contextmanager
def _watching(settings: "Settings") -> Iterator["Alerting"]:
    """Tell people when no worker is alive and something is due, which no worker could tell."""
    from bot.alerts.alerting import Alerting
    from bot.store.engine import connect

    store = connect(settings.database_url)
    alerting = Alerting(store, clock(), None)
    try:
        if not rehearsing():
            alerting.use(settings)
        yield alerting
    finally:
        alerting.stop()
        store.close()


def patience() -> timedelta:
    """How long the worker may sleep without looking."""
    return timedelta(seconds=0.1) if rehearsing() else timedelta(seconds=15)


def _port(port: int | None, settings: "Settings") -> int:
    return settings.port if port is None else port
