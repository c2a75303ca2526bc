"""What a reply was taken to mean, how, and how surely."""

from enum import StrEnum
from typing import NamedTuple

from app.domain.survey import Value


class Outcome(StrEnum):
    """What the reply amounts to for the question asked."""

    ANSWER = "answer"
    UNSURE = "dont-know"
    REFUSED = "refused"
    UNCLEAR = "unclear"


class Method(StrEnum):
    """How it was matched."""

    DIGIT = "digit"
    WORD = "word"
    SPELLED = "spelled"
    RANGE = "range"
    FUZZY = "fuzzy"
    WHOLE = "whole"
    HAND = "hand"
    NONE = "none"


class Understanding(NamedTuple):
    """A reading of one reply: `confidence` runs 0–1, `span` is the part it rests on, `language` whose words they are."""

    outcome: Outcome
    value: Value | None = None
    method: Method = Method.NONE
    confidence: float = 0.0
    span: str = ""
    language: str = ""

    @property
    def settled(self) -> bool:
        """Whether the survey can go on without asking again."""
        return self.outcome is not Outcome.UNCLEAR

    def in_language(self, language: str) -> "Understanding":
        """The same, read by the words of a language."""
        if language == self.language:
            return self
        return Understanding(self.outcome, self.value, self.method, self.confidence, self.span, language)


UNCLEAR = Understanding(Outcome.UNCLEAR)
