"""Whether questions fit what they feed: instruments by their published rules, signs that never add up, own indices."""

from collections.abc import Iterator, Mapping

from app.domain.errors import Fault
from app.domain.instruments import Instrument
from app.domain.phrases import phrase
from app.domain.survey.model import MEAN, RAW, Indicator, Kind, Question, Survey

DOMAINS = frozenset({"pay", "hours", "safety", "respect", "voice", "health", "food", "money", "care", "freedom"})
_HUNDRED = 100


def misfits(survey: Survey) -> Iterator[Fault]:
    """Every fault of the survey's indicators, signs and of its question after coaching."""
    questions = {question.code: question for question in survey.questions}
    codes = [indicator.code for indicator in survey.indicators]
    for indicator in survey.indicators:
        place = f"indicators.{indicator.code}"
        if codes.count(indicator.code) > 1:
            yield Fault(place, "the code is used twice")
        if indicator.domain not in DOMAINS:
            known = ", ".join(sorted(DOMAINS))
            yield Fault(
                f"{place}.domain",
                phrase("{domain!r} is not a domain; use one of: {known}", domain=indicator.domain, known=known),
            )
        yield from _items(indicator, questions, f"{place}.of")
        if indicator.scoring in {MEAN, RAW}:
            yield from _own(indicator, questions, place)
        else:
            yield from _published(indicator, questions, place)
    yield from _apart(survey)
    yield from _yes_no(survey, questions)


def _items(indicator: Indicator, questions: Mapping[str, Question], place: str) -> Iterator[Fault]:
    if not indicator.of:
        yield Fault(place, "must name at least one question")
    for code in {code for code in indicator.of if indicator.of.count(code) > 1}:
        yield Fault(place, phrase("{code!r} is named twice", code=code))
    for code in indicator.of:
        if code not in questions:
            yield Fault(place, phrase("{code!r} is not a question", code=code))
        elif not _scores(questions[code], indicator):
            yield Fault(place, phrase("{code!r} gives no score", code=code))


def _scores(question: Question, indicator: Indicator) -> bool:
    if question.kind in {Kind.SINGLE, Kind.MANY}:
        # An instrument falls back on the option's code; a mean of ours needs declared scores.
        return indicator.instrument is not None or all(option.score is not None for option in question.options)
    if question.kind is Kind.YES_NO:
        return indicator.instrument is not None or bool(question.scores)
    if indicator.scoring == RAW:
        return question.kind in {Kind.NUMBER, Kind.SCALE}
    return question.kind in {Kind.NUMBER, Kind.SCALE} and None not in (question.minimum, question.maximum)


def _own(indicator: Indicator, questions: Mapping[str, Question], place: str) -> Iterator[Fault]:
    """An index of the survey's own: its weights, its reversed items, how many must be answered."""
    if indicator.measure or indicator.age:
        yield Fault(place, "`measure` and `age` belong to a published instrument")
    for code in (indicator.weights.keys() | indicator.reverse) - set(indicator.of):
        yield Fault(place, phrase("{code!r} is weighted or reversed, but not among `of`", code=code))
    if indicator.least is not None and indicator.least > len(indicator.of):
        yield Fault(f"{place}.least", "is more than there are questions")
    if indicator.reverse and indicator.scoring == RAW:
        yield Fault(f"{place}.reverse", "only a mean, which runs from 0 to 100, can be reversed")
    for code in indicator.reverse & questions.keys():
        if any(not 0 <= points <= _HUNDRED for points in _points(questions[code])):
            yield Fault(
                f"{place}.reverse", phrase("{code!r} has scores outside 0 to 100 and cannot be reversed", code=code)
            )


def _points(question: Question) -> list[float]:
    options = [option.score for option in question.options if option.score is not None]
    return [*options, *question.scores.values()]


def _published(indicator: Indicator, questions: Mapping[str, Question], place: str) -> Iterator[Fault]:
    instrument = indicator.instrument
    if instrument is None:
        yield Fault(f"{place}.scoring", phrase("{scoring!r} is not a scoring known here", scoring=indicator.scoring))
        return
    if not instrument.measures:
        yield Fault(
            f"{place}.scoring",
            phrase("{name} are no scale and never add up: list the questions under `signs`", name=instrument.name),
        )
        return
    if len(indicator.of) != len(instrument.items):
        yield Fault(
            f"{place}.of",
            phrase("{code} is scored from {number} questions", code=instrument.code, number=len(instrument.items)),
        )
    if instrument.measure(indicator.measure) is None:
        known = ", ".join(measure.name for measure in instrument.measures)
        yield Fault(
            f"{place}.measure",
            phrase(
                "{measure!r} is not a measure of it; its measures are: {known}", measure=indicator.measure, known=known
            ),
        )
    if indicator.weights or indicator.reverse or indicator.least is not None:
        yield Fault(place, "a published instrument is scored by its own rule: no weights, nothing reversed or left out")
    for code in indicator.of:
        if code in questions and (misfit := _misfit(questions[code], instrument)) is not None:
            yield Fault(f"{place}.of", phrase("{code!r} does not fit: {misfit}", code=code, misfit=misfit))
    yield from _by_age(indicator, instrument, questions, place)


def _by_age(
    indicator: Indicator, instrument: Instrument, questions: Mapping[str, Question], place: str
) -> Iterator[Fault]:
    if not instrument.bands:
        return
    asked = questions.get(indicator.age)
    if indicator.age not in instrument.bands and (asked is None or asked.kind is not Kind.NUMBER):
        bands = " or ".join(instrument.bands)
        yield Fault(
            f"{place}.age",
            phrase("must name a number question that asks the age, or be {bands} for everyone", bands=bands),
        )
    if f"{instrument.bands[0]}/{indicator.mode}" not in instrument.tables:
        yield Fault(f"{place}.mode", "must be `self` (read by the person) or `read` (read out)")


def _misfit(question: Question, instrument: Instrument) -> str | None:
    """Why a question cannot be an instrument's item: its answers would leave the published range."""
    if instrument.answers == "yes-no":
        return None if question.kind is Kind.YES_NO else f"an item of {instrument.name} is a yes or a no"
    if question.kind in {Kind.SINGLE, Kind.MANY}:
        given = [option.code if option.score is None else option.score for option in question.options]
    elif question.minimum is not None and question.maximum is not None:
        given = [question.minimum, question.maximum]
    else:
        given = list(question.scores.values())
    fits = question.kind in {Kind.SINGLE, Kind.SCALE} and all(
        float(item).is_integer() and instrument.low <= item <= instrument.high for item in given
    )
    return (
        None if fits else f"an item of {instrument.name} is one whole number from {instrument.low} to {instrument.high}"
    )


def _apart(survey: Survey) -> Iterator[Fault]:
    """Items that must not have figures of their own, and signs that must have none at all."""
    for indicator in survey.indicators:
        for code in sorted(set(indicator.of) & set(survey.signs)):
            yield Fault(
                f"indicators.{indicator.code}.of",
                phrase("{code!r} is a sign: signs never add up to a figure", code=code),
            )
        for scale in survey.indicators:
            whole = scale.instrument is None or scale.instrument.per_item or set(indicator.of) == set(scale.of)
            if not whole and set(indicator.of) & set(scale.of):
                place = f"indicators.{indicator.code}.of"
                yield Fault(place, phrase("the items of {scoring} have no figures of their own", scoring=scale.scoring))


def _yes_no(survey: Survey, questions: Mapping[str, Question]) -> Iterator[Fault]:
    places = [(f"signs.{code}", code) for code in survey.signs]
    for place, code in [*places, *([("told", survey.told)] if survey.told else [])]:
        if code not in questions or questions[code].kind is not Kind.YES_NO:
            yield Fault(place, phrase("{code!r} is not a yes-no question", code=code))
