"""What a round's sample is worth: who answered, and what its figures are when weighted to the head-counts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any, cast
from uuid import UUID

from app.domain.dispositions import Disposition, outcome_rates
from app.domain.errors import Fault, InvalidError
from app.domain.estimates import Estimate, Stratum, coarse_deff, estimate
from app.domain.indicators import IndicatorShape, shapes_of
from app.domain.phrases import phrase
from app.domain.raking import Field, Margin, Raked, rake
from app.domain.silence import propensities, silent_bounds, together
from app.domain.statistics import Interval, Tally
from app.jobs.context import Context
from app.store.figures import latest_publication, published_figures
from app.store.programmes import get_programme, list_sites
from app.store.rounds import get_round
from app.store.samples import GROUPS, Fate, fates, list_margins, save_margins, score_tallies, way
from app.store.surveys import load_survey

_LEVELS = frozenset({"round", "country", "site"})
_SAID = frozenset({Disposition.COMPLETE, Disposition.PARTIAL})
Shapes = Mapping[str, IndicatorShape]


async def keep_margins(context: Context, programme: UUID, site: str, margins: Mapping[str, Mapping[str, int]]) -> None:
    """Keep a site's head-counts by trait, which must each add up to the site's own.

    Raises:
        NotFoundError: the programme has no such site.
        InvalidError: a trait's head-counts do not add up.
    """
    async with context.database.transaction() as store:
        sites = {row["code"]: row["headcount"] for row in await list_sites(store, programme)}
        if site in sites and (faults := margin_faults(sites[site], margins)):
            raise InvalidError("The head-counts do not add up.", faults)
        await save_margins(store, programme, site, margins)


def margin_faults(headcount: int | None, margins: Mapping[str, Mapping[str, int]]) -> list[Fault]:
    """Every trait whose head-counts do not add up to the site's own, or to the first trait's where that is not known."""
    whole = headcount or next((sum(counts.values()) for counts in margins.values()), 0)
    return [
        Fault(
            field,
            phrase(
                "adds up to {value}; it should be {whole}, as the others and the site say",
                value=sum(counts.values()),
                whole=whole,
            ),
        )
        for field, counts in margins.items()
        if sum(counts.values()) != whole
    ]


async def who_answered(context: Context, programme: UUID, round_id: UUID) -> dict[str, Any]:
    """People by disposition, the outcome rates and the way there: for the round and by site, language and strata.

    Groups of fewer people than the programme's threshold are taken together, so that none is told of, by subtraction
    neither. Whoever has no disposition yet counts as unknown, and whoever was never attempted stands outside every rate.

    Raises:
        NotFoundError: the programme has no such round.
    """
    async with context.database.transaction() as store:
        asked = await get_round(store, programme, round_id)
        survey = await load_survey(store, asked.survey)
        threshold = (await get_programme(store, programme)).threshold
        rows, funnel = await fates(store, round_id), await way(store, round_id)
    counts = _counted(rows)
    return {
        "round": round_id,
        "partial_after": survey.partial_after,
        "funnel": funnel,
        **_outcome(counts.get(("", ""), Counter())),
        "by": {dimension: _by(dimension, counts, threshold) for dimension in GROUPS},
        "threshold": threshold,
    }


def _counted(rows: Iterable[Fate]) -> dict[tuple[str, str], Counter[Disposition]]:
    counts: dict[tuple[str, str], Counter[Disposition]] = defaultdict(Counter)
    for row in rows:
        known = Disposition.UNKNOWN if row.disposition == "pending" else Disposition(row.disposition)
        counts[row.dimension, row.group][known] += row.people
    return dict(counts)


def _outcome(counts: Mapping[Disposition, int]) -> dict[str, Any]:
    rates = {name: _rounded(rate) for name, rate in asdict(outcome_rates(counts)).items()}
    return {"dispositions": {kind.value: counts.get(kind, 0) for kind in Disposition}, "rates": rates}


def _by(dimension: str, counts: Mapping[tuple[str, str], Counter[Disposition]], threshold: int) -> list[dict[str, Any]]:
    groups = {group: found for (name, group), found in counts.items() if name == dimension}
    joined = together({group: sum(found.values()) for group, found in groups.items()}, threshold)
    return [
        {"groups": list(names), **_outcome(sum((groups[name] for name in names), Counter[Disposition]()))}
        for names in joined
        if sum(sum(groups[name].values()) for name in names) >= threshold
    ]


async def representativeness(context: Context, programme: UUID, round_id: UUID) -> dict[str, Any]:
    """Published figures beside what weights make of them, how the weights came about, who was likely to answer.

    Only what is published of a round that has closed gets a second figure, so that no newcomer can be had by comparing.
    Weighted figures are coarse, for to the last digit they would tell strata apart that are hidden.

    Raises:
        NotFoundError: the programme has no such round.
    """
    async with context.database.transaction() as store:
        asked = await get_round(store, programme, round_id)
        survey = await load_survey(store, asked.survey)
        threshold = (await get_programme(store, programme)).threshold
        tallies = await score_tallies(store, round_id)
        sites = {row["code"]: row for row in await list_sites(store, programme)}
        margins = await list_margins(store, programme)
        publication = await latest_publication(store, programme, round_id)
        published = await published_figures(store, publication["id"]) if publication else []
        rows = await fates(store, round_id)
    invited = {row.group for row in rows if row.dimension == "site"}
    headcounts = {code: sites[code]["headcount"] for code in sorted(invited & sites.keys())}
    people = {field: {site: by for site, by in given.items() if site in invited} for field, given in margins.items()}
    known = [Margin(cast("Field", field), given) for field, given in people.items() if given]
    raked = rake(_respondents(tallies.values()), headcounts, known, least=threshold)
    shapes = shapes_of(survey)
    countries = {code: row["country"] for code, row in sites.items()}
    return {
        "round": round_id,
        "weights": None if raked is None else _weights(raked),
        "figures": [
            found
            for row in published
            if asked.state == "closed" and not row["hidden"] and row["level"] in _LEVELS
            if (found := _beside(row, tallies, raked, shapes, countries, headcounts)) is not None
        ],
        "response": {
            dimension: [
                {"groups": list(row.groups), "asked": row.asked, "answered": row.answered, "share": _rounded(row.share),
                 "low": _rounded(row.interval.low), "high": _rounded(row.interval.high)}
                for row in propensities(_answering(rows, dimension), threshold)
                if row.asked >= threshold
            ]
            for dimension in GROUPS
        },
    }  # fmt: skip


def _respondents(tallies: Iterable[Mapping[Stratum, Tally]]) -> dict[Stratum, int]:
    """How many of each stratum have a score on anything, as nearly as sums tell."""
    most: dict[Stratum, int] = {}
    for held in tallies:
        for stratum, tally in held.items():
            most[stratum] = max(most.get(stratum, 0), tally.n)
    return most


def _answering(rows: Iterable[Fate], dimension: str) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        if row.dimension == dimension and row.disposition != Disposition.NOT_ATTEMPTED:
            asked, answered = found.get(row.group, (0, 0))
            found[row.group] = (asked + row.people, answered + (row.people if row.disposition in _SAID else 0))
    return found


def _weights(raked: Raked) -> dict[str, Any]:
    return {
        "converged": raked.converged, "passes": raked.passes, "furthest": _rounded(raked.furthest),
        "largest": round(raked.largest, 1), "trimmed": raked.trimmed,
        "n_eff": round(raked.weighting.n_eff), "deff": round(raked.weighting.deff, 2),
        "collapsed": [asdict(row) for row in raked.collapsed], "left_off": [asdict(row) for row in raked.left_off],
        "note": "deff is of the weights alone (Kish); a figure's own deff has the clustering by site in it too",
    }  # fmt: skip


def _beside(
    row: Mapping[str, Any],
    tallies: Mapping[str, Mapping[Stratum, Tally]],
    raked: Raked | None,
    shapes: Shapes,
    countries: Mapping[str, str],
    headcounts: Mapping[str, int | None],
) -> dict[str, Any] | None:
    """A published figure, and the same weighted and with the doubt of its design; None where nobody can be weighted."""
    of, site = shapes.get(row["indicator"]), row["site"]
    held = {
        stratum: tally
        for stratum, tally in tallies.get(row["indicator"], {}).items()
        if (site in {None, stratum.site}) and row["country"] in {"", countries.get(stratum.site)}
    }
    if of is None or raked is None:
        return None
    share, within = of.kind == "share", (of.low, of.high)
    population = headcounts.get(site) if site else None
    plain = estimate(held, share=share, within=within, population=population)
    weighted = estimate(held, raked.weights, share=share, within=within, population=population)
    if plain is None or weighted is None:
        return None
    return {
        **{name: row[name] for name in ("indicator", "level", "country", "site", "n", "value", "low", "high")},
        "clustered": _coarse(plain, of),
        "weighted": _coarse(weighted, of),
        "silent": _silent(row, of),
    }


def _coarse(told: Estimate, of: IndicatorShape) -> dict[str, Any]:
    """A figure in whole points or per cents, its interval rounded outwards; its design effect in steps."""
    step = 0.01 if of.kind == "share" or (of.high is not None and of.high <= 1) else 1.0 if of.high == _HUNDRED else 0.1
    low, high = told.interval.low, told.interval.high
    deff = coarse_deff(told.deff)
    return {
        "value": _rounded(round(told.value / step) * step),
        "low": _rounded(_down(low, step)), "high": _rounded(-_down(-high, step)),
        "deff": deff, "n_eff": int(told.n / deff), "sites": told.sites,
    }  # fmt: skip


_HUNDRED = 100


def _down(value: float, step: float) -> float:
    return (value // step) * step


def _silent(row: Mapping[str, Any], of: IndicatorShape) -> dict[str, Any] | None:
    """Between all the silent at the worst and all at the best; from published numbers alone."""
    rate = row["response_rate"]
    if rate is None or of.low is None or of.high is None:
        return None
    bounds: Interval = silent_bounds(min(max(row["value"], of.low), of.high), rate, of.low, of.high)
    return {"low": _rounded(bounds.low), "high": _rounded(bounds.high)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
