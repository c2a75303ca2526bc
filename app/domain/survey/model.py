"""A survey as the domain sees it: questions, options, wordings, and what the answers feed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

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


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked. `ask_if` skips it when the earlier answers do not fit."""

    code: str
    kind: Kind
    text: Texts
    options: tuple[Option, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    scores: Mapping[bool, float] = field(default_factory=dict[bool, float])
    ask_if: Condition | None = None

    @property
    def asks(self) -> bool:
        """Whether a reply is expected: a note only tells."""
        return self.kind is not Kind.NOTE

    def option(self, code: int) -> Option | None:
        """The option with this code, or None."""
        return next((option for option in self.options if option.code == code), None)


class Scoring(StrEnum):
    """How an indicator comes from its questions; the instruments score by their own published rule."""

    MEAN = "mean"
    WHO5 = "who-5"
    PHQ4 = "phq-4"
    CANTRIL = "cantril"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Indicator:
    """A measure fed by questions, in a well-being domain."""

    code: str
    domain: str
    of: tuple[str, ...]
    scoring: Scoring = Scoring.MEAN


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
class Survey:
    """A versioned definition; the questions are asked in order."""

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

    def question(self, code: str) -> Question | None:
        """The question with this code, or None."""
        return next((question for question in self.questions if question.code == code), None)

    def draft_languages(self) -> tuple[str, ...]:
        """The languages whose wording nobody stands for yet."""
        return tuple(
            language for language in self.languages if self.reviews.get(language, Review()).status is Status.DRAFT
        )
