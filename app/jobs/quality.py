"""How far a round's answers can be trusted, for those who may know it: signs at sites, never persons."""

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from typing import Any
from uuid import UUID

from app.domain.instruments import Polarity
from app.domain.quality import Flag, FlagKind, Respondent, SiteFigure, examine
from app.domain.quality.effect import Effect, effects
from app.domain.statistics import Tally
from app.domain.survey import Kind, Question, Survey
from app.jobs.context import Context
from app.jobs.snapshots import open_round
from app.store.database import Store
from app.store.keys import Caller
from app.store.programmes import get_programme, list_sites
from app.store.samples import answered_rows
from app.store.surveys import load_survey

_CLOSED_KINDS = frozenset({Kind.SINGLE, Kind.MANY, Kind.YES_NO, Kind.SCALE})
_LEAST_STEPS = 3  # an honest person says no to everything
_NOTE = (
    "A flag is a reason to ask, not a finding, and nothing was left out for it. What was said of coaching, and figures"
    " without those flagged, are told when the round has closed."
)


async def quality(context: Context, caller: Caller, round_id: UUID) -> dict[str, Any]:
    """A round's flags, with evidence and effect for the NGO; for a brand only which of its sites are in doubt.

    A brand is told when the round has closed: a doubt that came with a single reply would tell of it.

    Raises:
        NotFoundError: no such round for this caller.
    """
    async with context.database.transaction() as store:
        asked = await open_round(store, caller, round_id)
        survey = await load_survey(store, asked.survey)
        threshold = (await get_programme(store, asked.programme)).threshold
        rows = await answered_rows(store, round_id)
        own = await _own(store, caller)
    if caller.brand is not None and asked.state != "closed":
        return {"round": round_id, "in_doubt": []}
    # Comparing everybody with everybody takes a while; the loop goes on meanwhile.
    report = await asyncio.to_thread(_report, rows, survey, threshold, final=asked.state == "closed")
    if caller.brand is None:
        return {"round": round_id, "final": asked.state == "closed", **report, "note": _NOTE}
    return {"round": round_id, "in_doubt": [site for site in _in_doubt(report, threshold) if site in own]}


async def _own(store: Store, caller: Caller) -> set[str]:
    if caller.programme is None or caller.brand is None:
        return set()
    return {row["code"] for row in await list_sites(store, caller.programme, caller.brand)}


def _in_doubt(report: Mapping[str, Any], threshold: int) -> list[str]:
    """Sites with a flag and enough respondents; what the flag is would tell who said what."""
    return sorted({flag["site"] for flag in report["flags"] if report["sites"][flag["site"]] >= threshold})


def _report(rows: Sequence[Any], survey: Survey, threshold: int, *, final: bool) -> dict[str, Any]:
    people = respondents(rows, survey)
    scores: dict[int, Mapping[str, float]] = {key: row.scores for key, row in enumerate(rows)}
    flags = examine(people, _figures(people, scores, survey), least_told=threshold)
    flags = [flag for flag in flags if final or flag.kind is not FlagKind.TOLD]
    sites: dict[str, list[int]] = {}
    for person in people:
        sites.setdefault(person.site, []).append(person.key)
    return {
        "sites": {site: len(keys) for site, keys in sorted(sites.items())},
        "flags": [_shown(flag, scores, sites, threshold, final=final) for flag in flags],
    }


def respondents(rows: Sequence[Any], survey: Survey) -> list[Respondent]:
    """What is known of everybody who answered, as the signs ask for it."""
    closed = [question for question in survey.questions if question.kind in _CLOSED_KINDS]
    alike = _alike(closed)
    return [
        Respondent(
            key=key,
            site=row.site,
            answers=tuple(
                (question.code, _hashable(row.answers[question.code]))
                for question in closed
                if question.code in row.answers
            ),
            steps=tuple(
                step for question in alike if (step := _step(question, row.answers.get(question.code))) is not None
            ),
            asked_at=row.asked_at,
            texts=tuple(sorted(row.texts)),
            shared=row.shared,
            told=row.answers.get(survey.told) if survey.told else None,
        )
        for key, row in enumerate(rows)
    ]


def _alike(questions: Sequence[Question]) -> list[Question]:
    """The most questions that have the same number of steps."""
    sizes: dict[int, list[Question]] = {}
    for question in questions:
        if question.kind in {Kind.SCALE, Kind.SINGLE} and _size(question) >= _LEAST_STEPS:
            sizes.setdefault(_size(question), []).append(question)
    return max(sizes.values(), key=len, default=[])


def _size(question: Question) -> int:
    if question.kind is Kind.SINGLE:
        return len(question.options)
    return int((question.maximum or 0) - (question.minimum or 0)) + 1


def _step(question: Question, value: Any) -> int | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    if question.kind is Kind.SINGLE:
        return next((at for at, option in enumerate(question.options) if option.code == value), None)
    return int(value - (question.minimum or 0))


def _hashable(value: Any) -> Hashable:
    return tuple(value) if isinstance(value, list) else value


def _figures(
    people: Sequence[Respondent], scores: Mapping[int, Mapping[str, float]], survey: Survey
) -> list[SiteFigure]:
    tallies: dict[tuple[str, str], Tally] = {}
    for person in people:
        for name, value in scores[person.key].items():
            place = (person.site, name)
            tallies[place] = tallies.get(place, Tally()) + Tally(1, value, value * value)
    better: dict[str, Polarity] = {indicator.code: indicator.better for indicator in survey.indicators}
    return [
        SiteFigure(site, name, tally, better[name]) for (site, name), tally in sorted(tallies.items()) if name in better
    ]


def _shown(
    flag: Flag,
    scores: Mapping[int, Mapping[str, float]],
    sites: Mapping[str, Sequence[int]],
    threshold: int,
    *,
    final: bool,
) -> dict[str, Any]:
    whole_site = flag.kind is FlagKind.ABOVE
    everyone = [key for keys in sites.values() for key in keys] if whole_site else sites[flag.site]
    members = frozenset(sites[flag.site]) if whole_site else flag.members
    found: list[Effect] = effects(
        flag, members, scores, everyone, lambda tally: tally.n >= threshold and not tally.uniform
    )
    return {
        "site": flag.site, "kind": flag.kind.value, "indicator": flag.indicator, "people": flag.people, "of": flag.of,
        "expected": round(flag.expected, 2), "evidence": flag.evidence,
        "effect_on": "round" if whole_site else "site",
        "effect": [
            # Whole points: what is left of a person in a difference is less than that.
            {"indicator": row.indicator, "with": _whole(row.with_them), "without": _whole(row.without)} for row in found
        ] if final else None,
    }  # fmt: skip


def _whole(value: float | None) -> float | None:
    return None if value is None else round(value, 0 if abs(value) > 1 else 2)
