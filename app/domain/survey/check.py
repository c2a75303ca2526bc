"""The survey linter: every fault at once, each with its place."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.domain.errors import Fault
from app.domain.phrases import phrase
from app.domain.segments import SplitPolicy, segments
from app.domain.survey.fitting import misfits
from app.domain.survey.model import Condition, Kind, Question, Sensitivity, Survey, Value

_CODE = re.compile(r"[a-z][a-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a programme allows: the languages it can speak, and the longest text in segments.

    `fold` brings a text to the one form in which replies are compared, and `stop_words` are given.
    """

    languages: frozenset[str]
    stop_words: Mapping[str, frozenset[str]]
    max_segments: int = 4
    categories: frozenset[str] = frozenset()
    sensitive: frozenset[str] = frozenset()
    fold: Callable[[str], str] = str.casefold


def check_survey(survey: Survey, limits: Limits, rendered: Iterable[tuple[str, str]] = ()) -> list[Fault]:
    """All faults of a well-formed survey.

    Args:
        survey: the survey to examine.
        limits: languages, stop words (folded, per language; `*` for every language), longest text, the known
            need categories (none: any will do) and those of high sensitivity, how texts are folded.
        rendered: (place, text) of every text as it would be sent, for the segment count.
    """
    return [
        *_languages(survey, limits),
        *_wordings(survey),
        *_questions(survey),
        *_reachability(survey),
        *_collisions(survey, limits),
        *_twins(survey, limits.fold),
        *_uses(survey),
        *_needs(survey, limits),
        *_lengths(rendered, limits.max_segments),
    ]


def _languages(survey: Survey, limits: Limits) -> Iterator[Fault]:
    if not _CODE.fullmatch(survey.code):
        yield Fault("survey", "must be a short code of small letters, digits, - and _")
    if not survey.languages:
        yield Fault("languages", "must name at least one language")
    for language in survey.languages:
        if language not in limits.languages:
            known = ", ".join(sorted(limits.languages))
            yield Fault(
                "languages",
                phrase(
                    "{language!r} is not a language Shiftline can speak; it speaks: {known}",
                    language=language,
                    known=known,
                ),
            )
    for language in survey.reviews.keys() - set(survey.languages):
        yield Fault(f"reviews.{language}", "is a language the survey does not list")


def _wordings(survey: Survey) -> Iterator[Fault]:
    places = [("purpose", survey.purpose)]
    for question in survey.questions:
        places.append((f"questions.{question.code}.text", question.text))
        places += [(f"questions.{question.code}.reask", question.reask)] if question.reask else []
        places += [
            (f"questions.{question.code}.options.{option.code}.text", option.text) for option in question.options
        ]
    for place, texts in places:
        for language in survey.languages:
            if language not in texts:
                yield Fault(f"{place}.{language}", "the wording is missing")
        for language in texts.keys() - set(survey.languages):
            yield Fault(f"{place}.{language}", "is a language the survey does not list")


def _questions(survey: Survey) -> Iterator[Fault]:
    if not any(question.asks for question in survey.questions):
        yield Fault("questions", "must hold at least one question that is asked")
    seen: set[str] = set()
    for question in survey.questions:
        place = f"questions.{question.code}"
        if not _CODE.fullmatch(question.code):
            yield Fault(f"{place}.code", "must be a short code of small letters, digits, - and _")
        if question.code in seen:
            yield Fault(f"{place}.code", "is used twice")
        seen.add(question.code)
        if question.reask and not question.asks:
            yield Fault(f"{place}.reask", "a note is not answered, so nothing is asked again")
        yield from _shape(question, place)


def _shape(question: Question, place: str) -> Iterator[Fault]:
    choosing = question.kind in {Kind.SINGLE, Kind.MANY}
    codes = [option.code for option in question.options]
    if choosing and len(codes) < 2:  # noqa: PLR2004
        yield Fault(f"{place}.options", "a choice needs at least two options")
    if not choosing and codes:
        yield Fault(f"{place}.options", phrase("a {kind} question has no options", kind=question.kind))
    for code in {code for code in codes if codes.count(code) > 1}:
        yield Fault(f"{place}.options.{code}", "the code is used twice")
    if question.kind is Kind.SCALE and (question.minimum is None or question.maximum is None):
        yield Fault(place, "a scale needs `min` and `max`")
    if question.kind not in {Kind.SCALE, Kind.NUMBER} and (
        question.minimum is not None or question.maximum is not None
    ):
        yield Fault(place, phrase("a {kind} question has no `min` or `max`", kind=question.kind))
    if question.kind is Kind.SCALE and any(end is not None and not float(end).is_integer() for end in _ends(question)):
        yield Fault(place, "the steps of a scale are whole numbers")
    if question.minimum is not None and question.maximum is not None and question.minimum >= question.maximum:
        yield Fault(f"{place}.max", "must be greater than `min`")
    if question.scores and question.kind is not Kind.YES_NO:
        yield Fault(f"{place}.score", "only a yes-no question carries `score`; options carry their own")
    if question.scores and set(question.scores) != {True, False}:
        yield Fault(f"{place}.score", "needs a score for both yes and no")


def _ends(question: Question) -> tuple[float | None, float | None]:
    return question.minimum, question.maximum


def _reachability(survey: Survey) -> Iterator[Fault]:
    earlier: dict[str, Question] = {}
    for question in survey.questions:
        if question.ask_if is not None:
            yield from _condition(question.ask_if, earlier, f"questions.{question.code}.ask_if", frozenset())
        earlier[question.code] = question


def _condition(
    condition: Condition, questions: Mapping[str, Question], place: str, indicators: frozenset[str]
) -> Iterator[Fault]:
    for number, part in enumerate(condition.parts, 1):
        yield from _condition(part, questions, f"{place}.{condition.group}[{number}]", indicators)
    if condition.group:
        return
    if condition.indicator:
        if condition.indicator not in indicators:
            yield Fault(place, phrase("indicator {indicator!r} is not known here", indicator=condition.indicator))
        return
    question = questions.get(condition.question)
    if question is None:
        yield Fault(
            place,
            phrase(
                "question {question!r} is not asked before; the question is unreachable", question=condition.question
            ),
        )
        return
    if not question.asks:
        yield Fault(place, phrase("{question!r} is a note: it has no answer to test", question=condition.question))
    yield from _possible(condition, question, place)


def _possible(condition: Condition, question: Question, place: str) -> Iterator[Fault]:
    for value in condition.values:
        if not _answerable(question, value):
            yield Fault(
                place,
                phrase(
                    "{value!r} is not an answer {code!r} can have; this can never hold", value=value, code=question.code
                ),
            )
    bounds = (condition.over, condition.under, condition.at_least, condition.at_most)
    if question.kind in {Kind.MANY, Kind.YES_NO, Kind.TEXT} and any(bound is not None for bound in bounds):
        yield Fault(place, phrase("{code!r} has no size to compare; this can never hold", code=question.code))
    beyond = (condition.over is not None and question.maximum is not None and condition.over >= question.maximum) or (
        condition.at_least is not None and question.maximum is not None and condition.at_least > question.maximum
    )
    below = (condition.under is not None and question.minimum is not None and condition.under <= question.minimum) or (
        condition.at_most is not None and question.minimum is not None and condition.at_most < question.minimum
    )
    if beyond or below:
        yield Fault(place, phrase("lies outside what {code!r} can be; this can never hold", code=question.code))


def _answerable(question: Question, value: Value) -> bool:
    """Whether a reply to the question can be recorded as this value."""
    match question.kind:
        case Kind.SINGLE | Kind.MANY:
            return type(value) is int and question.option(value) is not None
        case Kind.YES_NO:
            return isinstance(value, bool)
        case Kind.NUMBER | Kind.SCALE:
            low, high = _ends(question)
            if isinstance(value, bool) or not isinstance(value, int | float):
                return False
            return (low is None or low <= value) and (high is None or value <= high)
        case Kind.TEXT | Kind.NOTE:
            return isinstance(value, str)


def _collisions(survey: Survey, limits: Limits) -> Iterator[Fault]:
    for question in survey.questions:
        for option in question.options:
            for language, text in option.text.items():
                words = limits.stop_words.get("*", frozenset()) | limits.stop_words.get(language, frozenset())
                if limits.fold(text.strip()) in words:
                    yield Fault(
                        f"questions.{question.code}.options.{option.code}.text.{language}",
                        phrase(
                            "{text!r} is read as a STOP, START or HELP word; the answer would never arrive", text=text
                        ),
                    )


def _twins(survey: Survey, fold: Callable[[str], str]) -> Iterator[Fault]:
    """Two options with the same words: a worker who writes them could mean either."""
    for question in survey.questions:
        for language in survey.languages:
            seen: dict[str, int] = {}
            for option in question.options:
                code = seen.setdefault(fold(option.text.get(language, "").strip()) or str(option.code), option.code)
                if code != option.code:
                    place = f"questions.{question.code}.options.{option.code}.text.{language}"
                    yield Fault(place, phrase("reads the same as option {code}", code=code))


def _uses(survey: Survey) -> Iterator[Fault]:
    questions = {question.code: question for question in survey.questions}
    if survey.partial_after and survey.partial_after not in questions:
        yield Fault("partial_after", phrase("{partial_after!r} is not a question", partial_after=survey.partial_after))
    for indicator in survey.indicators:
        if not _CODE.fullmatch(indicator.code):
            yield Fault(f"indicators.{indicator.code}.code", "must be a short code of small letters, digits, - and _")
    yield from misfits(survey)


def _needs(survey: Survey, limits: Limits) -> Iterator[Fault]:
    questions = {question.code: question for question in survey.questions}
    indicators = frozenset(indicator.code for indicator in survey.indicators)
    for number, rule in enumerate(survey.needs, 1):
        yield from _condition(rule.when, questions, f"needs[{number}].when", indicators)
        if limits.categories and rule.category not in limits.categories:
            known = ", ".join(sorted(limits.categories))
            yield Fault(
                f"needs[{number}].category",
                phrase(
                    "{category!r} is not a need known here; use one of: {known}", category=rule.category, known=known
                ),
            )
        if rule.category in limits.sensitive and rule.sensitivity is not Sensitivity.HIGH:
            # Whatever else it says, such a need must not be offered to a service by a text on a shared phone.
            yield Fault(
                f"needs[{number}].sensitivity",
                phrase("must be high for {category!r}: a person takes it up", category=rule.category),
            )


def _lengths(rendered: Iterable[tuple[str, str]], limit: int) -> Iterator[Fault]:
    for place, text in rendered:
        count = segments(text, SplitPolicy.GRAPHEME).count
        if count > limit:
            yield Fault(place, phrase("takes {count} segments; at most {limit} are allowed", count=count, limit=limit))
