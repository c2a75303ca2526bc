"""A report on a site, or on all sites a key may read: its figures, what was asked, and how to read them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.catalogue.reports import report_texts
from app.domain.errors import ConflictError, InvalidError, NotFoundError
from app.domain.indicators import IndicatorShape, shape
from app.domain.survey import Kind, Question, Survey
from app.domain.wording import choices
from app.jobs.context import Context
from app.jobs.dashboards import dashboard
from app.store.keys import Caller
from app.store.programmes import brand_by_code
from app.store.rounds import get_round
from app.store.samples import list_margins
from app.store.surveys import load_surveys

MOST_SITES = 100
"""In one report: nobody reads more, and setting it would hold a processor for long."""

_MOMENT = "%Y-%m-%d %H:%M"


async def report(
    context: Context, caller: Caller, round_id: UUID, *, site: str | None, brand: str | None, language: str,
    publication: UUID | None, base: str,
) -> tuple[dict[str, Any], datetime]:  # fmt: skip
    """What a report says, and when its figures were published.

    Args:
        context: the store.
        caller: who asks; it reads what its dashboard shows.
        round_id: the round.
        site: the one site it is on; None for all that may be read.
        brand: for an NGO, the code of a brand, through whose eyes it is made.
        language: of the texts and wordings, where there are any; English else.
        publication: the snapshot; the newest where None.
        base: of the address it names.

    Raises:
        NotFoundError: no such round, site, brand or publication for this caller.
        ConflictError: nothing was published yet.
        InvalidError: it would be of too many sites.
    """
    programme = caller.programme
    if brand is not None and programme is not None and caller.brand is None:
        async with context.database.transaction() as store:
            caller = replace(caller, role="brand", brand=await brand_by_code(store, programme, brand))
    board = await dashboard(context, caller, round_id, publication=publication)
    if board["publication"] is None or programme is None:
        raise ConflictError("Nothing has been published of this round yet.")
    async with context.database.transaction() as store:
        asked = await get_round(store, programme, round_id)
        survey = (await load_surveys(store, {asked.survey}))[asked.survey]
        margins = await list_margins(store, programme)
    figures = [row for row in board["figures"] if site is None or row["site"] == site or row["level"] != "site"]
    sites = sorted({row["site"] for row in figures if row["level"] == "site"})
    _refuse_odd(site, sites)
    words = report_texts(language)
    link = f"{base}/v1/rounds/{round_id}/export?publication={board['publication']}&format=csv"
    parts = list(_parts(figures, {of.code: shape(of) for of in survey.indicators}, words))
    headed = len({code for counts in margins.values() for code in counts} & set(sites))
    return {
        "title": words["report"],
        "subtitle": words["of_site"].format(name=_named(figures, site)) if site else words["of_brand"],
        "programme": board["programme"], "round": board["round"]["name"], "language": words["language"], "words": words,
        "facts": _facts(board, words), "parts": parts, "questions": list(_questions(survey, figures, language, words)),
        "notes": list(_notes(board, figures, survey, words, headed, link)),
    }, board["published_at"]  # fmt: skip


def _refuse_odd(site: str | None, sites: Sequence[str]) -> None:
    if site is not None and not sites:
        raise NotFoundError("There is no such site in what this key reads of the round.")
    if len(sites) > MOST_SITES:
        raise InvalidError(
            f"A report is of at most {MOST_SITES} sites and this one would be of {len(sites)}: name a site."
        )


def _named(figures: Sequence[Mapping[str, Any]], site: str | None) -> str:
    return next(row["site_name"] for row in figures if row["site"] == site)


def _facts(board: Mapping[str, Any], words: Mapping[str, Any]) -> list[tuple[str, str]]:
    asked = board["round"]
    return [
        (words["programme"], board["programme"]),
        (words["round"], f"{asked['name']} ({asked['title']})"),
        (words["asked"], f"{asked['opens_at']:{_MOMENT}} – {asked['closes_at']:{_MOMENT}} UTC"),
        (words["published"], f"{board['published_at']:{_MOMENT}} UTC"),
    ]


# -- figures --------------------------------------------------------------------------------------

_LEVELS = ("round", "country", "supplier", "sector", "site")


def _parts(
    figures: Sequence[Mapping[str, Any]], shapes: Mapping[str, IndicatorShape], words: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """A table for each place, the widest first."""
    places: dict[tuple[int, str], list[Mapping[str, Any]]] = {}
    for row in figures:
        places.setdefault((_LEVELS.index(row["level"]), _place(row, words)), []).append(row)
    for (_, name), rows in sorted(places.items(), key=lambda item: item[0]):
        yield {"name": name, "rows": [_row(row, shapes.get(row["indicator"]), words) for row in rows]}


def _place(row: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    if row["level"] == "site":
        return f"{row['site_name']} ({row['site']})"
    name = row[row["level"]] if row["level"] != "round" else ""
    within = f", {row['country']}" if row["level"] == "supplier" and row["country"] else ""
    return words["levels"][row["level"]].format(name=f"{name}{within}")


def _row(row: Mapping[str, Any], of: IndicatorShape | None, words: Mapping[str, Any]) -> dict[str, Any]:
    share = row["shape"] == "share"
    shown = not row["hidden"]
    certain = shown and row["low"] is not None
    return {
        "indicator": row["indicator"], "unit": _unit(of, words), "hidden": not shown,
        "value": _figure(row["value"], share=share) if shown else "",
        "interval": f"{_figure(row['low'], share=share)} – {_figure(row['high'], share=share)}" if certain else "",
        "n": str(row["n"]) if shown else "",
        "response_rate": "" if row["response_rate"] is None else f"{row['response_rate']:.0%}",
        **(_along(row, of) if certain and of else {}),
    }  # fmt: skip


def _unit(of: IndicatorShape | None, words: Mapping[str, Any]) -> str:
    if of is None:
        return ""
    # Of hours or pay as they were told nobody has said which end is better, and a report must not.
    better = {"high": words["higher"], "low": words["lower"], "": ""}[of.better] if of.low is not None else ""
    unit = words["unit_share"] if of.kind == "share" and of.unit == "share" else of.unit
    return ", ".join(part for part in (unit, better) if part)


def _figure(value: Any, *, share: bool) -> str:
    return f"{value:.0%}" if share else f"{value:.1f}"


def _along(row: Mapping[str, Any], of: IndicatorShape) -> dict[str, float]:
    """Where value and interval lie on the scale, 0 to 1; nothing where the scale has no ends."""
    if of.low is None or of.high is None or of.high <= of.low:
        return {}
    at, low, high = ((row[name] - of.low) / (of.high - of.low) for name in ("value", "low", "high"))
    return {"at": min(max(at, 0), 1), "from": min(max(low, 0), 1), "to": min(max(high, 0), 1)}


# -- what was asked -------------------------------------------------------------------------------


def _questions(
    survey: Survey, figures: Sequence[Mapping[str, Any]], language: str, words: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    told = {row["indicator"] for row in figures}
    for indicator in survey.indicators:
        if indicator.code in told:
            asked = [question for code in indicator.of if (question := survey.question(code))]
            yield {
                "name": words["questions_of"].format(indicator=indicator.code, domain=indicator.domain),
                "asked": [_asked(question, survey, language) for question in asked],
            }


def _asked(question: Question, survey: Survey, language: str) -> dict[str, str]:
    spoken = language if language in question.text else survey.languages[0]
    scale = question.kind in {Kind.SCALE, Kind.NUMBER} and question.minimum is not None and question.maximum is not None
    options = f"{question.minimum:g} – {question.maximum:g}" if scale else choices(question, spoken)
    return {"text": question.text.get(spoken, ""), "options": options, "language": spoken.partition("-")[0]}


# -- how to read it -------------------------------------------------------------------------------


def _notes(
    board: Mapping[str, Any], figures: Sequence[Mapping[str, Any]], survey: Survey, words: Mapping[str, Any],
    headed: int, link: str,
) -> Iterator[str]:  # fmt: skip
    asked, rate = board["round"], board["rates"].get("rr2")
    moments = {name: f"{asked[f'{name}_at']:{_MOMENT}}" for name in ("opens", "closes")}
    yield words["note_collected"].format(published=f"{board['published_at']:{_MOMENT}}", **moments)
    if asked["state"] != "closed":
        yield words["note_open"]
    yield words["note_answered"].format(
        invited=board["funnel"].get("invited", 0), rate="–" if rate is None else f"{rate:.0%}",
        partial=asked["partial_after"] or "–",
    )  # fmt: skip
    yield words["note_interval"]
    weights = words["weights_some"].format(sites=headed) if headed else words["weights_none"]
    yield words["note_weights"].format(weights=weights)
    yield words["note_hidden"].format(hidden=sum(bool(row["hidden"]) for row in figures), cells=len(figures))
    yield words["note_rule"].format(k=board["threshold"])
    if drafts := survey.draft_languages():
        yield words["note_drafts"].format(languages=", ".join(drafts))
    for scale in {of.instrument.code: of.instrument for of in survey.indicators if of.instrument}.values():
        yield words["note_instrument"].format(name=scale.name, source=scale.source, terms=scale.terms)
    if survey.source:
        yield words["note_source"].format(source=survey.source)
    yield words["note_again"].format(link=link)
