"""You said, we did: what an NGO does about a finding, and what may be texted back to whoever was asked about it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.domain.errors import Fault
from app.domain.phrases import phrase
from app.domain.segments import SplitPolicy, segments
from app.domain.survey import Review, Sensitivity, Status, Survey
from app.domain.understanding import Lexicons, cries_in, words_of

TOLD: Final = "told"
"""The service text around what was done: who tells it, and how to hear no more."""

_GRAVE_TOPICS: Final = frozenset({"violence", "harassment"})


class ActionState(StrEnum):
    """How far an action is."""

    PLANNED = "planned"
    UNDER_WAY = "under-way"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found: in which round, about which of its indicators or questions, at which sites (all where none is named)."""

    round: UUID
    said: str
    indicator: str = ""
    question: str = ""
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """What is done about a finding.

    Attributes:
        finding: what it is about.
        owner: who sees to it, in words.
        due_on: by when, in the owner's calendar.
        state: how far it is.
        texts: BCP 47 language → what workers are told was done.
        reviews: language → who stands for that wording.
        measured_by: the later round that shows whether it moved; None while there is none.
    """

    finding: Finding
    owner: str
    due_on: date
    state: ActionState = ActionState.PLANNED
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    reviews: Mapping[str, Review] = field(default_factory=dict[str, Review])
    measured_by: UUID | None = None

    def draft_languages(self) -> tuple[str, ...]:
        """The languages whose wording nobody stands for yet."""
        return tuple(language for language in self.texts if self.reviews.get(language, Review()).status is Status.DRAFT)


def indicators_of(finding: Finding, survey: Survey) -> tuple[str, ...]:
    """The indicators that show whether a finding moved: its own, or those made of its question."""
    if finding.indicator:
        return (finding.indicator,)
    return tuple(indicator.code for indicator in survey.indicators if finding.question in indicator.of)


def may_be_told_back(survey: Survey, *, indicator: str = "", question: str = "") -> bool:
    """Whether nothing here rests on a question that a need of the high tier or a sign may come from.

    What is asked there stands on no shared phone a second time, however well it was meant.
    """
    asked = {question} - {""}
    for known in survey.indicators:
        if known.code == indicator:
            asked |= known.rests_on
    grave = set(survey.signs)
    for ground in survey.grounds:
        if ground.rule.sensitivity is Sensitivity.HIGH:
            grave |= ground.questions
    return not asked & grave


def speaks_of_grave_things(text: str, language: str, lexicons: Lexicons) -> bool:
    """Whether a text holds what a cry of high sensitivity is made of, or names violence or harassment, in its language."""
    if any(cry.sensitivity is Sensitivity.HIGH for cry in cries_in(text, language, lexicons)):
        return True
    lexicon = lexicons.spoken(language)
    parts = lexicon.cut_by_topics(words_of(text))
    return any(named and lexicon.topics[part] in _GRAVE_TOPICS for part, named in parts)


def check_action(
    action: Action,
    survey: Survey,
    sites: Iterable[str],
    is_grave: Callable[[str, str], bool],
    spoken: Callable[[str, str], str],
    most_segments: int,
) -> list[Fault]:
    """All faults of an action at once.

    Args:
        action: what the NGO wrote.
        survey: the one its round asked.
        sites: the codes of the sites the round was asked at.
        is_grave: whether a text in a language speaks of what is of high sensitivity.
        spoken: a text in a language as the worker would read it.
        most_segments: the longest text.
    """
    return [
        *_about(action.finding, survey, frozenset(sites)),
        *_languages(action, survey),
        *_wordings(action, is_grave, spoken, most_segments),
    ]


def _about(finding: Finding, survey: Survey, sites: frozenset[str]) -> Iterator[Fault]:
    if bool(finding.indicator) == bool(finding.question):
        yield Fault("finding", "names either an `indicator` or a `question` of the survey")
    if finding.indicator and finding.indicator not in {indicator.code for indicator in survey.indicators}:
        yield Fault(
            "finding.indicator",
            phrase("{indicator!r} is not an indicator of {code!r}", indicator=finding.indicator, code=survey.code),
        )
    question = survey.question(finding.question)
    if finding.question and (question is None or not question.asks):
        yield Fault(
            "finding.question",
            phrase("{question!r} is not a question of {code!r}", question=finding.question, code=survey.code),
        )
    for site in finding.sites:
        if site not in sites:
            yield Fault("finding.sites", phrase("the round was not asked at a site {site!r}", site=site))
    if not may_be_told_back(survey, indicator=finding.indicator, question=finding.question):
        yield Fault("finding", "rests on a sensitive question; such topics are never texted back: phones are shared")


def _languages(action: Action, survey: Survey) -> Iterator[Fault]:
    for language in survey.languages:
        if not action.texts.get(language, "").strip():
            yield Fault(f"texts.{language}", "the wording is missing: the survey was asked in this language")
    for place, given in (("texts", action.texts), ("reviews", action.reviews)):
        for language in given.keys() - set(survey.languages):
            yield Fault(f"{place}.{language}", "is a language the survey does not list")


def _wordings(
    action: Action, is_grave: Callable[[str, str], bool], spoken: Callable[[str, str], str], most_segments: int
) -> Iterator[Fault]:
    for language, text in action.texts.items():
        if is_grave(text, language):
            yield Fault(f"texts.{language}", "speaks of something sensitive that nobody must read over a shoulder")
        count = segments(spoken(text, language), SplitPolicy.GRAPHEME).count
        if count > most_segments:
            yield Fault(
                f"texts.{language}",
                phrase(
                    "takes {count} segments; at most {most_segments} are allowed",
                    count=count,
                    most_segments=most_segments,
                ),
            )
