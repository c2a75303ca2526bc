"""All of a round in one archive, made in the background: tables of every filter, the codebook, a report for each site."""

import asyncio
import io
import re
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from app.domain.disclosure.lattice import SPLITS
from app.domain.errors import DomainError, InvalidError, UnavailableError
from app.domain.figures import Part
from app.jobs.context import Context, never
from app.jobs.dashboards import dashboard
from app.jobs.takeaway.codebook import codebook
from app.jobs.takeaway.files import WRITERS
from app.jobs.takeaway.reports import MOST_SITES, report
from app.jobs.takeaway.sheets import addressed, round_sheet
from app.jobs.takeaway.typesetting import typeset
from app.store.keys import Caller, caller_of_id, programme_of
from app.store.takeaway import (
    MOST_ATTEMPTS,
    Claimed,
    ask_export,
    claim_export,
    fail_export,
    forget_exports,
    give_back_export,
    keep_export,
    tell_progress,
)

log = structlog.get_logger()

MOST_BYTES = 50_000_000
"""Of one archive."""
_PATIENCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Order:
    """What an archive is to hold: tables in these formats, and, if wanted, a report of each site in a language."""

    round: UUID
    formats: tuple[str, ...]
    reports: bool
    language: str
    base: str


async def order(context: Context, caller: Caller, wanted: Order, now: datetime) -> UUID:
    """Queue an archive of the round's newest publication; the one that stands where the same was asked before.

    Raises:
        NotFoundError: no such round for this caller.
        ConflictError: nothing is published yet, or the key waits for too many.
        InvalidError: it would hold reports of too many sites.
    """
    # Made as it is published at this moment, so that asking again is the same until there is more.
    _, board = await round_sheet(context, caller, wanted.round)
    programme = programme_of(caller)
    sites = len(_sites(board))
    if wanted.reports and sites > MOST_SITES:
        raise InvalidError(f"An archive holds reports of at most {MOST_SITES} sites and this would be of {sites}.")
    asked = {
        "round": str(wanted.round), "publication": str(board["publication"]), "formats": sorted(set(wanted.formats)),
        "reports": wanted.reports, "language": wanted.language, "base": wanted.base,
    }  # fmt: skip
    async with context.database.transaction() as store:
        return await ask_export(store, programme, caller.key, asked, now)


async def make_next(context: Context, now: datetime, stopping: Callable[[], bool] = never) -> bool:
    """Make the export that waited longest; whether there was one. What is old is forgotten on the way."""
    async with context.database.transaction() as store:
        await forget_exports(store, now)
        claimed = await claim_export(store, now)
    if claimed is None:
        return False
    try:
        await _make(context, claimed, now, stopping)
    except UnavailableError:
        # The database or the typesetter was busy: that passes, so it is tried again, but not for ever.
        await _try_again(context, claimed, now)
    except DomainError as problem:
        await _give_up(context, claimed, problem.message, now)
    except Exception as problem:  # noqa: BLE001 - the next export must be made; the kind alone is safe to log
        await _give_up(context, claimed, "Something broke on our side.", now)
        log.error("export-broke", export=str(claimed.id), kind=type(problem).__name__)
    return True


async def _try_again(context: Context, claimed: Claimed, now: datetime) -> None:
    if claimed.attempts >= MOST_ATTEMPTS:
        await _give_up(context, claimed, "It could not be made in several attempts; ask again later.", now)
        return
    async with context.database.transaction() as store:
        await give_back_export(store, claimed, now + _PATIENCE, counted=True)


async def _give_up(context: Context, claimed: Claimed, fault: str, now: datetime) -> None:
    async with context.database.transaction() as store:
        await fail_export(store, claimed, fault, now)


async def _make(context: Context, claimed: Claimed, now: datetime, stopping: Callable[[], bool]) -> None:
    if claimed.attempts > MOST_ATTEMPTS:
        raise InvalidError(
            "It could not be made in several attempts."
        )  # each killed its process, or was killed with it
    async with context.database.transaction() as store:
        caller = await caller_of_id(store, claimed.key)
    asked_at = now.timetuple()[:6]
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        async for name, content, done in _parts(context, caller, claimed.asked):
            entry = zipfile.ZipInfo(name, asked_at)
            await asyncio.to_thread(archive.writestr, entry, content, zipfile.ZIP_DEFLATED)
            if written.tell() > MOST_BYTES:
                raise InvalidError(f"The archive would be larger than {MOST_BYTES:,} bytes: ask for fewer formats.")
            async with context.database.transaction() as store:
                if stopping():
                    await give_back_export(store, claimed, now, counted=False)
                    return
                if not await tell_progress(store, claimed, done):
                    return
    async with context.database.transaction() as store:
        await keep_export(store, claimed, written.getvalue(), now)


async def _parts(context: Context, caller: Caller, asked: Mapping[str, Any]) -> AsyncIterator[tuple[str, bytes, float]]:
    """Each file's name and content, and the share that is done with it."""
    round_id, publication = UUID(asked["round"]), UUID(asked["publication"])
    board = await dashboard(context, caller, round_id, publication=publication)
    sites = _sites(board) if asked["reports"] else []
    splits = ("", *(split.name for split in SPLITS))
    total, made = len(splits) * len(asked["formats"]) + 1 + len(sites), 0
    for split in splits:
        sheet, told = await round_sheet(context, caller, round_id, splits=(split,), publication=publication)
        for wanted in asked["formats"]:
            content = await asyncio.to_thread(WRITERS[wanted][1], addressed(sheet, asked["base"], wanted))
            made += 1
            yield f"figures{split and f'-by-{split}'}.{wanted}", content, made / total
        if not split:
            book = await codebook(context, caller, round_id, addressed(sheet, asked["base"], "csv"), told)
            made += 1
            yield "codebook.xml", book, made / total
    for number, site in enumerate(sites, 1):
        told, at = await report(
            context, caller, round_id, part=Part(sites=(site,)), brand=None, language=asked["language"],
            publication=publication, base=asked["base"],
        )  # fmt: skip
        made += 1
        yield f"reports/{number:03}-{_plain(site)}.pdf", await asyncio.to_thread(typeset, told, at), made / total


def _sites(board: Mapping[str, Any]) -> Sequence[str]:
    return sorted({row["site"] for row in board["figures"] if row["level"] == "site"})


def _plain(code: str) -> str:
    """A site's code as a file's name: whoever unpacks it must not be led into another folder."""
    return re.sub(r"[^\w-]", "_", code)[:60]
