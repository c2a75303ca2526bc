"""A site by itself, round by round and beside others; and sites side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from app.domain.change import Change, change
from app.domain.errors import NotFoundError
from app.domain.figures import Part
from app.domain.indicators import shapes_of
from app.domain.statistics import Interval
from app.jobs.acting import actions_for
from app.jobs.comparing import benchmark, published_at, trend, wave_of
from app.jobs.context import Context
from app.jobs.dashboards import dashboard, rounds_for
from app.jobs.quality import quality
from app.jobs.snapshots import survey_of
from app.jobs.takeaway.reports import MOST_BESIDE
from app.store.keys import Caller, programme_of
from app.store.programmes import get_site, list_sites
from app.web.access import AsNgoOrBrand
from app.web.pages import charts, formats
from app.web.pages.addresses import id_of
from app.web.pages.countries import by_country
from app.web.pages.figures import Cell, Reading, by_domain, in_order
from app.web.pages.languages import gettext, marked
from app.web.pages.likert import questions
from app.web.pages.moves import Moved, apart_by, moved_by
from app.web.pages.plans import plans
from app.web.pages.rounds import has_phones
from app.web.pages.scales import Scale, scales_of
from app.web.pages.standing import flag_said
from app.web.pages.takeaway import take_away
from app.web.pages.templating import page
from app.web.wiring import Wiring, wiring

router = APIRouter(include_in_schema=False)

_BESIDE: Mapping[str, str] = {
    "country": marked("others in the country"),
    "sector": marked("others in the sector"),
    "round": marked("all others"),
}


@dataclass(frozen=True, slots=True)
class Wave:
    """A round in a trend: a hidden figure has a lock's word in its cell."""

    round: UUID
    name: str
    opens: str
    cell: Cell
    moved: Moved | None


@dataclass(frozen=True, slots=True)
class Course:
    """An indicator over rounds, the oldest first."""

    name: str
    chart: Markup
    marks: tuple[str, str]
    waves: Sequence[Wave]


@dataclass(frozen=True, slots=True)
class Beside:
    """An indicator of a site beside others: whose, their value, how far the site is from it; "" where it may not be told."""

    name: str
    value: str
    others: Sequence[tuple[str, str, Moved | None]]


@router.get("/sites/{code}")
async def site_page(request: Request, code: str, caller: AsNgoOrBrand) -> Response:
    """A site in a round: what was asked and answered, over rounds, beside others, and how far to trust it."""
    wired = wiring(request)
    site = await _site(wired.context, caller, code)
    rounds = [row for row in await rounds_for(wired.context, caller) if row["state"] != "planned"]
    round_id = id_of(request.query_params.get("round", "")) or (rounds[0]["id"] if rounds else None)
    if round_id is None:
        raise NotFoundError("No round has been asked at this site yet.")
    publication = id_of(request.query_params.get("publication", ""))
    part = Part(sites=(code,))
    board = await dashboard(wired.context, caller, round_id, publication=publication, part=part)
    survey = await survey_of(wired.context, caller, round_id)
    reading = Reading(scales_of(survey), board["threshold"])
    figures: Sequence[Mapping[str, Any]] = board["figures"]
    until = await published_at(wired.context, caller, round_id, publication) if publication else None
    over = await trend(wired.context, caller, survey.code, code, until)
    beside = await benchmark(wired.context, caller, round_id, code, publication) if figures else None
    published = board["publication"]
    actions = await actions_for(wired.context, caller, round_id, brief=True, measured=True)
    return page(
        "site.html", caller=caller, phones=has_phones(wired, caller), site=site, rounds=rounds, board=board,
        done=plans(actions, [code], site=code),
        questions=list(questions(survey, figures, reading)), domains=by_domain(figures, reading, "site"),
        courses=[course(row, reading) for row in _like(over["indicators"], figures) if row["rounds"]],
        beside=[row_beside(row, reading) for row in _like(beside["indicators"], figures)] if beside else [],
        away=take_away(round_id, published, part, report=[("site", code)]) if published and figures else None,
        trend_files=_trend_files(survey.code, code, until),
    )  # fmt: skip


def _like(rows: Sequence[Mapping[str, Any]], figures: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows of indicators in the order of the figures' domains; those without a figure last."""
    order = {row["indicator"]: at for at, row in enumerate(in_order(figures))}
    return sorted(rows, key=lambda row: order.get(row["indicator"], len(order)))


def _trend_files(survey: str, site: str, until: datetime | None) -> Sequence[tuple[str, str]]:
    asked = urlencode({"survey": survey, "site": site, **({"until": until.isoformat()} if until else {})})
    return [(name, f"/v1/trends/export?{asked}&format={kind}") for name, kind in (("XLSX", "xlsx"), ("CSV", "csv"))]


@router.get("/sites/{code}/doubt")
async def site_doubt(request: Request, code: str, caller: AsNgoOrBrand) -> Response:
    """Whether the site's answers are in doubt: a part of its page, for it takes a while to look through a round."""
    wired = wiring(request)
    await _site(wired.context, caller, code)
    round_id = id_of(request.query_params.get("round", ""))
    if round_id is None:
        raise NotFoundError("There is no such round.")
    told = await quality(wired.context, caller, round_id)
    flags = [flag for flag in told.get("flags", ()) if flag["site"] == code]
    return page(
        "doubt.html", flags=[{**flag, "says": flag_said(flag["kind"])} for flag in flags],
        doubt=bool(flags) or code in told.get("in_doubt", ()),
    )  # fmt: skip


async def _site(context: Context, caller: Caller, code: str) -> Mapping[str, Any]:
    async with context.database.transaction() as store:
        return await get_site(store, programme_of(caller), code, caller.brand)


def course(row: Mapping[str, Any], reading: Reading) -> Course:
    """An indicator over rounds."""
    rounds: Sequence[Mapping[str, Any]] = row["rounds"]
    scale = reading.scales.get(row["indicator"], Scale(0, 100))
    points = [None if told["low"] is None else (told["value"], (told["low"], told["high"])) for told in rounds]
    name = formats.named(row["indicator"])
    cells = [
        reading.cell({**told, "indicator": row["indicator"], "shape": "share" if scale.share else "mean"})
        for told in rounds
    ]
    label = f"{name}: " + ", ".join(cell.value or cell.lock for cell in cells)
    return Course(
        name, charts.trend(points, scale.ends, label), scale.marks,
        [
            Wave(told["round"], told["name"], formats.day(told["opens_at"]), cell, _moved(told["change"], scale))
            for told, cell in zip(rounds, cells, strict=True)
        ],
    )  # fmt: skip


def _moved(told: Mapping[str, Any] | None, scale: Scale) -> Moved | None:
    return moved_by(_change(told), scale) if told else None


def _change(told: Mapping[str, Any]) -> Change:
    return Change(told["by"], Interval(told["low"], told["high"]), told["direction"], None, "")


def row_beside(row: Mapping[str, Any], reading: Reading) -> Beside:
    """A site's indicator beside its country, its sector and the round."""
    scale = reading.scales.get(row["indicator"], Scale(0, 100))
    others = [
        (
            gettext(_BESIDE[told["level"]]),
            scale.written(told["others"]) if told["compared"] else "",
            apart_by(_change(told), scale) if told["compared"] else None,
        )
        for told in row["beside"]
        if told["of"] or told["level"] == "round"
    ]
    return Beside(formats.named(row["indicator"]), "" if row["value"] is None else scale.written(row["value"]), others)


# -- side by side ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Side:
    """A site's figure in a comparison, drawn, and how far it is from the first site's; None for the first."""

    cell: Cell
    chart: Markup
    response: str
    moved: Moved | None


@router.get("/compare")
async def compare_page(request: Request, caller: AsNgoOrBrand) -> Response:
    """Up to four sites of one round, indicator by indicator; the first is what the others are compared with."""
    wired = wiring(request)
    rounds = [row for row in await rounds_for(wired.context, caller) if row["state"] != "planned"]
    round_id = id_of(request.query_params.get("round", "")) or (rounds[0]["id"] if rounds else None)
    if round_id is None:
        return RedirectResponse("/rounds", 303)
    async with wired.context.database.transaction() as store:
        known = await list_sites(store, programme_of(caller), caller.brand)
    names = {site["code"]: site["name"] for site in known}
    wanted = list(dict.fromkeys(code for code in request.query_params.getlist("site") if code))[:MOST_BESIDE]
    chosen = tuple(code for code in wanted if code in names)
    return await _compared(
        wired, caller, round_id, rounds, known, chosen, [code for code in wanted if code not in names], request
    )


async def _compared(
    wired: Wiring, caller: Caller, round_id: UUID, rounds: Sequence[Any], known: Sequence[Any],
    chosen: tuple[str, ...], strange: Sequence[str], request: Request,
) -> Response:  # fmt: skip
    part = Part(sites=chosen or ("",))
    publication = id_of(request.query_params.get("publication", ""))
    board = await dashboard(wired.context, caller, round_id, publication=publication, part=part, brief=True)
    survey = await survey_of(wired.context, caller, round_id)
    reading = Reading(scales_of(survey), board["threshold"])
    published = board["publication"]
    return page(
        "compare.html", caller=caller, phones=has_phones(wired, caller), rounds=rounds, chosen=chosen,
        countries=by_country(known), strange=strange, board=board, most=MOST_BESIDE,
        names={site["code"]: site for site in known},
        rows=list(side_by_side(board["figures"], chosen, reading, shapes_of(survey))),
        away=take_away(round_id, published, part, report=[("site", code) for code in chosen]) if published and chosen else None,
    )  # fmt: skip


def side_by_side(
    figures: Sequence[Mapping[str, Any]], chosen: Sequence[str], reading: Reading, shapes: Mapping[str, Any]
) -> Sequence[tuple[str, str, Sequence[Side | None]]]:
    """For each indicator its name, its unit and each site's figure; None where the site was not asked for it."""
    found = {(row["indicator"], row["site"]): row for row in figures}
    rows: list[tuple[str, str, Sequence[Side | None]]] = []
    for code in dict.fromkeys(row["indicator"] for row in in_order(figures)):
        first = found.get((code, chosen[0])) if chosen else None
        sides = [
            _side(row, first if row is not first else None, reading, shapes)
            if (row := found.get((code, site)))
            else None
            for site in chosen
        ]
        scale = reading.scales.get(code)
        rows.append((formats.named(code), scale.told_unit if scale else "", sides))
    return rows


def _side(row: Mapping[str, Any], first: Mapping[str, Any] | None, reading: Reading, shapes: Mapping[str, Any]) -> Side:
    measure = reading.measure(row)
    moved = None
    if first is not None and row["low"] is not None and first["low"] is not None and row["indicator"] in shapes:
        moved = apart_by(change(wave_of(first), wave_of(row), shapes[row["indicator"]]), reading.scale(row))
    return Side(measure.cell, measure.chart, measure.response, moved)
