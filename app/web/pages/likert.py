"""The questions as they were asked, each with how its answers are spread."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from app.domain.spreads import steps
from app.domain.survey import Indicator, Question, Survey, Value
from app.web.pages import charts, formats
from app.web.pages.figures import Measure, Reading
from app.web.pages.languages import gettext, visit


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its share of people, and the tone that its part of the bar is drawn in."""

    text: str
    share: str
    tone: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in the survey's order and words.

    Attributes:
        text: as it was asked, in `language`.
        measure: the indicator that it alone makes; None where it makes none by itself.
        index: the name of the indicator it makes with others; "" where there is none.
        answers: how its answers are spread, in the order of the options; empty where that is not published.
        chart: the same, drawn.
    """

    text: str
    language: str
    measure: Measure | None
    index: str
    answers: Sequence[Answer]
    chart: Markup


def questions(survey: Survey, rows: Sequence[Mapping[str, Any]], reading: Reading) -> Iterator[Asked]:
    """Every question with what is published of it.

    Args:
        survey: what was asked.
        rows: the figures of one place, one for each indicator.
        reading: how they are read.
    """
    figures = {row["indicator"]: row for row in rows}
    language = _spoken(survey)
    for question in survey.questions:
        if not question.asks:
            continue
        of = [indicator for indicator in survey.indicators if question.code in indicator.of]
        alone = next((one for one in of if len(one.of) == 1 and one.code in figures), None)
        row = figures[alone.code] if alone else None
        answers = list(_answers(survey, question, alone, row, language)) if alone and row else []
        shown = [(share, answer.tone) for share, answer in answers]
        yield Asked(
            question.text.get(language, question.code), language, reading.measure(row) if row else None,
            "" if alone or not of else formats.named(of[0].code), [answer for _, answer in answers],
            charts.stacked(shown, ", ".join(f"{one.text} {one.share}" for _, one in answers)) if answers else Markup(),
        )  # fmt: skip


def _spoken(survey: Survey) -> str:
    """The interface's language where the survey speaks it, else English, else its first."""
    wanted = (visit().language, "en", *survey.languages)
    return next(language for language in wanted if language in survey.languages)


def _answers(
    survey: Survey, question: Question, indicator: Indicator, row: Mapping[str, Any], language: str
) -> Iterator[tuple[float, Answer]]:
    known = steps(indicator, survey)
    order = list(known)
    spread: Mapping[str, float] = row["spread"] or {}
    told = [(tuple(float(at) for at in scores.split()), share) for scores, share in spread.items()]
    parts = [(scores, share) for scores, share in told if known.keys() >= set(scores)]
    for scores, share in sorted(parts, key=lambda part: min(order.index(score) for score in part[0])):
        values = [value for score in order if score in scores for value in known[score]]
        text = " / ".join(_told(question, value, language) for value in values)
        middle = sum(scores) / len(scores)
        tone = charts.tone(middle, min(known), max(known), better=indicator.better)
        yield share, Answer(text, formats.percent(share), tone)


def _told(question: Question, value: Value, language: str) -> str:
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    option = question.option(value) if isinstance(value, int) else None
    return option.text.get(language, option.value) if option else formats.digits(str(value))
