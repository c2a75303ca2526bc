"""`shiftline serve`, `web` and `work`: the service, until it is told to stop."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import structlog
import typer
import uvicorn
from fastapi import FastAPI

from app.carriers.simulator import Simulator
from app.cli.terminal import out, run_to_end
from app.domain.errors import InvalidError
from app.main import clock, database_url, log_to, wire
from app.settings import Settings
from app.store.keys import list_keys
from app.store.programmes import real_carriers
from app.web.app import create_app
from app.web.rest.metrics import metrics_app
from app.web.wiring import Wiring
from app.worker import work

log = structlog.get_logger()


def serve(
    starts: Annotated[
        str,
        typer.Option(
            "--clock",
            metavar="MOMENT",
            help="Rehearse: start the clock at this moment, such as 2026-11-02T04:00Z, and let it run from there.",
        ),
    ] = "",
) -> None:
    """Web and work in one process; with no DATABASE_URL, on an embedded PostgreSQL in var/."""
    settings = Settings()
    now = _rehearsal_clock(starts, settings) if starts else clock
    with database_url(settings) as url:
        run_to_end(_serve(settings, url, web=True, working=True, now=now))


def _rehearsal_clock(starts: str, settings: Settings) -> Callable[[], datetime]:
    """A clock that reads `starts` now and runs on.

    Raises:
        InvalidError: no moment with an offset; or there is a carrier that reaches people, whose night it may be.
    """
    if settings.twilio_account_sid:
        raise InvalidError(
            "A rehearsal's clock is for the simulator alone: real people would be texted at night."
            " Take TWILIO_ACCOUNT_SID out of the environment, or leave --clock away."
        )
    try:
        beginning_at = datetime.fromisoformat(starts)
    except ValueError:
        beginning_at = None
    if beginning_at is None or beginning_at.tzinfo is None:
        raise InvalidError(f"{starts!r} is no moment; write it with its offset, as in 2026-11-02T04:00Z.")
    ahead = beginning_at.astimezone(UTC) - clock()
    return lambda: clock() + ahead


def web() -> None:
    """The web alone; run as many as needed against one DATABASE_URL, beside `shiftline work`."""
    settings = Settings()
    with database_url(settings) as url:
        run_to_end(_serve(settings, url, web=True, working=False))


def work_command() -> None:
    """The work alone: sends, reads, reminds, routes, publishes; run as many as needed."""
    settings = Settings()
    with database_url(settings) as url:
        run_to_end(_serve(settings, url, web=False, working=True))


async def _serve(
    settings: Settings, url: str, *, web: bool, working: bool, now: Callable[[], datetime] = clock
) -> None:
    log_to(sys.stderr, settings.log_level, settled=True)
    # The phones live in one process's memory, so only a process that does both jobs can have them.
    port = free_port(settings.host, settings.port, 1) if web else 0
    phones, kind = Simulator(now) if web and working else None, "both" if web and working else "web" if web else "work"
    async with wire(settings, url, now, phones, waits=now is clock, kind=kind) as wired:
        if now is not clock:
            await _refuse_real_people(wired)
        stop = asyncio.Event()
        tasks: list[Coroutine[Any, Any, None]] = [_work(wired, stop) if working else _prepared(wired, stop)]
        tasks.append(_watch(wired, stop))
        if settings.metrics_port:
            tasks.append(_show_metrics(wired, settings, stop))
        if web:
            await _first_key(settings, wired, port)
            tasks.append(listen(create_app(wired), settings.host, port, stop))
        elif wired.prepared:
            out.print("Working. Ctrl-C stops after the turn under way.")
        else:
            out.print("PostgreSQL is away: the work begins when it comes. Ctrl-C stops.")
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await asyncio.gather(*tasks)


async def _prepared(wired: Wiring, stop: asyncio.Event) -> None:
    """Wait for the database to be ready, or to be told to stop; raises what made it impossible."""
    if wired.preparing is None:
        return
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({wired.preparing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if wired.preparing.done():
        wired.preparing.result()


async def _work(wired: Wiring, stop: asyncio.Event) -> None:
    """The work, as soon as there is a database to work on."""
    await _prepared(wired, stop)
    if wired.prepared:
        await work(wired.context, wired.clock, stop, wired.simulator, mailer=wired.mailer)


async def _watch(wired: Wiring, stop: asyncio.Event) -> None:
    """This process's part in the watch, as soon as there are tables to write it down in."""
    await _prepared(wired, stop)
    if wired.prepared:
        await wired.watch.keep_on(wired.clock, stop)


async def _refuse_real_people(wired: Wiring) -> None:
    """Raises InvalidError where a database knows senders of real carriers: a rehearsal's clock is not for its people."""
    async with wired.context.database.transaction() as store:
        real = await real_carriers(store)
    if real:
        raise InvalidError(
            f"A rehearsal's clock is for the simulator alone; this database has senders with {', '.join(real)}."
            " Rehearse on a database of its own."
        )


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handlers: the process has one way to stop."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the signals to us."""
        yield


async def _show_metrics(wired: Wiring, settings: Settings, stop: asyncio.Event) -> None:
    try:
        port = free_port(settings.metrics_host, settings.metrics_port, 1)
    except InvalidError:
        # Another process of this machine shows them already, and each shows those of all.
        log.info("metrics-port-taken", port=settings.metrics_port)
        return
    await listen(metrics_app(wired), settings.metrics_host, port, stop)


async def listen(served: FastAPI, host: str, port: int, stop: asyncio.Event) -> None:
    """Serve until the server ends or all is told to stop; either ends the other."""
    config = uvicorn.Config(
        served, host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=10,
        server_header=False,
    )  # fmt: skip
    server = _Server(config)
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    stop.set()
    await serving


def free_port(host: str, first: int, tries: int) -> int:
    """The first free port of those from `first` on; raises InvalidError where all are taken."""
    for port in range(first, first + tries):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise InvalidError(f"Port {first} on {host} is taken; stop what holds it, or set SHIFTLINE_PORT to another.")


async def _first_key(settings: Settings, wired: Wiring, port: int) -> None:
    out.print(f"Shiftline serves at [bold]http://{settings.host}:{port}[/]  (Ctrl-C stops)")
    if not wired.prepared:
        out.print("PostgreSQL is away: webhooks are kept on this disk, all else is answered 503 until it comes.")
        return
    async with wired.context.database.transaction() as store:
        known = await list_keys(store, None)
    if not any(key["revoked_at"] is None for key in known):
        out.print("There is no operator's key yet: `shiftline keys create --role operator` makes the first.")
