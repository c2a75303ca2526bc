"""A DDI-Codebook 2.5 document beside an export: what was asked, of whom, how figures came about, what each column means.

Element names and their order are those of the DDI Alliance's codebook.xsd, version 2.5 (2012).
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

from app.domain.indicators import IndicatorShape, shape
from app.domain.sampling import SampleKind, SamplePlan
from app.domain.sheets import AGAIN, Column, Sheet
from app.domain.survey import Indicator, Kind, Question, Survey
from app.domain.survey.model import MEAN, RAW
from app.jobs.context import Context
from app.store.keys import Caller, programme_of
from app.store.rounds import Round, get_round
from app.store.surveys import load_survey

_DDI = "ddi:codebook:2_5"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_TABLE = "FIGURES"
_DOMAINS = {
    Kind.SINGLE: "category", Kind.MANY: "multiple", Kind.YES_NO: "category", Kind.NUMBER: "numeric", Kind.SCALE: "numeric",
    Kind.TEXT: "text",
}  # fmt: skip

Element = ET.Element


async def codebook(context: Context, caller: Caller, round_id: UUID, sheet: Sheet, board: Mapping[str, Any]) -> bytes:
    """The codebook of a round's export.

    Args:
        context: the store.
        caller: who asks, and may read the round.
        round_id: the round.
        sheet: the exported table.
        board: the dashboard it was taken from.
    """
    async with context.database.transaction() as store:
        asked = await get_round(store, programme_of(caller), round_id)
        survey = await load_survey(store, asked.survey)
    if caller.brand is not None:
        asked = replace(asked, plan=replace(asked.plan, sites=()))  # others' sites are none of a brand's
    root = Element("codeBook", {"xmlns": _DDI, "version": "2.5", "ID": f"round-{round_id}", _LANGUAGE: "en"})
    root.append(_study(asked, survey, sheet, board))
    _file(root, sheet)
    _data(root, survey, sheet)
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _add(to: Element, tag: str, text: str = "", **attributes: str) -> Element:
    """A child, with what XML forbids taken out of its text: control characters that a wording may hold."""
    element = ET.SubElement(to, tag, attributes)
    element.text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text) or None
    return element


def _in_languages(to: Element, name: str, texts: Mapping[str, str]) -> None:
    for language, text in texts.items():
        _add(to, name, text, **{_LANGUAGE: language})


def _identifier(kind: str, code: str) -> str:
    """An XML name made of a code, which may hold anything: no two codes make the same one."""
    return f"{kind}-{re.sub(r'[^A-Za-z0-9-]', lambda odd: f'_{ord(odd[0]):x}_', code)}"


# -- the study ------------------------------------------------------------------------------------


def _study(asked: Round, survey: Survey, sheet: Sheet, board: Mapping[str, Any]) -> Element:
    study = Element("stdyDscr")
    citation = _add(study, "citation")
    title = _add(citation, "titlStmt")
    _add(title, "titl", f"{survey.title}: {asked.name}")
    _add(title, "IDNo", str(asked.id), agency="shiftline")
    _add(_add(citation, "prodStmt"), "producer", board["programme"])
    version = _add(citation, "verStmt")
    _add(version, "version", f"publication {board['publication']}", date=board["published_at"].isoformat())
    holdings = _add(citation, "holdings", "The same table again", URI=sheet.about[AGAIN])
    holdings.set("source", "producer")
    _information(study, asked, survey, board)
    _method(study, asked, survey, board)
    access = _add(_add(study, "dataAccs"), "useStmt")
    _add(access, "conditions", _terms(survey))
    return study


def _information(study: Element, asked: Round, survey: Survey, board: Mapping[str, Any]) -> None:
    information = _add(study, "stdyInfo")
    subject = _add(information, "subject")
    for domain in sorted({indicator.domain for indicator in survey.indicators}):
        _add(subject, "keyword", domain)
    _in_languages(information, "abstract", survey.purpose)
    summary = _add(information, "sumDscr")
    for event, moment in (("start", asked.opens_at), ("end", asked.closes_at)):
        _add(summary, "collDate", date=moment.astimezone(UTC).isoformat(), event=event)
    for country in sorted({row["country"] for row in board["figures"]} - {""}):
        _add(summary, "nation", country, abbr=country)
    _add(summary, "anlyUnit", "Groups of workers: a round, a country, a supplier, a sector, a site")
    where = f" at the sites {', '.join(asked.plan.sites)}" if asked.plan.sites else ""
    _add(summary, "universe", f"Workers on the programme's rosters{where} who had not withdrawn their consent")
    _add(summary, "dataKind", "aggregate data")


def _method(study: Element, asked: Round, survey: Survey, board: Mapping[str, Any]) -> None:
    method = _add(study, "method")
    collection = _add(method, "dataColl")
    _add(collection, "sampProc", _sampling(asked.plan.sample, asked.seed))
    _add(collection, "collMode", "SMS, in the worker's language, within decent local hours")
    _add(collection, "resInstru", survey.source or f"The survey {survey.code}")
    _add(collection, "weight", "Figures are not weighted.")
    rule = f"No figure tells of fewer than {board['threshold']} people, nor of people who all answered the same"
    _add(collection, "cleanOps", f"{rule}; counts are rounded to five, shares to the per cent.")
    analysis = _add(method, "anlyInfo")
    _add(analysis, "respRate", _rates(board, survey))
    _add(
        analysis, "EstSmpErr", "95 % intervals: Wilson's for shares, Student's for means, as of people drawn at random."
    )


def _sampling(plan: SamplePlan, seed: int) -> str:
    match plan.kind:
        case SampleKind.ALL:
            return "Everybody was invited."
        case SampleKind.SHARE:
            return f"A share of {plan.share:g} of the workers, drawn at random with the seed {seed}."
        case SampleKind.PER_STRATUM:
            return f"{plan.n} workers of each stratum, drawn at random with the seed {seed}."


def _rates(board: Mapping[str, Any], survey: Survey) -> str:
    told = "; ".join(f"{name} {rate:.4f}" for name, rate in sorted(board["rates"].items()) if rate is not None)
    partial = survey.partial_after or "the last question"
    return f"AAPOR, of {board['funnel'].get('invited', 0)} invited: {told or 'none yet'}. Partial from: {partial}."


def _terms(survey: Survey) -> str:
    scales = {of.instrument.code: of.instrument for of in survey.indicators if of.instrument}
    return " ".join(f"{scale.name}: {scale.terms}." for scale in scales.values()) or "As agreed with the programme."


# -- the file and its variables -------------------------------------------------------------------


def _file(root: Element, sheet: Sheet) -> None:
    text = _add(_add(root, "fileDscr", ID=_TABLE), "fileTxt")
    _add(text, "fileName", sheet.name)
    size = _add(text, "dimensns")
    _add(size, "caseQnty", str(len(sheet.rows)))
    _add(size, "varQnty", str(len(sheet.columns)))


def _data(root: Element, survey: Survey, sheet: Sheet) -> None:
    data = _add(root, "dataDscr")
    asked = [question for question in survey.questions if question.asks]
    groups = {
        "Columns of the table": [_identifier("column", column.name) for column in sheet.columns],
        "Indicators, one a row of the table": [_identifier("indicator", of.code) for of in survey.indicators],
        "Questions they are made of, not in the table": [_identifier("question", question.code) for question in asked],
    }
    for name, members in groups.items():
        if members:
            _add(_add(data, "varGrp", var=" ".join(members)), "labl", name)
    for column in sheet.columns:
        _column(data, column)
    for indicator in survey.indicators:
        _indicator(data, indicator)
    for question in asked:
        _question(data, question)


def _column(data: Element, column: Column) -> None:
    variable = _add(data, "var", ID=_identifier("column", column.name), name=column.name, files=_TABLE)
    _add(variable, "labl", column.means)
    _add(variable, "varFormat", type="numeric" if column.kind in {"count", "number"} else "character")


def _indicator(data: Element, indicator: Indicator) -> None:
    of = shape(indicator)
    variable = _add(data, "var", ID=_identifier("indicator", indicator.code), name=indicator.code, intrvl="contin")
    variable.set("measUnit", of.unit)
    _add(variable, "labl", indicator.instrument.name if indicator.instrument else indicator.code)
    if of.low is not None and of.high is not None:
        _add(_add(variable, "valrng"), "range", UNITS="REAL", min=f"{of.low:g}", max=f"{of.high:g}")
    _add(variable, "concept", indicator.domain)
    made_of = " ".join(_identifier("question", code) for code in indicator.of)
    _add(_add(variable, "derivation", var=made_of), "drvdesc", formula(indicator, of))
    _add(variable, "varFormat", type="numeric")


def formula(indicator: Indicator, of: IndicatorShape) -> str:
    """How a respondent's answers make the indicator's score, in a sentence."""
    scale = indicator.instrument
    if scale is not None:
        times = f" times {scale.times:g}" if scale.times != 1 else ""
        what = "the share for whom the published cut-off holds" if of.kind == "share" else f"the published score{times}"
        return f"{scale.name}, {what}, of {', '.join(indicator.of)}; a missing item means no score. Source: {scale.source}."
    weights = [f"{code} × {indicator.weights[code]:g}" if code in indicator.weights else code for code in indicator.of]
    sized = {MEAN: ", each from 0 to 100", RAW: ", as answered"}.get(indicator.scoring, "")
    turned = f"; the other way round: {', '.join(sorted(indicator.reverse))}" if indicator.reverse else ""
    least = len(indicator.of) if indicator.least is None else indicator.least
    return f"Mean of {', '.join(weights)}{sized}{turned}; no score with fewer than {least} answered."


def _question(data: Element, question: Question) -> None:
    variable = _add(data, "var", ID=_identifier("question", question.code), name=question.code)
    literal = _add(variable, "qstn", responseDomainType=_DOMAINS[question.kind])
    _in_languages(literal, "qstnLit", question.text)
    if question.minimum is not None or question.maximum is not None:
        ends = {"min": question.minimum, "max": question.maximum}
        told = {name: f"{end:g}" for name, end in ends.items() if end is not None}
        _add(_add(variable, "valrng"), "range", UNITS="REAL" if question.kind is Kind.NUMBER else "INT", **told)
    if question.kind is Kind.YES_NO:
        for value, word in (("1", "yes"), ("0", "no")):
            category = _add(variable, "catgry")
            _add(category, "catValu", value)
            _add(category, "labl", word)
    for option in question.options:
        category = _add(variable, "catgry")
        _add(category, "catValu", str(option.code))
        _in_languages(category, "labl", option.text)
    _add(variable, "varFormat", type="character" if question.kind is Kind.TEXT else "numeric")
