"""`shiftline migrate`, `rebuild-figures` and `doctor`: what an operator does about the installation itself."""

import asyncio
import sys
from typing import Annotated

import typer

from app.catalogue.catalogue import load_catalogue
from app.catalogue.documents import read_yaml
from app.catalogue.places import shipped
from app.cli.terminal import Programme, out, with_wiring
from app.domain.errors import DomainError
from app.jobs.rollups import Rebuilt, rebuild_figures
from app.jobs.writing import check
from app.main import database_url, mailer
from app.settings import Settings
from app.store.database import Database
from app.store.embedded import find_programs
from app.store.programmes import programme_by_code
from app.store.vault import new_key
from app.web.wiring import Wiring


def migrate_command() -> None:
    """Bring the database to the newest revision; does nothing where it is there already."""

    async def step(_wired: Wiring) -> None:
        out.print("[green]✓[/] The database is at the newest revision.")

    with_wiring(step)


def rebuild_figures_command(programme: Programme) -> None:
    """Score every ended conversation again from its answers and add the scores up anew; say what had been wrong.

    Writers of the programme's rounds wait meanwhile. Published figures stay as they are.
    """

    async def step(wired: Wiring) -> Rebuilt:
        async with wired.context.database.transaction() as store:
            found = await programme_by_code(store, programme)
        return await rebuild_figures(wired.context, found.id)

    done: Rebuilt = with_wiring(step)
    out.print(
        f"{done.rounds} rounds, {done.people} people: {done.scores} with other scores than their answers give,"
        f" {done.strata} sums that had been wrong"
    )


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
