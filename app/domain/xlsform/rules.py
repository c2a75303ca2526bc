"""Rules of a survey as people type them: the expressions of a form, with `${indicator:code}` beside `${question}`."""

from collections.abc import Iterable

from app.domain.survey import Kind, Question
from app.domain.xlsform.expressions import read_expression
from app.domain.xlsform.skipping import Known, Rule, rule_of
from app.domain.xlsform.writing import names_of


def read_rule(text: str, questions: Iterable[Question], indicators: Iterable[str] = ()) -> Rule:
    """The condition of an expression, as a survey document says it.

    Args:
        text: as it was typed.
        questions: those it may name.
        indicators: the codes of indicators it may name.

    Raises:
        ExpressionError: saying what is not known, or can never hold.
    """
    known = {question.code: _known(question) for question in questions}
    known |= {f"indicator:{code}": Known(code, Kind.SCALE, of="indicator") for code in indicators}
    return rule_of(read_expression(text), known)


def _known(question: Question) -> Known:
    if question.kind is Kind.YES_NO:
        return Known(question.code, question.kind, {"yes": "yes", "no": "no"})
    return Known(
        question.code, question.kind, {name: question.options[at].code for at, name in names_of(question).items()}
    )
