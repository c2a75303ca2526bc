"""The state of a conversation and the effects a step of it asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from app.domain.survey import Sensitivity, Survey, Urgency, Value
from app.domain.understanding import Lexicon, Lexicons, Understanding, Wish
from app.domain.wording import Say


class Purpose(StrEnum):
    """What a conversation is for; each worker has at most one open at a time."""

    SURVEY = "survey"
    OFFER = "offer"
    CHECK = "check"
    SAFE_CALL = "safe-call"
    MENU = "menu"
    TOPICS = "topics"
    CANCEL = "cancel"
    KEEP = "keep"
    """Whether a request goes on although the worker wants no more texts."""


class Stage(StrEnum):
    """Where it stands."""

    CONSENT = "consent"
    ASKING = "asking"
    CLOSED = "closed"


class Ending(StrEnum):
    """How it ended."""

    COMPLETE = "complete"
    REFUSED = "refused"
    STOPPED = "stopped"
    UNCLEAR = "unclear"
    EXPIRED = "expired"
    WRONG_PERSON = "wrong-person"


class ConsentAct(StrEnum):
    """An entry of the consent ledger."""

    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"
    WRONG_PERSON = "wrong-person"


_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Conversation(NamedTuple):
    """A conversation's whole state; plain values only, so that it is kept as JSON.

    A tuple, as is all that a batch of replies makes by the hundred: a frozen dataclass of as many fields takes four times
    as long to make, and six times to change.

    `answers` holds what was settled per question; None for "don't know", refused or unclear. `fields` fills the places
    of an offer's texts. `before` is what the last reply settled: a question's code, or "consent". `pausing`: we asked
    when to ask again; `introduced`: we said who we are.
    """

    purpose: Purpose
    language: str
    stage: Stage
    question: str = ""
    reasked: bool = False
    unclear: int = 0
    answers: Mapping[str, Value | None] = _NOTHING
    fields: Mapping[str, str] = _NOTHING
    ending: Ending | None = None
    before: str = ""
    pausing: bool = False
    introduced: bool = False

    @property
    def open(self) -> bool:
        """Whether it still expects a reply."""
        return self.stage is not Stage.CLOSED

    def to_json(self) -> dict[str, Any]:
        """The plain form kept in the store."""
        return {
            "purpose": self.purpose.value,
            "language": self.language,
            "stage": self.stage.value,
            "question": self.question,
            "reasked": self.reasked,
            "unclear": self.unclear,
            "answers": dict(self.answers),
            "fields": dict(self.fields),
            "ending": self.ending.value if self.ending else None,
            "before": self.before,
            "pausing": self.pausing,
            "introduced": self.introduced,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Conversation":
        """The conversation `to_json` kept; lists of codes become tuples again."""
        answers = cast("Mapping[str, Any]", kept["answers"])
        return cls(
            purpose=Purpose(kept["purpose"]),
            language=kept["language"],
            stage=Stage(kept["stage"]),
            question=kept["question"],
            reasked=kept["reasked"],
            unclear=kept["unclear"],
            answers={
                code: tuple(cast("list[int]", item)) if isinstance(item, list) else item
                for code, item in answers.items()
            },
            fields=kept["fields"],
            ending=Ending(kept["ending"]) if kept["ending"] else None,
            before=kept.get("before", ""),
            pausing=kept.get("pausing", False),
            introduced=kept.get("introduced", False),
        )


@dataclass(frozen=True, slots=True)
class Script:
    """What a conversation is held by: the survey (None outside a round) and the words of every language."""

    lexicons: Mapping[str, Lexicon]
    survey: Survey | None = None

    @property
    def words(self) -> Lexicons:
        """The lexicons, with what is looked up across them."""
        return Lexicons.of(self.lexicons)

    def lexicon(self, language: str) -> Lexicon:
        """The language's lexicon; an empty one for a language without (digits still count)."""
        return self.words.spoken(language)


@dataclass(frozen=True, slots=True)
class Send:
    """Send this text."""

    say: Say


@dataclass(frozen=True, slots=True)
class Record:
    """Keep this answer (or its absence) to a question."""

    question: str
    understanding: Understanding


@dataclass(frozen=True, slots=True)
class Unclear:
    """Keep this text for a person to code: it came too early for the open question, and is no answer to this one before."""

    question: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A need surfaced; `question` is empty when the words themselves told."""

    category: str
    urgency: Urgency
    sensitivity: Sensitivity
    question: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """Write this into the consent ledger."""

    act: ConsentAct


@dataclass(frozen=True, slots=True)
class SwitchLanguage:
    """The worker wants to be texted in this language from now on."""

    language: str


@dataclass(frozen=True, slots=True)
class WrongPerson:
    """Whoever holds this number is not the worker: it is nobody's number any more, and is left alone."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Ask again later: `when` is 1 for this evening, 2 for tomorrow, 3 for in a week."""

    when: int


@dataclass(frozen=True, slots=True)
class Decide:
    """The worker's word on an offer, a check or a call: yes or no."""

    agreed: bool


@dataclass(frozen=True, slots=True)
class Later:
    """Too early to say whether it helped: ask again another day."""


@dataclass(frozen=True, slots=True)
class Ask:
    """The worker wants something of the line."""

    wish: Wish


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the worker picked from a list, by its code; empty for none of it."""

    code: str


@dataclass(frozen=True, slots=True)
class Close:
    """The conversation ended."""

    ending: Ending


Effect = (
    Send
    | Record
    | Unclear
    | Flag
    | Consent
    | SwitchLanguage
    | WrongPerson
    | Pause
    | Decide
    | Later
    | Ask
    | Chosen
    | Close
)
