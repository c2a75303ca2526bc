"""`relevant` as a survey's `ask_if`, and `constraint` as the ends of a number."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from app.domain.phrases import phrase
from app.domain.survey import Kind
from app.domain.xlsform.expressions import Choice, Expression, ExpressionError, Group, Test

Rule = Mapping[str, Any]
"""A condition as a survey document says it."""

_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,9})?")
_SIGNS = {"=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}
_BOUNDS = {"<": "under", "<=": "at_most", ">": "over", ">=": "at_least"}


@dataclass(frozen=True, slots=True)
class Known:
    """What an expression may name: a question with its choices (name → what is recorded), or a calculation.

    `of` is `indicator` for one, whose score is compared as a number is.
    """

    code: str
    kind: Kind | None = None
    values: Mapping[str, int | str] = field(default_factory=dict[str, "int | str"])
    calculated: Choice | None = None
    dated: bool = False
    of: str = "question"


def rule_of(expression: Expression, known: Mapping[str, Known]) -> Rule:
    """The condition of an expression.

    Silence is told apart as XPath does: a test of a question without an answer fails, and its `!=` holds.

    Raises:
        ExpressionError: it names what is not asked before, or tests what an answer cannot be.
    """
    if isinstance(expression, Group):
        parts = [rule_of(part, known) for part in expression.parts]
        return _one_of(parts) if expression.kind == "any" else {expression.kind: parts}
    named = known.get(expression.question)
    if named is None:
        raise ExpressionError(phrase("{question!r} is not a question asked before", question=expression.question))
    if named.calculated is not None:
        return _of_calculation(expression, named.calculated, known)
    return _of_question(expression, named)


def _one_of(parts: list[Rule]) -> Rule:
    """Any of several tests; one test where all are of the same question's answers."""
    asked = {str(part.get("question")) for part in parts if set(part) == {"question", "is"}}
    if len(asked) != 1 or any(set(part) != {"question", "is"} for part in parts):
        return {"any": parts}
    return {"question": asked.pop(), "is": [value for part in parts for value in part["is"]]}


def _of_calculation(test: Test, choice: Choice, known: Mapping[str, Known]) -> Rule:
    """A test of a value that is chosen by a test is that test, or its contrary."""
    then, otherwise = (_compares(value, test.sign, test.value) for value in (choice.then, choice.otherwise))
    if choice.when is None or then == otherwise:
        raise ExpressionError(
            phrase(
                "the test of {question!r} always holds" if then else "the test of {question!r} never holds",
                question=test.question,
            )
        )
    inner = rule_of(choice.when, known)
    return inner if then else {"not": [inner]}


def _of_question(test: Test, named: Known) -> Rule:
    match named.kind:
        case Kind.SINGLE | Kind.MANY | Kind.YES_NO:
            return _of_choices(test, named)
        case Kind.NUMBER | Kind.SCALE:
            return _of_number(test, named)
        case Kind.TEXT if named.dated:
            raise ExpressionError(
                phrase("{question!r} is a date: it is kept as it was written, and not compared", question=test.question)
            )
        case Kind.TEXT:
            return _of_text(test, named.code)
        case _:
            raise ExpressionError(phrase("{question!r} is a note, which has no answer", question=test.question))


def _of_choices(test: Test, named: Known) -> Rule:
    if test.value == "":
        return _silence(test, {"question": named.code, "is": list(named.values.values())})
    if named.kind is Kind.MANY and test.sign != "selected":
        raise ExpressionError(
            phrase("{question!r} may have several answers: test it with selected()", question=test.question)
        )
    sign = "=" if test.sign in {"selected", "!="} else test.sign
    if sign == "=" and not any(_compares(name, "=", test.value) for name in named.values):
        raise ExpressionError(
            phrase("{value!r} is not a choice of {question!r}", value=test.value, question=test.question)
        )
    if sign != "=" and _number(test.value, *named.values) is None:
        raise ExpressionError(
            phrase("the choices of {question!r} are not all numbers and have no order", question=test.question)
        )
    fitting = [value for name, value in named.values.items() if _compares(name, sign, test.value)]
    if not fitting:
        raise ExpressionError("can never hold")
    rule = {"question": named.code, "is": fitting}
    return {"not": [rule]} if test.sign == "!=" else rule


def _of_number(test: Test, named: Known) -> Rule:
    told: Rule = {named.of: named.code}
    if test.value == "":
        # Whatever number it is, it lies on one side of nought.
        return _silence(test, {"any": [{**told, "over": 0}, {**told, "at_most": 0}]})
    number = _number(test.value)
    if number is None or test.sign == "selected":
        raise ExpressionError(phrase("{question!r} is a number: compare it with one", question=test.question))
    if test.sign in _BOUNDS:
        return {**told, _BOUNDS[test.sign]: number}
    rule = {**told, "is": [number]}
    return {"not": [rule]} if test.sign == "!=" else rule


def _of_text(test: Test, code: str) -> Rule:
    if test.sign not in {"=", "!="} or test.value.casefold() in {"", "yes", "no"}:
        raise ExpressionError(
            phrase("{question!r} is in own words, which are compared with words alone", question=test.question)
        )
    rule = {"question": code, "is": [test.value]}
    return {"not": [rule]} if test.sign == "!=" else rule


def _silence(test: Test, answered: Rule) -> Rule:
    if test.sign == "!=":
        return answered
    if test.sign == "=":
        return {"not": [answered]}
    raise ExpressionError("nothing can be compared with an empty text but by = and !=")


def _compares(left: str, sign: str, right: str) -> bool:
    if _number(left, right) is not None:
        return bool(_SIGNS[sign](float(left), float(right)))
    return {"=": left == right, "!=": left != right}.get(sign, False)


def _number(*texts: str) -> int | float | None:
    """The number a text is, or the first of several where all are; None where one is none."""
    if not all(_DECIMAL.fullmatch(text) for text in texts):
        return None
    found = [float(text) for text in texts]
    return int(found[0]) if found[0].is_integer() else found[0]


def ends_of(expression: Expression, *, whole: bool) -> tuple[int | float | None, int | float | None]:
    """The least and the greatest number that a constraint allows; None where it sets none.

    Raises:
        ExpressionError: it is no range.
    """
    least: list[int | float] = []
    greatest: list[int | float] = []
    for part in expression.parts if isinstance(expression, Group) and expression.kind == "all" else (expression,):
        number = _number(part.value) if isinstance(part, Test) and part.question == "." else None
        if not isinstance(part, Test) or number is None or part.sign not in _BOUNDS:
            raise ExpressionError("must be a range, such as . >= 0 and . <= 112")
        if part.sign in {"<", ">"} and not whole:
            raise ExpressionError("a decimal has a first and a last number: write >= or <=")
        # A whole number beyond one is the next one.
        step = {">": 1, "<": -1}.get(part.sign, 0)
        (least if part.sign in {">", ">="} else greatest).append(number + step)
    return max(least, default=None), min(greatest, default=None)
