"""Carriers' word of messages: unordered and repeated, so a state only ever moves up."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from app.carriers.protocol import Delivery, StatusReport
from app.jobs.context import Context
from app.jobs.failing import after_failure
from app.jobs.retrying import Chance, dice, later_try, mendable
from app.jobs.settling import wait_for_replies
from app.jobs.tallying import REPORTS
from app.store.database import Store
from app.store.fates import Fate, Reported, find_reported, mark_reported, try_again
from app.store.rounds import mark_delivered

log = structlog.get_logger()

_RANK = {"queued": 0, "sending": 0, "unknown": 0, "accepted": 1, "failed": 2, "delivered": 3, "cancelled": 3}
_STATE = {
    Delivery.QUEUED: "accepted",
    Delivery.SENT: "accepted",
    Delivery.DELIVERED: "delivered",
    Delivery.UNDELIVERED: "failed",
    Delivery.FAILED: "failed",
}


async def take_reports(
    context: Context, carrier: str, reports: Sequence[StatusReport], now: datetime, chance: Chance = dice
) -> int:
    """Take a carrier's word of messages; how many were of messages we know."""
    if not reports:
        return 0
    by_message, by_reference = _sorted(reports)
    async with context.database.transaction() as store:
        known = await find_reported(store, carrier, list(by_reference), list(by_message))
        told = [(item, _best(item, by_message, by_reference)) for item in known]
        moved = [(item, report) for item, report in told if _moves_up(item, _STATE[report.delivery])]
        await mark_reported(store, [_fate(item, report) for item, report in moved], now)
        await _start_clocks(store, moved, now)
        delivered = [item.invitation for item, report in moved if report.delivery is Delivery.DELIVERED]
        await mark_delivered(store, [invitation for invitation in delivered if invitation], now)
        failed = [(item, _cause(report)) for item, report in moved if _STATE[report.delivery] == "failed"]
        await _take_failures(store, failed, now, chance)
    for item, report in told:
        context.tally.count(REPORTS, carrier, report.delivery.value)
        log.info(
            "report-taken", trace=item.trace.hex, message=str(item.id), carrier=carrier, delivery=report.delivery.value,
            cause=_cause(report) or None,
        )  # fmt: skip
    return len(known)


async def _start_clocks(store: Store, moved: Sequence[tuple[Reported, StatusReport]], now: datetime) -> None:
    """What nobody wrote down as sent yet is asked from now on: its sender may have died over it."""
    fresh = [(item, _STATE[report.delivery] != "failed") for item, report in moved if item.before == "sending"]
    await wait_for_replies(store, [item for item, reached in fresh if reached], now)
    await wait_for_replies(store, [item for item, reached in fresh if not reached], now, reached=False)


async def _take_failures(store: Store, failed: Sequence[tuple[Reported, str]], now: datetime, chance: Chance) -> None:
    moments = {
        item.id: moment
        for item, cause in failed
        # One further try at most: a text that is one, or has one, gets no other.
        if not item.again and (moment := later_try(cause, now, chance)) is not None
    }
    tried_again = await try_again(store, moments, now)
    for item, cause in failed:
        if item.id not in tried_again:
            await after_failure(store, item.identity, item.invitation, cause, now)


def _sorted(
    reports: Sequence[StatusReport],
) -> tuple[Mapping[UUID, list[StatusReport]], Mapping[str, list[StatusReport]]]:
    by_message: dict[UUID, list[StatusReport]] = {}
    by_reference: dict[str, list[StatusReport]] = {}
    for report in reports:
        if (message := _uuid(report.message)) is not None:
            by_message.setdefault(message, []).append(report)
        elif report.reference:  # a report that names our text speaks of no other
            by_reference.setdefault(report.reference, []).append(report)
    return by_message, by_reference


def _best(
    item: Reported, by_message: Mapping[UUID, list[StatusReport]], by_reference: Mapping[str, list[StatusReport]]
) -> StatusReport:
    """The report that tells most of a message, where a batch holds several of it."""
    own = by_message.get(item.id, []) + by_reference.get(item.reference or "", [])
    return max(own, key=lambda report: _RANK[_STATE[report.delivery]])


def _moves_up(item: Reported, after: str) -> bool:
    under_way = item.before == "queued" or (item.before == "sending" and item.attempts > 1)
    if under_way and after == "failed":
        return False  # it tells of an earlier try; what comes of the one under way is not known yet
    return item.before == "unknown" or _RANK[after] > _RANK[item.before]


def _cause(report: StatusReport) -> str:
    return report.cause.value if report.cause else ""


def _fate(item: Reported, report: StatusReport) -> Fate:
    state = _STATE[report.delivery]
    return Fate(
        item.id, state, report.reference, _cause(report) or None, report.code,
        dead=state == "failed" and mendable(_cause(report)),
    )  # fmt: skip


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
