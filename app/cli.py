"""The command line: `shiftline …`."""

import asyncio
import fcntl
import json
import re
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Annotated, Any
from uuid import UUID

import structlog
import typer
import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from app.account_commands import account_commands
from app.carriers.simulator import Simulator
from app.catalogue.catalogue import Catalogue, load_catalogue
from app.catalogue.documents import read_yaml
from app.catalogue.places import shipped
from app.demo import (
    DemoClock,
    DemoPhones,
    Outcomes,
    beginning,
    crowd_of,
    data_folder,
    play,
    progress_bars,
)
from app.domain.conversation import Conversation, Effect, Flag, Purpose, Record, Script, Send, advance, begin
from app.domain.errors import DomainError, Fault, InvalidError, SurveyInvalidError
from app.domain.survey import Survey
from app.domain.understanding import Command, hear
from app.domain.wording import Voice, render
from app.jobs.registry import ImportReport, import_records, read_sheet, read_upload, sheet_records
from app.jobs.rollups import Rebuilt, rebuild_figures
from app.jobs.rosters import RosterReport, import_roster
from app.jobs.writing import check, load_bundled
from app.main import clock, database_url, mailer, wire
from app.settings import Settings
from app.store.database import Database
from app.store.embedded import embedded_server, find_programs
from app.store.keys import FOCAL_POINT, create_key, list_keys
from app.store.programmes import brand_by_code, programme_by_code, real_carriers, save_channel, save_programme
from app.store.registry import get_organization
from app.store.vault import new_key
from app.web.app import create_app
from app.web.rest.metrics import metrics_app
from app.web.wiring import Wiring
from app.worker import work

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="An open line between workers and the people who can change their working life.",
)
survey_app = typer.Typer(no_args_is_help=True, help="Check a survey file, or hold its conversation in the terminal.")
workers_app = typer.Typer(no_args_is_help=True, help="Workers of a programme.")
providers_app = typer.Typer(no_args_is_help=True, help="The registry of local services.")
keys_app = typer.Typer(no_args_is_help=True, help="API keys.")
app.add_typer(survey_app, name="survey")
app.add_typer(workers_app, name="workers")
app.add_typer(providers_app, name="providers")
app.add_typer(keys_app, name="keys")

out = Console()
err = Console(stderr=True)
log = structlog.get_logger()

_PORTS = 20
_TERMINATED = 128 + signal.SIGTERM
_MOST_SHOWN = 20

Programme = Annotated[str, typer.Option(help="The programme's code.")]
Language = Annotated[str, typer.Option(help="BCP 47 code, such as bn.")]


def main() -> None:
    """Entry of the `shiftline` command: every expected error is a message, not a trace."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso"),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        # A command that ends tells its user; only what serves tells of each text.
        wrapper_class=structlog.make_filtering_bound_logger("warning"),
    )
    # Asked to end, a command lets go of what it holds: an embedded server would else outlive it.
    signal.signal(signal.SIGTERM, _terminated)
    try:
        app()
    except DomainError as problem:
        _complain(problem.message, problem.faults)
        sys.exit(2)
    except ValidationError as problem:
        _complain("The settings in the environment do not fit.", [
            Fault(".".join(str(part) for part in item["loc"]), item["msg"]) for item in problem.errors()
        ])  # fmt: skip
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _terminated(_number: int, _frame: object) -> None:
    sys.exit(_TERMINATED)


def _end_orderly() -> None:
    """Asked to end, a command lets go of what it holds: an embedded server would else outlive it."""

    def end(_number: int, _frame: FrameType | None) -> None:
        sys.exit(_TERMINATED)

    signal.signal(signal.SIGTERM, end)


def _run(work_to_do: Coroutine[Any, Any, Any]) -> Any:
    """Run on a loop of its own, until done or asked to end."""

    async def guarded() -> Any:
        task = asyncio.current_task()
        if task is not None:
            # Not an exception out of a signal: a callback of a library could swallow that.
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work_to_do

    try:
        return asyncio.run(guarded())
    except asyncio.CancelledError:
        sys.exit(_TERMINATED)
    finally:
        _end_orderly()  # the loop took its handler along


def _complain(message: str, faults: Any = ()) -> None:
    err.print(f"[bold red]✗[/] {message}", highlight=False)
    for fault in list(faults)[:_MOST_SHOWN]:
        err.print(f"  [bold]{fault.place}[/]: {fault.message}", highlight=False)
    if len(faults) > _MOST_SHOWN:
        err.print(f"  … and {len(faults) - _MOST_SHOWN} more")


def _wired(step: Any) -> Any:
    """Run one step with everything wired, and let go of it all."""
    settings = Settings()

    async def run(url: str) -> Any:
        async with wire(settings, url) as wired:
            return await step(wired)

    with database_url(settings) as url:
        return _run(run(url))


app.add_typer(account_commands(_wired), name="account")


# -- the service ----------------------------------------------------------------------------------


@app.command()
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
        _run(_serve(settings, url, web=True, working=True, now=now))


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


@app.command()
def web() -> None:
    """The web alone; run as many as needed against one DATABASE_URL, beside `shiftline work`."""
    settings = Settings()
    with database_url(settings) as url:
        _run(_serve(settings, url, web=True, working=False))


@app.command(name="work")
def work_command() -> None:
    """The work alone: sends, reads, reminds, routes, publishes; run as many as needed."""
    settings = Settings()
    with database_url(settings) as url:
        _run(_serve(settings, url, web=False, working=True))


async def _serve(
    settings: Settings, url: str, *, web: bool, working: bool, now: Callable[[], datetime] = clock
) -> None:
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level), cache_logger_on_first_use=True
    )
    # The phones live in one process's memory, so only a process that does both jobs can have them.
    port = _free_port(settings.host, settings.port, 1) if web else 0
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
            tasks.append(_listen(create_app(wired), settings.host, port, stop))
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
        port = _free_port(settings.metrics_host, settings.metrics_port, 1)
    except InvalidError:
        # Another process of this machine shows them already, and each shows those of all.
        log.info("metrics-port-taken", port=settings.metrics_port)
        return
    await _listen(metrics_app(wired), settings.metrics_host, port, stop)


async def _listen(served: FastAPI, host: str, port: int, stop: asyncio.Event) -> None:
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


def _free_port(host: str, first: int, tries: int) -> int:
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


@app.command(name="migrate")
def migrate_command() -> None:
    """Bring the database to the newest revision; does nothing where it is there already."""

    async def step(_wired: Wiring) -> None:
        out.print("[green]✓[/] The database is at the newest revision.")

    _wired(step)


# -- the demo -------------------------------------------------------------------------------------


@app.command()
def demo(
    exit_after: Annotated[bool, typer.Option("--exit", help="End after the summary instead of serving.")] = False,
) -> None:
    """Play a week of a poll with 640 virtual workers in seven countries, then serve what came of it."""
    settings = Settings(vault_keys=None, vault_index_key=None).model_copy(update={"database_url": None})
    folder = data_folder(settings.var)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InvalidError("The demo runs already; stop it with Ctrl-C where it runs, then start again.") from None
        # Its own database, afresh each time: the demo never touches what `shiftline serve` keeps.
        shutil.rmtree(folder / "postgres", ignore_errors=True)
        with embedded_server(folder / "postgres", {"fsync": "off", "synchronous_commit": "off"}) as server:
            _run(_demo(settings.model_copy(update={"var": folder}), server.url, exit_after=exit_after))


async def _demo(settings: Settings, url: str, *, exit_after: bool) -> None:
    crowd, ticking = crowd_of(), DemoClock(beginning(clock()))
    phones = DemoPhones(ticking, crowd)
    async with wire(settings, url, ticking, phones) as wired:
        with progress_bars() as progress:
            outcomes = await play(wired.context, phones, crowd, ticking, progress)
        ticking.real = True
        port = settings.port if exit_after else _free_port(settings.host, settings.port, _PORTS)
        _summarise(outcomes, f"http://{settings.host}:{port}", serving=not exit_after)
        if not exit_after:
            stop = asyncio.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
            await asyncio.gather(
                _listen(create_app(wired), settings.host, port, stop),
                wired.watch.keep_on(wired.clock, stop),
                work(wired.context, wired.clock, stop, phones),
            )


def _summarise(outcomes: Outcomes, address: str, *, serving: bool) -> None:
    shown = outcomes.dashboard
    funnel = shown["funnel"]
    rate = shown["rates"].get("rr2")
    out.print()
    out.print(
        f"[bold]{outcomes.stage.people} virtual workers[/] at {outcomes.sites} sites in {outcomes.countries} countries;"
        f" {sum(outcomes.texts.values()):,} texts out, {outcomes.replies:,} replies in."
    )
    out.print(
        f"Asked {funnel['invited']}, sent {funnel['sent']}, delivered {funnel['delivered']}, answered {funnel['started']},"
        f" complete {funnel['complete']}, partial {funnel['partial']}, refused or stopped {funnel['refused']}."
    )
    out.print(f"Response rate (AAPOR RR2): [bold]{rate:.1%}[/]" if rate is not None else "No response rate yet.")
    _indicators(shown)
    needs, referrals = Table(title="Needs", title_justify="left"), Table(title="Referrals", title_justify="left")
    for table, rows, first in ((needs, shown["needs"], "category"), (referrals, shown["referrals"], "")):
        for column in (first, "state", "count") if first else ("state", "count"):
            table.add_column(column, justify="right" if column == "count" else "left")
        for row in rows:
            table.add_row(*(str(row[name]) for name in ((first, "state", "count") if first else ("state", "count"))))
        out.print(table)
    helped = shown["helped"]
    out.print(f"Did it help? yes {helped['yes']}, no {helped['no']}")
    if serving:
        key = outcomes.stage.keys
        page = f"{address}/rounds/{outcomes.stage.round}"
        out.print(f"\nOpen [bold]{page}[/] and sign in with a key (made for this run alone):", soft_wrap=True)
        for role in key:
            out.print(f"  {role:<12} {key[role]}", highlight=False, soft_wrap=True)
        out.print(f"The phones: {address}/simulator   (Ctrl-C stops)", soft_wrap=True)


def _indicators(shown: dict[str, Any]) -> None:
    table = Table(title="Indicators, whole round (95 % interval)", title_justify="left")
    for column in ("domain", "indicator", "value", "interval", "n", "response"):
        table.add_column(column, justify="left" if column in {"domain", "indicator"} else "right")
    for figure in shown["figures"]:
        if figure["level"] == "round":
            value = "hidden" if figure["value"] is None else f"{figure['value']:.1f}"
            interval = "" if figure["low"] is None else f"{figure['low']:.1f} to {figure['high']:.1f}"
            rate = "" if figure["response_rate"] is None else f"{figure['response_rate']:.0%}"
            table.add_row(figure["domain"], figure["indicator"], value, interval, str(figure["n"] or ""), rate)
    out.print(table)
    cells = [figure for figure in shown["figures"] if figure["level"] == "site"]
    hidden = sum(1 for figure in cells if figure["hidden"])
    out.print(
        f"By site: {len(cells) - hidden} figures shown, {hidden} protected (fewer than {shown['threshold']}, or told by others)."
    )


# -- the doctor -----------------------------------------------------------------------------------


@app.command(name="rebuild-figures")
def rebuild_figures_command(programme: Programme) -> None:
    """Score every ended conversation again from its answers and add the scores up anew; say what had been wrong.

    Writers of the programme's rounds wait meanwhile. Published figures stay as they are.
    """

    async def step(wired: Wiring) -> Rebuilt:
        async with wired.context.database.transaction() as store:
            found = await programme_by_code(store, programme)
        return await rebuild_figures(wired.context, found.id)

    done: Rebuilt = _wired(step)
    out.print(
        f"{done.rounds} rounds, {done.people} people: {done.scores} with other scores than their answers give,"
        f" {done.strata} sums that had been wrong"
    )


@app.command()
def doctor(
    new_keys: Annotated[bool, typer.Option(help="Print a fresh pair of vault keys and end.")] = False,
) -> None:
    """Look whether everything the service needs is there, and say what to do where it is not."""
    if new_keys:
        out.print(
            f"SHIFTLINE_VAULT_KEYS=1:{new_key()}\nSHIFTLINE_VAULT_INDEX_KEY={new_key()}",
            highlight=False,
            soft_wrap=True,
        )
        return
    settings = Settings()
    checks: list[tuple[str, bool, str]] = [
        _check_python(),
        _check_database(settings),
        *_check_data(),
        _check_twilio(settings),
        _check_mail(settings),
    ]
    for name, good, word in checks:
        out.print(
            f"[{'green' if good else 'red'}]{'✓' if good else '✗'}[/] {name:<22} {word}",
            highlight=False,
            soft_wrap=True,
        )
    if not all(good for _, good, _ in checks):
        raise typer.Exit(1)


def _check_python() -> tuple[str, bool, str]:
    version = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    return "Python", sys.version_info >= (3, 11), version


def _check_database(settings: Settings) -> tuple[str, bool, str]:
    async def look(url: str) -> str:
        database = Database(url, pool=1, pooled=settings.database_pooled)
        try:
            return await database.version()
        finally:
            await database.aclose()

    try:
        if settings.database_url is None:
            programs = find_programs()
            with database_url(settings) as url:
                return "PostgreSQL (embedded)", True, f"{asyncio.run(look(url))} in {programs}"
        return "PostgreSQL", True, asyncio.run(look(settings.database_url.get_secret_value()))
    except DomainError as problem:
        return "PostgreSQL", False, problem.message


def _check_data() -> list[tuple[str, bool, str]]:
    catalogue = load_catalogue()
    languages = ", ".join(sorted(catalogue.limits.languages))
    surveys = [(path.stem, check(read_yaml(path), catalogue)[1]) for path in sorted(shipped("surveys").glob("*.yaml"))]
    bad = [f"{name} ({len(faults)} faults)" for name, faults in surveys if faults]
    return [
        ("Languages", bool(languages), languages),
        ("Surveys", not bad, ", ".join(bad or [name for name, _ in surveys])),
    ]


def _check_twilio(settings: Settings) -> tuple[str, bool, str]:
    if not settings.twilio_account_sid:
        return "Twilio", True, "not set up (the simulator is); set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN to use it"
    reachable = settings.public_url.startswith("https://")
    word = (
        f"webhooks at {settings.public_url}/carriers/twilio/…"
        if reachable
        else "SHIFTLINE_PUBLIC_URL must be your https address"
    )
    return "Twilio", reachable and bool(settings.twilio_auth_token.get_secret_value()), word


def _check_mail(settings: Settings) -> tuple[str, bool, str]:
    try:
        ready = mailer(settings) is not None
    except DomainError as problem:
        return "Mail", False, problem.message
    return (
        "Mail",
        True,
        "set up" if ready else "not set up; set SHIFTLINE_SMTP_URL and SHIFTLINE_MAIL_FROM to send letters",
    )


# -- surveys --------------------------------------------------------------------------------------


@survey_app.command("check")
def survey_check(file: Path) -> None:
    """Every fault of a survey file at once, each with its place."""
    survey, faults = check(read_yaml(file), load_catalogue())
    if survey is None or faults:
        _complain(f"{file} has {len(faults)} fault(s).", faults)
        raise typer.Exit(1)
    drafts = ", ".join(survey.draft_languages())
    out.print(f"[green]✓[/] {file}: {len(survey.questions)} questions in {', '.join(survey.languages)}.")
    if drafts:
        out.print(f"  Draft wording in {drafts}: a launch needs someone to take it on their name.")


def _survey(file: Path, catalogue: Catalogue) -> Survey:
    survey, faults = check(read_yaml(file), catalogue)
    if survey is None or faults:
        raise SurveyInvalidError(f"{file} has {len(faults)} fault(s).", faults)
    return survey


@survey_app.command("try")
def survey_try(file: Path, language: Language = "en") -> None:
    """Hold the survey's conversation in the terminal; an empty line or Ctrl-D ends it."""
    catalogue = load_catalogue()
    survey = _survey(file, catalogue)
    if language not in survey.languages:
        raise InvalidError(f"The survey does not speak {language!r}; it speaks {', '.join(survey.languages)}.")
    script, voice = Script(catalogue.lexicons, survey), Voice(catalogue.texts, "Your organisation", survey)
    talk, effects = begin(Purpose.SURVEY, language)
    _show(talk, effects, voice)
    while talk.open:
        try:
            text = input("you › ")
        except EOFError:
            break
        if not text:
            break
        talk, effects = advance(talk, text, script)
        _show(talk, effects, voice)
    out.print(f"[dim]{'Ended: ' + talk.ending if talk.ending else 'Left open'}; {len(talk.answers)} answers.[/]")


def _show(talk: Conversation, effects: list[Effect], voice: Voice) -> None:
    for effect in effects:
        match effect:
            case Record(question, said):
                out.print(
                    f"[dim]  {question}: {said.outcome} {said.value!r} ({said.method}, {said.confidence:g})[/]",
                    highlight=False,
                )
            case Flag(category, urgency, sensitivity):
                out.print(f"[yellow]  need: {category}, {urgency}, {sensitivity}[/]", highlight=False)
            case Send(say):
                out.print(Text("sms › ", "bold cyan") + Text(render(say, talk.language, voice)))
            case _:
                pass


@app.command("understand")
def understand_command(file: Path, question: str, text: str, language: Language = "en") -> None:
    """What a reply to a question is taken to mean, how, and how surely, or what it orders; as JSON."""
    catalogue = load_catalogue()
    survey = _survey(file, catalogue)
    asked = survey.question(question)
    if asked is None or not asked.asks:
        known = ", ".join(item.code for item in survey.questions if item.asks)
        raise InvalidError(f"The survey asks no {question!r}; it asks {known}.")
    if language not in catalogue.lexicons:
        raise InvalidError(f"{language!r} is not spoken here; one of {', '.join(sorted(catalogue.lexicons))}.")
    said = hear(text, asked, language, catalogue.lexicons, survey.languages)
    if isinstance(said, Command):
        print(json.dumps({"outcome": "order", "order": said.order, "language": said.language or language}))
        return
    value = list(said.value) if isinstance(said.value, tuple) else said.value
    option = asked.option(value) if isinstance(value, int) and not isinstance(value, bool) else None
    print(json.dumps({
        "outcome": said.outcome, "value": value, "option": option.value if option else None, "method": said.method,
        "confidence": said.confidence, "span": said.span, "language": said.language or language,
    }, ensure_ascii=False))  # fmt: skip


# -- imports and keys -----------------------------------------------------------------------------


@workers_app.command("import")
def workers_import(file: Path, programme: Programme) -> None:
    """Import a roster CSV: phone, site, language, and gender, age_band, employment where known."""
    if not file.is_file():
        raise InvalidError(f"There is no file {file}.")

    size = file.stat().st_size

    async def step(wired: Wiring) -> RosterReport:
        async with wired.context.database.transaction() as store:
            owner = await programme_by_code(store, programme)
        report = RosterReport()
        bar = Progress(
            TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn(), console=err
        )
        with bar:
            task = bar.add_task("Roster", total=size)
            chunks = _read(file, partial(bar.advance, task))
            async for report in import_roster(wired.context, owner.id, chunks, wired.clock()):
                bar.update(task, description=f"Roster: {report.rows} rows, {report.bad} bad")
        return report

    report: RosterReport = _wired(step)
    out.print(
        f"{report.rows} rows: {report.added} added, {report.updated} updated, {report.unchanged} unchanged, {report.bad} bad."
    )
    if report.faults:
        _complain(f"{report.bad} row(s) were not imported; mend them and import the file again.", report.faults)
        raise typer.Exit(1)


async def _read(file: Path, told: Callable[[float], None]) -> AsyncIterator[bytes]:
    with file.open("rb") as source:
        while chunk := source.read(1 << 16):
            told(len(chunk))
            yield chunk


@providers_app.command("import")
def providers_import(
    file: Path,
    programme: Programme,
    source: Annotated[str, typer.Option(help="Where it comes from; the same name each time.")] = "upload",
    complete: Annotated[
        bool, typer.Option(help="The file is all that the source has: what it lacks now is marked as gone.")
    ] = False,
) -> None:
    """Import local services: HSDS as JSON or as a zip of its tables, or a plain spreadsheet saved as .csv."""
    try:
        raw = file.read_bytes()
    except FileNotFoundError:
        raise InvalidError(f"There is no file {file}.") from None
    except OSError as problem:
        raise InvalidError(f"{file} cannot be read.") from problem
    if file.suffix == ".csv":
        headers, rows = read_sheet(raw)
        gathering = sheet_records(headers, rows, None, source)
    else:
        gathering = read_upload(raw)

    async def step(wired: Wiring) -> ImportReport:
        async with wired.context.database.transaction() as store:
            owner = await programme_by_code(store, programme)
        return await import_records(wired.context, owner.id, source, gathering, wired.clock(), complete=complete)

    report: ImportReport = _wired(step)
    out.print(
        f"{report.organizations} organizations, {report.services} services, {report.locations} locations;"
        f" {report.added} records new, {report.changed} changed, {report.unchanged} as before, {report.gone} gone."
    )
    if report.faults:
        _complain(f"{len(report.faults)} place(s) need a look; what stands was imported.", report.faults)
        raise typer.Exit(1 if any(fault.severity == "error" for fault in report.faults) else 0)


@keys_app.command("create")
def keys_create(
    role: Annotated[str, typer.Option(help="operator, ngo, brand or provider")],
    programme: Annotated[str, typer.Option(help="The programme's code; made if it does not exist yet.")] = "",
    label: Annotated[str, typer.Option(help="Whose key it is.")] = "made on the command line",
    brand: Annotated[str, typer.Option(help="For a brand's key: its code.")] = "",
    organization: Annotated[str, typer.Option(help="For a provider's key: its HSDS id.")] = "",
    focal_point: Annotated[
        bool, typer.Option(help="For an NGO's key: its holder is trained for sensitive cases.")
    ] = False,
) -> None:
    """Make a key and print it, this once. An NGO's first key makes its programme, with a sender on the simulator."""
    if role not in {"operator", "ngo", "brand", "provider"}:
        raise InvalidError(f"{role!r} is no role; use operator, ngo, brand or provider.")
    if (role == "operator") == bool(programme):
        raise InvalidError("An operator's key takes no --programme; every other key needs one.")
    if focal_point and role != "ngo":
        raise InvalidError("A focal point is of the NGO: use --focal-point with --role ngo.")
    if (role == "brand") != bool(brand) or (role == "provider") != bool(organization):
        raise InvalidError("A brand's key needs --brand, a provider's --organization, and no other takes them.")

    async def step(wired: Wiring) -> str:
        now = wired.clock()
        async with wired.context.database.transaction() as store:
            if role == "operator":
                return await create_key(store, role, label, now)
            owner = await _programme(store, programme, now, may_make=role == "ngo")
            found = await brand_by_code(store, owner, brand) if brand else None
            served = (await get_organization(store, owner, _uuid(organization)))["id"] if organization else None
            secret = await create_key(
                store,
                role,
                label,
                now,
                programme=owner,
                brand=found,
                organization=served,
                scopes=[FOCAL_POINT] if focal_point else [],
            )
        if role == "ngo":
            await load_bundled(wired.context, owner, now)
        return secret

    print(_wired(step))


async def _programme(store: Any, code: str, now: datetime, *, may_make: bool) -> Any:
    try:
        return (await programme_by_code(store, code)).id
    except DomainError:
        if not may_make:
            raise
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", code):
        raise InvalidError(f"{code!r} is no programme's code: use small letters, digits, - and _, at most 40.")
    made = await save_programme(store, code, code, code, 10, now)
    digits = int.from_bytes(made.id.bytes[-3:], "big") % 10_000
    await save_channel(store, made.id, "simulator", f"+1500555{digits:04d}", now)
    err.print(f"Made the programme {code!r} with a sender on the simulator.")
    return made.id


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidError(f"{text!r} is no id; an organization's is a UUID.") from None
