"""A survey as the domain sees it: questions, options, wordings, and what the answers feed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Literal

from app.domain.instruments import Instrument, Polarity

Value = bool | int | float | str | tuple[int, ...]
"""What an answer holds: yes/no, an option's code, a number, a text, or several codes."""


class Kind(StrEnum):
    """How a question is asked and its reply understood."""

    SINGLE = "single"
    MANY = "many"
    YES_NO = "yes-no"
    NUMBER = "number"
    SCALE = "scale"
    TEXT = "text"
    NOTE = "note"


class Status(StrEnum):
    """How far a wording may be trusted."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    OFFICIAL = "official"


@dataclass(frozen=True, slots=True)
class Review:
    """Who stands for the wordings of one language; `on` is an ISO date, `by` is empty while nobody does."""

    status: Status = Status.DRAFT
    by: str = ""
    on: str = ""
    note: str = ""


Texts = Mapping[str, str]
"""BCP 47 language → wording."""


@dataclass(frozen=True, slots=True)
class Option:
    """A choice: the number a worker replies with, a stable value, words per language and a score (its own unit)."""

    code: int
    value: str
    text: Texts
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A test on earlier answers, or a group of tests.

    A leaf names a `question` (or an `indicator`) and one of `values`, `over`, `under`, `at_least`, `at_most`.
    """

    question: str = ""
    indicator: str = ""
    values: tuple[Value, ...] = ()
    over: float | None = None
    under: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    group: Literal["", "all", "any", "not"] = ""
    parts: tuple["Condition", ...] = ()

    def leaves(self) -> Iterator["Condition"]:
        """The tests it is made of; itself where it is no group."""
        if not self.group:
            yield self
        for part in self.parts:
            yield from part.leaves()


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked. `ask_if` skips it when the earlier answers do not fit; `reask` is said where a reply does not."""

    code: str
    kind: Kind
    text: Texts
    options: tuple[Option, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    scores: Mapping[bool, float] = field(default_factory=dict[bool, float])
    ask_if: Condition | None = None
    reask: Texts = field(default_factory=dict[str, str])

    @property
    def asks(self) -> bool:
        """Whether a reply is expected: a note only tells."""
        return self.kind is not Kind.NOTE

    def option(self, code: int) -> Option | None:
        """The option with this code, or None."""
        return next((option for option in self.options if option.code == code), None)


MEAN, RAW = "mean", "raw"
"""The scorings of a survey's own indices; any other names a published instrument."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """A measure fed by questions, in a well-being domain.

    Attributes:
        code: its name in the survey.
        domain: the well-being domain.
        of: the questions it is made of, in order.
        scoring: MEAN, RAW, or an instrument's code.
        instrument: the published scale that is meant; None for an index of the survey's own.
        measure: which of the instrument's; its first where empty.
        age: for an instrument scored by age, the question that tells it, or one of its age bands.
        mode: for an instrument scored by who reads it, `self` or `read`.
        weights: question → weight in an index of the survey's own; 1 where it has none.
        reverse: questions of such an index that count the other way round.
        least: how many of its questions must be answered; all where None.
        polarity: which end of such an index is the better one.
    """

    code: str
    domain: str
    of: tuple[str, ...]
    scoring: str = MEAN
    instrument: Instrument | None = None
    measure: str = ""
    age: str = ""
    mode: str = "self"
    weights: Mapping[str, float] = field(default_factory=dict[str, float])
    reverse: frozenset[str] = frozenset()
    least: int | None = None
    polarity: Polarity = "high"

    @property
    def rests_on(self) -> frozenset[str]:
        """The questions whose answers may change it."""
        return frozenset({*self.of, self.age})

    @property
    def better(self) -> Polarity:
        """Which end is the better one."""
        if self.instrument is None:
            return self.polarity
        measure = self.instrument.measure(self.measure)
        return measure.better if measure else ""


class Urgency(StrEnum):
    """How soon a need wants an answer: 24 hours, 72 hours, two weeks."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    NORMAL = "normal"


class Sensitivity(StrEnum):
    """High: violence, trafficking, sexual harm, a child, self-harm. It never leaves by itself."""

    STANDARD = "standard"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class NeedRule:
    """Which answers raise which need."""

    category: str
    urgency: Urgency
    sensitivity: Sensitivity
    when: Condition


@dataclass(frozen=True, slots=True)
class Ground:
    """A rule, the questions whose answers may change whether it holds, and the indicators that it looks at."""

    rule: NeedRule
    questions: frozenset[str]
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True)
class Survey:
    """A versioned definition; the questions are asked in order.

    `signs` are yes-no questions each of which alone, at a yes, has a person look; they never add up to anything. `told`
    is the yes-no question whether somebody told the worker what to answer.
    """

    code: str
    title: str
    languages: tuple[str, ...]
    reviews: Mapping[str, Review]
    purpose: Texts
    questions: tuple[Question, ...]
    partial_after: str = ""
    indicators: tuple[Indicator, ...] = ()
    needs: tuple[NeedRule, ...] = ()
    source: str = ""
    signs: tuple[str, ...] = ()
    told: str = ""

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Question → its place, from 0."""
        return {question.code: place for place, question in reversed(tuple(enumerate(self.questions)))}

    def question(self, code: str) -> Question | None:
        """The question with this code, or None."""
        place = self.places.get(code)
        return None if place is None else self.questions[place]

    @cached_property
    def grounds(self) -> Sequence[Ground]:
        """What each of the rules of needs rests on."""
        return [self._ground(rule) for rule in self.needs]

    @cached_property
    def screens(self) -> Sequence[Indicator]:
        """The indicators whose instrument calls for help."""
        return [indicator for indicator in self.indicators if indicator.instrument and indicator.instrument.helps]

    def _ground(self, rule: NeedRule) -> Ground:
        leaves = tuple(rule.when.leaves())
        named = {leaf.indicator for leaf in leaves}
        indicators = tuple(indicator for indicator in self.indicators if indicator.code in named)
        asked = {leaf.question for leaf in leaves}.union(*(indicator.rests_on for indicator in indicators))
        return Ground(rule, frozenset(asked), indicators)

    def draft_languages(self) -> tuple[str, ...]:
        """The languages whose wording nobody stands for yet."""
        return tuple(
            language for language in self.languages if self.reviews.get(language, Review()).status is Status.DRAFT
        )
