"""An answer that a person coded by hand, where nobody but a person understood the reply."""

from math import isfinite
from typing import Any, cast

from app.domain.conversation.model import Conversation, Effect, Record
from app.domain.conversation.steps import raised
from app.domain.errors import Fault, InvalidError
from app.domain.phrases import phrase
from app.domain.survey import Kind, Question, Survey, Value
from app.domain.understanding import Method, Outcome, Understanding


def coded(question: Question, outcome: str, value: object, language: str = "") -> Understanding:
    """What a person says a reply means.

    Raises:
        InvalidError: the question cannot have that answer; the fault says which it can have.
    """
    if outcome in {Outcome.UNSURE.value, Outcome.REFUSED.value}:
        return Understanding(Outcome(outcome), None, Method.HAND, 1.0, "", language)
    if outcome != Outcome.ANSWER.value:
        raise InvalidError(
            "Code a reply as `answer`, `dont-know` or `refused`.", [Fault("outcome", "is not known here")]
        )
    kept, wanted = _value(question, value)
    if kept is None:
        raise InvalidError(
            phrase("The question {code!r} cannot have that answer.", code=question.code), [Fault("value", wanted)]
        )
    return Understanding(Outcome.ANSWER, kept, Method.HAND, 1.0, "", language)


def _value(question: Question, value: Any) -> tuple[Value | None, str]:
    """The value as it is kept, or None; and what would do."""
    codes = [option.code for option in question.options]
    number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    match question.kind:
        case Kind.YES_NO:
            return (value if isinstance(value, bool) else None), "must be true or false"
        case Kind.SINGLE:
            return (value if number and value in codes else None), f"must be one of {codes}"
        case Kind.MANY:
            listed = cast("list[Any]", value) if isinstance(value, list) else None
            fits = listed is not None and all(item in codes and not isinstance(item, bool) for item in listed)
            chosen = tuple(code for code in codes if code in (listed or []))
            return (chosen if fits and chosen else None), f"must be a list of codes from {codes}"
        case Kind.NUMBER | Kind.SCALE:
            low = question.minimum if question.minimum is not None else float("-inf")
            high = question.maximum if question.maximum is not None else float("inf")
            whole = question.kind is Kind.NUMBER or (number and float(value).is_integer())
            return (
                value if number and low <= value <= high and whole else None
            ), f"must be a number from {low:g} to {high:g}"
        case _:
            return None, "is the worker's own words; code it as `dont-know` or `refused`"


def amend(
    talk: Conversation, survey: Survey, question: Question, said: Understanding
) -> tuple[Conversation, list[Effect]]:
    """The conversation with that answer, and the needs it raises; nothing is sent, and no question is asked anew."""
    value = said.value if said.outcome is Outcome.ANSWER else None
    after = {**talk.answers, question.code: value}
    needs = raised(survey, talk.answers, after, question)
    return talk._replace(answers=after), [Record(question.code, said), *needs]
