"""Asking carriers what became of texts nobody heard of, and for replies that never arrived."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from app.carriers.protocol import Carrier, Lookup, StatusReport
from app.domain.errors import InvalidError
from app.domain.numbers import normalise
from app.jobs.context import Context
from app.jobs.keeping import keep
from app.jobs.reporting import take_reports
from app.store.claims import SLOWEST
from app.store.fates import Missing, known_references, lookups_due, mark_looked_up, missing_texts
from app.store.vault import Vault

log = structlog.get_logger()

EVERY = timedelta(minutes=5)
"""How often a carrier is asked about texts that just became Unknown."""

THOROUGHLY = timedelta(hours=1)
"""How often about all that wait for word, and for lost replies; a text it took waits for word after this long."""

_BEFORE = timedelta(minutes=2)
"""By how much a carrier's clock may be behind ours."""

_LONGEST_ASKED_SECONDS = 240.0
_AT_ONCE = 1000


async def look_up(context: Context, now: datetime) -> int:
    """Ask the carriers that can be asked, where there is something to ask; how many were.

    Of many processes one asks. A text that is not found stays Unknown: nothing is sent again because of a look-up.
    """
    able = [name for name, road in context.carriers.items() if road.capabilities.looks_up]
    async with context.database.transaction() as store:
        due = await lookups_due(store, able, now, EVERY, THOROUGHLY)
    for name, since in due.items():
        # No transaction is open here: a slow carrier must not hold a connection.
        found = await _asked(context.carriers[name], since - _BEFORE)
        if found is not None:
            await _take(context, name, found, since, now)
    return len(due)


async def _asked(road: Carrier, since: datetime) -> Lookup | None:
    try:
        async with asyncio.timeout(_LONGEST_ASKED_SECONDS):
            return await road.reconcile(since)
    except Exception as problem:  # noqa: BLE001 - whatever broke, it is asked again; the kind alone is safe to log
        log.warning("look-up-broke", carrier=road.name, kind=type(problem).__name__)
        return None


async def _take(context: Context, carrier: str, found: Lookup, since: datetime, now: datetime) -> None:
    for first in range(0, len(found.replies), _AT_ONCE):
        await keep(context, carrier, found.replies[first : first + _AT_ONCE], now)
    reports = [*found.reports, *await _recognised(context, carrier, found.reports, since)]
    for first in range(0, len(reports), _AT_ONCE):
        await take_reports(context, carrier, reports[first : first + _AT_ONCE], now)
    async with context.database.transaction() as store:
        left = await mark_looked_up(store, carrier, since, now)
    log.info("looked-up", carrier=carrier, reports=len(found.reports), replies=len(found.replies), unknown=left)


async def _recognised(
    context: Context, carrier: str, reports: Sequence[StatusReport], since: datetime
) -> list[StatusReport]:
    """Reports of texts whose reference never reached us, found by number and time; each with our id in it."""
    async with context.database.transaction() as store:
        missing = await missing_texts(store, carrier, since)
        known = await known_references(store, carrier, [report.reference for report in reports]) if missing else set()
    strange = [report for report in reports if report.reference not in known and not report.message]
    return match(context.vault, missing, strange)


def match(vault: Vault, missing: Sequence[Missing], reports: Sequence[StatusReport]) -> list[StatusReport]:
    """Pair texts and reports that can belong to each other and to no other; what is in doubt stays Unknown."""
    waiting: dict[bytes, list[Missing]] = defaultdict(list)
    for text in missing:
        waiting[text.blind_index].append(text)
    programmes = {text.programme for text in missing}
    # The reference a text is found under → the text; both ways, each must have one partner.
    of_report: dict[str, set[UUID]] = defaultdict(set)
    of_text: dict[UUID, set[str]] = defaultdict(set)
    by_reference: Mapping[str, StatusReport] = {report.reference: report for report in reports}
    for report in by_reference.values():
        for text in _candidates(vault, programmes, waiting, report):
            of_report[report.reference].add(text.id)
            of_text[text.id].add(report.reference)
    return [
        replace(by_reference[reference], message=str(text))
        for reference, texts in of_report.items()
        if len(texts) == 1 and len(of_text[text := next(iter(texts))]) == 1
    ]


def _candidates(
    vault: Vault, programmes: set[UUID], waiting: Mapping[bytes, Sequence[Missing]], report: StatusReport
) -> list[Missing]:
    created = report.created
    if created is None or not report.to:
        return []
    try:
        number = normalise(report.to, "ZZ")
    except InvalidError:
        return []
    return [
        text
        for programme in programmes
        for text in waiting.get(vault.blind_index(programme, number), ())
        # It was made after the claim, and before the hand-over was given up; a carrier's clock may be a little off.
        if text.claimed_at - _BEFORE <= created <= text.claimed_at + SLOWEST + _BEFORE
    ]
