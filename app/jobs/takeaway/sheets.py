"""A round's or a trend's figures as a sheet: what the same caller's dashboard shows, cell for cell."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from app.domain.errors import ConflictError
from app.domain.figures import WHOLE, Part
from app.domain.sheets import AGAIN, Column, Sheet, cells
from app.jobs.comparing import trend
from app.jobs.context import Context
from app.jobs.dashboards import EVERYBODY, dashboard
from app.store.keys import Caller

_FIGURE = (
    Column("n", "count", "People with a score, rounded to five; empty where the cell is hidden."),
    Column("value", "number", "The mean, or the share from 0 to 1; empty where the cell is hidden."),
    Column("low", "number", "Lower end of the 95 % interval: Wilson's for a share, Student's for a mean."),
    Column("high", "number", "Upper end of the 95 % interval."),
    Column("response_rate", "number", "Response rate of the cell (AAPOR RR2), 0 to 1; empty where it may not be told."),
    Column("as_of", "moment", "When this cell was last figured anew, by the hour, in UTC."),
    Column("hidden", "text", "Empty where the cell is shown; else that it is hidden, or why."),
)
_ROUND = (
    Column("indicator", "text", "The indicator's code in the survey."),
    Column("domain", "text", "The well-being domain."),
    Column("shape", "text", "`mean` or `share`."),
    Column("level", "text", "What the cell is of: round, country, supplier, site or sector."),
    Column("country", "text", "ISO 3166-1 alpha-2; empty for all."),
    Column("supplier", "text", "The supplier; empty for all."),
    Column("sector", "text", "The sector; empty for all."),
    Column("site", "text", "The site's code; empty for all."),
    Column("site_name", "text", "The site's name as it is today."),
    Column("split", "text", "The filter whose categories are told apart; empty for everybody."),
    Column("category", "text", "A category of the filter; `*` is everybody but the largest, empty is not stated."),
    *_FIGURE,
    Column("clustered_low", "number", "Lower end of the interval if these sites stand for others like them."),
    Column("clustered_high", "number", "Upper end of that interval."),
    Column("clustered_deff", "number", "Its design effect."),
    Column("clustered_sites", "count", "The sites it is reckoned from."),
)  # fmt: skip
_OF_ROUND = Column("round", "text", "The round's id.")
_TREND = (
    Column("survey", "text", "The survey's code."),
    Column("site", "text", "The site's code."),
    Column("indicator", "text", "The indicator's code in the survey."),
    _OF_ROUND,
    Column("name", "text", "The round's name."),
    Column("opens_at", "moment", "When the round opened, in UTC."),
    *_FIGURE,
    Column("change_by", "number", "The change since the round before that is shown."),
    Column("change_low", "number", "Lower end of the change's 95 % interval; the rounds count as independent."),
    Column("change_high", "number", "Upper end of that interval."),
    Column("direction", "text", "Whether it became better or worse, or that this cannot be told."),
    Column("says", "text", "The change in a sentence."),
)


def addressed(sheet: Sheet, base: str, wanted: str) -> Sheet:
    """The sheet with its own address whole: of this server, in this format."""
    return replace(sheet, about={**sheet.about, AGAIN: f"{base}{sheet.about[AGAIN]}&format={wanted}"})


async def round_sheet(
    context: Context,
    caller: Caller,
    round_id: UUID,
    part: Part = WHOLE,
    *,
    splits: Sequence[str] = EVERYBODY,
    indicator: str | None = None,
    publication: UUID | None = None,
) -> tuple[Sheet, dict[str, Any]]:
    """A round's figures of one publication, the newest where None; and the dashboard they were taken from.

    Raises:
        NotFoundError: no such round or publication for this caller.
        ConflictError: nothing was published yet.
    """
    board = await dashboard(
        context, caller, round_id, part, splits=splits, indicator=indicator, publication=publication
    )
    if board["publication"] is None:
        raise ConflictError("Nothing has been published of this round yet.")
    rows = tuple(cells(_ROUND, {**row, **_clustered(row)}) for row in board["figures"])
    link = export_address(round_id, board["publication"], splits, indicator, part)
    return Sheet("figures", _ROUND, rows, _about(board, link)), board


def export_address(round_id: UUID, publication: UUID, splits: Sequence[str], indicator: str | None, part: Part) -> str:
    """Where a round's figures are to be had as a file, but for the format."""
    asked = {
        "publication": publication, "split": splits, "indicator": indicator, "country": part.country,
        "supplier": part.supplier, "site": part.sites,
    }  # fmt: skip
    told = {name: value for name, value in asked.items() if value or name == "split"}
    return f"/v1/rounds/{round_id}/export?{urlencode(told, doseq=True)}"


def _clustered(row: Mapping[str, Any]) -> dict[str, Any]:
    return {f"clustered_{name}": value for name, value in (row["clustered"] or {}).items()}


def _about(board: Mapping[str, Any], link: str) -> dict[str, str]:
    asked, figures = board["round"], board["figures"]
    hidden = sum(bool(row["hidden"]) for row in figures)
    return {
        "programme": board["programme"],
        "round": asked["name"],
        "survey": f"{asked['survey']}: {asked['title']}",
        "state": asked["state"],
        "opened": asked["opens_at"].isoformat(),
        "closes": asked["closes_at"].isoformat(),
        "published": board["published_at"].isoformat(),
        "people invited": str(board["funnel"].get("invited", 0)),
        "response rate (RR2) of the whole round": _rate(board["rates"].get("rr2")),
        "counts as a partial answer from": asked["partial_after"] or "the last question",
        "cells shown": str(len(figures) - hidden),
        "cells hidden": str(hidden),
        "codebook": "the same address with format=ddi",
        "disclosure rule": f"every figure is a sum of groups of at least {board['threshold']} people who differ",
        AGAIN: link,
    }


def _rate(rate: float | None) -> str:
    return "unknown" if rate is None else f"{rate:.2f}"


async def trend_sheet(context: Context, caller: Caller, survey: str, site: str, until: datetime) -> Sheet:
    """A site's figures round by round, of what was published until a moment.

    Raises:
        NotFoundError: no such site for this caller.
    """
    told = await trend(context, caller, survey, site, until)
    rows = tuple(
        cells(_TREND, {"survey": survey, "site": site, "indicator": of["indicator"], **step, **_change(step)})
        for of in told["indicators"]
        for step in of["rounds"]
    )
    asked = urlencode({"survey": survey, "site": site, "until": until.isoformat()})
    about = {"survey": survey, "site": site, "published until": until.isoformat()}
    if rows:
        about["codebook"] = f"/v1/rounds/{rows[-1][_TREND.index(_OF_ROUND)]}/export?format=ddi"
    return Sheet("trend", _TREND, rows, {**about, AGAIN: f"/v1/trends/export?{asked}"})


def _change(step: Mapping[str, Any]) -> dict[str, Any]:
    moved = step["change"] or {}
    names = {"change_by": "by", "change_low": "low", "change_high": "high", "direction": "direction", "says": "says"}
    return {name: moved.get(of) for name, of in names.items()}
