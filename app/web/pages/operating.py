"""The operator's page: what waits and for how long, how the carriers do, and what a person must decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.catalogue.alerts import shipped_rules
from app.domain.alerts import Reading, Topic
from app.domain.errors import ConflictError, NotFoundError
from app.jobs.looking import Look, Sums, look
from app.jobs.resolving import it_was_sent, send_again
from app.jobs.tallying import ERRORS, TEXTS
from app.store.alerts import Standing, standing_alerts
from app.store.fates import dead_letters, unknown_texts
from app.store.hooks import deliver_again, list_deliveries
from app.store.keys import Caller
from app.web.access import AsOperator
from app.web.pages import formats
from app.web.pages.languages import gettext, marked
from app.web.pages.templating import page
from app.web.wiring import Wiring, wiring

router = APIRouter(include_in_schema=False)

_SHOWN = 25
_KINDS = {"web": marked("web"), "work": marked("work"), "both": marked("web and work")}
_PRIORITIES = {
    "reply": marked("Answers to workers"), "notice": marked("Word of referrals"), "round": marked("Texts of rounds"),
}  # fmt: skip
_UNITS = {
    "replies": marked("replies"), "processes": marked("processes"), "texts": marked("texts"), "bytes": marked("bytes"),
    "files": marked("files"), "rounds": marked("rounds"), "letters": marked("letters"), "deliveries": marked("deliveries"),
}  # fmt: skip
_DAY, _HOUR, _MINUTE = 86400, 3600, 60
_SPANS = (
    (_DAY, marked("%(num)s\u00a0d")),
    (_HOUR, marked("%(num)s\u00a0h")),
    (_MINUTE, marked("%(num)s\u00a0min")),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Texts of one carrier and priority that wait."""

    carrier: str
    priority: str
    due: int
    later: int
    oldest: str


@dataclass(frozen=True, slots=True)
class Road:
    """How a carrier did in the last ten to twenty minutes; `resting` is for how many processes it rests."""

    carrier: str
    resting: int
    taken: int
    retried: int
    failed: int
    unknown: int
    causes: str


def lasted(seconds: float) -> str:
    """A duration as a person says it: `40 s`, `12 min`, `3 h`, `2 d`; a dash for none."""
    if seconds < 1:
        return "–"
    for unit, said in _SPANS:
        if seconds >= 2 * unit or (unit != _MINUTE and seconds >= unit and seconds % unit == 0):
            return gettext(said) % {"num": formats.count(round(seconds / unit))}
    return gettext("%(num)s\u00a0s") % {"num": formats.count(round(seconds))}


def waiting_of(readings: Sequence[Reading]) -> list[Waiting]:
    """What waits, by carrier and priority; where nothing does, nothing."""
    found = {(one.name, *one.labels.values()): one.value for one in readings}
    carriers = sorted({one.labels["carrier"] for one in readings if one.name == "queue_oldest_seconds"})
    rows = [
        Waiting(
            carrier, gettext(name),
            round(found["queue_texts", carrier, priority, "now"]), round(found["queue_texts", carrier, priority, "later"]),
            lasted(found["queue_oldest_seconds", carrier, priority]),
        )
        for carrier in carriers
        for priority, name in _PRIORITIES.items()
    ]  # fmt: skip
    return [row for row in rows if row.due or row.later]


def roads_of(readings: Sequence[Reading], sums: Sums, known: Sequence[str]) -> list[Road]:
    """How the carriers do; also those that were not asked lately."""
    resting = {one.labels["carrier"]: round(one.value) for one in readings if one.name == "road_resting"}
    lately = {key: round(total.lately) for key, total in sums.items()}
    carriers = sorted({*known, *resting, *(label for name, label, _ in sums if name == TEXTS)})
    return [
        Road(
            carrier, resting.get(carrier, 0),
            lately.get((TEXTS, carrier, "accepted"), 0), lately.get((TEXTS, carrier, "retry"), 0),
            lately.get((TEXTS, carrier, "failed"), 0), lately.get((TEXTS, carrier, "unknown"), 0),
            ", ".join(
                f"{cause} {count}"
                for (name, label, cause), count in sorted(lately.items())
                if name == ERRORS and label == carrier and count
            ),
        )
        for carrier in carriers
    ]  # fmt: skip


def facts_of(readings: Sequence[Reading]) -> list[tuple[str, str]]:
    """The rest in a word each."""
    one = {(reading.name, *reading.labels.values()): reading.value for reading in readings}
    late = max((value for (name, *_), value in one.items() if name == "timer_late_seconds"), default=0.0)
    spool = gettext("%(size)s bytes, for %(span)s") % {
        "size": formats.count(round(one["spool_bytes",])), "span": lasted(one["spool_oldest_seconds",]),
    }  # fmt: skip
    return [
        (gettext("Replies to be read"), _with_age(one["inbox_replies",], one["inbox_oldest_seconds",])),
        (gettext("Replies set aside"), formats.count(round(one["inbox_set_aside",]))),
        (gettext("Being handed over"), formats.count(round(one["leases", "held"]))),
        (gettext("Whose sender died"), formats.count(round(one["leases", "expired"]))),
        (gettext("Oldest timer"), lasted(late)),
        (gettext("Spool"), spool if one["spool_bytes",] else gettext("empty")),
        (gettext("Spool files set aside"), formats.count(round(one["spool_set_aside",]))),
        (gettext("Webhooks waiting"), formats.count(round(one["webhooks_waiting",]))),
        (gettext("Events to post"), formats.count(round(one["deliveries_waiting",]))),
    ]


def _with_age(count: float, seconds: float) -> str:
    if not count:
        return formats.count(0)
    return gettext("%(number)s, for %(span)s") % {"number": formats.count(round(count)), "span": lasted(seconds)}


async def operator_page(request: Request, caller: Caller) -> Response:
    """The page."""
    wired = wiring(request)
    now = wired.clock()
    async with wired.context.database.transaction() as store:
        seen = await look(store, now, wired.watch.missed)
        standing = await standing_alerts(store)
        unknown = await unknown_texts(store, now, after=None, limit=_SHOWN)
        dead = await dead_letters(store, after=None, limit=_SHOWN)
        lost = await list_deliveries(store, None, state="failed", before=None, limit=_SHOWN)
    return page(
        "operator.html", caller=caller, done=request.query_params.get("done", ""), now=now,
        alerts=[_standing(topic, item) for topic, item in standing.items()],
        waiting=waiting_of(seen.readings), facts=facts_of(seen.readings),
        roads=roads_of(seen.readings, seen.sums, list(wired.context.carriers)),
        unknown=unknown, unknown_count=_total(seen, "unknown_texts"),
        dead=dead, dead_count=_total(seen, "dead_letters"), lost=lost, processes=_processes(seen),
    )  # fmt: skip


def _standing(topic: Topic, alert: Standing) -> Mapping[str, Any]:
    """An alert in words; a share is told in per cent."""
    rule = shipped_rules().get(topic.rule)
    unit = rule.unit if rule else ""
    return {
        "title": gettext(rule.title) if rule else topic.rule, "subject": topic.subject, "since": alert.began_at,
        "value": _measured(alert.value, unit), "bar": _measured(alert.bar, unit),
    }  # fmt: skip


def _measured(value: float, unit: str) -> str:
    if unit == "share":
        return formats.percent(value)
    if unit == "seconds":
        return lasted(value)
    return f"{formats.mean(value, 0 if value == round(value) else 2)} {gettext(_UNITS.get(unit, unit))}".rstrip()


def _total(seen: Look, name: str) -> int:
    return round(sum(one.value for one in seen.readings if one.name == name))


def _processes(seen: Look) -> list[Mapping[str, Any]]:
    return [
        {
            "kind": gettext(_KINDS[process.kind]), "host": process.host, "since": process.started_at,
            "alive": process.alive(seen.at), "stopped": process.stopped_at is not None,
            "seen": _ago((seen.at - process.seen_at).total_seconds()),
        }
        for process in seen.processes[:_SHOWN]
    ]  # fmt: skip


def _ago(seconds: float) -> str:
    return gettext("%(span)s ago") % {"span": lasted(seconds)} if seconds >= 1 else "–"


# -- what a person decides ------------------------------------------------------------------------


@router.post("/operator/unknown/{text:uuid}/sent")
async def sent(request: Request, text: UUID, caller: AsOperator) -> Response:
    """It was found in the carrier's log."""
    wired = wiring(request)
    return await _done(it_was_sent(wired.context, text, caller.key, wired.clock()))


@router.post("/operator/texts/{text:uuid}/again")
async def again(request: Request, text: UUID, caller: AsOperator) -> Response:
    """Send it once more: an Unknown text after a day, or one that was given up."""
    wired = wiring(request)
    return await _done(send_again(wired.context, text, caller.key, wired.clock()))


@router.post("/operator/deliveries/{delivery:uuid}/again")
async def post_again(request: Request, delivery: UUID, _caller: AsOperator) -> Response:
    """Post an event once more."""
    return await _done(_post_again(wiring(request), delivery))


async def _post_again(wired: Wiring, delivery: UUID) -> None:
    async with wired.context.database.transaction() as store:
        await deliver_again(store, delivery, wired.clock())


async def _done(work: Any) -> Response:
    try:
        await work
        word = "done"
    except (ConflictError, NotFoundError):
        word = "late"  # word of it came meanwhile, or the conversation went on without it
    return RedirectResponse(f"/?done={word}", 303)
