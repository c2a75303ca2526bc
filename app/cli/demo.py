"""`shiftline demo`: a week of a poll before one's eyes."""

import asyncio
import fcntl
import shutil
import signal
from typing import Annotated, Any

import typer
from rich.table import Table

from app.cli.serving import free_port, listen
from app.cli.terminal import out, run_to_end
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
from app.domain.errors import InvalidError
from app.main import clock, wire
from app.settings import Settings
from app.store.embedded import embedded_server
from app.web.app import create_app
from app.worker import work

_PORTS = 20


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
            run_to_end(_demo(settings.model_copy(update={"var": folder}), server.url, exit_after=exit_after))


async def _demo(settings: Settings, url: str, *, exit_after: bool) -> None:
    crowd, ticking = crowd_of(), DemoClock(beginning(clock()))
    phones = DemoPhones(ticking, crowd)
    async with wire(settings, url, ticking, phones) as wired:
        with progress_bars() as progress:
            outcomes = await play(wired.context, phones, crowd, ticking, progress)
        ticking.real = True
        port = settings.port if exit_after else free_port(settings.host, settings.port, _PORTS)
        _summarise(outcomes, f"http://{settings.host}:{port}", serving=not exit_after)
        if not exit_after:
            stop = asyncio.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
            await asyncio.gather(
                listen(create_app(wired), settings.host, port, stop),
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
