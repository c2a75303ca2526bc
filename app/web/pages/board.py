"""A round's dashboard as a page shows it: pure, from the use case's answer to what the template names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.jobs.snapshots import Place
from app.web.pages import formats
from app.web.pages.figures import Grid, Measure, Reading, by_category, by_country, by_domain, by_site, by_supplier
from app.web.pages.helping import Counted, NeedTable, helped, need_table, referral_states, shares
from app.web.pages.languages import gettext, marked
from app.web.pages.locks import Lock, told
from app.web.pages.rates import Rate, read_rates
from app.web.pages.scales import Scale

_WAY = ("invited", "sent", "delivered", "started")
_ENDS = ("complete", "partial", "refused")
ROUND_STATES: Mapping[str, str] = {"planned": marked("Planned"), "open": marked("Open"), "closed": marked("Closed")}


@dataclass(frozen=True, slots=True)
class Needs:
    """What became of the needs: tables for the programme, or for a brand two totals, None where they are protected."""

    table: NeedTable | None
    referrals: Sequence[Counted]
    helped: Sequence[Counted]
    total: int | None
    referred: int | None


@dataclass(frozen=True, slots=True)
class Board:
    """Everything the page says.

    Attributes:
        round: id, name, state, title, opens_at, closes_at as the use case gives them.
        state: of the round, in a word.
        programme: its name.
        threshold: the k of the disclosure rule.
        for_brand: whether counts are rounded and needs are totals.
        for_focal_point: whether the needs of the high tier are counted too.
        published_at: None before the first publication.
        way: invited to started; `ends`: complete, partial and refused; shares are of the invited.
        reminded: how many were reminded.
        response: RR2, written.
        locks: the reasons in use with how many figures each hides.
        figures: how many there are, shown or not.
    """

    round: Mapping[str, Any]
    state: str
    programme: str
    threshold: int
    for_brand: bool
    for_focal_point: bool
    published_at: datetime | None
    way: Sequence[Counted]
    ends: Sequence[Counted]
    reminded: int | None
    response: str
    rates: Sequence[Rate]
    more_rates: Sequence[Rate]
    partial_point: str
    domains: Sequence[tuple[str, Sequence[Measure]]]
    categories: Grid
    countries: Grid
    suppliers: Grid
    sites: Grid
    locks: Sequence[tuple[Lock, int]]
    figures: int
    needs: Needs

    @property
    def hidden(self) -> int:
        """How many figures are hidden."""
        return sum(count for _, count in self.locks)


def view_of(
    dashboard: Mapping[str, Any],
    scales: Mapping[str, Scale],
    *,
    for_brand: bool,
    for_focal_point: bool = False,
    split: Sequence[Mapping[str, Any]] = (),
    places: Sequence[Place] = (),
) -> Board:
    """The page's content.

    Args:
        dashboard: what `app.jobs.dashboards.dashboard` gave.
        scales: of the survey's indicators.
        for_brand: whether a brand reads it, whose counts are rounded.
        for_focal_point: whether the needs of the high tier are among those counted.
        split: figures by the categories of filters.
        places: all that the round tells of, where `dashboard` holds the figures of some; their figures are counted.
    """
    figures: Sequence[Mapping[str, Any]] = dashboard["figures"]
    funnel: Mapping[str, int] = dashboard["funnel"]
    reading = Reading(scales, dashboard["threshold"])
    first, others = read_rates(dashboard["rates"])
    invited = funnel.get("invited", 0)
    hidden = [why for place in places for why in place.hidden] or [row["hidden"] for row in figures if row["hidden"]]
    return Board(
        round=dashboard["round"],
        state=gettext(ROUND_STATES.get(dashboard["round"]["state"], dashboard["round"]["state"])),
        programme=dashboard["programme"],
        threshold=dashboard["threshold"],
        for_brand=for_brand,
        for_focal_point=for_focal_point,
        published_at=dashboard["published_at"],
        way=shares([(formats.named(name), funnel.get(name, 0)) for name in _WAY], invited),
        ends=shares([(formats.named(name), funnel.get(name, 0)) for name in _ENDS], invited),
        reminded=funnel.get("reminded"),
        response=next(rate.value for rate in first if rate.name == "RR2"),
        rates=first,
        more_rates=others,
        partial_point=dashboard["round"].get("partial_after") or "",
        domains=by_domain(figures, reading),
        categories=by_category(split, reading),
        countries=by_country(figures, reading),
        suppliers=by_supplier(figures, reading),
        sites=by_site(figures, reading),
        locks=told(hidden, dashboard["threshold"]),
        figures=sum(place.figures for place in places) if places else len(figures),
        needs=_brand_needs(dashboard) if for_brand else _needs(dashboard),
    )


def _needs(dashboard: Mapping[str, Any]) -> Needs:
    table = need_table(dashboard["needs"])
    states = referral_states(dashboard["referrals"])
    answers = helped(dashboard["helped"] or {"yes": 0, "no": 0})
    return Needs(table, states, answers, table.whole, sum(row.count for row in states))


def _brand_needs(dashboard: Mapping[str, Any]) -> Needs:
    totals = [next((row["count"] for row in dashboard[name]), None) for name in ("needs", "referrals")]
    return Needs(None, [], [], totals[0], totals[1])
