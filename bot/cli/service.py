"""Commands that run: `up`, `worker`, `web`, `sandbox`."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.context import CommandError, clock, database_url, opened_store, rehearsing, settings
from bot.cli.output import say, warn

if TYPE_CHECKING:
    from bot.worker.worker import Worker

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
    """Publish what is due, on time, until stopped (SIGTERM or Ctrl-C).

    Any number of workers may run on one store: each delivery is taken by one of them.
    """
    parent = os.getppid()
    with _stop_signal() as stop, _worker() as running:  # the signal first: it may come while this starts
        while not stop.wait(0.1):
            if until_idle and running.idle():
                break
            _refuse_stalled(running)
            if rehearsing() and os.getppid() != parent:
                break  # the rehearsal was killed: nobody else would end its worker


def up(host: Host = "127.0.0.1", port: Port = None) -> None:
    """Run the worker and the web page together, until stopped."""
    from bot.web.server import serving

    with (
        _stop_signal() as stop,
        _worker() as running,
        serving(settings(), clock(), host, _port(port)) as url,
    ):
        say(f"The post log and the status: {url}")
        while not stop.wait(1):
            _refuse_stalled(running)


def web(host: Host = "127.0.0.1", port: Port = None) -> None:
    """Serve the web page alone: the post log and the status."""
    from bot.web.server import serving

    database_url()  # refused here if it can not last
    with _stop_signal() as stop, serving(settings(), clock(), host, _port(port)) as url:
        say(f"The post log and the status: {url}")
        stop.wait()


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
    with local, _stop_signal() as stop:
        warn(f"The feeds, as followers see them: {local.url}")
        for name, value in local.environment().items():
            say(f"{name}={value}")
        for account in known:
            for name, value in local.register(account.network, account.name, account.handle).items():
                say(f"{name}={value}")
        stop.wait()


def _refuse_stalled(running: "Worker") -> None:
    """End the process with an error, so that whatever supervises it starts a new one."""
    running.refuse_another_file()
    if running.is_stalled():
        raise CommandError("the worker has not looked at the store for minutes: it must be started again")


@contextmanager
def _worker() -> Iterator["Worker"]:
    from bot.worker.logs import configure
    from bot.worker.worker import Worker

    configure()
    with opened_store() as store:
        running = Worker(store, settings(), clock(), patience())
        running.start()
        try:
            yield running
        finally:
            running.stop()


def patience() -> timedelta:
    """How long the worker may sleep without looking."""
    return timedelta(seconds=0.1) if rehearsing() else timedelta(seconds=15)


@contextmanager
def _stop_signal() -> Iterator[threading.Event]:
    """An event that SIGTERM and Ctrl-C set; a second one ends the process at once."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _port(port: int | None) -> int:
    return settings().port if port is None else port
