"""What stands behind a round's figures: who answered, whom they stand for, how freely answers came about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.domain.dispositions import Disposition
from app.domain.quality import FlagKind
from app.jobs.acting import actions_for
from app.jobs.quality import quality
from app.jobs.samples import representativeness, who_answered
from app.jobs.snapshots import survey_of
from app.store.keys import programme_of
from app.store.programmes import list_sites
from app.store.rounds import get_round
from app.web.access import AsNgo, AsNgoOrBrand
from app.web.pages import formats
from app.web.pages.languages import gettext, marked
from app.web.pages.moves import told_move
from app.web.pages.rates import read_rates
from app.web.pages.rounds import has_phones
from app.web.pages.scales import SCORE, scales_of
from app.web.pages.templating import page
from app.web.wiring import wiring

router = APIRouter(include_in_schema=False)

FLAGS: Mapping[FlagKind, str] = {
    FlagKind.ALIKE: marked("Answers alike within the same minute"),
    FlagKind.STRAIGHT: marked("The same step chosen at every question"),
    FlagKind.RUSHED: marked("Answers faster than they can be read"),
    FlagKind.SHARED: marked("Answers from shared phones"),
    FlagKind.BURST: marked("Many answers at once"),
    FlagKind.TOLD: marked("Workers said they were told what to answer"),
    FlagKind.ABOVE: marked("The site stands far above its peers"),
}
_RATES = ("rr2", "coop2", "ref1", "con1")


@dataclass(frozen=True, slots=True)
class Group:
    """People of a kind: how many ended how, and their rates as they are read."""

    name: str
    people: int
    counts: Sequence[int]
    rates: Sequence[str]


@router.get("/rounds/{round_id:uuid}/answered")
async def answered_page(request: Request, round_id: UUID, caller: AsNgo) -> Response:
    """Dispositions and rates, whole and by group."""
    wired = wiring(request)
    told = await who_answered(wired.context, programme_of(caller), round_id)
    async with wired.context.database.transaction() as store:
        asked = await get_round(store, programme_of(caller), round_id)
        names = {site["code"]: site["name"] for site in await list_sites(store, programme_of(caller))}
    used = [kind for kind in Disposition if told["dispositions"][kind.value]]
    first, others = read_rates(told["rates"])
    return page(
        "answered.html", caller=caller, phones=has_phones(wired, caller), round_id=round_id, name=asked.name, told=told,
        heads=[formats.named(kind.value) for kind in used], rates=[*first, *others],
        whole=_group("", told, used), rate_heads=[name.upper() for name in _RATES],
        parts=[
            (formats.named(dimension), [_group(_joined(dimension, row["groups"], names), row, used) for row in rows])
            for dimension, rows in told["by"].items()
            if rows
        ],
    )  # fmt: skip


def _joined(dimension: str, groups: Sequence[str], names: Mapping[str, str]) -> str:
    named = formats.tongue if dimension == "language" else formats.named
    return ", ".join(names.get(one) or (named(one) if one else gettext("not stated")) for one in groups)


def _group(name: str, row: Mapping[str, Any], used: Sequence[Disposition]) -> Group:
    counts = [row["dispositions"][kind.value] for kind in used]
    rates = [row["rates"][code] for code in _RATES]
    return Group(name, sum(counts), counts, ["–" if rate is None else formats.percent(rate) for rate in rates])


@router.get("/rounds/{round_id:uuid}/representativeness")
async def representativeness_page(request: Request, round_id: UUID, caller: AsNgo) -> Response:
    """Figures beside the weighted ones, how the weights came about, who was likely to answer."""
    wired = wiring(request)
    told = await representativeness(wired.context, programme_of(caller), round_id)
    survey = await survey_of(wired.context, caller, round_id)
    async with wired.context.database.transaction() as store:
        asked = await get_round(store, programme_of(caller), round_id)
        names = {site["code"]: site["name"] for site in await list_sites(store, programme_of(caller))}
    scales = scales_of(survey)
    return page(
        "representativeness.html", caller=caller, phones=has_phones(wired, caller), round_id=round_id, name=asked.name,
        told=told, names=names,
        figures=[
            {**row, "scale": scales.get(row["indicator"], SCORE)}
            for row in sorted(told["figures"], key=lambda row: (row["indicator"], row["country"] or "", row["site"] or ""))
        ],
        response=[
            (formats.named(dimension), [{**row, "name": _joined(dimension, row["groups"], names)} for row in rows])
            for dimension, rows in told["response"].items()
            if rows
        ],
    )  # fmt: skip


@router.get("/rounds/{round_id:uuid}/quality")
async def quality_page(request: Request, round_id: UUID, caller: AsNgoOrBrand) -> Response:
    """Flags with their evidence for the NGO; for a brand the sites that are in doubt, and not why."""
    wired = wiring(request)
    told = await quality(wired.context, caller, round_id)
    async with wired.context.database.transaction() as store:
        asked = await get_round(store, programme_of(caller), round_id)
        names = {site["code"]: site["name"] for site in await list_sites(store, programme_of(caller), caller.brand)}
    return page(
        "quality.html", caller=caller, phones=has_phones(wired, caller), round_id=round_id, name=asked.name, told=told,
        names=names, flags=[{**flag, "says": flag_said(flag["kind"])} for flag in told.get("flags", ())],
    )  # fmt: skip


@router.get("/rounds/{round_id:uuid}/said")
async def said_page(request: Request, round_id: UUID, caller: AsNgoOrBrand) -> Response:
    """You said, we did: what was done about a round's findings, who was told, and whether it moved."""
    wired = wiring(request)
    told = await actions_for(wired.context, caller, round_id, measured=True)
    scales = scales_of(await survey_of(wired.context, caller, round_id))
    async with wired.context.database.transaction() as store:
        asked = await get_round(store, programme_of(caller), round_id)
        names = {site["code"]: site["name"] for site in await list_sites(store, programme_of(caller), caller.brand)}
    return page(
        "said.html", caller=caller, phones=has_phones(wired, caller), round_id=round_id, name=asked.name, names=names,
        actions=[{**row, "moves": [told_move(change, scales, names) for change in row["changes"]]} for row in told],
    )  # fmt: skip


def flag_said(kind: str) -> str:
    """A sign, in words."""
    return gettext(FLAGS[FlagKind(kind)])
