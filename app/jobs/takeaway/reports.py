"""A report on a site, on sites side by side, or on a round or part of it: its figures, what was asked, how to read them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.catalogue.reports import report_texts
from app.domain.change import Change
from app.domain.errors import ConflictError, InvalidError, NotFoundError
from app.domain.figures import WHOLE, Part
from app.domain.indicators import shapes_of
from app.domain.survey import Kind, Question, Survey
from app.domain.wording import choices
from app.jobs.context import Context
from app.jobs.dashboards import dashboard
from app.jobs.overviews import level_of, overview
from app.jobs.snapshots import survey_of
from app.jobs.takeaway.sheets import export_address
from app.jobs.takeaway.tables import MOMENT, Changes, Shapes, Words, by_place, concerned, side_by_side, total_named
from app.store.keys import Caller
from app.store.programmes import brand_by_code
from app.store.samples import list_margins

MOST_SITES = 100
"""In one report: nobody reads more, and setting it would hold a processor for long."""

MOST_BESIDE = 4
"""Sites side by side: more do not fit a screen or a sheet of paper."""


@dataclass(frozen=True, slots=True)
class _View:
    """What a report tells: its figures, and what is told of them beside; each empty where it is not looked for."""

    board: Mapping[str, Any]
    figures: Sequence[Mapping[str, Any]]
    subtitle: str
    before: str = ""
    changes: Changes = field(default_factory=dict[tuple[Any, ...], Change])
    looks: Sequence[Mapping[str, Any]] | None = None
    sides: Mapping[str, Any] | None = None


async def report(
    context: Context, caller: Caller, round_id: UUID, *, part: Part = WHOLE, split: str = "", brand: str | None,
    language: str, publication: UUID | None, base: str,
) -> tuple[dict[str, Any], datetime]:  # fmt: skip
    """What a report says, and when its figures were published.

    Of one site it tells the totals beside it; of several it sets them side by side; else it tells what the overview
    tells: which sites need a look, and what changed since the round before.

    Args:
        context: the store.
        caller: who asks; it reads what its dashboard shows.
        round_id: the round.
        part: of its figures.
        split: the filter whose categories are told apart too, of a total; "" for none.
        brand: for an NGO, the code of a brand, through whose eyes it is made.
        language: of the texts and wordings, where there are any; English else.
        publication: the snapshot; the newest where None.
        base: of the address it names.

    Raises:
        NotFoundError: no such round, site, brand or publication for this caller.
        ConflictError: nothing was published yet.
        InvalidError: it would be of too many sites, or of a part that has no total.
    """
    programme = caller.programme
    if brand is not None and programme is not None and caller.brand is None:
        async with context.database.transaction() as store:
            caller = replace(caller, role="brand", brand=await brand_by_code(store, programme, brand))
    survey = await survey_of(context, caller, round_id)
    shapes, words = shapes_of(survey), report_texts(language)
    look = _of_sites if part.sites else _of_total
    view = await look(context, caller, round_id, part, split, publication, shapes, words)
    board = view.board
    if board["publication"] is None or programme is None:
        raise ConflictError("Nothing has been published of this round yet.")
    async with context.database.transaction() as store:
        margins = await list_margins(store, programme)
    sites = sorted({row["site"] for row in view.figures if row["level"] == "site"})
    _refuse_odd(part, sites)
    headed = len({code for counts in margins.values() for code in counts} & set(sites))
    # The totals beside one site are in the file of the whole.
    within = WHOLE if len(part.sites) == 1 else part
    links = [
        f"{base}{export_address(round_id, board['publication'], (one,), None, within)}&format=csv"
        for one in dict.fromkeys(("", split))
    ]
    return {
        "title": words["report"], "subtitle": view.subtitle,
        "programme": board["programme"], "round": board["round"]["name"], "language": words["language"], "words": words,
        "facts": _facts(board, view.before, words), "looks": view.looks, "sides": view.sides,
        "since": words["since"].format(name=view.before) if view.before else "",
        "parts": [] if view.sides else list(by_place(view.figures, shapes, words, view.changes)),
        "questions": list(_questions(survey, view.figures, language, words)),
        "notes": list(_notes(board, view, survey, words, headed, links)),
    }, board["published_at"]  # fmt: skip


async def _of_sites(
    context: Context, caller: Caller, round_id: UUID, part: Part, split: str, publication: UUID | None, shapes: Shapes,
    words: Words,
) -> _View:  # fmt: skip
    """One site and the totals beside it, or some sites side by side."""
    if split:
        raise InvalidError("Categories are told apart of a total: name no site with `split`.")
    if len(part.sites) > MOST_BESIDE:
        raise InvalidError(f"At most {MOST_BESIDE} sites stand side by side; name fewer, or none for all.")
    board = await dashboard(context, caller, round_id, publication=publication, brief=True)
    if len(part.sites) == 1:
        figures = [row for row in board["figures"] if row["site"] in part.sites or row["level"] != "site"]
        name = next((row["site_name"] for row in figures if row["level"] == "site"), "")
        return _View(board, figures, words["of_site"].format(name=name))
    figures = [row for row in board["figures"] if row["site"] in part.sites]
    there = {row["site"] for row in figures}
    if missing := [code for code in part.sites if code not in there]:
        raise NotFoundError(f"There is no such site in what this key reads of the round: {', '.join(missing)}.")
    sides = side_by_side(figures, part.sites, shapes, words)
    return _View(board, figures, words["of_sites"].format(names=", ".join(sides["columns"])), sides=sides)


async def _of_total(
    context: Context, caller: Caller, round_id: UUID, part: Part, split: str, publication: UUID | None, shapes: Shapes,
    words: Words,
) -> _View:  # fmt: skip
    """The overview: of the round, or of a country or supplier in it."""
    level = level_of(part)
    found = await overview(context, caller, round_id, split=split, publication=publication, part=part)
    names = {row["site"]: row["site_name"] for row in found.board["figures"] if row["level"] == "site"}
    apart = [row for row in found.board["split"] if row["level"] == level] if split else []
    of = total_named(level, part.country, part.supplier or part.country, words)
    return _View(
        found.board, [*found.board["figures"], *apart], words["of_brand"] if part == WHOLE else of,
        found.before["name"] if found.before else "", found.changes,
        list(concerned(found.concerns, names, shapes, words)),
    )  # fmt: skip


def _refuse_odd(part: Part, sites: Sequence[str]) -> None:
    if part.sites and not sites:
        raise NotFoundError("There is no such site in what this key reads of the round.")
    if len(sites) > MOST_SITES:
        raise InvalidError(
            f"A report is of at most {MOST_SITES} sites and this one would be of {len(sites)}: name a site."
        )


def _facts(board: Mapping[str, Any], before: str, words: Words) -> list[tuple[str, str]]:
    asked = board["round"]
    return [
        (words["programme"], board["programme"]),
        (words["round"], f"{asked['name']} ({asked['title']})"),
        (words["asked"], f"{asked['opens_at']:{MOMENT}} – {asked['closes_at']:{MOMENT}} UTC"),
        (words["published"], f"{board['published_at']:{MOMENT}} UTC"),
        *((words["compared"], before) for _ in range(bool(before))),
    ]


# -- what was asked -------------------------------------------------------------------------------


def _questions(
    survey: Survey, figures: Sequence[Mapping[str, Any]], language: str, words: Words
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
    board: Mapping[str, Any], view: _View, survey: Survey, words: Words, headed: int, links: Sequence[str]
) -> Iterator[str]:  # fmt: skip
    asked, rate = board["round"], board["rates"].get("rr2")
    moments = {name: f"{asked[f'{name}_at']:{MOMENT}}" for name in ("opens", "closes")}
    yield words["note_collected"].format(published=f"{board['published_at']:{MOMENT}}", **moments)
    if asked["state"] != "closed":
        yield words["note_open"]
    yield words["note_answered"].format(
        invited=board["funnel"].get("invited", 0), rate="–" if rate is None else f"{rate:.0%}",
        partial=asked["partial_after"] or "–",
    )  # fmt: skip
    yield words["note_interval"]
    if view.before:
        yield words["note_since"]
    if view.looks:
        yield words["note_looks"]
    weights = words["weights_some"].format(sites=headed) if headed else words["weights_none"]
    yield words["note_weights"].format(weights=weights)
    yield words["note_hidden"].format(hidden=sum(bool(row["hidden"]) for row in view.figures), cells=len(view.figures))
    yield words["note_rule"].format(k=board["threshold"])
    if drafts := survey.draft_languages():
        yield words["note_drafts"].format(languages=", ".join(drafts))
    for scale in {of.instrument.code: of.instrument for of in survey.indicators if of.instrument}.values():
        yield words["note_instrument"].format(name=scale.name, source=scale.source, terms=scale.terms)
    if survey.source:
        yield words["note_source"].format(source=survey.source)
    yield from (words["note_again"].format(link=link) for link in links)
