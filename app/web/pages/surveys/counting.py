"""What each wording takes in segments, and what a whole conversation costs in each country."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.catalogue.catalogue import Catalogue
from app.domain.segments import Encoding, SplitPolicy, segments
from app.domain.survey import Survey
from app.domain.wording import Voice, render, rendered_texts, whole_talk

_FEW = 3


@dataclass(frozen=True, slots=True)
class Count:
    """A text's segments, whether its letters halve what fits one, and what it costs: country → (price, currency)."""

    segments: int
    wide: bool
    prices: Sequence[tuple[str, float, str]]


@dataclass(frozen=True, slots=True)
class Counts:
    """Of each wording by its place, and of a conversation that asks everything, by language."""

    texts: Mapping[str, Count]
    talks: Mapping[str, Count]


def askable(survey: Survey) -> Survey:
    """The survey without what somebody has still to name: questions of no code, or of one that stands before."""
    named = {question.code: question for question in reversed(survey.questions) if question.code}
    return replace(survey, questions=tuple(named.values())[::-1])


def counts_of(survey: Survey, organiser: str, catalogue: Catalogue, countries: Sequence[str]) -> Counts:
    """The counts of a survey in the languages that Shiftline speaks.

    Args:
        survey: as far as it is written.
        organiser: whom the first text names.
        catalogue: texts and list prices.
        countries: where the programme's sites are.
    """
    survey = askable(survey)
    voice = Voice(catalogue.texts, organiser, survey)
    spoken = [language for language in survey.languages if language in catalogue.texts]
    texts = {place: _counted([text], catalogue, countries[:_FEW]) for place, text in rendered_texts(survey, voice)}
    talks = {
        language: _counted([render(say, language, voice) for say in whole_talk(survey)], catalogue, countries)
        for language in spoken
    }
    return Counts(texts, talks)


def _counted(texts: Sequence[str], catalogue: Catalogue, countries: Sequence[str]) -> Count:
    found = [segments(text, SplitPolicy.GRAPHEME) for text in texts]
    count = sum(one.count for one in found)
    prices = [(country, catalogue.price(country)) for country in countries]
    return Count(
        count,
        any(one.encoding is Encoding.UCS2 for one in found),
        [(country, count * price.per_segment, price.currency) for country, price in prices],
    )
